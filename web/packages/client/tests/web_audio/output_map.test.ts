import { describe, expect, it } from "vitest";

import {
  contextAt,
  isSettled,
  NO_OUTPUT,
  pageAt,
  read,
  restart,
  type OutputMap,
} from "../../src/web_audio/output_map.js";
import { judge, NO_TRIAL, type Verdict } from "../../src/web_audio/sanity.js";
import { seeded } from "../random.js";
import { BUSY_START, OTHER_WAY, WORST, type WrongBy } from "./wandering_readings.js";

const LATENCY_MS = 560;
const BUFFER_MS = 186;

/** Readings as a browser with a large buffer gives them, from page time `fromMs` on. */
function fed(
  map: OutputMap,
  fromMs: number,
  forMs: number,
  { skew = 0, shiftMs = 0, noiseMs = 0.1 } = {},
): OutputMap {
  const random = seeded(11);
  for (let pageMs = fromMs; pageMs < fromMs + forMs; pageMs += BUFFER_MS) {
    const contextMs = pageMs * (1 + skew) - LATENCY_MS + shiftMs + random.normal(noiseMs);
    map = read(map, { pageMs, contextMs });
  }
  return map;
}

const trueMs = (pageMs: number, skew = 0): number => pageMs * (1 + skew) - LATENCY_MS;

