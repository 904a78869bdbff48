import { describe, expect, it } from "vitest";

import {
  fit,
  hubTime,
  isStep,
  keep,
  sampleOf,
  WINDOW_MS,
  type ClockSample,
} from "../../src/clock/clock_filter.js";
import { seeded, type Random } from "../random.js";

const OFFSET_MS = 1_234.5;

/** One-way delays in ms of the networks that sync.md measured with. */
const NETWORKS = {
  lan: (r: Random) => 0.3 + r.exponential(0.2) + (r.next() < 0.01 ? 3 : 0),
  wifi: (r: Random) => 4 + r.gamma(2, 1.5) + (r.next() < 0.05 ? 40 * r.next() : 0),
  "4g": (r: Random) => 25 + r.gamma(2, 6) + (r.next() < 0.08 ? 120 * r.next() : 0),
};

function exchangesOver(
  r: Random,
  oneWay: (r: Random) => number,
  count: number,
  everyMs: number,
  ppm = 0,
): ClockSample[] {
  const window: ClockSample[] = [];
  for (let i = 0; i < count; i++) {
    const t0 = 1.7e12 + i * everyMs;
    const there = oneWay(r);
    const back = oneWay(r);
    const hub = (local: number): number => local + OFFSET_MS + (local - 1.7e12) * ppm * 1e-6;
    window.push(
      sampleOf({
        t0,
        t1: hub(t0 + there),
        t2: hub(t0 + there) + 0.05,
        t3: t0 + there + 0.05 + back,
      }),
    );
  }
  return window;
}

function errorsOf(
  network: keyof typeof NETWORKS,
  count: number,
  everyMs: number,
  ppm = 0,
): number[] {
  const errors = [];
  for (let seed = 0; seed < 300; seed++) {
    const window = exchangesOver(seeded(seed), NETWORKS[network], count, everyMs, ppm);
    const nowMs = window.at(-1)!.atMs;
    const truthMs = nowMs + OFFSET_MS + (nowMs - 1.7e12) * ppm * 1e-6;
    errors.push(Math.abs(hubTime(fit(window, nowMs)!, nowMs) - truthMs));
  }
  return errors.sort((a, b) => a - b);
}

describe("sampleOf", () => {
  it("finds offset and round trip of a symmetric exchange", () => {
    const sample = sampleOf({ t0: 1_000, t1: 1_510, t2: 1_512, t3: 1_022 });
    expect(sample).toEqual({ atMs: 1_011, offsetMs: 500, rttMs: 20 });
  });
});

describe("fit", () => {
  it("has nothing to say without samples", () => {
    expect(fit([], 0)).toBeNull();
  });

  it.each([
    ["lan", 0.06, 0.2],
    ["wifi", 0.5, 1.5],
    ["4g", 1.1, 3.2],
  ] as const)("is right after 16 exchanges on %s: p50 %d ms, p95 %d ms", (network, p50, p95) => {
    const errors = errorsOf(network, 16, 50);
    expect(errors[150]).toBeLessThan(p50);
    expect(errors[285]).toBeLessThan(p95);
  });

  it.each([
    ["wifi", 0.3, 0.8],
    ["4g", 0.5, 1.5],
  ] as const)("is better after 112 exchanges on %s: p50 %d ms, p95 %d ms", (network, p50, p95) => {
    const errors = errorsOf(network, 112, 250);
    expect(errors[150]).toBeLessThan(p50);
    expect(errors[285]).toBeLessThan(p95);
  });

  it("follows a clock that is 100 ppm fast", () => {
    const window = exchangesOver(seeded(7), NETWORKS.lan, 144, 625, 100);
    const fitted = fit(window, window.at(-1)!.atMs)!;
    expect(fitted.slope).toBeGreaterThan(90e-6);
    expect(fitted.slope).toBeLessThan(110e-6);
  });

  it("states a spread of the size of its error", () => {
    const window = exchangesOver(seeded(3), NETWORKS["4g"], 16, 50);
    const { spreadMs } = fit(window, window.at(-1)!.atMs)!;
    expect(spreadMs).toBeGreaterThan(0.2);
    expect(spreadMs).toBeLessThan(6);
  });
});

describe("isStep", () => {
  const window = exchangesOver(seeded(1), NETWORKS.wifi, 32, 50);
  const fitted = fit(window, window.at(-1)!.atMs)!;

  it("believes every sample of the same clock", () => {
    const more = exchangesOver(seeded(2), NETWORKS.wifi, 200, 50);
    expect(more.filter((sample) => isStep(fitted, sample, 20))).toEqual([]);
  });

  it("sees a clock that was set", () => {
    const last = window.at(-1)!;
    expect(isStep(fitted, { ...last, offsetMs: last.offsetMs + 500 }, 20)).toBe(true);
  });
});

describe("keep", () => {
  it("forgets what is older than the window", () => {
    const old: ClockSample = { atMs: 0, offsetMs: 0, rttMs: 1 };
    const young: ClockSample = { atMs: WINDOW_MS + 1, offsetMs: 0, rttMs: 1 };
    expect(keep([old], young)).toEqual([young]);
  });
});
