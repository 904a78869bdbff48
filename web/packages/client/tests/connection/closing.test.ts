import { describe, expect, it } from "vitest";

import { closingFor, drainingDelayMs, isFinalCode } from "../../src/connection/closing.js";

describe("closingFor", () => {
  it.each(["token_revoked", "banned", "protocol_error"])("does not come back after %s", (word) => {
    expect(closingFor(word).comeBack).toBe(false);
  });
  it("comes back at once after slow_consumer", () => {
    expect(closingFor("slow_consumer")).toEqual({
      reason: "slow_consumer",
      comeBack: true,
      afterMs: 0,
    });
  });
  it("comes back after the given delay when a node drains", () => {
    expect(closingFor("draining", 1_500)).toEqual({
      reason: "draining",
      comeBack: true,
      afterMs: 1_500,
    });
  });
  it("leaves a lost network to the back-off", () => {
    expect(closingFor(null)).toEqual({ reason: "network", comeBack: true, afterMs: null });
  });
});

it("adds a random share of the jitter to the draining delay", () => {
  expect(drainingDelayMs({ reconnect_after_ms: 1_000, jitter_ms: 2_000 }, 0.25)).toBe(1_500);
  expect(drainingDelayMs(undefined, 0.25)).toBe(0);
});

it("tells codes that no repeat can mend", () => {
  expect(isFinalCode("TOKEN_REVOKED")).toBe(true);
  expect(isFinalCode("UNAVAILABLE")).toBe(false);
  expect(isFinalCode("TOKEN_EXPIRED")).toBe(false);
});
