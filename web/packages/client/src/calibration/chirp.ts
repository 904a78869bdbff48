/**
 * A sound that is found again in noise, and the finding: pure.
 *
 * A chirp from 1 to 6 kHz is short and still carries enough energy; its correlation with what a
 * microphone hears has one narrow peak, also in a room that echoes (the direct way comes first).
 */

const FROM_HZ = 1_000;
const TO_HZ = 6_000;
const LENGTH_S = 0.06;
/** The direct way is the first peak that comes this near to the highest one. */
const FIRST_SHARE = 0.6;
/** How far the peak must stand out from what else there is. */
const LEAST_CLARITY = 6;

export function chirp(sampleRateHz: number): Float32Array {
  const samples = Math.round(LENGTH_S * sampleRateHz);
  return Float32Array.from({ length: samples }, (_, i) => {
    const time = i / sampleRateHz;
    const phase = 2 * Math.PI * (FROM_HZ * time + ((TO_HZ - FROM_HZ) * time * time) / (2 * LENGTH_S));
    return Math.sin(phase) * Math.sin((Math.PI * i) / samples) ** 2;
  });
}

/** Where `wanted` begins in `heard`, in samples with a fraction; null when it cannot be made out. */
export function findChirp(heard: Float32Array, wanted: Float32Array): number | null {
  const count = heard.length - wanted.length + 1;
  if (count <= 2) return null;
  const likeness = new Float32Array(count);
  for (let at = 0; at < count; at++) {
    let sum = 0;
    for (let i = 0; i < wanted.length; i++) sum += (heard[at + i] as number) * (wanted[i] as number);
    likeness[at] = Math.abs(sum);
  }
  const highest = likeness.reduce((most, value) => Math.max(most, value), 0);
  const usual = Math.sqrt(likeness.reduce((sum, value) => sum + value * value, 0) / count);
  if (highest === 0 || highest < LEAST_CLARITY * usual) return null;
  const first = likeness.findIndex((value) => value >= FIRST_SHARE * highest);
  return fine(likeness, topFrom(likeness, first));
}

export interface Delay {
  readonly delayMs: number;
  /** Half of the range that the middle readings lie in, ms. */
  readonly spreadMs: number;
}

/** Readings of one device may differ by this much, ms: browsers hand on the microphone in blocks of 12. */
const MOST_SPREAD_MS = 14;
const LEAST_READINGS = 3;

/**
 * What several readings agree on; null when they do not. Where a machine is held up, a sound comes
 * late, never early: the earliest that some agree on is the one.
 */
export function agreed(delaysMs: readonly number[]): Delay | null {
  const sorted = [...delaysMs].sort((a, b) => a - b);
  for (const first of sorted) {
    const near = sorted.filter((delayMs) => delayMs >= first && delayMs - first <= MOST_SPREAD_MS);
    if (near.length < LEAST_READINGS) continue;
    const mean = near.reduce((sum, delayMs) => sum + delayMs, 0) / near.length;
    return { delayMs: mean, spreadMs: ((near.at(-1) ?? 0) - first) / 2 };
  }
  return null;
}

/** A delay smaller than what microphone and browser leave open is none, ms. */
const UNCERTAIN_MS = 30;

/**
 * How late the speaker is beyond what the browser knows, ms. `lateMs`: from when the browser takes the
 * sound to be in the air until the page heard it; `inputMs`: what the browser says of the way in.
 */
export function speakerDelay(lateMs: number, inputMs: number): number {
  const delayMs = lateMs - inputMs;
  return Math.abs(delayMs) < UNCERTAIN_MS ? 0 : Math.round(delayMs);
}

/** The top of the hill that begins at `at`. */
function topFrom(values: Float32Array, at: number): number {
  let top = at;
  // A chirp's correlation has a carrier: the top may lie some periods behind the first slope.
  for (let i = at; i < Math.min(values.length, at + 48); i++) {
    if ((values[i] as number) > (values[top] as number)) top = i;
  }
  return top;
}

/** A parabola through the top and its neighbours. */
function fine(values: Float32Array, top: number): number {
  const before = values[top - 1];
  const here = values[top];
  const after = values[top + 1];
  if (before === undefined || here === undefined || after === undefined) return top;
  const bend = before - 2 * here + after;
  return bend === 0 ? top : top + (before - after) / (2 * bend);
}
