/** Wire values for tests, with what a test does not care about filled in. */
import type { DurableEvent } from "../src/wire/wire.js";
import type { Message } from "../src/wire/messages.js";
import type { Playback } from "../src/wire/playback.js";
import type { Item, Queue } from "../src/wire/queue.js";
import type { Member, Room } from "../src/wire/rooms.js";
import type { RoomSnapshot } from "../src/wire/snapshot.js";

export const ME = "me";

export function room(change: Partial<Room> = {}): Room {
  return {
    id: "r",
    name: "Room",
    description: null,
    type: "public",
    creator_id: "owner",
    facets: ["playback", "queue"],
    policy: {
      controls: {
        play: "host",
        seek: "host",
        skip: "host",
        queue_add: "all",
        queue_reorder: "all",
      },
      wait: "never",
      wait_deadline_ms: 4_000,
      host_grace_ms: 60_000,
      on_host_lost: "continue",
      skip_votes: { ratio: 0.5, min: 2 },
    },
    created_at: "2026-01-01T00:00:00Z",
    member_count: 1,
    my: { role: "member", last_read_seq: 0, unread: 0, mentions: 0 },
    ...change,
  };
}

export function member(userId: string, change: Partial<Member> = {}): Member {
  return {
    room_id: "r",
    user_id: userId,
    username: userId,
    display_name: userId.toUpperCase(),
    is_guest: false,
    role: "member",
    state: "joined",
    joined_at: "2026-01-01T00:00:00Z",
    ...change,
  };
}

export function message(seq: number, change: Partial<Message> = {}): Message {
  const senderId = change.sender_id ?? "other";
  return {
    id: `m${seq}`,
    room_id: "r",
    seq,
    client_id: `c${seq}`,
    sender_id: senderId,
    sender: { user_id: senderId, username: senderId, display_name: senderId, is_guest: false },
    type: "text",
    content: `message ${seq}`,
    reply_to_id: null,
    thread_id: null,
    mentions: [],
    attachment_ids: [],
    refs: [],
    moment: null,
    is_edited: false,
    is_deleted: false,
    is_pinned: false,
    edited_at: null,
    created_at: "2026-01-01T00:00:00Z",
    ...change,
  };
}

export function item(id: string, rank: string, change: Partial<Item> = {}): Item {
  return {
    id,
    track_id: `track-${id}`,
    title: id,
    artist: null,
    duration_ms: 60_000,
    added_by: { user_id: "other", display_name: "Other" },
    added_at: "2026-01-01T00:00:00Z",
    rank,
    score: 0,
    state: "pending",
    ready: true,
    has_cover: false,
    played_at: null,
    ...change,
  };
}

export function queue(items: Item[], change: Partial<Queue> = {}): Queue {
  return {
    items,
    history: [],
    queue_rev: 10,
    locked: false,
    repeat: "off",
    shuffle: false,
    order: "manual",
    limits: { pending_per_user: null, consecutive: null, max_items: 500, no_repeat_s: null },
    current_item_id: items.find(({ state }) => state === "playing")?.id ?? null,
    skip: null,
    suggestions: [],
    fallback_playlist_id: null,
    autoplay: "off",
    state_hash: "00000000",
    ...change,
  };
}

export function playback(change: Partial<Playback> = {}): Playback {
  return {
    rev: 1,
    queue_rev: 10,
    item_id: "a",
    track_id: "track-a",
    status: "playing",
    position_ms: 0,
    rate: 1,
    at_ms: 1_000,
    effective_at_ms: 1_000,
    waiting_for: [],
    deadline_ms: null,
    ...change,
  };
}

export function snapshot(change: Partial<RoomSnapshot> = {}): RoomSnapshot {
  return {
    room: room(),
    members: [member("owner", { role: "owner" }), member(ME)],
    chat: { messages: [], has_more_before: false },
    playback: playback({ status: "paused", host_id: "owner" }),
    queue: queue([]),
    presence: { users: {} },
    typing: [],
    ...change,
  };
}

export function event(
  name: string,
  seq: number,
  data: unknown,
  change: Partial<DurableEvent> = {},
): DurableEvent {
  return {
    event: name,
    stream: "room:r",
    epoch: "e1",
    seq,
    at: "2026-01-01T00:00:00Z",
    by: { user_id: "other" },
    op_id: null,
    data,
    ...change,
  };
}
