import type { HubError } from "../errors.js";
import type { ChatEntry, Outbox } from "./outbox.js";
import { withEdits, type QueueView } from "./queue.js";
import type { RoomTruth } from "./reduce.js";
import type { StreamPhase } from "../connection/stream.js";
import type { Message } from "../wire/messages.js";

/** A room as its user should see it: the hub's truth with his own unanswered edits on top. */
export interface RoomView extends Omit<RoomTruth, "messages" | "queue" | "room"> {
  phase: "loading" | StreamPhase;
  error: HubError | null;
  room: RoomTruth["room"] | null;
  messages: readonly ChatEntry[];
  queue: QueueView | null;
}

/** Puts what the user has done on top of what the hub has said. */
export class RoomCanvas {
  readonly #shown = new WeakMap<Message, ChatEntry>();

  draw(
    known: RoomTruth | null,
    outbox: Outbox,
    phase: RoomView["phase"],
    error: HubError | null,
  ): RoomView {
    const truth = known ?? NOTHING;
    const inLog = new Set(truth.messages.map(({ client_id }) => client_id));
    const waiting = outbox.messages.filter(({ client_id }) => !inLog.has(client_id));
    return {
      ...truth,
      phase,
      error,
      messages: [...truth.messages.map((message) => this.#show(message)), ...waiting],
      queue: truth.queue && withEdits(truth.queue, outbox.edits),
    };
  }

  /** The same object for the same message, so that a list of them is cheap to draw again. */
  #show(message: Message): ChatEntry {
    const shown = this.#shown.get(message) ?? { ...message, delivery: "sent", error: null };
    this.#shown.set(message, shown);
    return shown;
  }
}

const NOTHING: Omit<RoomTruth, "room"> & { room: null } = {
  myId: "",
  room: null,
  members: {},
  messages: [],
  hasOlder: false,
  pinned: [],
  slowModeS: 0,
  marks: {},
  playback: null,
  prepared: null,
  hostId: null,
  session: null,
  queue: null,
  live: null,
  viewers: null,
  presence: {},
  counts: null,
  typing: [],
  unread: { lastReadSeq: 0, unread: 0, mentions: 0 },
  sync: {},
  seq: 0,
  ended: null,
};
