/** Whether a browser's output timestamps can be trusted: some have told wrong times. Pure. */
import type { OutputReading } from "./output_map.js";

/** A span of readings shorter than this tells nothing. */
const SPAN_MS = 3_000;
/** Share by which the audio clock may run apart from the page's. */
const MAX_SLOPE = 1_000e-6;
/** Jitter of single readings that the slope over the span has to bear. */
const JITTER_MS = 25;
const MAX_LAG_MS = 1_500;
const MIN_LAG_MS = -50;
/** Readings come 25 times a second. Who looks after a longer time was held up, and his sound with him. */
const HELD_UP_MS = 400;

export interface OutputTrial {
  /** The span begins with it. */
  readonly first: OutputReading | null;
  /** Page time of the last reading. */
  readonly lookedAtMs: number | null;
}

export const NO_TRIAL: OutputTrial = { first: null, lookedAtMs: null };

export type Verdict = "unknown" | "sane" | "frozen" | "slope" | "lag";

/**
 * One more reading of a context that runs; `nowContextMs` and `nowPageMs` are its `currentTime` and
 * the page's clock in the same moment. The first moments of a context are not to be shown here. A clock
 * that jumps while page and sound stood still is no liar: the span begins anew.
 */
export function judge(
  trial: OutputTrial,
  reading: OutputReading,
  nowContextMs: number,
  nowPageMs: number,
): { trial: OutputTrial; verdict: Verdict } {
  const wasHeldUp = trial.lookedAtMs !== null && nowPageMs - trial.lookedAtMs > HELD_UP_MS;
  const first = wasHeldUp ? reading : (trial.first ?? reading);
  const next: OutputTrial = { first, lookedAtMs: nowPageMs };
  const spanMs = nowPageMs - first.pageMs;
  if (spanMs < SPAN_MS) return { trial: next, verdict: "unknown" };
  const pageMs = reading.pageMs - first.pageMs;
  const contextMs = reading.contextMs - first.contextMs;
  if (pageMs < spanMs / 2) return { trial: next, verdict: "frozen" };
  if (Math.abs(contextMs - pageMs) > JITTER_MS + MAX_SLOPE * pageMs) {
    return { trial: next, verdict: "slope" };
  }
  const heardMs = reading.contextMs + (nowPageMs - reading.pageMs);
  const lagMs = nowContextMs - heardMs;
  const isSane = lagMs > MIN_LAG_MS && lagMs < MAX_LAG_MS;
  return { trial: next, verdict: isSane ? "sane" : "lag" };
}
