/** Keeping order in a room, and who has seen what: the calls for it, with what they answer. */

import type { Message, NotifyLevel } from "./messages.js";
import type { Facet, Member, Person, Policy, Role, RoomRecord } from "./rooms.js";
import type { Id } from "./wire.js";

type Call<P, D> = { payload: P; data: D };
type InRoom<T = unknown> = { room_id: Id; op_id?: Id } & T;
type Page = { limit?: number; cursor?: Id };

export type RuleKind = "keyword" | "link" | "mentions" | "repeat";
export type RuleAction = "block" | "alert" | "time_out";

/** What a room does by itself when a message matches; who keeps order is exempt. */
export interface AutomodRule {
  id: Id;
  kind: RuleKind;
  action: RuleAction;
  /** `keyword`: words, a * at an end stands for any letters. `link`: hosts that are allowed. */
  words: string[];
  /** `mentions`, `repeat`: how many are still fine. */
  most: number;
  time_out_s: number;
}

export interface ChatSettings {
  slow_mode_s: number;
  /** Empty for who keeps no order here. */
  rules: AutomodRule[];
}

export type ReportedKind = "message" | "user" | "room" | "track" | "live";
export type ReportStatus = "pending" | "resolved" | "dismissed";

export interface Report {
  id: Id;
  reporter_id: Id | null;
  reporter: string | null;
  reported_user_id: Id | null;
  reported: string | null;
  content_type: ReportedKind;
  content_id: Id;
  /** Of a room, a track or a broadcast. */
  content_name: string | null;
  reason: string;
  status: ReportStatus;
  resolved_by: string | null;
  created_at: string;
}

export type MeasureKind =
  | "kick"
  | "ban"
  | "unban"
  | "mute"
  | "unmute"
  | "role"
  | "delete"
  | "block"
  | "alert"
  | "time_out"
  | "slow";

/** One line of a room's moderation log. */
export interface Measure {
  id: Id;
  action: MeasureKind;
  /** Null when a rule of the room did it. */
  by: Id | null;
  by_name: string | null;
  user_id: Id | null;
  username: string | null;
  reason: string | null;
  until: string | null;
  message_id: Id | null;
  details: Record<string, unknown>;
  created_at: string;
}

export interface Ban extends Person {
  by: Id | null;
  by_name: string | null;
  reason: string | null;
  /** Null: until somebody lifts it. */
  until: string | null;
  banned_at: string | null;
}

/** An invitation that still lets somebody in. */
export interface OpenInvite {
  id: Id;
  token: Id;
  inviter_id: Id;
  invitee_id: Id | null;
  expires_at: string;
  max_uses: number | null;
  uses: number;
}

export interface Receipt {
  user_id: Id;
  at: string | null;
}

export interface Receipts {
  message_id: Id;
  status: "sent" | "delivered" | "read";
  read_by: Receipt[];
  delivered_to: Receipt[];
}

/** How a message read once; `rev` 0 is how it began. */
export interface Wording {
  rev: number;
  content: string;
  written_at: string;
}

type Measured = { user_id: Id; until?: string; duration_s?: number; reason?: string };

export interface OrderCommands {
  "room:update": Call<
    InRoom<{ name?: string; type?: "public" | "private"; description?: string; facets?: Facet[]; policy?: Policy }>,
    RoomRecord
  >;
  "room:delete": Call<InRoom, { room_id: Id }>;
  "invite:list": Call<{ room_id: Id } & Page, { invites: OpenInvite[] }>;
  "invite:revoke": Call<InRoom<{ token: Id }>, unknown>;
  "member:update": Call<InRoom<{ user_id: Id; role: Role }>, Member>;
  "member:remove": Call<InRoom<{ user_id: Id; reason?: string }>, Member>;
  "member:mute": Call<InRoom<Measured>, Member>;
  "member:unmute": Call<InRoom<{ user_id: Id; reason?: string }>, Member>;
  "member:ban": Call<InRoom<Measured>, Member>;
  "member:unban": Call<InRoom<{ user_id: Id; reason?: string }>, Member>;
  "ban:list": Call<{ room_id: Id } & Page, { bans: Ban[]; next_cursor: Id | null }>;
  "chat:get": Call<{ room_id: Id }, ChatSettings>;
  "chat:update": Call<
    InRoom<{ slow_mode_s?: number; rules?: AutomodRule[] }>,
    { slow_mode_s: number; rule_count: number }
  >;
  "chat:notify": Call<InRoom<{ level: NotifyLevel }>, unknown>;
  "user:block": Call<{ user_id: Id }, BlockList>;
  "user:unblock": Call<{ user_id: Id }, BlockList>;
  "user:blocks": Call<Record<string, never>, BlockList>;
  "report:create": Call<
    { content_type: ReportedKind; content_id: Id; reason: string; room_id?: Id },
    { report_id: Id }
  >;
  "report:list": Call<{ room_id?: Id } & Page, { reports: Report[]; next_cursor: Id | null }>;
  "report:resolve": Call<
    { room_id?: Id; report_id: Id; status: "resolved" | "dismissed" },
    { report_id: Id }
  >;
  "moderation:list": Call<{ room_id: Id } & Page, { measures: Measure[]; next_cursor: Id | null }>;
  "message:get": Call<{ message_id: Id }, Message>;
  "message:receipts": Call<{ message_id: Id }, Receipts>;
  "message:wordings": Call<{ message_id: Id }, { wordings: Wording[] }>;
}

/** Whom the caller has blocked, and all whose words are left out for him. */
export interface BlockList {
  blocked: { user_id: Id; username: string; display_name: string }[];
  hidden_ids: Id[];
}
