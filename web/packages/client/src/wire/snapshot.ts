/** What a newcomer to a room is given. */

import type { Live } from "./live.js";
import type { Marks, Message } from "./messages.js";
import type { Playback } from "./playback.js";
import type { PresenceByUser } from "./presence.js";
import type { Queue } from "./queue.js";
import type { Member, Room } from "./rooms.js";
import type { Id } from "./wire.js";

/** What a newcomer to `room:{id}` is given. */
export interface RoomSnapshot {
  room: Room;
  members: Member[];
  chat: {
    messages: Message[];
    has_more_before: boolean;
    pinned?: Message[];
    /** True when there are more: `message:pinned_list` with `skip` has them. */
    has_more_pinned?: boolean;
    slow_mode_s?: number;
    marks?: Marks[];
  };
  playback?: Playback | null;
  queue?: Queue | null;
  /** `counts` stand for the users of a room too large to list them. */
  presence?: { users: PresenceByUser; counts?: { online: number; listeners: number } };
  typing?: Id[];
  live?: Live | null;
}
