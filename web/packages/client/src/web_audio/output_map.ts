/**
 * From the page's clock to the audio clock: which moment of the AudioContext is heard at which
 * `performance.now()`. Pure: readings of `getOutputTimestamp` come in, no clock is read here.
 *
 * What is heard is steady: 26 contexts were recorded, and none of them moved by a hundredth of a
 * millisecond from its first sound on. What browsers say of it is not. The first reading of a context
 * is wrong by 190 ms (its buffers are still filling). Then a sound server fits a line of its own through
 * what it knows, which is best 1.3 s after the start; from there on that line's slope leads it away, by
 * 0.5 to 7 ms until 5 s after the start and by 11 where it was busy, and it comes back over 15 s.
 *
 * So readings of the first two seconds are believed, and later ones while they move no faster than
 * two quartz clocks do. What they say while they wander is left out: the line goes on meanwhile. When
 * sound or server were held up, readings jump, often in several steps within some seconds: then the
 * latest are followed until they have come to rest.
 */
import { heed, NO_SMOOTHING, unsmoothed, type Smoothing } from "./output_smoothing.js";
import { distance, fit, isCalm, offsetAt, scatter, type OutputLine, type OutputReading } from "./output_line.js";

export type { OutputLine, OutputReading } from "./output_line.js";

/** Readings of the first moments are not believed. */
export const SKIP_MS = 150;
/** From then until here they lie about the truth on both sides, and all are. */
export const EARLY_MS = 2_000;
export const WINDOW_MS = 20_000;
/** So much of what was read lately tells whether readings wander. */
const LATELY_MS = 2_500;
/** Some ms off the line for this long without moving: the device's delay has changed. */
const MOVED_MS = 1;
const MOVED_FOR_MS = 3_000;
/** No wandering takes so long: whatever is read then is all there is. */
const DOUBTED_FOR_MS = 20_000;
/** Wandering never moves so far from one reading to the next: something has happened. */
const JUMP_MS = 3;
/** What scatters jumps from one reading to the next as well: so many times the residual is none. */
const JUMP_RESIDUALS = 4;
/** A step or a jump is believed when readings in a row say the same: this many, over this time. */
const STEP_MS = 12;
const STEP_READINGS = 3;
const STEP_SPAN_MS = 350;
const STEP_SPREAD_MS = 6;
/** Or so nearly the same, as a share of the step: after a large one they sway. */
const STEP_SPREAD_SHARE = 0.1;
/** After a step the latest readings are followed until they have been calm for this long. */
const RECOVERED_MS = 2_000;
/** In step with the device: readings over this long have been this near to the line. */
const SETTLED_RESIDUAL_MS = 0.3;
const SETTLED_MS = 190;

export interface OutputMap {
  /** Page time of the first reading after the start or the last restart. */
  readonly sinceMs: number | null;
  /** Those that are believed. */
  readonly readings: readonly OutputReading[];
  /** The last ones, believed or not, since the last step. */
  readonly lately: readonly OutputReading[];
  /** Readings in a row that lie off the line. */
  readonly strays: readonly OutputReading[];
  /** Page time since which readings have been calm, but off the line; null while they are on it. */
  readonly awaySinceMs: number | null;
  /** Page time since which readings have not been calm. */
  readonly wanderingSinceMs: number | null;
  /** True from a step on, until readings have come to rest. */
  readonly isRecovering: boolean;
  readonly line: OutputLine | null;
  /** Root mean square of the readings' distance from the line, ms. */
  readonly residualMs: number;
  /** Page time of the first reading since which the residual is small; null while it is not. */
  readonly steadySinceMs: number | null;
  /** How often the line has stepped: after a step, a jump is better than a slow correction. */
  readonly steps: number;
  /** What the sound server adds. */
  readonly smoothing: Smoothing;
}

export const NO_OUTPUT: OutputMap = {
  sinceMs: null,
  readings: [],
  lately: [],
  strays: [],
  awaySinceMs: null,
  wanderingSinceMs: null,
  isRecovering: false,
  line: null,
  residualMs: Infinity,
  steadySinceMs: null,
  steps: 0,
  smoothing: NO_SMOOTHING,
};

