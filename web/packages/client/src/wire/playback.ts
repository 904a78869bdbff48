/** The shared transport of a room, and how far each listener is from it. */

import type { SessionTimes } from "./sessions.js";
import type { Id } from "./wire.js";

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
