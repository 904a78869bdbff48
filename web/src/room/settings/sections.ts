/** The parts of a room's settings, by the name that addresses use. */

export const ROOM_SECTIONS = ["general", "music", "chat", "people", "invites", "reports", "log"] as const;
export type RoomSection = (typeof ROOM_SECTIONS)[number];

export function isRoomSection(key: string | null): key is RoomSection {
  return ROOM_SECTIONS.some((each) => each === key);
}
