import { describe, expect, it } from "vitest";

import {
  AUDIBLE,
  control,
  settling,
  type ControllerState,
  type Correction,
} from "../src/sync_controller.js";
import { CHROMIUM, COARSE, SimulatedElement, type ElementTraits } from "./simulated_element.js";

interface Run {
  /** True error against the timeline at each tick, ms. */
  errors: { atMs: number; errorMs: number }[];
  pulses: number;
  seeks: number;
  shares: number[];
}

/** Plays for `lastsMs` with the line starting at 0, the element `lateMs` behind it. */
function run(
  traits: ElementTraits,
  seed: number,
  lateMs: number,
  lastsMs: number,
  tickMs = 40,
): Run {
  const element = new SimulatedElement({ ...traits, startMs: 0 }, seed, 0, 10_000 - lateMs);
  const result: Run = { errors: [], pulses: 0, seeks: 0, shares: [] };
  let state: ControllerState = settling(0, AUDIBLE);
  for (let nowMs = 0; nowMs <= lastsMs;) {
    const driftMs = element.read(nowMs) - (10_000 + nowMs);
    const step = control(state, nowMs, driftMs, tickMs);
    state = step.state;
    note(result, step.correction);
    if (step.correction.kind === "pulse") element.setRate(1 + step.correction.share);
    if (step.correction.kind === "steady") element.setRate(1);
    result.errors.push({ atMs: nowMs, errorMs: element.truth(nowMs) - (10_000 + nowMs) });
    const untilMs = state.phase.kind === "pulse" ? state.phase.untilMs : Infinity;
    nowMs = Math.min(nowMs + tickMs, tickMs > 100 ? Infinity : Math.max(untilMs, nowMs + 1));
  }
  return result;
}

function note(result: Run, correction: Correction): void {
  if (correction.kind === "seek") result.seeks++;
  if (correction.kind !== "pulse") return;
  result.pulses++;
  result.shares.push(Math.abs(correction.share));
}

function worstAfter({ errors }: Run, afterMs: number): number {
  return Math.max(
    ...errors.filter(({ atMs }) => atMs >= afterMs).map(({ errorMs }) => Math.abs(errorMs)),
  );
}

function firstWithin({ errors }: Run, ms: number): number {
  const late = errors.filter(({ errorMs }) => Math.abs(errorMs) > ms).at(-1);
  return late?.atMs ?? 0;
}

const SEEDS = Array.from({ length: 20 }, (_, seed) => seed);

describe("control", () => {
  it.each(SEEDS)("brings a late start within 5 ms in 4 s and holds it (seed %i)", (seed) => {
    const result = run(CHROMIUM, seed, 80, 60_000);
    expect(firstWithin(result, 5)).toBeLessThan(4_000);
    expect(worstAfter(result, 4_000)).toBeLessThan(5);
    expect(result.seeks).toBe(0);
  });

  it.each(SEEDS)("does not hunt: few pulses once settled (seed %i)", (seed) => {
    const early = run(CHROMIUM, seed, 80, 5_000).pulses;
    // 40 ppm cross the dead band of 1.5 ms each 38 s.
    expect(run(CHROMIUM, seed, 80, 65_000).pulses - early).toBeLessThanOrEqual(6);
  });

  it.each(SEEDS)("copes with a coarse clock (seed %i)", (seed) => {
    const result = run(COARSE, seed, -140, 60_000);
    expect(worstAfter(result, 10_000)).toBeLessThan(20);
    expect(result.pulses).toBeLessThan(30);
  });

  it("copes with a hidden page's timers of one second", () => {
    const result = run(CHROMIUM, 1, 120, 90_000, 1_000);
    expect(worstAfter(result, 30_000)).toBeLessThan(8);
  });

  it("never plays more than 3 % off and never seeks below 250 ms", () => {
    const result = run(CHROMIUM, 5, 240, 30_000);
    expect(Math.max(...result.shares)).toBeLessThanOrEqual(AUDIBLE.maxShare);
    expect(result.seeks).toBe(0);
    expect(worstAfter(result, 15_000)).toBeLessThan(5);
  });

  it("asks for a jump from 250 ms on", () => {
    const result = run(CHROMIUM, 5, 400, 1_000);
    expect(result.seeks).toBeGreaterThan(0);
    expect(result.pulses).toBe(0);
  });

  it("leaves the dead band alone", () => {
    const still = { ...CHROMIUM, skewPpm: 0, noiseMs: 0.2 };
    expect(run(still, 2, 1, 60_000).pulses).toBe(0);
  });

  it("looks away while a correction settles", () => {
    const start = settling(0, AUDIBLE);
    const step = control(start, AUDIBLE.blindMs - 1, 100, 40);
    expect(step).toEqual({ state: start, correction: { kind: "none" } });
  });
});
