import type { RoomView } from "@veza/client";
import { expect, test } from "vitest";
import { activityIn } from "./activity";

type View = Parameters<typeof activityIn>[0];

const view = (part: object) =>
  ({
    room: { id: "r", type: "public", my: { role: "member" } },
    playback: { status: "playing", item_id: "i", track_id: "t" },
    queue: { items: [{ id: "i", title: "Frontiers" }] },
    live: null,
    ...part,
  }) as unknown as View & RoomView;

test("others see what plays in a public room", () => {
  expect(activityIn(view({}))).toEqual({ type: "room", room_id: "r", track_id: "t", track_title: "Frontiers" });
  expect(activityIn(view({ live: { on_air: { title: "Friday" } } }))).toEqual({ type: "live", room_id: "r", track_title: "Friday" });
});

test("nothing is told of private rooms, of silence, and of rooms one only looks at", () => {
  expect(activityIn(view({ room: { id: "r", type: "private", my: { role: "owner" } } }))).toBeNull();
  expect(activityIn(view({ room: { id: "r", type: "public", my: null } }))).toBeNull();
  expect(activityIn(view({ playback: { status: "paused", item_id: "i", track_id: "t" } }))).toBeNull();
  expect(activityIn(view({ room: null }))).toBeNull();
});
