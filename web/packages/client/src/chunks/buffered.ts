/** What a media element has at hand around its position. */

import { spanAt, type Span } from "./chunk_window.js";

/** The buffered span that holds the element's position; null: nothing is at hand there. */
export function spanOf(element: HTMLMediaElement): Span | null {
  return spanAt(spansOf(element.buffered), element.currentTime * 1000);
}

/** Sound at hand from the position on. */
export function aheadMs(element: HTMLMediaElement): number {
  const span = spanOf(element);
  return span === null ? 0 : span.endMs - element.currentTime * 1000;
}

function spansOf(buffered: TimeRanges): Span[] {
  return Array.from({ length: buffered.length }, (_, i) => ({
    startMs: buffered.start(i) * 1000,
    endMs: buffered.end(i) * 1000,
  }));
}
