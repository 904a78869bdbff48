import { describe, expect, it } from "vitest";

import { decide, EMPTY_TIMELINE, endAt, playbackAt, positionAt } from "../../src/clock/timeline.js";
import type { Playback } from "../../src/wire/playback.js";

const PLAYING: Playback = {
  rev: 1,
  item_id: "i",
  track_id: "t",
  status: "playing",
  position_ms: 1_000,
  rate: 1.25,
  at_ms: 5_000,
  effective_at_ms: 5_000,
};

describe("positionAt", () => {
  it("runs at the shared rate from its anchor", () => {
    expect(positionAt(PLAYING, 5_100)).toBe(1_125);
  });
  it("does not reach into the past", () => {
    expect(positionAt(PLAYING, 4_000)).toBe(1_000);
  });
  it("stops at the end of the track", () => {
    expect(positionAt(PLAYING, 100_000, 60_000)).toBe(60_000);
  });
  it("stands still while paused", () => {
    expect(positionAt({ ...PLAYING, status: "paused" }, 9_000)).toBe(1_000);
  });
});

describe("endAt", () => {
  it("is the first whole ms at the end, as on the hub", () => {
    expect(endAt(PLAYING, 2_251)).toBe(6_001);
  });
  it("is unknown while it stands", () => {
    expect(endAt({ ...PLAYING, status: "paused" }, 2_000)).toBeNull();
  });
});

describe("decide", () => {
  const paused: Playback = {
    ...PLAYING,
    rev: 2,
    status: "paused",
    at_ms: 7_000,
    effective_at_ms: 7_000,
  };

  it("keeps what holds until the change takes effect", () => {
    const timeline = decide(decide(EMPTY_TIMELINE, PLAYING, 5_500), paused, 6_000);
    expect(playbackAt(timeline, 6_999)).toBe(PLAYING);
    expect(playbackAt(timeline, 7_000)).toBe(paused);
  });
  it("replaces what was decided but never took effect", () => {
    const other = { ...paused, rev: 3, effective_at_ms: 6_500 };
    const timeline = decide(decide({ current: PLAYING, next: null }, paused, 6_000), other, 6_100);
    expect(playbackAt(timeline, 6_600)).toBe(other);
    expect(playbackAt(timeline, 8_000)).toBe(other);
  });
  it("gives a newcomer nothing before the first change", () => {
    expect(playbackAt(decide(EMPTY_TIMELINE, paused, 6_000), 6_500)).toBeNull();
  });
});
