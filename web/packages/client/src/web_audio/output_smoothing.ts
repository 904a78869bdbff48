/**
 * What a sound server's smoothing does to readings of a device's clock, taken out again. Pure.
 *
 * PulseAudio asks for the device's time each 1.5 s and goes along a line of its own meanwhile. Where a
 * context began on a busy machine that line is wrong by up to 1.5 %, for some ten seconds: readings run
 * away along a stroke, jump back a part of the way, and run on more slowly. Contexts were recorded while
 * they were read: how far a stroke's beginning lies from the truth is its slope times some 2.7 s (2.4 to
 * 3.1), or 4.2 where all was worst; two strokes in a row tell which. What is heard does not sway.
 */
import { regress, type OutputReading } from "./output_line.js";

/** Off the stroke's line by so much, a reading begins the next one. */
const JUMP_MS = 0.5;
/** Or by what a stroke of its slope makes in this time, if that is more. */
const JUMP_SPAN_MS = 200;
/** Fewer readings, or in a shorter time, tell nothing of a slope. */
const LEAST_READINGS = 4;
const LEAST_SPAN_MS = 650;
const MOST_READINGS = 60;
/** A gentler slope is none: two clocks, and noise. */
const LEAST_SLOPE = 0.3e-3;
/** Strokes that calm down: each is gentler than the one before. */
const CALMER = 0.9;
/** The truth is the stroke's beginning less its slope times this. */
const USUAL_LAG_MS = 2_700;
/** What two strokes tell of it is believed within these. */
const LEAST_LAG_MS = 2_000;
const MOST_LAG_MS = 5_000;
/** Of what is taken out so much may be wrong: a line that lies nearer to the truth than that stays. */
const DOUBT_SHARE = 0.5;
const DOUBT_MS = 5;
/** Nothing sways so far from the truth, nor so far from one reading to the next: something has happened. */
const MOST_SWAY_MS = 100;
const MOST_MOVE_MS = 50;

/** Context time less page time, ms, at its beginning, and its change with each ms. */
interface Stroke {
  readonly offsetMs: number;
  readonly slope: number;
}

export interface Smoothing {
  /** Of the stroke that goes on. */
  readonly readings: readonly OutputReading[];
  /** It began with a jump back, as strokes of this kind do. */
  readonly cameBack: boolean;
  /** The one before, and whether that had come back as well; null when it was too short. */
  readonly before: (Stroke & { readonly cameBack: boolean }) | null;
  /** What is heard all the while, context time less page time, ms; null when readings do not sway. */
  readonly truthMs: number | null;
  /** The truth is believed, as long as readings sway: without it the line was far off. */
  readonly isBelieved: boolean;
}

export const NO_SMOOTHING: Smoothing = {
  readings: [],
  cameBack: false,
  before: null,
  truthMs: null,
  isBelieved: false,
};

/** The reading as the device's clock would have given it, as far as one can tell. */
export function unsmoothed({ truthMs, isBelieved }: Smoothing, reading: OutputReading): OutputReading {
  const isTaken = truthMs !== null && isBelieved;
  return isTaken ? { pageMs: reading.pageMs, contextMs: reading.pageMs + truthMs } : reading;
}

/** What is known after one more reading; `lineMs` is what one would go by, context time less page time. */
export function heed(smoothing: Smoothing, reading: OutputReading, lineMs: number): Smoothing {
  if (!isSway(smoothing, reading)) return { ...NO_SMOOTHING, readings: [reading] };
  const { readings, cameBack, before, truthMs } = smoothing;
  const stroke = strokeOf(readings);
  const offMs = stroke === null ? 0 : distanceOf(stroke, readings, reading);
  if (stroke !== null && Math.abs(offMs) > Math.max(JUMP_MS, JUMP_SPAN_MS * Math.abs(stroke.slope))) {
    // It comes back to the truth at most; whatever goes farther has other reasons.
    const mostMs = Math.abs(stroke.slope) * (spanMs(readings) + MOST_LAG_MS);
    const comesBack = offMs * stroke.slope < 0 && Math.abs(offMs) < mostMs;
    if (!comesBack) return { ...NO_SMOOTHING, readings: [reading] };
    return {
      readings: [reading],
      cameBack: true,
      before: spanMs(readings) < LEAST_SPAN_MS ? null : { ...stroke, cameBack },
      truthMs,
      isBelieved: smoothing.isBelieved,
    };
  }
  const longer = [...readings, reading].slice(-MOST_READINGS);
  const now = cameBack && spanMs(longer) >= LEAST_SPAN_MS ? strokeOf(longer) : null;
  if (now === null) return { ...smoothing, readings: longer };
  const found = truthOf(before, now, truthMs);
  const takenOutMs = found === null ? 0 : Math.abs(now.offsetMs - found);
  const isFar = found !== null && Math.abs(found - lineMs) > Math.max(DOUBT_MS, DOUBT_SHARE * takenOutMs);
  const isBelieved = found !== null && (smoothing.isBelieved || isFar);
  return { ...smoothing, readings: longer, truthMs: found, isBelieved };
}

function truthOf(before: Smoothing["before"], now: Stroke, knownMs: number | null): number | null {
  if (Math.abs(now.slope) < LEAST_SLOPE) return null;
  const isCalmer = before !== null && before.slope * now.slope > 0 && Math.abs(now.slope) < CALMER * Math.abs(before.slope);
  if (!isCalmer) return knownMs;
  const lagMs = (before.offsetMs - now.offsetMs) / (before.slope - now.slope);
  const isKnown = before.cameBack && lagMs > LEAST_LAG_MS && lagMs < MOST_LAG_MS;
  if (!isKnown && knownMs !== null) return knownMs;
  return now.offsetMs - (isKnown ? lagMs : USUAL_LAG_MS) * now.slope;
}

function isSway({ readings, truthMs }: Smoothing, { pageMs, contextMs }: OutputReading): boolean {
  const last = readings.at(-1);
  const offsetMs = contextMs - pageMs;
  if (last !== undefined && Math.abs(offsetMs - (last.contextMs - last.pageMs)) > MOST_MOVE_MS) return false;
  return truthMs === null || Math.abs(offsetMs - truthMs) < MOST_SWAY_MS;
}

/** How far a reading is off the stroke so far, ms. */
function distanceOf(stroke: Stroke, readings: readonly OutputReading[], { pageMs, contextMs }: OutputReading): number {
  const sinceMs = pageMs - (readings[0]?.pageMs ?? pageMs);
  return contextMs - pageMs - stroke.offsetMs - stroke.slope * sinceMs;
}

/** Null with too few readings. */
function strokeOf(readings: readonly OutputReading[]): Stroke | null {
  return readings.length < LEAST_READINGS ? null : regress(readings);
}

function spanMs(readings: readonly OutputReading[]): number {
  return (readings.at(-1)?.pageMs ?? 0) - (readings[0]?.pageMs ?? 0);
}
