/** How many chunks to ask for: enough for a buffer, few enough to change one's mind. */

const AHEAD_MS = 30_000;
/** The hub allows 8; fewer under way means that a change of rung is heard sooner. */
const UNDER_WAY = 4;

export interface Window {
  /** The next chunk nobody has asked for. */
  nextIndex: number;
  /** Chunks of the track. */
  chunks: number;
  chunkMs: number;
  /** Sound at hand from the position on, what waits to be appended included. */
  bufferedMs: number;
  /** Chunks asked for that have not come. */
  underWay: number;
}

/** Credits to ask for from `nextIndex` on; 0: nothing now. */
export function creditsFor(window: Window): number {
  const { nextIndex, chunks, chunkMs, bufferedMs, underWay } = window;
  const missingMs = AHEAD_MS - bufferedMs - underWay * chunkMs;
  const wanted = Math.ceil(missingMs / Math.max(1, chunkMs));
  return Math.max(0, Math.min(wanted, UNDER_WAY - underWay, chunks - nextIndex));
}

export interface Span {
  startMs: number;
  endMs: number;
}

/** A position may lie this much before a span: decoders drop what primed them. */
const NEAR_MS = 100;

/** The buffered span that holds a position. */
export function spanAt(spans: readonly Span[], positionMs: number): Span | null {
  return (
    spans.find(({ startMs, endMs }) => startMs - NEAR_MS <= positionMs && positionMs < endMs) ??
    null
  );
}
