/** What events do to messages and to what has gathered on them. */
import type { ReactionChange, RoomEvents } from "../wire/events.js";
import type { Marks, Message, ReactionCount } from "../wire/messages.js";
import type { Id } from "../wire/wire.js";

const MOST_NAMED = 20;

type Messages = readonly Message[];

/** An edited message keeps what has gathered on it. */
export function edited(messages: Messages, change: Message): Messages {
  return changed(messages, change.id, (old) => ({
    ...change,
    is_pinned: old.is_pinned,
    ...(old.reactions === undefined ? {} : { reactions: old.reactions }),
    ...(old.replies === undefined ? {} : { replies: old.replies }),
  }));
}

/** A tombstone: the place stays, the words go. */
export function deleted(messages: Messages, id: Id): Messages {
  return changed(messages, id, (old) => ({
    ...old,
    content: "",
    attachments: [],
    reactions: [],
    mentions: [],
    refs: [],
    is_deleted: true,
    is_pinned: false,
  }));
}

export function pinned(messages: Messages, id: Id, on: boolean): Messages {
  return changed(messages, id, (old) => ({ ...old, is_pinned: on }));
}

/** One more answer for the message that began the thread. */
export function answered(messages: Messages, answer: Message): Messages {
  if (answer.thread_id === null) return messages;
  return changed(messages, answer.thread_id, (old) => ({
    ...old,
    replies: (old.replies ?? 0) + 1,
  }));
}

/** A reaction that was added or taken off; hearing it twice changes nothing more. */
export function reacted(
  messages: Messages,
  { message_id, user_id, emoji }: ReactionChange,
  on: boolean,
): Messages {
  return changed(messages, message_id, (old) => ({
    ...old,
    reactions: on
      ? added(old.reactions ?? [], emoji, user_id)
      : removed(old.reactions ?? [], emoji, user_id),
  }));
}

/** The marks of a member, which only move forward. */
export function marked(
  marks: Readonly<Record<Id, Marks>>,
  userId: Id,
  change: Partial<Pick<Marks, "read_seq" | "delivered_seq">>,
): Readonly<Record<Id, Marks>> {
  const old = marks[userId] ?? { user_id: userId, read_seq: 0, delivered_seq: 0 };
  const read_seq = Math.max(old.read_seq, change.read_seq ?? 0);
  const delivered_seq = Math.max(old.delivered_seq, change.delivered_seq ?? 0, read_seq);
  return { ...marks, [userId]: { user_id: userId, read_seq, delivered_seq } };
}

/** Pinned messages after an event, the newest pin first. */
export function withPin(
  pins: Messages,
  messages: Messages,
  { message_id }: RoomEvents["message:pinned"],
): Messages {
  if (pins.some(({ id }) => id === message_id)) return pins;
  const message = messages.find(({ id }) => id === message_id);
  return message === undefined ? pins : [{ ...message, is_pinned: true }, ...pins];
}

function added(counts: readonly ReactionCount[], emoji: string, userId: Id): ReactionCount[] {
  const known = counts.find((count) => count.emoji === emoji);
  if (known === undefined) return [...counts, { emoji, count: 1, user_ids: [userId] }];
  if (known.user_ids.includes(userId)) return [...counts];
  const user_ids = [...known.user_ids, userId].slice(0, MOST_NAMED);
  return counts.map((each) =>
    each === known ? { emoji, count: known.count + 1, user_ids } : each,
  );
}

function removed(counts: readonly ReactionCount[], emoji: string, userId: Id): ReactionCount[] {
  return counts
    .map((each) =>
      each.emoji === emoji
        ? { ...each, count: each.count - 1, user_ids: each.user_ids.filter((id) => id !== userId) }
        : each,
    )
    .filter(({ count }) => count > 0);
}

function changed(messages: Messages, id: Id, change: (old: Message) => Message): Messages {
  if (!messages.some((message) => message.id === id)) return messages;
  return messages.map((message) => (message.id === id ? change(message) : message));
}
