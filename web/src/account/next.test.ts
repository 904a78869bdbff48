import { expect, test } from "vitest";
import { safeNext } from "./next";

test("one comes back to where one wanted to go", () => {
  expect(safeNext("/room/1?x=2")).toBe("/room/1?x=2");
});

test.each([null, "", "https://evil.example", "//evil.example", "/\\evil.example", "javascript:alert(1)", "room"])("%s leads home", (next) => {
  expect(safeNext(next)).toBe("/");
});
