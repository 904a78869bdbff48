import { describe, expect, it } from "vitest";

import { reduceQueue } from "../../src/room/reduce_queue.js";
import type { Queue } from "../../src/wire/queue.js";
import { item, queue } from "../shapes.js";

const START = queue([item("a", "A", { state: "playing" }), item("b", "B"), item("c", "C")]);

function fold(start: Queue, ...events: [name: string, data: object][]): Queue {
  return events.reduce(
    (state, [name, data]) => reduceQueue(state, name, { queue_rev: state.queue_rev + 1, ...data }),
    start,
  );
}

function ids({ items }: Queue): string[] {
  return items.map(({ id }) => id);
}

describe("reduceQueue", () => {
  it("sorts by rank in code units, as the hub does", () => {
    const added = fold(START, [
      "item:added",
      { items: [item("z", "a"), item("y", "BZ"), item("x", "Bb")] },
    ]);
    expect(ids(added)).toEqual(["a", "b", "y", "x", "c", "z"]);
    expect(ids(fold(added, ["item:moved", { item_id: "z", rank: "B0" }]))).toEqual([
      "a",
      "b",
      "z",
      "y",
      "x",
      "c",
    ]);
  });

  it("takes items out", () => {
    expect(ids(fold(START, ["item:removed", { item_id: "b" }]))).toEqual(["a", "c"]);
    expect(ids(fold(START, ["queue:cleared", {}]))).toEqual(["a"]);
  });

  it("moves on: what played goes to the history, the next one plays", () => {
    const next = item("b", "B", { state: "playing" });
    const changed = fold(START, [
      "queue:advanced",
      {
        from_item_id: "a",
        to_item_id: "b",
        reason: "ended",
        from_state: "played",
        played_at: "now",
        item: next,
      },
    ]);
    expect(ids(changed)).toEqual(["b", "c"]);
    expect(changed.items[0]?.state).toBe("playing");
    expect(changed.history.map(({ id, state, played_at }) => [id, state, played_at])).toEqual([
      ["a", "played", "now"],
    ]);
    expect(changed.current_item_id).toBe("b");
  });

  it("moves back: what played waits again, the older one leaves the history", () => {
    const start = { ...START, history: [item("o", "", { state: "played" })] };
    const old = item("o", "0", { state: "playing" });
    const changed = fold(start, [
      "queue:advanced",
      {
        from_item_id: "a",
        to_item_id: "o",
        reason: "previous",
        from_state: "pending",
        played_at: null,
        item: old,
      },
    ]);
    expect(ids(changed)).toEqual(["o", "a", "b", "c"]);
    expect(changed.items[1]?.state).toBe("pending");
    expect(changed.history).toEqual([]);
  });

  it("comes to its end", () => {
    const changed = fold(queue([item("a", "A", { state: "playing" })]), [
      "queue:advanced",
      {
        from_item_id: "a",
        to_item_id: null,
        reason: "ended",
        from_state: "played",
        played_at: "now",
        item: null,
      },
    ]);
    expect(ids(changed)).toEqual([]);
    expect(changed.current_item_id).toBeNull();
  });

  it("updates what may change about an item, and lets a failed one go", () => {
    const change = {
      item_id: "b",
      score: 2,
      state: "pending",
      ready: true,
      has_cover: true,
      title: "New",
      artist: "X",
      duration_ms: 5,
      played_at: null,
    };
    const updated = fold(START, ["item:updated", change]);
    expect(updated.items[1]).toMatchObject({ id: "b", score: 2, title: "New", rank: "B" });
    const failed = fold(updated, [
      "item:updated",
      { ...change, state: "failed", played_at: "now" },
    ]);
    expect(ids(failed)).toEqual(["a", "c"]);
    expect(failed.history.map(({ id, state }) => [id, state])).toEqual([["b", "failed"]]);
  });

  it("takes settings and all new ranks at once", () => {
    const { limits } = START;
    const changed = fold(START, [
      "queue:updated",
      { repeat: "all", shuffle: true, order: "votes", limits, ranks: { b: "D" } },
    ]);
    expect(changed).toMatchObject({ repeat: "all", shuffle: true, order: "votes" });
    expect(ids(changed)).toEqual(["a", "c", "b"]);
  });

  it("is locked, unlocked, voted on", () => {
    expect(fold(START, ["queue:locked", {}]).locked).toBe(true);
    expect(fold(START, ["queue:locked", {}], ["queue:unlocked", {}]).locked).toBe(false);
    const tally = { item_id: "a", votes: 1, needed: 2 };
    expect(fold(START, ["skip:tallied", tally]).skip).toEqual(tally);
  });

  it("ignores what its snapshot already holds", () => {
    expect(reduceQueue(START, "item:removed", { item_id: "b", queue_rev: START.queue_rev })).toBe(
      START,
    );
  });

  it("ignores events of others", () => {
    expect(reduceQueue(START, "message:created", {})).toBe(START);
  });

  it("keeps suggestions until they are answered", () => {
    const suggestion = { id: "s", track_id: "t", title: "Song" };
    const open = fold(START, ["suggestion:created", { suggestion }]);
    expect(open.suggestions).toEqual([suggestion]);
    const closed = fold(open, ["suggestion:resolved", { suggestion_id: "s", outcome: "rejected" }]);
    expect(closed.suggestions).toEqual([]);
  });
});
