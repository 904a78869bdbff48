/**
 * The wire shapes of hub protocol 1 (docs/protocol.md): what travels in commands, acks and events.
 *
 * Names are those of the wire (snake_case). `*_at` are ISO 8601 strings, `*_ms` are integers in
 * milliseconds (Unix time for clocks, media time for positions). Ids are UUID strings.
 */

export type Id = string;

// ---------------------------------------------------------------- people and rooms

export type Role = "owner" | "admin" | "moderator" | "member" | "guest";
export type RoomType = "public" | "private" | "dm";
export type Facet = "playback" | "queue" | "live";
export type Control = "host" | "dj" | "all";

/** The public face of a user inside a room. */
export interface Person {
  user_id: Id;
  username: string;
  display_name: string;
  is_guest: boolean;
}

/** The rules a room chose for playing together. */
export interface Policy {
  controls: {
    play: Control;
    seek: Control;
    skip: Control;
    queue_add: Control;
    queue_reorder: Control;
  };
  wait: "never" | "majority" | "all";
  wait_deadline_ms: number;
  host_grace_ms: number;
  on_host_lost: "promote_dj" | "promote_oldest" | "pause" | "continue";
  skip_votes: { ratio: number; min: number };
}

/** What the caller himself is and has read in a room. */
export interface MyMembership {
  role: Role;
  last_read_seq: number;
  unread: number;
  mentions: number;
}

/** A room as events carry it: the same for everybody. */
export interface RoomRecord {
  id: Id;
  name: string;
  description: string | null;
  type: RoomType;
  creator_id: Id;
  facets: Facet[];
  policy: Policy;
  created_at: string;
}

/** A room as its reader is given it. */
export interface Room extends RoomRecord {
  member_count: number;
  /** Null for one who is no member (a public room that is only looked at). */
  my: MyMembership | null;
}

export interface Member extends Person {
  room_id: Id;
  role: Role;
  state: "joined" | "left" | "banned";
  joined_at: string;
}

/** Answer to a join: the room, and the caller's place in it. */
export type Joined = RoomRecord & { member: Member };

export interface Invite {
  id: Id;
  room_id: Id;
  token: string;
  url: string;
  expires_at: string | null;
  max_uses: number | null;
}

// ---------------------------------------------------------------- chat

export type MessageType = "text" | "image" | "audio" | "system";

export interface Reference {
  kind: "track" | "queue_item" | "live";
  id: Id;
}

/** The place in the music a message was written at. */
export interface Moment {
  item_id: Id;
  position_ms: number;
}

export interface Message {
  id: Id;
  room_id: Id;
  seq: number;
  client_id: Id;
  sender_id: Id;
  sender: Person;
  type: MessageType;
  content: string;
  reply_to_id: Id | null;
  thread_id: Id | null;
  mentions: Id[];
  attachment_ids: Id[];
  refs: Reference[];
  moment: Moment | null;
  is_edited: boolean;
  is_deleted: boolean;
  is_pinned: boolean;
  edited_at: string | null;
  created_at: string;
}

// ---------------------------------------------------------------- presence

export type PresenceStatus = "online" | "away" | "busy" | "offline";

export interface Activity {
  type: "track" | "room" | "live";
  track_id?: Id;
  track_title?: string;
  room_id?: Id;
}

export interface PresenceEntry {
  status: PresenceStatus;
  last_seen_at: string | null;
  status_message: string | null;
  activity: Activity | null;
  devices: { device_id: Id; kind: string; idle: boolean }[];
}

export type PresenceByUser = Record<Id, PresenceEntry>;

// ---------------------------------------------------------------- playback

export type PlaybackStatus = "playing" | "paused" | "waiting" | "ended";

/**
 * The shared transport. While playing, position(t) = position_ms + rate * (t - at_ms), t being server
 * time; otherwise the position stands at `position_ms`. Takes effect at `effective_at_ms`; until
 * then the playback before it holds.
 */
