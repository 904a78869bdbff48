/** A straight line through readings of a device's clock: pure. */

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

/** Two quartz clocks do not differ by more; a steeper line is noise. */
export const MAX_SLOPE = 100e-6;
/** A base shorter than this tells nothing about the slope. */
const SLOPE_BASE_MS = 12_000;
/** One sigma of the slope before it is measured: 40 ppm. */
const SLOPE_SIGMA = 40e-6;
/** A reading is never better than this, ms. The more they scatter, the nearer to zero is the slope. */
const READING_SIGMA_MS = 0.15;
/** Beyond a clock's own slope and twice what noise makes, readings move by themselves. */
const NOISE_SIGMAS = 2;

/** Least squares with a prior of zero mean on the slope, meant for the last reading's moment. */
export function fit(readings: readonly OutputReading[], scatterMs: number): OutputLine {
  const sums = sumsOf(readings);
  const { count, x, y, xx, xy, base, spanMs, pageMs } = sums;
  const prior = (Math.max(READING_SIGMA_MS, scatterMs) / SLOPE_SIGMA) ** 2;
  const steep = (count * xy - x * y) / (count * (xx + prior) - x * x);
  const hasBase = spanMs >= SLOPE_BASE_MS;
  const slope = hasBase ? Math.min(MAX_SLOPE, Math.max(-MAX_SLOPE, steep)) : 0;
  return { offsetMs: base + (y - slope * x) / count, slope, pageMs };
}

/** Plain least squares, meant for the first reading's moment; null where they tell no slope. */
export function regress(readings: readonly OutputReading[]): Pick<OutputLine, "offsetMs" | "slope"> | null {
  const { count, x, y, xx, xy, base, spanMs } = sumsOf(readings);
  const spread = count * xx - x * x;
  if (spread === 0) return null;
  const slope = (count * xy - x * y) / spread;
  return { offsetMs: base + (y - slope * x) / count - slope * spanMs, slope };
}

/** True when these readings move no faster than a clock, as far as their scatter lets one tell. */
export function isCalm(readings: readonly OutputReading[]): boolean {
  const { count, x, y, xx, xy, yy } = sumsOf(readings);
  const spread = xx - (x * x) / count;
  if (count < 3 || spread === 0) return true;
  const slope = (xy - (x * y) / count) / spread;
  const left = Math.max(0, yy - (y * y) / count - slope * slope * spread);
  const sigma = Math.sqrt(left / (count - 2) / spread);
  return Math.abs(slope) <= MAX_SLOPE + NOISE_SIGMAS * sigma;
}

export function offsetAt({ offsetMs, slope, pageMs }: OutputLine, atMs: number): number {
  return offsetMs + slope * (atMs - pageMs);
}

/** How far ahead of the line a reading is, ms. */
export function distance(line: OutputLine, { pageMs, contextMs }: OutputReading): number {
  return contextMs - pageMs - offsetAt(line, pageMs);
}

/** Root mean square of the readings' distance from the line, ms. */
export function scatter(line: OutputLine, readings: readonly OutputReading[]): number {
  const squares = readings.map((reading) => distance(line, reading) ** 2);
  return Math.sqrt(squares.reduce((sum, square) => sum + square, 0) / squares.length);
}

function sumsOf(readings: readonly OutputReading[]): {
  [name in "count" | "x" | "y" | "xx" | "xy" | "yy" | "base" | "spanMs" | "pageMs"]: number;
} {
  const first = readings[0];
  const last = readings[readings.length - 1];
  if (first === undefined || last === undefined) throw new RangeError("A line needs readings.");
  const base = last.contextMs - last.pageMs; // differences keep the digits
  let x = 0,
    y = 0,
    xx = 0,
    xy = 0,
    yy = 0;
  for (const { pageMs, contextMs } of readings) {
    const dx = pageMs - last.pageMs;
    const dy = contextMs - pageMs - base;
    x += dx;
    y += dy;
    xx += dx * dx;
    xy += dx * dy;
    yy += dy * dy;
  }
  const spanMs = last.pageMs - first.pageMs;
  return { count: readings.length, x, y, xx, xy, yy, base, spanMs, pageMs: last.pageMs };
}