/** The map after one more reading. The same reading twice counts once. */
export function read(before: OutputMap, told: OutputReading): OutputMap {
  const last = before.strays.at(-1) ?? before.lately.at(-1);
  if (last !== undefined && told.pageMs <= last.pageMs) return before;
  const lineMs = before.line === null ? told.contextMs - told.pageMs : offsetAt(before.line, told.pageMs);
  const map: OutputMap = { ...before, smoothing: heed(before.smoothing, told, lineMs) };
  const reading = unsmoothed(map.smoothing, told);
  const sinceMs = map.sinceMs ?? reading.pageMs;
  const first = map.readings[0];
  const isFirst = first === undefined || first.pageMs - sinceMs < SKIP_MS;
  // The latest is the best there is, and the first that is believed begins a new window.
  if (isFirst) return refit({ ...map, sinceMs, lately: [reading] }, [reading]);
  if (hasStepped(map, reading)) return stray(map, reading);
  return listen({ ...map, strays: [] }, reading, sinceMs);
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

/** True when a start would be within a millisecond or two. */
export function isSettled({ steadySinceMs, readings }: OutputMap): boolean {
  const last = readings.at(-1);
  return steadySinceMs !== null && last !== undefined && last.pageMs - steadySinceMs >= SETTLED_MS;
}

function hasStepped({ line, lately, residualMs }: OutputMap, reading: OutputReading): boolean {
  if (line !== null && Math.abs(distance(line, reading)) >= STEP_MS) return true;
  const last = lately.at(-1);
  if (last === undefined || !Number.isFinite(residualMs)) return false;
  const movedMs = Math.abs(reading.contextMs - reading.pageMs - (last.contextMs - last.pageMs));
  return movedMs >= Math.max(JUMP_MS, JUMP_RESIDUALS * residualMs);
}

/** Takes the reading into account, unless readings wander. */
function listen(old: OutputMap, reading: OutputReading, sinceMs: number): OutputMap {
  const { pageMs } = reading;
  const lately = since([...old.lately, reading], pageMs - LATELY_MS);
  const calm = isCalm(lately);
  const isOff = old.line !== null && Math.abs(distance(old.line, reading)) >= MOVED_MS;
  const awaySinceMs = calm && isOff ? (old.awaySinceMs ?? pageMs) : null;
  const wanderingSinceMs = calm ? null : (old.wanderingSinceMs ?? pageMs);
  const map: OutputMap = { ...old, lately, awaySinceMs, wanderingSinceMs };
  if (map.isRecovering) {
    const isAtRest = calm && pageMs - (lately[0]?.pageMs ?? pageMs) >= RECOVERED_MS;
    return refit({ ...map, isRecovering: !isAtRest }, lately);
  }
  const isEarly = pageMs - sinceMs < EARLY_MS;
  if (isEarly || (calm && !isOff)) return refit(map, within(map.readings, reading));
  if (awaySinceMs !== null && pageMs - awaySinceMs >= MOVED_FOR_MS) return step(map, lately, false);
  if (wanderingSinceMs !== null && pageMs - wanderingSinceMs >= DOUBTED_FOR_MS) {
    return refit(map, lately);
  }
  return map;
}

function stray(map: OutputMap, reading: OutputReading): OutputMap {
  const offsetMs = reading.contextMs - reading.pageMs;
  const stepMs = map.line === null ? 0 : Math.abs(distance(map.line, reading));
  const spreadMs = Math.max(STEP_SPREAD_MS, STEP_SPREAD_SHARE * stepMs);
  const agrees = ({ pageMs, contextMs }: OutputReading): boolean =>
    Math.abs(contextMs - pageMs - offsetMs) <= spreadMs;
  const strays = [...map.strays.filter(agrees), reading];
  const spanMs = reading.pageMs - (strays[0] ?? reading).pageMs;
  if (strays.length < STEP_READINGS || spanMs < STEP_SPAN_MS) return { ...map, strays };
  return step({ ...map, strays: [], lately: strays }, strays, true);
}

/** The line begins anew with these readings. */
function step(map: OutputMap, readings: readonly OutputReading[], isRecovering: boolean): OutputMap {
  const unknown = { awaySinceMs: null, wanderingSinceMs: null, steadySinceMs: null };
  return refit({ ...map, ...unknown, isRecovering, steps: map.steps + 1 }, readings);
}

function within(readings: readonly OutputReading[], reading: OutputReading): OutputReading[] {
  return since([...readings, reading], reading.pageMs - WINDOW_MS);
}

function since(readings: OutputReading[], fromMs: number): OutputReading[] {
  return readings.filter(({ pageMs }) => pageMs > fromMs);
}

function refit(map: OutputMap, readings: readonly OutputReading[]): OutputMap {
  const line = fit(readings, Number.isFinite(map.residualMs) ? map.residualMs : 0);
  const residualMs = readings.length > 1 ? scatter(line, readings) : Infinity;
  const isSteady = residualMs < SETTLED_RESIDUAL_MS;
  const steadySinceMs = isSteady ? (map.steadySinceMs ?? readings[0]?.pageMs ?? null) : null;
  return { ...map, readings, line, residualMs, steadySinceMs };
}
