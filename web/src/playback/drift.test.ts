import { expect, test } from "vitest";
import { lanesOf, placeOf, tuneOf } from "./drift";

test("the colour follows the size of the offset on both sides", () => {
  expect([0, 25, -25, 26, -80, 81, -300].map(tuneOf)).toEqual(["good", "good", "good", "fair", "fair", "bad", "bad"]);
});

test("the strip keeps order, has zero in the middle and never loses a dot", () => {
  const places = [-9999, -150, -20, -1, 0, 1, 20, 150, 9999].map(placeOf);
  expect(places).toEqual([...places].sort((a, b) => a - b));
  expect(placeOf(0)).toBe(50);
  expect(places.every((place) => place >= 0 && place <= 100)).toBe(true);
});

test("listeners who are equally in time do not cover each other", () => {
  expect(lanesOf([50, 50, 50])).toEqual([0, -1, 1]);
  expect(lanesOf([10, 90])).toEqual([0, 0]);
  const crowd = Array.from({ length: 12 }, () => 50);
  expect(new Set(lanesOf(crowd)).size).toBe(3);
  expect(lanesOf(crowd)).toHaveLength(12);
});
