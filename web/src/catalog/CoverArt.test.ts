import { expect, test } from "vitest";
import { discsOf } from "./CoverArt";

test("the same record has the same art, another one another", () => {
  expect(discsOf("a")).toEqual(discsOf("a"));
  expect(discsOf("a")).not.toEqual(discsOf("b"));
});

test("the discs stay in the picture", () => {
  for (let index = 0; index < 200; index += 1) {
    for (const disc of discsOf(`track-${index}`).discs) {
      expect(disc.x).toBeGreaterThan(0);
      expect(disc.x).toBeLessThan(100);
      expect(disc.y).toBeGreaterThan(0);
      expect(disc.y).toBeLessThan(100);
    }
  }
});
