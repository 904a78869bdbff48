/**
 * From the page's clock to the audio clock: which moment of the AudioContext is heard at which
 * `performance.now()`. Pure: readings of `getOutputTimestamp` come in, no clock is read here.
 *
 * Single readings step by whole buffers and scatter; a line through 8 s of them does not. In its
 * first half second a context tells times that are wrong by 200 ms (its buffers are still filling), and
 * when it is moved to another device the line steps. Figures: a browser at 0.25 s of buffer scatters by
 * 0.05 to 0.1 ms, and is within 1 ms from 0.6 s on; where the sound server has to wait for a core, it
 * wanders by up to 15 ms for ten seconds, which the residual tells.
 */

/** Readings of the first moments are not believed. */
export const SKIP_MS = 500;
export const WINDOW_MS = 8_000;
/** Two quartz clocks do not differ by more; a steeper line is noise. */
export const MAX_SLOPE = 100e-6;
/** A base shorter than this tells nothing about the slope. */
const SLOPE_BASE_MS = 4_000;
/** One sigma of the slope before it is measured: 40 ppm. */
const SLOPE_SIGMA = 40e-6;
/** A reading is never better than this, ms. The more they scatter, the nearer to zero is the slope. */
const READING_SIGMA_MS = 0.15;
/** A step is believed when readings in a row say the same: this many, over this time. */
const STEP_MS = 12;
const STEP_READINGS = 3;
const STEP_SPAN_MS = 350;
const STEP_SPREAD_MS = 6;
/** In step with the device: the residual has been this small for this long. */
const SETTLED_RESIDUAL_MS = 0.5;
const SETTLED_MS = 400;

/** `getOutputTimestamp`: context time `contextMs` was heard at page time `pageMs`. */
export interface OutputReading {
  readonly pageMs: number;
  readonly contextMs: number;
}

export interface OutputLine {
  /** Context time minus page time at `pageMs`. */
  readonly offsetMs: number;
  /** Change of the offset with each page ms. */
  readonly slope: number;
  readonly pageMs: number;
}

export interface OutputMap {
  /** Page time of the first reading after the start or the last restart. */
  readonly sinceMs: number | null;
  readonly readings: readonly OutputReading[];
  /** Readings in a row that lie off the line. */
  readonly strays: readonly OutputReading[];
  readonly line: OutputLine | null;
  /** Root mean square of the readings' distance from the line, ms. */
  readonly residualMs: number;
  /** Page time since which the residual has been small; null while it is not. */
  readonly steadySinceMs: number | null;
  /** How often the line has stepped: after a step, a jump is better than a slow correction. */
  readonly steps: number;
}

export const NO_OUTPUT: OutputMap = {
  sinceMs: null,
  readings: [],
  strays: [],
  line: null,
  residualMs: Infinity,
  steadySinceMs: null,
  steps: 0,
};

/** The map after one more reading. The same reading twice counts once. */
export function read(map: OutputMap, reading: OutputReading): OutputMap {
  const last = map.strays.at(-1) ?? map.readings.at(-1);
  if (last !== undefined && reading.pageMs <= last.pageMs) return map;
  if (map.sinceMs === null) return refit({ ...map, sinceMs: reading.pageMs }, [reading]);
  const age = reading.pageMs - map.sinceMs;
  if (age < SKIP_MS) return refit(map, [reading]); // the latest is the best there is
  const first = map.readings[0];
  // The first believed one begins a new window.
  if (first !== undefined && first.pageMs - map.sinceMs < SKIP_MS) return refit(map, [reading]);
  if (map.line !== null && Math.abs(distance(map.line, reading)) >= STEP_MS) {
    return stray(map, reading);
  }
  const kept = map.readings.filter(({ pageMs }) => pageMs > reading.pageMs - WINDOW_MS);
  return refit({ ...map, strays: [] }, [...kept, reading]);
}

