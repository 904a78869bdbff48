import { reduceLive } from "./reduce_live.js";
import { reduceQueue } from "./reduce_queue.js";
import type { DurableEvent, EphemeralEvent } from "./wire.js";
import type { RoomEphemerals, RoomEvents } from "./events.js";
import type {
  Id,
  Live,
  LiveViewers,
  Member,
  MemberSync,
  Message,
  MyMembership,
  Playback,
  PresenceByUser,
  Queue,
  Room,
  RoomRecord,
  RoomSnapshot,
} from "./types.js";

/** Messages kept in memory; older ones are read again when they are scrolled to. */
export const MAX_MESSAGES = 1_000;

/** What the hub has said about a room, folded: no optimism, no clock, no connection. */
export interface RoomTruth {
  /** The caller, whose own messages and typing do not count as news. */
  readonly myId: Id;
  readonly room: Room;
  readonly members: Readonly<Record<Id, Member>>;
  /** Ascending seq. */
  readonly messages: readonly Message[];
  readonly hasOlder: boolean;
  readonly playback: Playback | null;
  /** What comes next if nobody changes anything; starts at its `deadline_ms`. */
  readonly prepared: RoomEvents["playback:prepared"] | null;
  readonly hostId: Id | null;
  readonly queue: Queue | null;
  readonly live: Live | null;
  /** The audience of the broadcast on air. */
  readonly viewers: LiveViewers | null;
  readonly presence: PresenceByUser;
  readonly counts: { online: number; listeners: number } | null;
  readonly typing: readonly Id[];
  readonly unread: { lastReadSeq: number; unread: number; mentions: number };
  /** Measured drift by listener. */
  readonly sync: Readonly<Record<Id, MemberSync>>;
  readonly seq: number;
  readonly ended: string | null;
}

/** The room as a snapshot tells it. */
export function fromSnapshot(snapshot: RoomSnapshot, seq: number, myId: Id): RoomTruth {
  const { room, members, chat, playback = null, queue = null, live = null } = snapshot;
  const { last_read_seq, unread, mentions } = room.my ?? NOTHING_READ;
  return {
    myId,
    room,
    members: Object.fromEntries(members.map((member) => [member.user_id, member])),
    messages: chat.messages,
    hasOlder: chat.has_more_before,
    playback,
    prepared: null,
    hostId: playback?.host_id ?? room.creator_id,
    queue,
    live,
    viewers: null,
    presence: snapshot.presence?.users ?? {},
    counts: null,
    typing: (snapshot.typing ?? []).filter((id) => id !== myId),
    unread: { lastReadSeq: last_read_seq, unread, mentions },
    sync: {},
    seq,
    ended: null,
  };
}

/** The room after the next event of its log. An event this client does not know only moves `seq`. */
export function reduce(truth: RoomTruth, { event, data, seq }: DurableEvent): RoomTruth {
  const after = EVENTS[event]?.(truth, data) ?? truth;
  const queue = after.queue && reduceQueue(after.queue, event, data);
  const live = reduceLive(after.live, event, data);
  return { ...after, queue, live, seq };
}

/** The room after an event that has no place in the log. */
export function reduceEphemeral(truth: RoomTruth, { event, data }: EphemeralEvent): RoomTruth {
  return EPHEMERALS[event]?.(truth, data) ?? truth;
}

/** Messages read from further back, joined to those at hand. */
export function withOlder(
  truth: RoomTruth,
  older: readonly Message[],
  hasOlder: boolean,
): RoomTruth {
  const oldest = truth.messages[0]?.seq ?? Infinity;
  const messages = [...older.filter(({ seq }) => seq < oldest), ...truth.messages];
  return { ...truth, messages, hasOlder };
}

/** The reader's own mark; it only moves forward. */
export function withReadMark(truth: RoomTruth, seq: number, rest?: Unread): RoomTruth {
  if (seq < truth.unread.lastReadSeq) return truth;
  const news = truth.messages.filter((m) => m.seq > seq && m.sender_id !== truth.myId);
  const counted = {
    unread: news.length,
    mentions: news.filter(({ mentions }) => mentions.includes(truth.myId)).length,
  };
  const { unread, mentions } = rest ?? counted;
  return { ...truth, unread: { lastReadSeq: seq, unread, mentions } };
}

type Unread = Pick<MyMembership, "unread" | "mentions">;
type Fold<D> = (truth: RoomTruth, data: D) => RoomTruth;

