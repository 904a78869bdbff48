/**
 * Where the segments of a rung lie in samples of music: 0 is the first sample that was recorded. Pure.
 *
 * The coded stream begins with the encoder's priming, which lies in the first segment on top of its
 * music; the playlist's durations are exact to a nanosecond, so they are whole samples again.
 */
import type { MediaPlaylist } from "./playlist.js";

export interface Segment {
  readonly index: number;
  readonly url: string;
  /** First sample of music in it, and the one after its last. */
  readonly from: number;
  readonly to: number;
}

export interface SegmentTable {
  readonly initUrl: string;
  readonly segments: readonly Segment[];
  /** Length of the track in samples; null while more segments may come. */
  readonly samples: number | null;
}

export function tableOf(
  { initUrl, segments, hasEnded }: MediaPlaylist,
  sampleRateHz: number,
  primingSamples: number,
): SegmentTable {
  let coded = 0;
  const placed = segments.map(({ url, durationS }, index): Segment => {
    const from = Math.max(0, coded - primingSamples);
    coded += Math.round(durationS * sampleRateHz);
    return { index, url, from, to: Math.max(0, coded - primingSamples) };
  });
  const samples = hasEnded ? (placed.at(-1)?.to ?? 0) : null;
  return { initUrl, segments: placed, samples };
}

/** Index of the segment that holds `sample`: the first for what is before it; null past the last. */
export function segmentAt({ segments }: SegmentTable, sample: number): number | null {
  let low = 0;
  let high = segments.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if ((segments[middle]?.to ?? Infinity) <= sample) low = middle + 1;
    else high = middle;
  }
  return low < segments.length ? low : null;
}
