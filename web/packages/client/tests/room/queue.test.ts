import { describe, expect, it } from "vitest";

import { placeholder, withEdits, type QueueEdit } from "../../src/room/queue.js";
import { item, queue } from "../shapes.js";

const QUEUE = queue([
  item("a", "A", { state: "playing" }),
  item("b", "B"),
  item("c", "C"),
  item("d", "D"),
]);

function shown(...edits: QueueEdit[]): string[] {
  return withEdits(QUEUE, edits).items.map(({ id, pending }) => (pending ? `${id}*` : id));
}

function move(itemId: string, to: { beforeId: string } | { afterId: string }): QueueEdit {
  return { kind: "move", opId: "op", itemId, to };
}

describe("withEdits", () => {
  it("is the hub's queue when nothing is pending", () => {
    expect(shown()).toEqual(["a", "b", "c", "d"]);
  });

  it("moves before and after", () => {
    expect(shown(move("d", { beforeId: "b" }))).toEqual(["a", "d*", "b", "c"]);
    expect(shown(move("b", { afterId: "d" }))).toEqual(["a", "c", "d", "b*"]);
  });

  it("lets nothing before the playing item, and the playing item stay", () => {
    expect(shown(move("c", { beforeId: "a" }))).toEqual(["a", "c*", "b", "d"]);
    expect(shown(move("a", { afterId: "c" }))).toEqual(["a", "b", "c", "d"]);
  });

  it("adds next, last and after", () => {
    const track = { trackId: "t", title: "New", artist: null, durationMs: 1, hasCover: true };
    const items = [placeholder("n", track, { user_id: "me", display_name: "Me" })];
    const add = (place: "next" | "last" | { after_id: string }): string[] =>
      shown({ kind: "add", opId: "op", items, place });
    expect(add("next")).toEqual(["a", "n*", "b", "c", "d"]);
    expect(add("last")).toEqual(["a", "b", "c", "d", "n*"]);
    expect(add({ after_id: "b" })).toEqual(["a", "b", "n*", "c", "d"]);
    expect(add({ after_id: "gone" })).toEqual(["a", "b", "c", "d", "n*"]);
  });

  it("stacks edits in their order", () => {
    const edits: QueueEdit[] = [
      move("d", { beforeId: "b" }),
      { kind: "remove", opId: "op", itemId: "b" },
      move("c", { beforeId: "d" }),
    ];
    expect(shown(...edits)).toEqual(["a", "c*", "d*"]);
  });

  it("does nothing for what is gone by now", () => {
    expect(shown(move("gone", { beforeId: "b" }), move("c", { afterId: "gone" }))).toEqual([
      "a",
      "b",
      "c",
      "d",
    ]);
  });
});