const NOTHING_READ = { last_read_seq: 0, unread: 0, mentions: 0 };

const EVENTS = folds<RoomEvents>({
  "room:created": withRoom,
  "room:updated": withRoom,
  "room:deleted": (truth) => ({ ...truth, ended: "deleted" }),
  "member:joined": withMember,
  "member:updated": withMember,
  "member:left": (truth, { user_id, reason }) => {
    const change = truth.members[user_id] === undefined ? 0 : -1;
    const members = without(truth.members, user_id);
    const sync = without(truth.sync, user_id);
    const ended = user_id === truth.myId ? (reason ?? "left") : truth.ended;
    return { ...counted(truth, change), members, sync, ended };
  },
  "message:created": (truth, message) => {
    const typing = truth.typing.filter((id) => id !== message.sender_id);
    if (truth.messages.some(({ id }) => id === message.id)) return truth;
    const messages = [...truth.messages, message];
    const kept = messages.slice(-MAX_MESSAGES);
    const hasOlder = truth.hasOlder || kept.length < messages.length;
    return { ...truth, messages: kept, hasOlder, typing, unread: counting(truth, message) };
  },
  "message:updated": withMessage,
  "message:deleted": withMessage,
  "playback:changed": (truth, playback) => ({
    ...truth,
    playback: { ...playback, host_id: truth.hostId },
    prepared: null,
  }),
  "playback:prepared": (truth, prepared) => ({ ...truth, prepared }),
  "host:changed": (truth, { to }) => ({ ...truth, hostId: to }),
  "session:ended": (truth, { reason }) => ({ ...truth, ended: reason }),
});

const EPHEMERALS = folds<RoomEphemerals>({
  "typing:updated": (truth, { user_ids }) => ({
    ...truth,
    typing: user_ids.filter((id) => id !== truth.myId),
  }),
  "read:updated": (truth, { user_id, seq }) =>
    user_id === truth.myId && seq > truth.unread.lastReadSeq ? withReadMark(truth, seq) : truth,
  "presence:diff": (truth, { upserts, leaves }) => {
    const gone = new Set(leaves);
    const stayed = Object.entries(truth.presence).filter(([id]) => !gone.has(id));
    return { ...truth, presence: { ...Object.fromEntries(stayed), ...upserts } };
  },
  "presence:counts": (truth, { online, listeners }) => ({
    ...truth,
    counts: { online, listeners },
  }),
  "viewers:updated": (truth, viewers) => ({ ...truth, viewers }),
  "sync:stats": (truth, { members }) => ({
    ...truth,
    sync: { ...truth.sync, ...Object.fromEntries(members.map((m) => [m.user_id, m])) },
  }),
});

/** A table of folds, looked up by whatever name the hub sends. */
function folds<T>(table: { [E in keyof T]?: Fold<T[E]> }): Record<string, Fold<unknown>> {
  return Object.assign(Object.create(null), table);
}

function without<T>(record: Readonly<Record<Id, T>>, id: Id): Record<Id, T> {
  return Object.fromEntries(Object.entries(record).filter(([key]) => key !== id));
}

function withRoom(truth: RoomTruth, record: RoomRecord): RoomTruth {
  return { ...truth, room: { ...truth.room, ...record } };
}

function withMember(truth: RoomTruth, member: Member): RoomTruth {
  const isNew = truth.members[member.user_id] === undefined;
  const members = { ...truth.members, [member.user_id]: member };
  const my = truth.room.my;
  const room =
    member.user_id === truth.myId
      ? { ...truth.room, my: { ...NOTHING_READ, ...my, role: member.role } }
      : truth.room;
  return { ...counted({ ...truth, room }, isNew ? 1 : 0), members };
}

function counted(truth: RoomTruth, change: number): RoomTruth {
  return { ...truth, room: { ...truth.room, member_count: truth.room.member_count + change } };
}

function withMessage(truth: RoomTruth, message: Message): RoomTruth {
  const messages = truth.messages.map((old) => (old.id === message.id ? message : old));
  return { ...truth, messages };
}

function counting(truth: RoomTruth, message: Message): RoomTruth["unread"] {
  const { unread } = truth;
  if (message.sender_id === truth.myId) return unread;
  const mentioned = message.mentions.includes(truth.myId) ? 1 : 0;
  return { ...unread, unread: unread.unread + 1, mentions: unread.mentions + mentioned };
}
