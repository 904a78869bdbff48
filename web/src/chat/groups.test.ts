import type { ChatEntry } from "@veza/client";
import { expect, test } from "vitest";
import { rowsOf } from "./groups";

function message(seq: number, sender: string, at: string, change: Partial<ChatEntry> = {}): ChatEntry {
  return {
    id: `m${seq}`,
    room_id: "r",
    seq,
    client_id: `c${seq}`,
    sender_id: sender,
    sender: { user_id: sender, username: sender, display_name: sender.toUpperCase(), is_guest: false },
    type: "text",
    content: String(seq),
    reply_to_id: null,
    thread_id: null,
    mentions: [],
    attachment_ids: [],
    refs: [],
    moment: null,
    is_edited: false,
    is_deleted: false,
    is_pinned: false,
    edited_at: null,
    created_at: at,
    delivery: "sent",
    error: null,
    ...change,
  };
}

const shape = (messages: ChatEntry[], unreadAfter: number | null = null, me = "me") =>
  rowsOf(messages, unreadAfter, me).map((row) => (row.kind === "group" ? `${row.senderName}: ${row.messages.map((entry) => entry.content).join(" ")}` : row.kind));

test("messages of one sender soon after each other stand together", () => {
  const messages = [message(1, "ana", "2026-03-01T10:00:00"), message(2, "ana", "2026-03-01T10:04:00"), message(3, "ben", "2026-03-01T10:04:10"), message(4, "ben", "2026-03-01T10:20:00")];
  expect(shape(messages)).toEqual(["day", "ANA: 1 2", "BEN: 3", "BEN: 4"]);
});

test("each day begins with its name", () => {
  const messages = [message(1, "ana", "2026-03-01T23:59:00"), message(2, "ana", "2026-03-02T00:01:00")];
  expect(shape(messages)).toEqual(["day", "ANA: 1", "day", "ANA: 2"]);
});

test("the unread line stands before the first new message of somebody else, and cuts a group", () => {
  const messages = [message(1, "ana", "2026-03-01T10:00:00"), message(2, "me", "2026-03-01T10:00:10"), message(3, "ana", "2026-03-01T10:00:20"), message(4, "ana", "2026-03-01T10:00:30")];
  expect(shape(messages, 1)).toEqual(["day", "ANA: 1", "ME: 2", "unread", "ANA: 3 4"]);
  expect(shape(messages, 3)).toEqual(["day", "ANA: 1", "ME: 2", "ANA: 3", "unread", "ANA: 4"]);
  expect(shape(messages, 4)).toEqual(["day", "ANA: 1", "ME: 2", "ANA: 3 4"]);
});

test("what is not sent yet is never unread", () => {
  const messages = [message(1, "ana", "2026-03-01T10:00:00"), message(9, "ben", "2026-03-01T10:00:10", { delivery: "pending" })];
  expect(shape(messages, 1)).toEqual(["day", "ANA: 1", "BEN: 9"]);
});

test("what the room itself says stands alone", () => {
  const messages = [message(1, "ana", "2026-03-01T10:00:00"), message(2, "ana", "2026-03-01T10:00:05", { type: "system" }), message(3, "ana", "2026-03-01T10:00:10")];
  expect(shape(messages)).toEqual(["day", "ANA: 1", "note", "ANA: 3"]);
});
