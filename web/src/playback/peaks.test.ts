import { expect, test } from "vitest";
import { barsOf, peaksOf } from "./peaks";

const wire = (data: number[]) => ({ version: 2, sample_rate: 44_100, samples_per_pixel: 882, bits: 8, length: data.length / 2, data });

test("a pair becomes the larger of its two sides, full scale is 1", () => {
  expect([...peaksOf(wire([-128, 10, -5, 64, 0, 0]))]).toEqual([1, 0.5, 0]);
});

test("bars cover the whole track and the loudest fills the height", () => {
  const peaks = Float32Array.from({ length: 1000 }, (_, index) => (index < 500 ? 0.1 : 0.4));
  const bars = barsOf(peaks, 10);
  expect(bars).toHaveLength(10);
  expect(Math.max(...bars)).toBeCloseTo(1);
  expect(bars[0]).toBeLessThan(0.25);
  expect(bars[0]).toBeGreaterThan(0.02);
});

test("more bars than peaks repeat peaks rather than leave holes", () => {
  expect(barsOf(Float32Array.from([0.5, 0.5]), 6).every((bar) => bar > 0.9)).toBe(true);
});

test("silence stays flat instead of being blown up", () => {
  expect(barsOf(new Float32Array(100), 4)).toEqual([0, 0, 0, 0]);
});
