/** Most music has the first rate; devices and video the second. */
const RATES_HZ = [44_100, 48_000] as const;

/** Of a context that is made before any track is known. */
export const USUAL_RATE_HZ = RATES_HZ[0];

/** The context's rate for a track: its own, so that samples need no change, or one that it divides. */
export function contextRateFor(trackHz: number): number {
  return RATES_HZ.find((rateHz) => rateHz % trackHz === 0) ?? RATES_HZ[1];
}