/** The map after the context was moved to another device or has come back: what was known is void. */
export function restart(map: OutputMap): OutputMap {
  return { ...NO_OUTPUT, line: map.line, steps: map.steps + 1 };
}

/** Context time that is heard at page time `pageMs`; null before the first reading. */
export function contextAt(map: OutputMap, pageMs: number): number | null {
  return map.line === null ? null : pageMs + offsetAt(map.line, pageMs);
}

/** Page time at which context time `contextMs` is heard; null before the first reading. */
export function pageAt(map: OutputMap, contextMs: number): number | null {
  if (map.line === null) return null;
  const guessMs = contextMs - map.line.offsetMs;
  return contextMs - offsetAt(map.line, guessMs);
}

/** True when a start would be within half a millisecond. */
export function isSettled({ steadySinceMs, readings }: OutputMap): boolean {
  const last = readings.at(-1);
  return steadySinceMs !== null && last !== undefined && last.pageMs - steadySinceMs >= SETTLED_MS;
}

function stray(map: OutputMap, reading: OutputReading): OutputMap {
  const offsetMs = reading.contextMs - reading.pageMs;
  const agrees = ({ pageMs, contextMs }: OutputReading): boolean =>
    Math.abs(contextMs - pageMs - offsetMs) <= STEP_SPREAD_MS;
  const strays = [...map.strays.filter(agrees), reading];
  const spanMs = reading.pageMs - (strays[0] ?? reading).pageMs;
  if (strays.length < STEP_READINGS || spanMs < STEP_SPAN_MS) return { ...map, strays };
  return refit({ ...map, strays: [], steadySinceMs: null, steps: map.steps + 1 }, strays);
}

function refit(map: OutputMap, readings: readonly OutputReading[]): OutputMap {
  const scatterMs = Number.isFinite(map.residualMs) ? map.residualMs : 0;
  const line = fit(readings, Math.max(READING_SIGMA_MS, scatterMs));
  const squares = readings.map((reading) => distance(line, reading) ** 2);
  const meanSquare = squares.reduce((sum, square) => sum + square, 0) / squares.length;
  const believed = readings.length > 1;
  const residualMs = believed ? Math.sqrt(meanSquare) : Infinity;
  const isSteady = residualMs < SETTLED_RESIDUAL_MS;
  const nowMs = line.pageMs;
  const steadySinceMs = isSteady ? (map.steadySinceMs ?? nowMs) : null;
  return { ...map, readings, line, residualMs, steadySinceMs };
}

/** Least squares with a prior of zero mean on the slope, meant for the last reading's moment. */
function fit(readings: readonly OutputReading[], sigmaMs: number): OutputLine {
  const last = readings[readings.length - 1];
  const first = readings[0];
  if (first === undefined || last === undefined) throw new RangeError("A line needs readings.");
  const base = last.contextMs - last.pageMs; // differences keep the digits
  const count = readings.length;
  let x = 0,
    y = 0,
    xx = 0,
    xy = 0;
  for (const { pageMs, contextMs } of readings) {
    const dx = pageMs - last.pageMs;
    const dy = contextMs - pageMs - base;
    x += dx;
    y += dy;
    xx += dx * dx;
    xy += dx * dy;
  }
  const hasBase = last.pageMs - first.pageMs >= SLOPE_BASE_MS;
  const prior = (sigmaMs / SLOPE_SIGMA) ** 2;
  const steep = (count * xy - x * y) / (count * (xx + prior) - x * x);
  const slope = hasBase ? Math.min(MAX_SLOPE, Math.max(-MAX_SLOPE, steep)) : 0;
  return { offsetMs: base + (y - slope * x) / count, slope, pageMs: last.pageMs };
}

function offsetAt({ offsetMs, slope, pageMs }: OutputLine, atMs: number): number {
  return offsetMs + slope * (atMs - pageMs);
}

function distance(line: OutputLine, { pageMs, contextMs }: OutputReading): number {
  return contextMs - pageMs - offsetAt(line, pageMs);
}
