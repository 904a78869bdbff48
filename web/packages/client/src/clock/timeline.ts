import type { Playback } from "../wire/playback.js";

/** Decimals of a shared rate; the server calculates in the same thousandths (rooms/playback/timeline.py). */
const RATE_UNIT = 1000;

/**
 * Position in ms of `playback` at server time `atMs`, within 0 … `durationMs`. The line does not
 * reach into the past: before `at_ms` it stands at `position_ms`.
 */
export function positionAt(
  playback: Playback,
  atMs: number,
  durationMs: number | null = null,
): number {
  const elapsedMs = isRunning(playback) ? Math.max(0, atMs - playback.at_ms) : 0;
  const positionMs =
    playback.position_ms + (Math.round(playback.rate * RATE_UNIT) * elapsedMs) / RATE_UNIT;
  return durationMs === null ? positionMs : Math.min(positionMs, durationMs);
}

export function isRunning(playback: Playback): boolean {
  return playback.status === "playing";
}

/** Server time at which the line reaches `durationMs`; null while it stands still. */
export function endAt(playback: Playback, durationMs: number): number | null {
  if (!isRunning(playback)) return null;
  const leftMs = Math.max(0, durationMs - playback.position_ms);
  return playback.at_ms + Math.ceil((leftMs * RATE_UNIT) / Math.round(playback.rate * RATE_UNIT));
}

/**
 * What was decided, and what holds: a change takes effect at its `effective_at_ms`, and until then
 * the playback before it goes on.
 */
export interface Timeline {
  /** In effect now, unless `next` is due; null for one who has come while the first is ahead. */
  readonly current: Playback | null;
  /** Decided but not in effect yet. */
  readonly next: Playback | null;
}

export const EMPTY_TIMELINE: Timeline = { current: null, next: null };

/** The timeline after `decided` became known at server time `nowMs`. A later decision replaces. */
export function decide(timeline: Timeline, decided: Playback, nowMs: number): Timeline {
  const current = playbackAt(timeline, nowMs);
  if (decided.effective_at_ms <= nowMs) return { current: decided, next: null };
  return { current, next: decided };
}

/** The playback in effect at server time `atMs`. */
export function playbackAt({ current, next }: Timeline, atMs: number): Playback | null {
  return next !== null && next.effective_at_ms <= atMs ? next : current;
}
