/** Messages, what gathers on them, and what rings. */

import type { Person } from "./rooms.js";
import type { Id } from "./wire.js";

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
  /** With `type` they say what `title` says in English. */
  actor_name: string | null;
  room_name: string | null;
}