export interface Playback {
  rev: number;
  queue_rev?: number;
  item_id: Id | null;
  track_id: Id | null;
  status: PlaybackStatus;
  position_ms: number;
  rate: number;
  at_ms: number;
  effective_at_ms: number;
  waiting_for?: Id[];
  deadline_ms?: number | null;
  host_id?: Id | null;
}

export interface PlaybackReport {
  room_id: Id;
  item_id: Id;
  position_ms: number;
  at_ms: number;
  buffered_ms: number;
  rung: string | null;
}

export interface ReportVerdict {
  /** Ahead of the others (negative: behind); null when there is nothing to compare. */
  drift_ms: number | null;
  action: "none" | "rate" | "seek";
  rate?: number;
  position_ms?: number;
  at_ms?: number;
}

/** One listener's measured error, as the hub hands it round. */
export interface MemberSync {
  user_id: Id;
  drift_ms: number;
  rtt_ms?: number;
}

// ---------------------------------------------------------------- queue

export type ItemState = "pending" | "playing" | "played" | "skipped" | "failed";

/** Who put an item into the queue, as he was called then. */
export interface AddedBy {
  user_id: Id;
  display_name: string;
}

/** One entry of the queue. An item is not a track: the same track may be queued twice. */
export interface Item {
  id: Id;
  track_id: Id;
  title: string;
  artist: string | null;
  /** Null until the track is ready. */
  duration_ms: number | null;
  added_by: AddedBy;
  added_at: string;
  /** Fractional key; items sort by it, by code unit. The playing item has the lowest. */
  rank: string;
  score: number;
  state: ItemState;
  /** False while the track is still being processed. */
  ready: boolean;
  /** When it ended; null while it waits or plays. */
  played_at: string | null;
}

export interface SkipTally {
  item_id: Id;
  votes: number;
  needed: number;
}

export interface QueueLimits {
  pending_per_user: number | null;
  consecutive: number | null;
  max_items: number;
  no_repeat_s: number | null;
}

export type Repeat = "off" | "one" | "all";
export type QueueOrder = "manual" | "votes" | "fair";
export type Place = "next" | "last" | { after_id: Id };

export interface Queue {
  /** Pending and playing items. */
  items: Item[];
  /** The last items that were played or skipped, oldest first. */
  history: Item[];
  queue_rev: number;
  locked: boolean;
  repeat: Repeat;
  shuffle: boolean;
  order: QueueOrder;
  limits: QueueLimits;
  current_item_id: Id | null;
  /** How the vote to skip the current item stands; null when there is none. */
  skip: SkipTally | null;
}

// ---------------------------------------------------------------- control

export interface ClientName {
  name: string;
  version: string;
}

export interface Hello {
  connection_id: string;
  user: { id: Id; username: string; display_name?: string; is_guest?: boolean };
  device_id: Id;
  server_time_ms: number;
  protocol: number;
  features: string[];
  limits: Record<string, number>;
  reconnect: { min_ms: number; max_ms: number; jitter: number };
}

export interface FieldError {
  field: string;
  code: string;
  message?: string;
}

/** The `error` of an ack, and of `connect_error.data`. */
export interface ErrorBody {
  code: string;
  message: string;
  status: number;
  retryable?: boolean;
  retry_after_ms?: number;
  fields?: FieldError[];
  request_id?: string;
}

export type Ack<T = unknown> =
  | { ok: true; data: T; seq?: number }
  | { ok: false; error: ErrorBody };

/** A durable event: ordered and gapless in `seq` within its stream. */
export interface DurableEvent<T = unknown> {
  event: string;
  stream: string;
  epoch: string;
  seq: number;
  at: string;
  by: { user_id: Id; device_id?: Id | null } | null;
  op_id: Id | null;
  data: T;
}

/** An event delivered at most once, without a place in the log. */
export interface EphemeralEvent<T = unknown> {
  event: string;
  stream: string;
  data: T;
}

export type StreamName = `room:${string}` | `user:${string}`;

export interface StreamPosition {
  epoch: string;
  seq: number;
}

export interface SubscribeAnswer<S = unknown> {
  epoch: string;
  seq: number;
  recovered: boolean;
  events: DurableEvent[];
  snapshot?: S | null;
  more: boolean;
}

