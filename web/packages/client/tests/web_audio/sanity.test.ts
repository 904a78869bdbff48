import { describe, expect, it } from "vitest";
import type { OutputReading } from "../../src/web_audio/output_map.js";
import { judge, NO_TRIAL, type OutputTrial, type Verdict } from "../../src/web_audio/sanity.js";

const EVERY_MS = 40;
const LAG_MS = 60;

/** What is said of a clock that tells `contextAt(pageMs)`, looked at until `untilMs` but for a gap. */
function verdicts(
  contextAt: (pageMs: number) => number,
  untilMs: number,
  gap: { fromMs: number; toMs: number } = { fromMs: Infinity, toMs: Infinity },
): Verdict[] {
  const found: Verdict[] = [];
  let trial: OutputTrial = NO_TRIAL;
  for (let pageMs = 1_000; pageMs <= untilMs; pageMs += EVERY_MS) {
    if (pageMs > gap.fromMs && pageMs < gap.toMs) continue;
    const reading: OutputReading = { pageMs, contextMs: contextAt(pageMs) };
    const judged = judge(trial, reading, reading.contextMs + LAG_MS, pageMs);
    trial = judged.verdict === "unknown" ? judged.trial : NO_TRIAL;
    if (judged.verdict !== "unknown") found.push(judged.verdict);
  }
  return found;
}

describe("a device's clock", () => {
  it("is sane when it runs as the page's does", () => {
    expect(verdicts((pageMs) => pageMs * 1.000_05, 10_000)).toEqual(["sane", "sane"]);
  });

  it("is not when it runs away, again and again", () => {
    expect(verdicts((pageMs) => pageMs * 1.02, 14_000)).toEqual(["slope", "slope", "slope", "slope"]);
  });

  it("is not when it tells of sound that is seconds away", () => {
    const trial = judge(NO_TRIAL, { pageMs: 0, contextMs: 0 }, LAG_MS, 0).trial;
    const held = { ...trial, lookedAtMs: 3_100 };
    expect(judge(held, { pageMs: 3_200, contextMs: 3_200 }, 5_000, 3_200).verdict).toBe("lag");
  });

  it("is no liar when it jumps while the page stood still", () => {
    const jumps = (pageMs: number): number => (pageMs < 3_000 ? pageMs : pageMs - 1_200);
    expect(verdicts(jumps, 9_000)).toContain("slope");
    expect(verdicts(jumps, 9_000, { fromMs: 2_500, toMs: 3_700 })).toEqual(["sane"]);
  });
});
