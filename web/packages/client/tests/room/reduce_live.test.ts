import { expect, it } from "vitest";

import { fromSnapshot, reduce, reduceEphemeral } from "../../src/room/reduce.js";
import { reduceLive } from "../../src/room/reduce_live.js";
import type { LiveRecord } from "../../src/wire/live.js";
import { event, ME, snapshot } from "../shapes.js";

function broadcast(change: Partial<LiveRecord> = {}): LiveRecord {
  return {
    id: "a",
    room_id: "r",
    user_id: "ada",
    streamer_name: "Ada",
    title: "Friday night",
    description: null,
    status: "scheduled",
    created_at: "2026-01-01T00:00:00Z",
    scheduled_at: null,
    started_at: null,
    ended_at: null,
    grace_until_ms: null,
    fallback: null,
    metadata: {},
    hls_url: "/live/a/master.m3u8",
    recording_track_id: null,
    ...change,
  };
}

it("follows a broadcast from its announcement to its end", () => {
  const announced = reduceLive(null, "live:scheduled", broadcast());
  expect(announced).toEqual({ on_air: null, scheduled: [broadcast()] });
  const started = reduceLive(announced, "live:started", broadcast({ status: "live" }));
  expect(started).toEqual({ on_air: broadcast({ status: "live" }), scheduled: [] });
  const lost = broadcast({ status: "interrupted", grace_until_ms: 15_000, fallback: "silence" });
  const interrupted = reduceLive(started, "live:interrupted", lost);
  expect(interrupted?.on_air).toEqual(lost);
  const resumed = reduceLive(interrupted, "live:resumed", broadcast({ status: "live" }));
  expect(resumed?.on_air?.status).toBe("live");
  const ended = reduceLive(resumed, "live:ended", broadcast({ status: "ended" }));
  expect(ended).toEqual({ on_air: null, scheduled: [] });
});

it("leaves the one on air alone when another is announced or given up", () => {
  const onAir = { on_air: broadcast({ status: "live" }), scheduled: [] };
  const other = reduceLive(onAir, "live:scheduled", broadcast({ id: "b" }));
  expect(other?.on_air?.id).toBe("a");
  expect(reduceLive(other, "live:ended", broadcast({ id: "b", status: "ended" }))).toEqual(onAir);
});

it("knows what is being played, and only of the one on air", () => {
  const onAir = { on_air: broadcast({ status: "live" }), scheduled: [] };
  const told = { live_id: "a", metadata: { title: "Song" } };
  expect(reduceLive(onAir, "metadata:updated", told)?.on_air?.metadata.title).toBe("Song");
  expect(reduceLive(onAir, "metadata:updated", { ...told, live_id: "b" })).toBe(onAir);
});

it("is part of the room, with its audience", () => {
  const started = broadcast({ status: "live" });
  const truth = fromSnapshot({ ...snapshot(), live: { on_air: null, scheduled: [] } }, 1, ME);
  const after = reduce(truth, event("live:started", 2, started));
  expect(after.live?.on_air).toEqual(started);
  const viewers = { live_id: "a", current: 2, unique: 3, peak: 3 };
  const seen = reduceEphemeral(after, { event: "viewers:updated", stream: "room:r", data: viewers });
  expect(seen.viewers).toEqual(viewers);
});
