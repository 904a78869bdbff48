/** How well a listener is in time, in words of colour. */
export type Tune = "good" | "fair" | "bad";

/** Nobody hears less than this as two sounds, even in one room (Haas effect). */
const GOOD_MS = 25;
/** Above this one notices it between two rooms; the player jumps above 250 ms. */
const FAIR_MS = 80;
const STRIP_MS = 150;

export function tuneOf(driftMs: number): Tune {
  const size = Math.abs(driftMs);
  return size <= GOOD_MS ? "good" : size <= FAIR_MS ? "fair" : "bad";
}

/** Place on the strip, 0…100 %: fine in the middle, coarse at the edges. */
export function placeOf(driftMs: number): number {
  const share = Math.min(1, Math.sqrt(Math.abs(driftMs) / STRIP_MS));
  return 50 + Math.sign(driftMs) * share * 48;
}
