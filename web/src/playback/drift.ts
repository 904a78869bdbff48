/** How well a listener is in time, in words of colour. */
export type Tune = "good" | "fair" | "bad";

/** Nobody hears less than this as two sounds, even in one room (Haas effect). */
const GOOD_MS = 25;
/** Above this one notices it between two rooms; the player jumps above 250 ms. */
const FAIR_MS = 80;
const STRIP_MS = 150;
/** Dots nearer than this, in % of the strip, would cover each other. */
const DOT_WIDTH = 9;
const LANES = [0, -1, 1];

export function tuneOf(driftMs: number): Tune {
  const size = Math.abs(driftMs);
  return size <= GOOD_MS ? "good" : size <= FAIR_MS ? "fair" : "bad";
}

/** Place on the strip, 0…100 %: fine in the middle, coarse at the edges. */
export function placeOf(driftMs: number): number {
  const share = Math.min(1, Math.sqrt(Math.abs(driftMs) / STRIP_MS));
  return 50 + Math.sign(driftMs) * share * 48;
}

/** A lane for each place, so that listeners who are equally in time stand side by side, not on top. */
export function lanesOf(places: readonly number[]): number[] {
  const lastIn = new Map<number, number>();
  const order = places.map((place, index) => ({ place, index })).sort((a, b) => a.place - b.place);
  const lanes = new Array<number>(places.length).fill(0);
  for (const { place, index } of order) {
    const free = LANES.find((lane) => place - (lastIn.get(lane) ?? -Infinity) >= DOT_WIDTH);
    const lane = free ?? [...LANES].sort((a, b) => (lastIn.get(a) ?? 0) - (lastIn.get(b) ?? 0))[0] ?? 0;
    lastIn.set(lane, place);
    lanes[index] = lane;
  }
  return lanes;
}