/** What a newcomer to `room:{id}` is given. */
export interface RoomSnapshot {
  room: Room;
  members: Member[];
  chat: { messages: Message[]; has_more_before: boolean };
  playback?: Playback | null;
  queue?: Queue | null;
  presence?: { users: PresenceByUser };
  typing?: Id[];
}

// ---------------------------------------------------------------- the private stream of a user

export interface UploadProgress {
  upload_id: Id;
  track_id?: Id;
  received_bytes: number;
  total_bytes: number;
}

export interface JobProgress {
  job_id: Id;
  track_id?: Id;
  task: string;
  percent: number;
}

export interface UserEvents {
  "upload:progress": UploadProgress;
  "job:progress": JobProgress;
  "track:ready": { track_id: Id };
  "track:failed": { track_id: Id; code: string; message: string };
  "unread:updated": { room_id: Id; unread: number; mentions: number; last_read_seq: number };
  "notification:created": Record<string, unknown>;
}

// ---------------------------------------------------------------- events of a room

export type AdvanceReason = "start" | "ended" | "skip" | "previous" | "vote" | "error";

type Rev<T = unknown> = { queue_rev: number } & T;

/** Durable events of a room, by name, with their data. */
export interface RoomEvents {
  "room:created": RoomRecord;
  "room:updated": RoomRecord;
  "room:deleted": { room_id: Id };
  "member:joined": Member;
  "member:updated": Member;
  "member:left": Member & { reason: string | null };
  "message:created": Message;
  "message:updated": Message;
  "message:deleted": Message;
  "playback:changed": Playback;
  "playback:prepared": {
    item_id: Id;
    track_id: Id;
    position_ms: number;
    deadline_ms: number | null;
  };
  "host:changed": { from: Id | null; to: Id | null; reason: string };
  "session:ended": { reason: string };
  "queue:updated": Rev<{
    repeat: Repeat;
    shuffle: boolean;
    order: QueueOrder;
    limits: QueueLimits;
    /** New rank by item id, only of those that changed. */
    ranks: Record<Id, string>;
  }>;
  "queue:cleared": Rev;
  "queue:locked": Rev;
  "queue:unlocked": Rev;
  "queue:advanced": Rev<{
    from_item_id: Id | null;
    to_item_id: Id | null;
    reason: AdvanceReason;
    /** What the item that was current became. */
    from_state: ItemState | null;
    played_at: string | null;
    /** The item that is current now. */
    item: Item | null;
  }>;
  "skip:tallied": Rev<SkipTally>;
  "item:added": Rev<{ items: Item[] }>;
  "item:moved": Rev<{ item_id: Id; rank: string }>;
  "item:removed": Rev<{ item_id: Id }>;
  "item:updated": Rev<
    { item_id: Id } & Pick<
      Item,
      "score" | "state" | "ready" | "title" | "artist" | "duration_ms" | "played_at"
    >
  >;
}

export interface RoomEphemerals {
  "typing:updated": { user_ids: Id[] };
  "read:updated": { user_id: Id; seq: number };
  "presence:diff": { version: number; upserts: PresenceByUser; leaves: Id[] };
  "presence:counts": { room_id: Id; online: number; listeners: number };
  "sync:stats": { members: MemberSync[] };
}

// ---------------------------------------------------------------- commands

type Call<P, D> = { payload: P; data: D };
type InRoom<T = unknown> = { room_id: Id } & T;
type Op<T = unknown> = { op_id?: Id } & T;

/** Every command of the protocol that this client sends, with its payload and its ack's data. */
export interface Commands {
  "clock:ping": Call<{ t0: number }, { t0: number; t1: number; t2: number }>;
  "auth:refresh": Call<{ token: string }, { expires_at: string }>;
  "stream:subscribe": Call<
    { stream: StreamName; since?: StreamPosition; limit?: number },
    SubscribeAnswer
  >;
  "stream:unsubscribe": Call<{ stream: StreamName }, unknown>;
  "stream:ack": Call<{ stream: StreamName; seq: number }, unknown>;
  "device:update": Call<{ name?: string; kind: string; output_latency_ms?: number }, unknown>;

