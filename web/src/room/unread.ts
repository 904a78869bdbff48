/** What `unread:updated` changes in a list of rooms. */
import type { Room, UserEvents } from "@veza/client";

export type UnreadTold = UserEvents["unread:updated"];

/** The rooms with the counts they are told; null when none of them is meant. What comes late changes nothing. */
export function withUnread(rooms: Room[], told: UnreadTold): Room[] | null {
  const room = rooms.find((one) => one.id === told.room_id);
  if (!room?.my) return null;
  if (told.last_read_seq < room.my.last_read_seq) return rooms;
  const { unread, mentions, last_read_seq } = told;
  const my = { ...room.my, unread, mentions, last_read_seq };
  return rooms.map((one) => (one === room ? { ...room, my } : one));
}
