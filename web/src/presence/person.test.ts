import { expect, test } from "vitest";
import { hueOf, initialsOf } from "./person";

test("initials stand for a name in any script", () => {
  expect(["Ana Petrović", "dj-lux", "emil", "Émile de la Tour", "  ", "山田 太郎"].map(initialsOf)).toEqual(["AP", "DL", "E", "ÉT", "·", "山太"]);
});

test("a person has one colour everywhere, and never that of the playhead", () => {
  const hues = Array.from({ length: 500 }, (_, index) => hueOf(`user-${index}`));
  expect(hues).toEqual(Array.from({ length: 500 }, (_, index) => hueOf(`user-${index}`)));
  expect(hues.every((hue) => hue >= 10 && hue < 320)).toBe(true);
  expect(new Set(hues).size).toBeGreaterThan(200);
});
