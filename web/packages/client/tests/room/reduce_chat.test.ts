import { expect, test } from "vitest";
import { answered, deleted, edited, marked, reacted, withPin } from "../../src/room/reduce_chat.js";
import { message } from "../shapes.js";

const on = (user_id: string, emoji: string) => ({ message_id: "m1", room_id: "r", user_id, emoji });

test("a reaction counts once for each person, and goes with the last", () => {
  let messages: readonly ReturnType<typeof message>[] = [message(1)];
  for (const [who, emoji] of [["a", "👍"], ["b", "👍"], ["b", "👍"], ["a", "❤️"]] as const)
    messages = reacted(messages, on(who, emoji), true);
  expect(messages[0]?.reactions).toEqual([
    { emoji: "👍", count: 2, user_ids: ["a", "b"] },
    { emoji: "❤️", count: 1, user_ids: ["a"] },
  ]);
  messages = reacted(reacted(messages, on("a", "❤️"), false), on("a", "👍"), false);
  expect(messages[0]?.reactions).toEqual([{ emoji: "👍", count: 1, user_ids: ["b"] }]);
});

test("an edit keeps what has gathered, a deletion leaves the place alone", () => {
  const said = reacted([message(1), message(2)], on("a", "👍"), true);
  const after = edited(said, message(1, { content: "other", rev: 1, is_edited: true }));
  expect(after[0]).toMatchObject({ content: "other", rev: 1, reactions: [{ emoji: "👍" }] });
  const gone = deleted(after, "m1");
  expect(gone[0]).toMatchObject({ seq: 1, content: "", is_deleted: true, reactions: [] });
  expect(gone[1]).toBe(after[1]);
  expect(deleted(after, "unknown")).toBe(after);
});

test("answers are counted where the thread began, pins stand newest first", () => {
  const said = answered([message(1)], message(2, { thread_id: "m1" }));
  expect(said[0]?.replies).toBe(1);
  const pin = (id: string) => ({ message_id: id, room_id: "r", by: "a", pinned_at: "" });
  const pins = withPin(withPin([], [message(1), message(2)], pin("m1")), [message(1), message(2)], pin("m2"));
  expect(pins.map(({ id }) => id)).toEqual(["m2", "m1"]);
  expect(withPin(pins, [message(1)], pin("m1"))).toBe(pins);
});

test("marks only move forward, and what is read was received", () => {
  const marks = marked(marked({}, "a", { read_seq: 7 }), "a", { delivered_seq: 3 });
  expect(marks["a"]).toEqual({ user_id: "a", read_seq: 7, delivered_seq: 7 });
});
