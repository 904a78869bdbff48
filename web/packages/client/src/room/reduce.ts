import { answered, deleted, edited, marked, pinned, reacted, withPin } from "./reduce_chat.js";
import { reduceLive } from "./reduce_live.js";
import { reduceQueue } from "./reduce_queue.js";
import type { DurableEvent, EphemeralEvent, Id } from "../wire/wire.js";
import type { RoomEphemerals, RoomEvents } from "../wire/events.js";
import type { SessionTimes } from "../wire/sessions.js";
import type { Live, LiveViewers } from "../wire/live.js";
import type { Marks, Message } from "../wire/messages.js";
import type { MemberSync, Playback } from "../wire/playback.js";
import type { PresenceByUser } from "../wire/presence.js";
import type { Queue } from "../wire/queue.js";
import type { Member, MyMembership, Room, RoomRecord } from "../wire/rooms.js";
import type { RoomSnapshot } from "../wire/snapshot.js";

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
  /** The newest pin first. */
  readonly pinned: readonly Message[];
  /** A member who keeps no order speaks once in so many seconds; 0: as often as he likes. */
  readonly slowModeS: number;
  /** How far each member has received and read. */
  readonly marks: Readonly<Record<Id, Marks>>;
  readonly playback: Playback | null;
  /** What comes next if nobody changes anything; starts at its `deadline_ms`. */
  readonly prepared: RoomEvents["playback:prepared"] | null;
  readonly hostId: Id | null;
  /** When the session begins and ends; null in a room that plays nothing. */
  readonly session: SessionTimes | null;
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
    pinned: chat.pinned ?? [],
    slowModeS: chat.slow_mode_s ?? 0,
    marks: Object.fromEntries((chat.marks ?? []).map((mark) => [mark.user_id, mark])),
    playback,
    prepared: null,
    hostId: playback?.host_id ?? room.creator_id,
    session: playback?.session ?? null,
    queue,
    live,
    viewers: null,
    presence: snapshot.presence?.users ?? {},
    counts: snapshot.presence?.counts ?? null,
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
    mentions: news.filter((m) => m.mentions_room || m.mentions.includes(truth.myId)).length,
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
    const messages = [...answered(truth.messages, message), message];
    const kept = messages.slice(-MAX_MESSAGES);
    const hasOlder = truth.hasOlder || kept.length < messages.length;
    return { ...truth, messages: kept, hasOlder, typing, unread: counting(truth, message) };
  },
  "message:updated": (truth, message) => ({
    ...truth,
    messages: edited(truth.messages, message),
    pinned: edited(truth.pinned, message),
  }),
  "message:deleted": (truth, { message_id }) => ({
    ...truth,
    messages: deleted(truth.messages, message_id),
    pinned: truth.pinned.filter(({ id }) => id !== message_id),
  }),
  "message:pinned": (truth, pin) => ({
    ...truth,
    messages: pinned(truth.messages, pin.message_id, true),
    pinned: withPin(truth.pinned, truth.messages, pin),
  }),
  "message:unpinned": (truth, { message_id }) => ({
    ...truth,
    messages: pinned(truth.messages, message_id, false),
    pinned: truth.pinned.filter(({ id }) => id !== message_id),
  }),
  "reaction:added": (truth, change) => ({
    ...truth,
    messages: reacted(truth.messages, change, true),
  }),
  "reaction:removed": (truth, change) => ({
    ...truth,
    messages: reacted(truth.messages, change, false),
  }),
  "chat:updated": (truth, { slow_mode_s }) => ({ ...truth, slowModeS: slow_mode_s }),
  "playback:changed": (truth, playback) => ({
    ...truth,
    playback: { ...playback, host_id: truth.hostId },
    prepared: null,
  }),
  "playback:prepared": (truth, prepared) => ({ ...truth, prepared }),
  "host:changed": (truth, { to }) => ({ ...truth, hostId: to }),
  "session:scheduled": (truth, session) => ({ ...truth, session }),
  "session:started": (truth, { started_at_ms }) => timed(truth, { stage: "started", started_at_ms }),
  "session:ended": (truth, { reason, ended_at_ms }) =>
    timed(truth, { stage: "ended", reason, ended_at_ms }),
});

function timed(truth: RoomTruth, change: Partial<SessionTimes>): RoomTruth {
  return { ...truth, session: truth.session && { ...truth.session, ...change } };
}

const EPHEMERALS = folds<RoomEphemerals>({
  "typing:updated": (truth, { user_ids }) => ({
    ...truth,
    typing: user_ids.filter((id) => id !== truth.myId),
  }),
  "read:updated": (truth, { user_id, seq }) => {
    const marks = marked(truth.marks, user_id, { read_seq: seq });
    const after = { ...truth, marks };
    return user_id === truth.myId && seq > truth.unread.lastReadSeq
      ? withReadMark(after, seq)
      : after;
  },
  "delivered:updated": (truth, { user_id, seq }) => ({
    ...truth,
    marks: marked(truth.marks, user_id, { delivered_seq: seq }),
  }),
  "presence:diff": (truth, { upserts, leaves }) => {
    const gone = new Set(leaves);
    const stayed = Object.entries(truth.presence).filter(([id]) => !gone.has(id));
    return { ...truth, counts: null, presence: { ...Object.fromEntries(stayed), ...upserts } };
  },
  "presence:counts": (truth, { online, listeners }) => ({
    ...truth,
    presence: {}, // who they are is not told any more; a later diff begins with everybody
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

function counting(truth: RoomTruth, message: Message): RoomTruth["unread"] {
  const { unread } = truth;
  if (message.sender_id === truth.myId) return unread;
  const mentioned = message.mentions.includes(truth.myId) || message.mentions_room ? 1 : 0;
  return { ...unread, unread: unread.unread + 1, mentions: unread.mentions + mentioned };
}
