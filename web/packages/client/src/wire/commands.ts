/** What this client may ask, by the name of the command: payload and the `data` of its ack. */

import type { PlayerCommands } from "./chunks.js";
import type { OrderCommands } from "./orders.js";
import type { PresenceCommands } from "./presence.js";
import type { SessionCommands } from "./sessions.js";
import type { Id, StreamName, StreamPosition, SubscribeAnswer } from "./wire.js";
import type { LiveRecord, LiveViewers } from "./live.js";
import type { Message, MessageType, Moment, Notification, Reference } from "./messages.js";
import type { Playback, PlaybackReport, ReportVerdict } from "./playback.js";
import type { Autoplay, Item, Place, Queue, QueueOrder, Repeat, Suggestion } from "./queue.js";
import type { Facet, Invite, Joined, Member, Policy, Room, RoomType } from "./rooms.js";

export type * from "./sessions.js";

type Call<P, D> = { payload: P; data: D };
type InRoom<T = unknown> = { room_id: Id } & T;
type Op<T = unknown> = { op_id?: Id } & T;

/** What `queue:update` changes; what is left out stays. */
export interface QueueChange {
  repeat?: Repeat;
  shuffle?: boolean;
  order?: QueueOrder;
  fallback_playlist_id?: Id | null;
  autoplay?: Autoplay;
}

