/** People, rooms and their members. */

import type { NotifyLevel } from "./messages.js";
import type { Id } from "./wire.js";

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
