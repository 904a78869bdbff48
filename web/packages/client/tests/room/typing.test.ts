import { afterEach, beforeEach, expect, it, vi } from "vitest";

import { TypingNotice } from "../../src/room/typing.js";

beforeEach(() => void vi.useFakeTimers());
afterEach(() => void vi.useRealTimers());

it("says start once in three seconds while keys are pressed, and stop after silence", () => {
  const said: string[] = [];
  const notice = new TypingNotice((event) => said.push(event));
  for (let i = 0; i < 40; i++) {
    notice.press();
    vi.advanceTimersByTime(100);
  }
  expect(said).toEqual(["typing:start", "typing:start"]);
  vi.advanceTimersByTime(3_000);
  expect(said).toEqual(["typing:start", "typing:start", "typing:stop"]);
});

it("says stop when the text is sent, and nothing when nobody typed", () => {
  const said: string[] = [];
  const notice = new TypingNotice((event) => said.push(event));
  notice.stop();
  notice.press();
  notice.stop();
  vi.advanceTimersByTime(10_000);
  expect(said).toEqual(["typing:start", "typing:stop"]);
});
