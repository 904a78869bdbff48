import { expect, test } from "vitest";
import { agoInWords, bytes, clockTime, dayName, lengthInWords, signedMs, spanInWords } from "./format";

test("times read like a clock", () => {
  expect([0, 999, 61_000, 3_725_000, -5].map(clockTime)).toEqual(["0:00", "0:00", "1:01", "1:02:05", "0:00"]);
});

test("offsets carry a sign and no false precision", () => {
  expect([0, 0.04, 4.26, -4.26, 31.4, -118.6].map(signedMs)).toEqual(["±0 ms", "±0 ms", "+4.3 ms", "−4.3 ms", "+31 ms", "−119 ms"]);
});

test("sizes, lengths and days speak the reader's language", () => {
  expect(bytes(1_530_000, "en")).toBe("1.5 MB");
  expect(bytes(1_530_000, "fr")).toMatch(/^1,5\sMo$/u);
  expect(lengthInWords(72 * 60_000, "en")).toBe("1 hr 12 min");
  const now = new Date("2026-03-02T12:00:00");
  expect(dayName("2026-03-02T01:00:00", "en", now)).toBe("Today");
  expect(dayName("2026-03-01T23:00:00", "es", now)).toBe("Ayer");
  expect(dayName("2025-12-24T10:00:00", "en", now)).toContain("2025");
});

test("lengths of time are said in their largest round unit", () => {
  expect([45, 60, 90, 3_600, 86_400, 7 * 86_400].map((seconds) => spanInWords(seconds, "en"))).toEqual(["45 seconds", "1 minute", "90 seconds", "1 hour", "1 day", "7 days"]);
  expect(spanInWords(600, "fr")).toBe("10 minutes");
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(agoInWords("2026-11-21T08:20:00Z", "en", now)).toBe("3 hours ago");
  expect(agoInWords("2026-11-20T11:00:00Z", "es", now)).toBe("ayer");
});
