/**
 * From exchanges of timestamps to the offset of the hub's clock: pure, no clock is read here.
 *
 * The same filter, with the same constants, is rooms/playback/clock_sync.py. It keeps the better half of the
 * samples by round trip, gives each a weight by how much longer than the best its trip was, and fits
 * a line through them: the two clocks differ by an offset and by a slope of some tens of ppm.
 */

import { median } from "../median.js";

/** Samples older than this are forgotten. */
export const WINDOW_MS = 90_000;
/** Share of the samples that is kept, by round trip. */
export const KEPT_SHARE = 0.5;
/** One sigma of the best possible sample, ms: timestamps, event loops, drivers. */
export const SIGMA_FLOOR_MS = 0.15;
/** What the typical extra round trip of the kept samples adds to each one's sigma. */
export const MEDIAN_EXCESS_SHARE = 0.5;
/** What a sample's own extra round trip adds to its sigma: the error is at most half of it. */
export const OWN_EXCESS_SHARE = 0.5;
/** One sigma of the slope between two quartz clocks, before anything is measured: 60 ppm. */
export const SLOPE_SIGMA = 60e-6;

/** One exchange: asked and answered on the local clock, received and sent on the hub's. All ms. */
export interface Exchange {
  t0: number;
  t1: number;
  t2: number;
  t3: number;
}

export interface ClockSample {
  /** Local time in the middle of the exchange. */
  atMs: number;
  offsetMs: number;
  /** Round trip without the time the hub took. */
  rttMs: number;
}

export interface ClockFit {
  /** Hub time minus local time at `atMs`. */
  offsetMs: number;
  /** Change of the offset per local ms. */
  slope: number;
  /** Local time the offset is meant for. */
  atMs: number;
  /** One sigma of the offset, ms, as far as symmetric noise goes; asymmetry is invisible. */
  spreadMs: number;
  /** The best round trip in the window. */
  rttMs: number;
  samples: number;
}

/** RFC 5905 §8. */
export function sampleOf({ t0, t1, t2, t3 }: Exchange): ClockSample {
  return {
    atMs: (t0 + t3) / 2,
    offsetMs: (t1 - t0 + (t2 - t3)) / 2,
    rttMs: Math.max(0, t3 - t0 - (t2 - t1)),
  };
}

/** Hub time at local time `localMs`. */
export function hubTime(fit: ClockFit, localMs: number): number {
  return localMs + fit.offsetMs + fit.slope * (localMs - fit.atMs);
}

/** The window after one more sample: what is too old goes. */
export function keep(window: readonly ClockSample[], sample: ClockSample): ClockSample[] {
  return [...window.filter(({ atMs }) => atMs > sample.atMs - WINDOW_MS), sample];
}

/** The line through the window as it stands at local time `nowMs`; null for no samples. */
export function fit(window: readonly ClockSample[], nowMs: number): ClockFit | null {
  const byRtt = [...window].sort((a, b) => a.rttMs - b.rttMs);
  const [best] = byRtt;
  if (best === undefined) return null;
  const kept = byRtt.slice(0, Math.ceil(byRtt.length * KEPT_SHARE));
  const bestRttMs = best.rttMs;
  const typicalMs = median(kept.map(({ rttMs }) => rttMs - bestRttMs));
  const points = kept.map(({ atMs, offsetMs, rttMs }) => {
    const sigmaMs =
      SIGMA_FLOOR_MS + MEDIAN_EXCESS_SHARE * typicalMs + OWN_EXCESS_SHARE * (rttMs - bestRttMs);
    // Offsets are of the order of 1e12: differences keep the digits.
    return { x: atMs - nowMs, y: offsetMs - best.offsetMs, weight: 1 / sigmaMs ** 2 };
  });
  const { intercept, slope, sigma } = line(points);
  return {
    offsetMs: best.offsetMs + intercept,
    slope,
    atMs: nowMs,
    spreadMs: sigma,
    rttMs: bestRttMs,
    samples: window.length,
  };
}

/**
 * True when the sample cannot belong to the fitted line: the true offset lies within half a round
 * trip of the measured one, so a greater distance means that a clock was set or slept.
 */
export function isStep(fitted: ClockFit, sample: ClockSample, toleranceMs: number): boolean {
  const expectedMs = fitted.offsetMs + fitted.slope * (sample.atMs - fitted.atMs);
  return Math.abs(sample.offsetMs - expectedMs) > sample.rttMs / 2 + toleranceMs;
}

interface Point {
  x: number;
  y: number;
  weight: number;
}

/** Weighted least squares with a Gaussian prior of zero mean on the slope. */
function line(points: readonly Point[]): { intercept: number; slope: number; sigma: number } {
  let w = 0,
    wx = 0,
    wy = 0,
    wxx = 1 / SLOPE_SIGMA ** 2,
    wxy = 0;
  for (const { x, y, weight } of points) {
    w += weight;
    wx += weight * x;
    wy += weight * y;
    wxx += weight * x * x;
    wxy += weight * x * y;
  }
  const det = w * wxx - wx * wx;
  const slope = (w * wxy - wx * wy) / det;
  const intercept = (wxx * wy - wx * wxy) / det;
  return { intercept, slope, sigma: Math.sqrt(wxx / det) };
}
