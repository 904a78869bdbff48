/** Broadcasts of a room. */

import type { Id } from "./wire.js";

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
