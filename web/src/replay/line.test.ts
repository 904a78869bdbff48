import type { Message, Replay, ReplayPlay } from "@veza/client";
import { describe, expect, it } from "vitest";
import { lineOf, positionIn, stretchAt } from "./line";

function play(seq: number, at_ms: number, until_ms: number | null, position_ms = 0, item_id = "a"): ReplayPlay {
  return { seq, at_ms, until_ms, position_ms, item_id, track_id: `t-${item_id}`, rate: 1, title: item_id, artist: null, duration_ms: 60_000, has_cover: false, playable: true };
}

function message(seq: number, cameMs: number, moment: Message["moment"] = null): Message {
  return { id: `m${seq}`, seq, content: `m${seq}`, created_at: new Date(cameMs).toISOString(), moment } as Message;
}

function page(plays: ReplayPlay[], messages: Message[] = []): Replay {
  return { plays, messages, reactions: [], next_after: null };
}

describe("a past session", () => {
  // 10 s of a, a pause of 100 s, 20 s more of a, then b to now.
  const plays = [play(1, 1_000, 11_000), play(5, 111_000, 131_000, 10_000), play(9, 131_000, null, 0, "b")];

  it("is one line without its pauses, over all pages", () => {
    const line = lineOf([page(plays.slice(0, 1)), page(plays.slice(1))], 136_000);
    expect(line.stretches.map(({ startMs, lengthMs }) => [startMs, lengthMs])).toEqual([
      [0, 10_000],
      [10_000, 20_000],
      [30_000, 5_000],
    ]);
    expect(line.lengthMs).toBe(35_000);
    expect([0, 9_999, 10_000, 34_000, 99_000].map((at) => stretchAt(line.stretches, at))).toEqual([0, 0, 1, 2, 2]);
    expect(line.stretches.map((stretch) => positionIn(stretch, 12_000))).toEqual([12_000, 12_000, 0]);
  });

  it("never plays on behind the end of a track", () => {
    const line = lineOf([page([play(1, 0, null)])], 3_600_000);
    expect(line.lengthMs).toBe(60_000);
  });

  it("shows what was said where it was said", () => {
    const said = [
      message(2, 500), // before the music
      message(3, 6_000), // while it played
      message(4, 60_000), // in the pause
      message(6, 115_000, { item_id: "a", position_ms: 12_000 }), // sent late, meant at 12 s
      message(7, 120_000, { item_id: "a", position_ms: 3_000 }), // of the first stretch
      message(8, 120_000, { item_id: "z", position_ms: 1 }), // of nothing that was heard
    ];
    const line = lineOf([page(plays, said)], 136_000);
    expect(Object.fromEntries(line.said.map(({ key, atMs }) => [key, atMs]))).toEqual({ m2: 0, m7: 3_000, m3: 5_000, m4: 10_000, m6: 12_000, m8: 19_000 });
    expect(line.said.map(({ key }) => key)).toEqual(["m2", "m7", "m3", "m4", "m6", "m8"]);
  });

  it("may hold nothing but words", () => {
    const line = lineOf([page([], [message(1, 5)])], 10);
    expect(line).toMatchObject({ lengthMs: 0, stretches: [] });
    expect(line.said.map(({ atMs }) => atMs)).toEqual([0]);
  });
});
