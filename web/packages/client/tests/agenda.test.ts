import { expect, it } from "vitest";

import { Agenda } from "../src/agenda.js";
import type { Cue, Source } from "../src/engine.js";

const A: Source = { itemId: "a", url: "/a" };
const B: Source = { itemId: "b", url: "/b" };

function cue(atMs: number, change: Partial<Cue> = {}): Cue {
  return { source: A, running: true, positionMs: 0, rate: 1, atMs, ...change };
}

it("makes current what has become due, in order", () => {
  const agenda = new Agenda();
  const [first, second, third] = [cue(1_000), cue(2_000, { running: false }), cue(3_000, { source: B })];
  for (const each of [first, second, third]) expect(agenda.decide(each, 0)).toBe(true);
  agenda.advance(2_500);
  expect([agenda.current, agenda.next]).toEqual([second, third]);
});

it("lets a decision take the place of what was to come after it, and leaves what comes before", () => {
  const agenda = new Agenda();
  const pause = cue(1_500, { running: false, positionMs: 500 });
  agenda.decide(cue(1_000), 0);
  agenda.decide(cue(9_000, { source: B }), 0);
  agenda.decide(pause, 0);
  expect(agenda.upcoming).toEqual([cue(1_000), pause]);
});

it("does not listen to the same line twice, but does to the same track queued again", () => {
  const agenda = new Agenda();
  agenda.decide(cue(1_000), 0);
  expect(agenda.decide(cue(1_500, { positionMs: 500 }), 0)).toBe(false);
  expect(agenda.decide(cue(1_500, { positionMs: 520 }), 0)).toBe(true);
  expect(agenda.decide(cue(1_500, { positionMs: 520, rate: 1.25 }), 0)).toBe(true);
  expect(agenda.decide(cue(5_000, { source: { ...A, itemId: "a2" } }), 0)).toBe(true);
});

it("forgets everything when told", () => {
  const agenda = new Agenda();
  agenda.decide(cue(1_000), 0);
  agenda.advance(1_000);
  agenda.clear();
  expect([agenda.current, agenda.next]).toEqual([null, null]);
});
