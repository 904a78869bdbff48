/** What a person shows of himself, and the calls for it. */

import type { Id } from "./wire.js";

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

type Call<P, D> = { payload: P; data: D };

/** What one has chosen to show, on all devices. */
export interface ChosenPresence {
  status: PresenceStatus;
  invisible: boolean;
  status_message: string | null;
  /** Unix ms; null: until it is changed. */
  status_expires_at_ms: number | null;
  activity: Activity | null;
}

export interface PresenceCommands {
  /** What is left out stays as it is. */
  "presence:update": Call<
    {
      status?: PresenceStatus;
      invisible?: boolean;
      status_message?: string | null;
      /** Unix ms or ISO 8601. */
      status_expires_at?: number | string | null;
      activity?: Activity | null;
    },
    ChosenPresence
  >;
  /** Leaves status and message as they are. */
  "presence:activity": Call<{ activity: Activity | null }, ChosenPresence>;
  "presence:mine": Call<Record<string, never>, ChosenPresence>;
  "presence:privacy": Call<{ show_last_seen?: boolean }, { show_last_seen: boolean }>;
  "presence:idle": Call<{ idle: boolean }, unknown>;
  "presence:get": Call<{ user_id: Id }, PresenceEntry & { user_id: Id }>;
  "presence:subscribe": Call<
    { audience: string | Id[] },
    { version: number; users: PresenceByUser }
  >;
}
