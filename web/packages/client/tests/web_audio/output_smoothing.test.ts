import { describe, expect, it } from "vitest";

import type { OutputReading } from "../../src/web_audio/output_line.js";
import { heed, NO_SMOOTHING, unsmoothed, type Smoothing } from "../../src/web_audio/output_smoothing.js";
import { BUSY_START, OTHER_WAY, WORST, type WrongBy } from "./wandering_readings.js";

const TRUTH_MS = -2_000;

const told = (pageMs: number, aheadMs: number): OutputReading => ({
  pageMs,
  contextMs: pageMs + TRUTH_MS + aheadMs,
});

/** By how much what is left differs from the truth at the last reading; `lineAheadMs`: one's own line. */
function after(wrongBy: WrongBy, untilMs: number, lineAheadMs: number): { smoothing: Smoothing; aheadMs: number } {
  let smoothing = NO_SMOOTHING;
  let last = told(0, 0);
  for (const [atMs, aheadMs] of wrongBy.filter(([at]) => at < untilMs)) {
    last = told(atMs, aheadMs);
    smoothing = heed(smoothing, last, TRUTH_MS + lineAheadMs);
  }
  const { pageMs, contextMs } = unsmoothed(smoothing, last);
  return { smoothing, aheadMs: contextMs - pageMs - TRUTH_MS };
}

describe("what a sound server's smoothing adds", () => {
  it.each([5_000, 6_500, 8_000, 9_500])("is taken out where the line is far off, %d ms after the start", (untilMs) => {
    expect(Math.abs(after(BUSY_START, untilMs, 30).aheadMs)).toBeLessThan(2);
  });

  it.each<[string, WrongBy]>([
    ["a busy start", BUSY_START],
    ["one way", WORST],
    ["the other way", OTHER_WAY],
  ])("is left to the line where that is near: %s", (_, wrongBy) => {
    for (const untilMs of [5_000, 7_000, 9_000, 12_000, 20_000]) {
      expect(after(wrongBy, untilMs, 0).smoothing.isBelieved).toBe(false);
    }
  });

  it("is over when readings have come to rest", () => {
    expect(after(BUSY_START, 20_000, 30).smoothing.truthMs).toBeNull();
  });

  it("is not looked for in two clocks that run apart, nor in noise", () => {
    const clocks = Array.from({ length: 200 }, (_, i) => [100 * i, 0.02 * i + ((i * 7) % 5) * 0.05] as const);
    expect(after(clocks, Infinity, 30).smoothing.truthMs).toBeNull();
  });

  it("is forgotten when the sound stood still", () => {
    const { smoothing } = after(BUSY_START, 5_000, 30);
    const stood = heed(smoothing, told(5_900, -800), TRUTH_MS + 30);
    expect(stood).toEqual({ ...NO_SMOOTHING, readings: [told(5_900, -800)] });
  });
});
