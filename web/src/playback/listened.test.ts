import { describe, expect, it } from "vitest";
import { Listened } from "./listened";

describe("what was heard", () => {
  it("adds up while it plays", () => {
    const listened = new Listened();
    for (let s = 0; s <= 10; s += 0.25) listened.at(s);
    expect(listened.take()).toBe(10_000);
    expect(listened.take()).toBe(0);
  });

  it("leaves jumps out, forwards and back", () => {
    const listened = new Listened();
    [0, 1, 2].forEach((s) => listened.at(s));
    listened.jump();
    [100, 101].forEach((s) => listened.at(s));
    [3, 4].forEach((s) => listened.at(s));
    expect(listened.take()).toBe(4_000);
  });
});
