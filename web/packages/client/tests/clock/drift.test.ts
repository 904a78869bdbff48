import { expect, it } from "vitest";

import { DriftSeries } from "../../src/clock/drift.js";

it("gives percentiles of the size of the drift, and the last one signed", () => {
  const series = new DriftSeries();
  for (let i = 1; i <= 100; i++) series.add(i, i % 2 ? i : -i);
  expect(series.figures()).toEqual({ driftMs: -100, p50Ms: 50, p95Ms: 95 });
});

it("forgets what is older than a minute", () => {
  const series = new DriftSeries();
  series.add(0, 500);
  series.add(60_001, 2);
  expect(series.figures()).toEqual({ driftMs: 2, p50Ms: 2, p95Ms: 2 });
});

it("says nothing before the first reading and after a jump", () => {
  const series = new DriftSeries();
  series.add(0, 3);
  series.clear();
  expect(series.figures()).toEqual({ driftMs: null, p50Ms: null, p95Ms: null });
});