describe("the map to the device's clock", () => {
  it("knows nothing before the first reading", () => {
    expect(contextAt(NO_OUTPUT, 1_000)).toBeNull();
    expect(pageAt(NO_OUTPUT, 1_000)).toBeNull();
    expect(isSettled(NO_OUTPUT)).toBe(false);
  });

  it("is within a tenth of a millisecond after some seconds, and both ways the same", () => {
    const map = fed(NO_OUTPUT, 0, 10_000);
    expect(Math.abs(contextAt(map, 10_000)! - trueMs(10_000))).toBeLessThan(0.1);
    expect(pageAt(map, contextAt(map, 9_500)!)).toBeCloseTo(9_500, 6);
    expect(isSettled(map)).toBe(true);
  });

  it("follows a device that runs 80 ppm fast", () => {
    const map = fed(NO_OUTPUT, 0, 20_000, { skew: 80e-6 });
    expect(Math.abs(contextAt(map, 20_500)! - trueMs(20_500, 80e-6))).toBeLessThan(0.2);
  });

  it("does not believe what is said while the buffers fill", () => {
    let map = read(NO_OUTPUT, { pageMs: 300, contextMs: trueMs(300) + 190 });
    expect(isSettled(map)).toBe(false);
    map = read(map, { pageMs: 500, contextMs: trueMs(500) });
    expect(contextAt(map, 500)).toBeCloseTo(trueMs(500), 6);
    expect(isSettled(map)).toBe(false);
    map = read(map, { pageMs: 700, contextMs: trueMs(700) + 0.1 });
    expect(isSettled(map)).toBe(true);
    expect(map.steps).toBe(0);
  });

  it("recovers where the buffers take longer to fill", () => {
    let map = fed(NO_OUTPUT, 0, 450, { shiftMs: 190 });
    map = fed(map, 560, 2_000);
    expect(Math.abs(contextAt(map, 2_500)! - trueMs(2_500))).toBeLessThan(0.3);
    expect([isSettled(map), map.steps]).toEqual([true, 1]);
  });

  it.each<[string, WrongBy, number]>([
    ["by 7 ms", WORST, 2.5],
    ["by 3 ms, the other way", OTHER_WAY, 1.4],
  ])("stays with the sound where readings wander away from it %s", (_, wrongBy, firstMs) => {
    let map = NO_OUTPUT;
    for (const [atMs, aheadMs] of wrongBy) {
      map = read(map, { pageMs: atMs, contextMs: trueMs(atMs) + aheadMs });
      const offMs = Math.abs(contextAt(map, atMs)! - trueMs(atMs));
      if (atMs > 500) expect(offMs, `${atMs} ms`).toBeLessThan(firstMs);
      if (atMs > 2_000) expect(offMs, `${atMs} ms`).toBeLessThan(0.7);
    }
    expect(map.steps).toBe(0);
    expect(map.lately.at(-1)!.pageMs).toBeGreaterThan(19_000);
  });

  it("takes out what a sound server adds on a machine that was busy at the start", () => {
    let map = NO_OUTPUT;
    for (const [atMs, aheadMs] of BUSY_START) {
      map = read(map, { pageMs: atMs, contextMs: trueMs(atMs) + aheadMs });
      const offMs = Math.abs(contextAt(map, atMs)! - trueMs(atMs));
      if (atMs > 4_500) expect(offMs, `${atMs} ms`).toBeLessThan(1);
    }
    expect(map.steps).toBeLessThan(4);
    expect(map.smoothing.truthMs).toBeNull();
  });

  it("follows the device where its delay has changed by a few milliseconds", () => {
    let map = fed(NO_OUTPUT, 0, 30_000);
    map = fed(map, 30_050, 7_000, { shiftMs: 5 });
    expect(Math.abs(contextAt(map, 37_000)! - trueMs(37_000) - 5)).toBeLessThan(0.3);
    expect(map.steps).toBe(1);
  });

  it("follows the steps of a sound server that was held up, and rests where they do", () => {
    let map = fed(NO_OUTPUT, 0, 30_000);
    const levels = [-16, -11, -5, -2];
    levels.forEach((shiftMs, i) => {
      map = fed(map, 30_500 + 1_000 * i, 1_000, { shiftMs });
      const atMs = 31_450 + 1_000 * i;
      expect(Math.abs(contextAt(map, atMs)! - trueMs(atMs) - shiftMs)).toBeLessThan(2);
    });
    map = fed(map, 34_500, 4_000);
    expect(Math.abs(contextAt(map, 38_500)! - trueMs(38_500))).toBeLessThan(0.2);
    expect(map.isRecovering).toBe(false);
  });

  it("follows at once where sound stood still for long, though readings sway then", () => {
    let map = fed(NO_OUTPUT, 0, 30_000);
    for (let atMs = 31_000; atMs < 33_000; atMs += 100) {
      const shiftMs = -832 - 0.036 * (atMs - 31_000);
      map = read(map, { pageMs: atMs, contextMs: trueMs(atMs) + shiftMs });
      if (atMs > 31_500) expect(Math.abs(contextAt(map, atMs)! - trueMs(atMs) - shiftMs), `${atMs} ms`).toBeLessThan(60);
    }
    expect(map.smoothing.truthMs).toBeNull();
  });

  it("follows readings that never come to rest", () => {
    const map = fed(NO_OUTPUT, 0, 60_000, { skew: 400e-6 });
    expect(Math.abs(contextAt(map, 60_000)! - trueMs(60_000, 400e-6))).toBeLessThan(1);
  });

  it("is not settled while it wanders", () => {
    let map = NO_OUTPUT;
    for (let pageMs = 0; pageMs < 2_500; pageMs += 40) {
      map = read(map, { pageMs, contextMs: pageMs - LATENCY_MS - pageMs * 0.006 });
      expect(isSettled(map)).toBe(false);
    }
  });

  it("is not settled while readings scatter", () => {
    expect(isSettled(fed(NO_OUTPUT, 0, 8_000, { noiseMs: 3 }))).toBe(false);
  });

  it("steps at once when the device does, and says so", () => {
    let map = fed(NO_OUTPUT, 0, 10_000);
    map = fed(map, 10_050, 800, { shiftMs: 40 });
    expect(Math.abs(contextAt(map, 11_000)! - trueMs(11_000) - 40)).toBeLessThan(0.5);
    expect(map.steps).toBe(1);
  });

  it("is not led astray by single readings that are wrong", () => {
    let map = fed(NO_OUTPUT, 0, 10_000);
    for (let i = 0; i < 20; i++) {
      const pageMs = 10_100 + 200 * i;
      map = read(map, { pageMs, contextMs: trueMs(pageMs) + 20 + 15 * i });
      map = read(map, { pageMs: pageMs + 90, contextMs: trueMs(pageMs + 90) });
    }
    expect(map.steps).toBe(0);
    expect(Math.abs(contextAt(map, 14_000)! - trueMs(14_000))).toBeLessThan(0.2);
  });

  it("counts a reading once, however often it is seen", () => {
    const map = fed(NO_OUTPUT, 0, 5_000);
    const last = map.readings.at(-1)!;
    expect(read(map, last)).toBe(map);
  });

  it("keeps the old line over a restart, until there is a new one, and steps then", () => {
    const map = restart(fed(NO_OUTPUT, 0, 10_000));
    expect(contextAt(map, 10_000)).not.toBeNull();
    expect([isSettled(map), map.steps]).toEqual([false, 1]);
    const after = fed(map, 12_000, 5_000, { shiftMs: 90 });
    expect(Math.abs(contextAt(after, 17_000)! - trueMs(17_000) - 90)).toBeLessThan(0.2);
  });
});

describe("the verdict on a browser's timestamps", () => {
  function verdictOf(at: (pageMs: number) => { pageMs: number; contextMs: number }): Verdict {
    let trial = NO_TRIAL;
    let verdict: Verdict = "unknown";
    for (let pageMs = 10_000; pageMs <= 14_000 && verdict === "unknown"; pageMs += 40) {
      ({ trial, verdict } = judge(trial, at(pageMs), pageMs - 200, pageMs));
    }
    return verdict;
  }

  it("is good for a steady clock", () => {
    expect(verdictOf((pageMs) => ({ pageMs, contextMs: pageMs - 560 }))).toBe("sane");
  });

  it("is bad for one that stands, runs in other units, or lies beyond any buffer", () => {
    expect(verdictOf(() => ({ pageMs: 9_000, contextMs: 8_000 }))).toBe("frozen");
    expect(verdictOf((pageMs) => ({ pageMs, contextMs: pageMs / 1_000 }))).toBe("slope");
    expect(verdictOf((pageMs) => ({ pageMs, contextMs: pageMs - 5_000 }))).toBe("lag");
  });
});
