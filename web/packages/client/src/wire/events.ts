/** What can happen, by the name of the event: the `data` of each. */

import type { SessionTimes } from "./sessions.js";
import type { LiveMetadata, LiveRecord, LiveViewers } from "./live.js";
import type { Message, Notification } from "./messages.js";
import type { MemberSync, Playback } from "./playback.js";
import type { PresenceByUser } from "./presence.js";
import type {
  Autoplay,
  Item,
  ItemState,
  QueueLimits,
  QueueOrder,
  Repeat,
  SkipTally,
  Suggestion,
} from "./queue.js";
import type { Member, RoomRecord } from "./rooms.js";
import type { Id } from "./wire.js";

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
  "notification:created": { notification: Notification; unread: number };
  "notifications:updated": { unread: number };
  "blocks:updated": { hidden_ids: Id[] };
}

export interface ReactionChange {
  message_id: Id;
  room_id: Id;
  user_id: Id;
  emoji: string;
}

export type AdvanceReason = "start" | "ended" | "skip" | "previous" | "vote" | "error";

type Rev<T = unknown> = { queue_rev: number; state_hash?: string } & T;

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
  "message:deleted": { message_id: Id; room_id: Id; by: Id; deleted_at: string };
  "message:pinned": { message_id: Id; room_id: Id; by: Id; pinned_at: string };
  "message:unpinned": { message_id: Id; room_id: Id; by: Id };
  "reaction:added": ReactionChange;
  "reaction:removed": ReactionChange;
  "chat:updated": { room_id: Id; slow_mode_s: number; rule_count: number };
  "playback:changed": Playback;
  "playback:prepared": {
    item_id: Id;
    track_id: Id;
    position_ms: number;
    deadline_ms: number | null;
  };
  "host:changed": { from: Id | null; to: Id | null; reason: string };
  "session:scheduled": SessionTimes;
  "session:started": { started_at_ms: number };
  "session:ended": { reason: "ended" | "expired"; ended_at_ms: number };
  "queue:updated": Rev<{
    repeat: Repeat;
    shuffle: boolean;
    order: QueueOrder;
    limits: QueueLimits;
    fallback_playlist_id: Id | null;
    autoplay: Autoplay;
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
  "suggestion:created": Rev<{ suggestion: Suggestion }>;
  "suggestion:resolved": Rev<{
    suggestion_id: Id;
    outcome: "approved" | "rejected" | "withdrawn";
    item_id: Id | null;
  }>;
  "item:added": Rev<{ items: Item[] }>;
  "item:moved": Rev<{ item_id: Id; rank: string }>;
  "item:removed": Rev<{ item_id: Id }>;
  "item:updated": Rev<
    { item_id: Id } & Pick<
      Item,
      | "score"
      | "state"
      | "ready"
      | "has_cover"
      | "title"
      | "artist"
      | "duration_ms"
      | "played_at"
    >
  >;
  "live:scheduled": LiveRecord;
  "live:updated": LiveRecord;
  "live:started": LiveRecord;
  "live:interrupted": LiveRecord;
  "live:resumed": LiveRecord;
  "live:ended": LiveRecord;
  "metadata:updated": { live_id: Id; metadata: LiveMetadata };
  "recording:ready": { live_id: Id; track_id: Id };
}

export interface RoomEphemerals {
  "typing:updated": { user_ids: Id[] };
  "read:updated": { user_id: Id; seq: number };
  "delivered:updated": { user_id: Id; seq: number };
  "presence:diff": { version: number; upserts: PresenceByUser; leaves: Id[] };
  "presence:counts": { room_id: Id; online: number; listeners: number };
  "sync:stats": { members: MemberSync[] };
  "viewers:updated": LiveViewers;
}