  "room:create": Call<
    Op<{
      name: string;
      type: RoomType;
      description?: string;
      members?: Id[];
      facets?: Facet[];
      policy?: Partial<Policy>;
    }>,
    Joined
  >;
  "room:get": Call<{ room_id: Id }, Room & { members: Member[] }>;
  "room:list": Call<
    { scope: "mine" | "public"; limit?: number; cursor?: string },
    { rooms: Room[]; next_cursor: string | null }
  >;
  "room:join": Call<Op<{ room_id: Id } | { invite_token: string }>, Joined>;
  "room:leave": Call<Op<InRoom>, unknown>;
  "member:list": Call<
    { room_id: Id; limit?: number; cursor?: string },
    { members: Member[]; next_cursor: string | null }
  >;
  "invite:create": Call<
    Op<InRoom<{ invitee_id?: Id; expires_in_s?: number; max_uses?: number }>>,
    Invite
  >;
  "invite:accept": Call<Op<{ token: string }>, Joined>;

  "message:create": Call<
    InRoom<{
      client_id: Id;
      type: MessageType;
      content: string;
      reply_to_id?: Id;
      thread_id?: Id;
      mentions?: Id[];
      attachment_ids?: Id[];
      refs?: Reference[];
      moment?: Moment;
    }>,
    Message
  >;
  "message:history": Call<
    InRoom<{ before?: number; after?: number; around?: number; limit?: number }>,
    { messages: Message[]; has_more_before: boolean; has_more_after: boolean }
  >;
  "read:mark": Call<InRoom<{ seq: number }>, { unread: number; mentions: number }>;
  "typing:start": Call<InRoom, unknown>;
  "typing:stop": Call<InRoom, unknown>;

  "presence:update": Call<
    {
      status: PresenceStatus;
      invisible?: boolean;
      status_message?: string;
      status_expires_at?: string;
      activity?: Activity;
    },
    unknown
  >;
  "presence:subscribe": Call<{ audience: string | Id[] }, { users: PresenceByUser }>;

  "playback:play": Call<
    Op<InRoom<{ item_id?: Id; position_ms?: number; if_rev?: number }>>,
    Playback
  >;
  "playback:pause": Call<Op<InRoom<{ position_ms?: number; if_rev?: number }>>, Playback>;
  "playback:seek": Call<
    Op<InRoom<{ position_ms: number; item_id?: Id; if_rev?: number }>>,
    Playback
  >;
  /** `item_id` is the item to leave: when it is not the current one any more, nothing changes. */
  "playback:next": Call<Op<InRoom<{ item_id?: Id; if_rev?: number }>>, Playback>;
  "playback:previous": Call<Op<InRoom<{ item_id?: Id; if_rev?: number }>>, Playback>;
  "playback:set_rate": Call<Op<InRoom<{ rate: number; if_rev?: number }>>, Playback>;
  "playback:ready": Call<
    InRoom<{ item_id: Id; rev: number; buffered_ms: number }>,
    unknown
  >;
  "playback:buffering": Call<
    InRoom<{ item_id: Id; rev: number; buffered_ms: number }>,
    unknown
  >;
  "playback:report": Call<PlaybackReport, ReportVerdict>;
  "host:claim": Call<Op<InRoom>, unknown>;
  "host:transfer": Call<Op<InRoom<{ user_id: Id }>>, unknown>;

  "queue:get": Call<InRoom, Queue>;
  "item:add": Call<Op<InRoom<{ track_ids: Id[]; place: Place }>>, { items: Item[] }>;
  "item:move": Call<
    Op<InRoom<{ item_id: Id; before_id?: Id; after_id?: Id }>>,
    { item_id: Id; rank: string }
  >;
  "item:remove": Call<Op<InRoom<{ item_id: Id }>>, { item_id: Id }>;
}

export type CommandName = keyof Commands;
export type PayloadOf<E extends CommandName> = Commands[E]["payload"];
export type DataOf<E extends CommandName> = Commands[E]["data"];
