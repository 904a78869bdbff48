/** Sessions at a set time, and what is left of past ones: the calls and their answers. */

import type { Message, Moment } from "./messages.js";
import type { Id } from "./wire.js";

type Call<P, D> = { payload: P; data: D };

/** How far a session is; `open`: nobody has set a time for its start. */
export type SessionStage = "open" | "scheduled" | "started" | "ended";

/** When a session begins and ends, Unix ms of the hub's clock. */
export interface SessionTimes {
  stage: SessionStage;
  starts_at_ms: number | null;
  ends_at_ms: number | null;
  started_at_ms: number | null;
  ended_at_ms: number | null;
  reason: "ended" | "expired" | null;
}

/** A stretch of one track that everybody heard. */
export interface ReplayPlay {
  seq: number;
  item_id: Id;
  track_id: Id;
  /** Where in the track it began. */
  position_ms: number;
  rate: number;
  at_ms: number;
  /** Null while it still plays. */
  until_ms: number | null;
  title: string;
  artist: string | null;
  duration_ms: number | null;
  has_cover: boolean;
  /** Whether the caller may hear it now; else it passes in silence. */
  playable: boolean;
}

export interface ReplayReaction {
  seq: number;
  at_ms: number;
  message_id: Id;
  room_id: Id;
  user_id: Id;
  emoji: string;
  moment: Moment | null;
}

/** A page of a session's log, oldest first. */
export interface Replay {
  plays: ReplayPlay[];
  messages: Message[];
  reactions: ReplayReaction[];
  /** `after` of the next page; null: that was the last. */
  next_after: number | null;
}

export interface SessionCommands {
  "session:schedule": Call<
    {
      room_id: Id;
      op_id: Id;
      starts_at_ms?: number | null;
      ends_at_ms?: number | null;
      lasts_ms?: number;
    },
    unknown
  >;
  "session:end": Call<{ room_id: Id; op_id: Id }, unknown>;
  "session:replay": Call<{ room_id: Id; after?: number; limit?: number }, Replay>;
}
