/**
 * The wire shapes of hub protocol 1 (docs/protocol.md): what travels in commands, acks and events.
 *
 * Names are those of the wire (snake_case). `*_at` are ISO 8601 strings, `*_ms` are integers in
 * milliseconds (Unix time for clocks, media time for positions). Ids are UUID strings.
 */

import type { SessionTimes } from "./session_types.js";

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
  /** Which messages ring. */
  notify?: NotifyLevel;
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
  muted_until?: string | null;
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

/** A picture or a sound of a message; `url` is under the page's origin and asks for the cookie. */
export interface Attachment {
  id: Id;
  kind: "image" | "audio";
  filename: string;
  mime_type: string;
  size_bytes: number;
  url: string;
  width_px: number | null;
  height_px: number | null;
  thumbnail_url: string | null;
  duration_ms: number | null;
  /** Loudest sample of each of up to 200 equal stretches, 0 to 127. */
  peaks: number[];
}

export interface ReactionCount {
  emoji: string;
  count: number;
  /** The first 20, the reader himself before all. */
  user_ids: Id[];
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
  mentions_room?: boolean;
  attachment_ids: Id[];
  attachments?: Attachment[];
  refs: Reference[];
  moment: Moment | null;
  is_edited: boolean;
  is_deleted: boolean;
  is_pinned: boolean;
  /** How often it was edited. */
  rev?: number;
  /** What has gathered on it; history tells, events change it. */
  reactions?: ReactionCount[];
  replies?: number;
  edited_at: string | null;
  created_at: string;
}

/** How far a member has received and read. */
export interface Marks {
  user_id: Id;
  read_seq: number;
  delivered_seq: number;
}

export type NotifyLevel = "all" | "mentions" | "none";

/** What rang for the caller. */
export interface Notification {
  id: Id;
  type: string;
  title: string;
  content: string | null;
  /** A path of the web client. */
  link: string | null;
  read: boolean;
  created_at: string;
  room_id: Id | null;
  message_id: Id | null;
  actor_id: Id | null;
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
  /** When the session begins and ends; of a snapshot and of answers. */
  session?: SessionTimes;
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
  /** When to report again, in an auditorium; null: as usual. */
  report_in_ms?: number | null;
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
  /** Whether there is a picture to ask for; known once the track is ready. */
  has_cover: boolean;
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
export type Autoplay = "off" | "similar";
export type Place = "next" | "last" | { after_id: Id };

/** A track somebody would like to hear; those who may add answer. */
export interface Suggestion {
  id: Id;
  track_id: Id;
  title: string;
  artist: string | null;
  duration_ms: number | null;
  note: string | null;
  suggested_by: AddedBy;
  suggested_at: string;
}

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
  /** Open ones, oldest first. */
  suggestions: Suggestion[];
  /** Playlist that goes on when nothing waits. */
  fallback_playlist_id: Id | null;
  autoplay: Autoplay;
  /** Of `items` when this was sent, see queue_hash.ts. */
  state_hash: string;
}

// ---------------------------------------------------------------- live

export type LiveStatus = "scheduled" | "live" | "interrupted" | "ended";

/** What is being played on air. */
export interface LiveMetadata {
  title?: string;
  artist?: string;
  track_id?: Id;
}

/** A broadcast of a room. */
export interface LiveRecord {
  id: Id;
  room_id: Id;
  /** Whose it is: he publishes. */
  user_id: Id;
  streamer_name: string;
  title: string;
  description: string | null;
  status: LiveStatus;
  created_at: string;
  scheduled_at: string | null;
  started_at: string | null;
  ended_at: string | null;
  /** Until then listeners wait for a broadcaster who was lost. */
  grace_until_ms: number | null;
  fallback: "silence" | null;
  metadata: LiveMetadata;
  hls_url: string;
  recording_track_id: Id | null;
}

export interface LiveViewers {
  live_id: Id;
  current: number;
  unique: number;
  peak: number;
}

/** What a newcomer is told of a room's broadcasts. */
export interface Live {
  on_air: LiveRecord | null;
  scheduled: LiveRecord[];
}

// ---------------------------------------------------------------- all of it

/** What a newcomer to `room:{id}` is given. */
export interface RoomSnapshot {
  room: Room;
  members: Member[];
  chat: {
    messages: Message[];
    has_more_before: boolean;
    pinned?: Message[];
    /** True when there are more: `message:pinned_list` with `skip` has them. */
    has_more_pinned?: boolean;
    slow_mode_s?: number;
    marks?: Marks[];
  };
  playback?: Playback | null;
  queue?: Queue | null;
  /** `counts` stand for the users of a room too large to list them. */
  presence?: { users: PresenceByUser; counts?: { online: number; listeners: number } };
  typing?: Id[];
  live?: Live | null;
}
