import type { Room } from "@veza/client";
import { describe, expect, it } from "vitest";
import { withUnread } from "./unread";

const room = (id: string, lastRead: number) => ({ id, my: { role: "member", unread: 0, mentions: 0, last_read_seq: lastRead } }) as unknown as Room;
const told = { room_id: "a", unread: 3, mentions: 1, last_read_seq: 7 };

describe("what is told of unread messages", () => {
  it("stands at the room that is meant", () => {
    const rooms = [room("a", 7), room("b", 7)];
    const after = withUnread(rooms, told);
    expect(after?.[0]?.my).toMatchObject({ unread: 3, mentions: 1, last_read_seq: 7, role: "member" });
    expect(after?.[1]).toBe(rooms[1]);
  });

  it("is left out when it was counted before the person read on", () => {
    const rooms = [room("a", 8)];
    expect(withUnread(rooms, told)).toBe(rooms);
  });

  it("asks for the list when the room is new", () => {
    expect(withUnread([room("b", 7)], told)).toBeNull();
  });
});