/** Every command of the protocol that this client sends, with its payload and its ack's data. */
export interface Commands
  extends PlayerCommands, OrderCommands, PresenceCommands, SessionCommands {
  "clock:ping": Call<{ t0: number }, { t0: number; t1: number; t2: number }>;
  "auth:refresh": Call<{ token: string }, { expires_at: string }>;
  "stream:subscribe": Call<
    { stream: StreamName; since?: StreamPosition; limit?: number },
    SubscribeAnswer
  >;
  "stream:unsubscribe": Call<{ stream: StreamName }, unknown>;
  "stream:ack": Call<{ stream: StreamName; seq: number }, unknown>;
  "device:update": Call<{ name?: string; kind: string; output_latency_ms?: number }, unknown>;

  "room:create": Call<
    Op<{
      name: string;
      type: RoomType;
      description?: string;
      members?: Id[];
      facets?: Facet[];
      policy?: Partial<Policy>;
    }>,
    Joined
  >;
  "room:get": Call<{ room_id: Id }, Room & { members: Member[] }>;
  "room:list": Call<
    { scope: "mine" | "public"; limit?: number; cursor?: string },
    { rooms: Room[]; next_cursor: string | null }
  >;
  "room:join": Call<Op<{ room_id: Id } | { invite_token: string }>, Joined>;
  "room:leave": Call<Op<InRoom>, unknown>;
  "member:list": Call<
    { room_id: Id; limit?: number; cursor?: string },
    { members: Member[]; next_cursor: string | null }
  >;
  "invite:create": Call<
    Op<InRoom<{ invitee_id?: Id; expires_in_s?: number; max_uses?: number }>>,
    Invite
  >;
  "invite:accept": Call<Op<{ token: string }>, Joined>;

  "message:create": Call<
    InRoom<{
      client_id: Id;
      type: MessageType;
      content: string;
      reply_to_id?: Id;
      thread_id?: Id;
      mentions?: Id[];
      attachment_ids?: Id[];
      refs?: Reference[];
      moment?: Moment;
    }>,
    Message
  >;
  "message:update": Call<{ message_id: Id; op_id: Id; content: string; if_rev?: number }, Message>;
  "message:delete": Call<{ message_id: Id; op_id: Id; reason?: string }, unknown>;
  "message:pin": Call<{ message_id: Id; op_id: Id }, unknown>;
  "message:unpin": Call<{ message_id: Id; op_id: Id }, unknown>;
  "message:search": Call<
    { room_id?: Id; q?: string; from?: Id; has?: string; cursor?: Id; limit?: number },
    { messages: Message[]; next_cursor: Id | null }
  >;
  "message:pinned_list": Call<{ room_id: Id; skip?: number }, { messages: Message[]; has_more: boolean }>;
  "reaction:add": Call<{ message_id: Id; emoji: string; op_id: Id; moment?: Moment }, unknown>;
  "reaction:remove": Call<{ message_id: Id; emoji: string; op_id: Id }, unknown>;
  "dm:open": Call<{ user_id: Id }, { room_id: Id }>;
  "notification:list": Call<
    { limit?: number; cursor?: Id; unread_only?: boolean },
    { notifications: Notification[]; unread: number; next_cursor: Id | null }
  >;
  "notification:read": Call<{ notification_id: Id }, { unread: number }>;
  "notification:read_all": Call<Record<string, never>, { unread: number }>;
  "message:history": Call<
    InRoom<{ before?: number; after?: number; around?: number; thread_id?: Id; limit?: number }>,
    { messages: Message[]; has_more_before: boolean; has_more_after: boolean }
  >;
  "read:mark": Call<InRoom<{ seq: number }>, { unread: number; mentions: number }>;
  "typing:start": Call<InRoom, unknown>;
  "typing:stop": Call<InRoom, unknown>;

  "playback:play": Call<
    Op<InRoom<{ item_id?: Id; position_ms?: number; if_rev?: number }>>,
    Playback
  >;
  "playback:pause": Call<Op<InRoom<{ position_ms?: number; if_rev?: number }>>, Playback>;
  "playback:seek": Call<
    Op<InRoom<{ position_ms: number; item_id?: Id; if_rev?: number }>>,
    Playback
  >;
  /** `item_id` is the item to leave: when it is not the current one any more, nothing changes. */
  "playback:next": Call<Op<InRoom<{ item_id?: Id; if_rev?: number }>>, Playback>;
  "playback:previous": Call<Op<InRoom<{ item_id?: Id; if_rev?: number }>>, Playback>;
  "playback:set_rate": Call<Op<InRoom<{ rate: number; if_rev?: number }>>, Playback>;
  "playback:ready": Call<InRoom<{ item_id: Id; rev: number; buffered_ms: number }>, unknown>;
  "playback:buffering": Call<InRoom<{ item_id: Id; rev: number; buffered_ms: number }>, unknown>;
  "playback:report": Call<PlaybackReport, ReportVerdict>;
  "host:claim": Call<Op<InRoom>, unknown>;
  "host:transfer": Call<Op<InRoom<{ user_id: Id }>>, unknown>;

  "queue:get": Call<InRoom, Queue>;
  "item:add": Call<Op<InRoom<{ track_ids: Id[]; place: Place }>>, { items: Item[] }>;
  "item:move": Call<
    Op<InRoom<{ item_id: Id; before_id?: Id; after_id?: Id }>>,
    { item_id: Id; rank: string }
  >;
  "live:create": Call<
    Op<InRoom<{ title: string; description?: string; scheduled_at_ms?: number }>>,
    LiveRecord
  >;
  /** The answer says where to publish; it is on air once its sound comes in. */
  "live:start": Call<Op<InRoom<{ live_id: Id }>>, LiveRecord & { whip_url: string }>;
  "live:end": Call<Op<InRoom<{ live_id: Id }>>, LiveRecord>;
  "live:watch": Call<
    { live_id: Id },
    { live_id: Id; state: string; room_id: Id; hls_url: string; viewers: LiveViewers }
  >;
  "live:unwatch": Call<{ live_id: Id }, { live_id: Id }>;
  "metadata:set": Call<
    Op<InRoom<{ live_id: Id; title?: string; artist?: string; track_id?: Id }>>,
    unknown
  >;

  "item:remove": Call<Op<InRoom<{ item_id: Id }>>, { item_id: Id }>;
  "item:vote": Call<Op<InRoom<{ item_id: Id; value: -1 | 0 | 1 }>>, unknown>;
  "item:suggest": Call<Op<InRoom<{ track_id: Id; note?: string }>>, { suggestion: Suggestion }>;
  "suggestion:approve": Call<
    Op<InRoom<{ suggestion_id: Id; place?: "next" | "last" }>>,
    { applied: boolean; item: Item | null }
  >;
  "suggestion:reject": Call<Op<InRoom<{ suggestion_id: Id }>>, { applied: boolean }>;
  "skip:vote": Call<Op<InRoom<{ item_id: Id }>>, { votes: number; needed: number; skipped: boolean }>;
  "queue:update": Call<Op<InRoom<QueueChange>>, unknown>;
  "queue:clear": Call<Op<InRoom>, unknown>;
  "queue:lock": Call<Op<InRoom>, unknown>;
  "queue:unlock": Call<Op<InRoom>, unknown>;
  "queue:undo": Call<Op<InRoom>, { undone: "add" | "move" | "remove" | "clear" }>;
  "queue:save": Call<
    Op<InRoom<{ name: string; with_history?: boolean; is_public?: boolean }>>,
    { playlist_id: Id; name: string; track_count: number }
  >;
}

export type CommandName = keyof Commands;
export type PayloadOf<E extends CommandName> = Commands[E]["payload"];
export type DataOf<E extends CommandName> = Commands[E]["data"];
