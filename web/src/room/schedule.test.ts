import { describe, expect, it } from "vitest";
import { countdown, instantOf, localOf, scheduleOf } from "./schedule";

describe("a session's times", () => {
  it("go through the form and back", () => {
    const at = new Date(2026, 10, 21, 20, 30).getTime();
    expect(localOf(at)).toBe("2026-11-21T20:30");
    expect(instantOf(localOf(at))).toBe(at);
    expect(instantOf("")).toBeNull();
    expect(instantOf("soon")).toBeNull();
    expect(scheduleOf(null)).toEqual({ start: "", end: "" });
  });

  it("are counted down to the second", () => {
    expect(countdown(59_001, "d")).toBe("1:00");
    expect(countdown(3_600_000, "d")).toBe("1:00:00");
    expect(countdown(93_784_000, "d")).toBe("1 d 2:03:04");
    expect(countdown(-5, "d")).toBe("0:00");
  });
});
