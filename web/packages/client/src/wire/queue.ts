/** What plays next: items, suggestions, and the rules a queue has chosen. */

import type { Id } from "./wire.js";

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
  /** Of `items` when this was sent, see room/queue_hash.ts. */
  state_hash: string;
}
