import { describe, expect, it } from "vitest";

import { creditsFor, spanAt, type Window } from "../../src/chunks/chunk_window.js";

const START: Window = { nextIndex: 0, chunks: 60, chunkMs: 3_994, bufferedMs: 0, underWay: 0 };

describe("credits", () => {
  it("asks for four at the start", () => {
    expect(creditsFor(START)).toBe(4);
  });

  it("asks for no more than the track has", () => {
    expect(creditsFor({ ...START, nextIndex: 58 })).toBe(2);
    expect(creditsFor({ ...START, nextIndex: 60 })).toBe(0);
  });

  it("counts what is under way", () => {
    expect(creditsFor({ ...START, underWay: 3 })).toBe(1);
    expect(creditsFor({ ...START, underWay: 4 })).toBe(0);
  });

  it("stops at half a minute", () => {
    expect(creditsFor({ ...START, bufferedMs: 30_000 })).toBe(0);
    expect(creditsFor({ ...START, bufferedMs: 27_000 })).toBe(1);
    expect(creditsFor({ ...START, bufferedMs: 27_000, underWay: 1 })).toBe(0);
  });

  it("never goes past any bound, wherever it stands", () => {
    for (let nextIndex = 0; nextIndex <= 60; nextIndex += 5)
      for (let underWay = 0; underWay <= 8; underWay++)
        for (let bufferedMs = 0; bufferedMs <= 60_000; bufferedMs += 3_000) {
          const credits = creditsFor({ ...START, nextIndex, underWay, bufferedMs });
          expect(credits).toBeGreaterThanOrEqual(0);
          expect(credits + nextIndex).toBeLessThanOrEqual(60);
          if (credits > 0) expect(credits + underWay).toBeLessThanOrEqual(4);
        }
  });
});

describe("the span at a position", () => {
  const spans = [
    { startMs: 0, endMs: 8_000 },
    { startMs: 20_000, endMs: 24_000 },
  ];

  it("is the one that holds it", () => {
    expect(spanAt(spans, 0)).toBe(spans[0]);
    expect(spanAt(spans, 23_999)).toBe(spans[1]);
  });

  it("is also the one that begins right after it", () => {
    expect(spanAt(spans, 19_950)).toBe(spans[1]);
    expect(spanAt(spans, 19_800)).toBeNull();
  });

  it("ends where it ends", () => {
    expect(spanAt(spans, 8_000)).toBeNull();
    expect(spanAt([], 0)).toBeNull();
  });
});
