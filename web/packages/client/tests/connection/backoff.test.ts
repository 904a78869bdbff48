import { expect, it } from "vitest";

import { backoffMs, DEFAULT_BACKOFF } from "../../src/connection/backoff.js";

it("doubles up to the maximum", () => {
  const delays = [0, 1, 2, 3, 4, 5, 6, 100].map((attempt) =>
    backoffMs(DEFAULT_BACKOFF, attempt, 0.5),
  );
  expect(delays).toEqual([500, 1_000, 2_000, 4_000, 8_000, 15_000, 15_000, 15_000]);
});

it("spreads by the jitter, so that clients do not return together", () => {
  expect(backoffMs(DEFAULT_BACKOFF, 1, 0)).toBe(500);
  expect(backoffMs(DEFAULT_BACKOFF, 1, 0.999)).toBe(1_499);
});
