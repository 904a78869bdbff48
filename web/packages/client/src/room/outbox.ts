import { uuidv7 } from "../ids.js";
import type { PayloadOf } from "../wire/commands.js";
import type { HubError } from "../errors.js";
import type { QueueEdit } from "./queue.js";
import type { Attachment, Message, Moment, Reference } from "../wire/messages.js";
import type { Person } from "../wire/rooms.js";
import type { Id } from "../wire/wire.js";

/** A message on screen. */
export interface ChatEntry extends Message {
  /** pending: not in the log yet. failed: refused, see `error`; send again or discard. */
  delivery: "sent" | "pending" | "failed";
  error: HubError | null;
}

export interface SendOptions {
  replyToId?: Id;
  threadId?: Id;
  mentions?: Id[];
  attachments?: Attachment[];
  refs?: Reference[];
  moment?: Moment;
}

interface Entry<T> {
  value: T;
  /** Place in the log the hub has given it; the entry goes when the log has been read to there. */
  ackedSeq: number | null;
}

/** What this user has done in a room and not yet seen in its log, oldest first. */
export class Outbox {
  #messages: Entry<ChatEntry>[] = [];
  #edits: Entry<QueueEdit>[] = [];

  get messages(): ChatEntry[] {
    return this.#messages.map(({ value }) => value);
  }

  get edits(): QueueEdit[] {
    return this.#edits.map(({ value }) => value);
  }

  message(clientId: Id): ChatEntry | undefined {
    return this.messages.find(({ client_id }) => client_id === clientId);
  }

  addMessage(entry: ChatEntry): void {
    this.#messages.push({ value: entry, ackedSeq: null });
  }

  changeMessage(clientId: Id, change: Pick<ChatEntry, "delivery" | "error">): void {
    this.#messages = this.#messages.map((entry) =>
      entry.value.client_id === clientId
        ? { ...entry, value: { ...entry.value, ...change } }
        : entry,
    );
  }

  addEdit(edit: QueueEdit): void {
    this.#edits.push({ value: edit, ackedSeq: null });
  }

  /**
   * The hub has done it, at `seq` of the log (null: it was nothing to do). Until the log has been
   * read to there the entry stays, so that nothing vanishes between ack and event.
   */
  acked(opId: Id, seq: number | null, logSeq: number): void {
    if (seq === null) return this.drop(opId);
    for (const entry of [...this.#messages, ...this.#edits]) {
      if (opIdOf(entry.value) === opId) entry.ackedSeq = seq;
    }
    this.readTo(logSeq);
  }

  /** The log shows it, or it was refused or discarded. */
  drop(opId: Id | null): void {
    this.#messages = this.#messages.filter(({ value }) => opIdOf(value) !== opId);
    this.#edits = this.#edits.filter(({ value }) => opIdOf(value) !== opId);
  }

  /** The log has been read to `seq`: all that was acked up to there is in it. */
  readTo(seq: number): void {
    const open = ({ ackedSeq }: Entry<unknown>): boolean => ackedSeq === null || ackedSeq > seq;
    this.#messages = this.#messages.filter(open);
    this.#edits = this.#edits.filter(open);
  }
}

/** A message as it looks before the hub has seen it. */
export function draft(
  roomId: Id,
  sender: Person,
  content: string,
  options: SendOptions,
): ChatEntry {
  const id = uuidv7();
  return {
    id,
    room_id: roomId,
    seq: Number.MAX_SAFE_INTEGER,
    client_id: id,
    sender_id: sender.user_id,
    sender,
    type: options.attachments?.[0]?.kind ?? "text",
    content,
    reply_to_id: options.replyToId ?? null,
    thread_id: options.threadId ?? null,
    mentions: options.mentions ?? [],
    attachment_ids: (options.attachments ?? []).map((attachment) => attachment.id),
    attachments: options.attachments ?? [],
    refs: options.refs ?? [],
    moment: options.moment ?? null,
    is_edited: false,
    is_deleted: false,
    is_pinned: false,
    edited_at: null,
    created_at: new Date().toISOString(),
    delivery: "pending",
    error: null,
  };
}

/** The command that sends it. */
export function payloadOf(entry: ChatEntry): PayloadOf<"message:create"> {
  return {
    room_id: entry.room_id,
    client_id: entry.client_id,
    type: entry.type,
    content: entry.content,
    ...(entry.reply_to_id === null ? {} : { reply_to_id: entry.reply_to_id }),
    ...(entry.thread_id === null ? {} : { thread_id: entry.thread_id }),
    ...(entry.attachment_ids.length === 0 ? {} : { attachment_ids: entry.attachment_ids }),
    ...(entry.mentions.length === 0 ? {} : { mentions: entry.mentions }),
    ...(entry.refs.length === 0 ? {} : { refs: entry.refs }),
    ...(entry.moment === null ? {} : { moment: entry.moment }),
  };
}

function opIdOf(value: ChatEntry | QueueEdit): Id {
  return "opId" in value ? value.opId : value.client_id;
}
