import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { ServerClock } from "../src/clock/clock.js";
import { HubConnection } from "../src/connection/connection.js";
import { SyncedPlayer } from "../src/player.js";
import { RoomState } from "../src/room/room.js";
import type { KeyValueStorage } from "../src/storage.js";
import type { RoomSnapshot } from "../src/wire/snapshot.js";
import { memoryStorage } from "./memory_storage.js";
import { NotingEngine } from "./noting_engine.js";
import { item, playback, queue, snapshot } from "./shapes.js";
import { SmallHub } from "./small_hub.js";

const STREAM = "room:r";

let hub: SmallHub;
let connection: HubConnection;
let clock: ServerClock;
let room: RoomState;
let engine: NotingEngine;
let player: SyncedPlayer;
let storage: KeyValueStorage;

beforeEach(async () => {
  hub = await SmallHub.start();
  connection = new HubConnection({
    url: hub.url,
    token: async () => "t",
    deviceId: "d",
    random: () => 0,
  });
  await connection.connect();
  clock = new ServerClock(connection);
  room = new RoomState(connection, "r");
  storage = memoryStorage();
  player = make();
});

afterEach(async () => {
  player.stop();
  room.close();
  connection.close();
  await hub.close();
});

function make(): SyncedPlayer {
  engine = new NotingEngine();
  return new SyncedPlayer({ room, clock, connection, engine, storage });
}

async function open(change: Partial<RoomSnapshot>): Promise<void> {
  hub.snapshot = snapshot(change);
  await room.open();
  player.start();
}

const SOURCE_A = { itemId: "a", url: "/api/v1/tracks/track-a/hls/master.m3u8" };

describe("following the room", () => {
  it("takes up what plays when it begins", async () => {
    const atMs = Date.now() - 5_000;
    await open({
      playback: playback({ position_ms: 1_000, rate: 1.25, at_ms: atMs, effective_at_ms: atMs }),
    });
    expect(engine.followed).toEqual([
      { source: SOURCE_A, running: true, positionMs: 1_000, rate: 1.25, atMs },
    ]);
    expect(Math.abs(player.positionMs() - (1_000 + 1.25 * (Date.now() - atMs)))).toBeLessThan(50);
  });

  it("follows each change once, also when a resume repeats it", async () => {
    await open({ playback: playback({ status: "paused" }) });
    hub.append(
      STREAM,
      "playback:changed",
      playback({ rev: 2, at_ms: 9_000, effective_at_ms: 9_000 }),
    );
    await vi.waitFor(() => expect(engine.followed).toHaveLength(2));
    hub.snapshot = snapshot({
      playback: playback({ rev: 2, at_ms: 9_000, effective_at_ms: 9_000 }),
    });
    hub.epoch = "e2";
    hub.cut();
    await vi.waitFor(() => expect(hub.callsOf("stream:subscribe")).toHaveLength(2));
    await vi.waitFor(() => expect(room.getSnapshot().phase).toBe("live"));
    expect(engine.followed.map((cue) => cue?.running)).toEqual([false, true]);
  });

  it("is silent when nothing is to be played", async () => {
    await open({ playback: playback({ item_id: null, track_id: null, status: "paused" }) });
    hub.append(STREAM, "playback:changed", playback({ rev: 2, status: "ended" }));
    await vi.waitFor(() => expect(engine.followed).toEqual([null, null]));
    expect(player.positionMs()).toBeGreaterThanOrEqual(0);
  });

  it("shows the old position until a change takes effect, and never past the end", async () => {
    const items = [item("a", "A", { state: "playing", duration_ms: 60_000 })];
    await open({
      playback: playback({ status: "paused", position_ms: 7_000 }),
      queue: queue(items),
    });
    expect(player.positionMs()).toBe(7_000);
    const inAMinute = Date.now() + 60_000;
    hub.append(
      STREAM,
      "playback:changed",
      playback({ rev: 2, position_ms: 30_000, at_ms: inAMinute, effective_at_ms: inAMinute }),
    );
    await vi.waitFor(() => expect(engine.followed).toHaveLength(2));
    expect(player.positionMs()).toBe(7_000);
    hub.append(
      STREAM,
      "playback:changed",
      playback({ rev: 3, position_ms: 59_000, at_ms: 1_000, effective_at_ms: 1_000 }),
    );
    await vi.waitFor(() => expect(player.positionMs()).toBe(60_000));
  });

  it("has the next item on the line before it is due", async () => {
    const atMs = Date.now() - 1_000;
    await open({ playback: playback({ at_ms: atMs, effective_at_ms: atMs }) });
    const deadline = Date.now() + 10_000;
    hub.append(STREAM, "playback:prepared", {
      item_id: "b",
      track_id: "track-b",
      position_ms: 0,
      sources: [],
      deadline_ms: deadline,
    });
    await vi.waitFor(() => expect(engine.prepared).toHaveLength(1));
    const source = { itemId: "b", url: "/api/v1/tracks/track-b/hls/master.m3u8" };
    expect(engine.prepared).toEqual([[source, 0]]);
    expect(engine.followed.at(-1)).toEqual({
      source,
      running: true,
      positionMs: 0,
      rate: 1,
      atMs: deadline,
    });
  });

  it("has the next item on the line when it comes after that was told", async () => {
    const atMs = Date.now() - 55_000;
    const items = [item("a", "a", { state: "playing" }), item("b", "b")];
    const told = { at_ms: atMs, effective_at_ms: atMs, position_ms: 0 };
    await open({ playback: playback(told), queue: queue(items) });
    const source = { itemId: "b", url: "/api/v1/tracks/track-b/hls/master.m3u8" };
    expect(engine.prepared).toEqual([[source, 0]]);
    expect(engine.followed.at(-1)).toEqual({ source, running: true, positionMs: 0, rate: 1, atMs: atMs + 60_000 });
  });

  it("leaves what comes alone while its time is far", async () => {
    const atMs = Date.now() - 20_000;
    const items = [item("a", "a", { state: "playing" }), item("b", "b")];
    const told = { at_ms: atMs, effective_at_ms: atMs, position_ms: 0 };
    await open({ playback: playback(told), queue: queue(items) });
    expect(engine.prepared).toEqual([]);
    expect(engine.followed).toHaveLength(1);
  });

  it("only loads ahead while nothing plays", async () => {
    await open({ playback: playback({ status: "paused" }) });
    hub.append(STREAM, "playback:prepared", {
      item_id: "b",
      track_id: "track-b",
      position_ms: 0,
      sources: [],
      deadline_ms: 5,
    });
    await vi.waitFor(() => expect(engine.prepared).toHaveLength(1));
    expect(engine.followed).toHaveLength(1);
  });

  it("stops", async () => {
    await open({ playback: playback() });
    player.stop();
    expect(engine.closed).toBe(1);
    hub.append(STREAM, "playback:changed", playback({ rev: 2 }));
    await vi.waitFor(() => expect(room.getSnapshot().playback?.rev).toBe(2));
    expect(engine.followed).toHaveLength(1);
  });
});

describe("what it tells", () => {
  it("reports where it really is, and shows its drift", async () => {
    hub.answer("playback:report", () => ({ drift_ms: 2, action: "none" }));
    const drifts: number[] = [];
    player.onDrift((driftMs) => drifts.push(driftMs));
    const at = Date.now() - 5_000;
    await open({ playback: playback({ at_ms: at, effective_at_ms: at }) });
    const atMs = Date.now();
    engine.view.set({
      ...engine.view.getSnapshot(),
      state: "playing",
      bufferedMs: 12_000,
      rung: "aac_256",
    });
    engine.measured = { itemId: "a", positionMs: atMs - at + 2, atMs };
    await vi.waitFor(() => expect(hub.callsOf("playback:report")).toHaveLength(1), {
      timeout: 3_000,
    });
    expect(hub.callsOf("playback:report")[0]).toEqual({
      room_id: "r",
      item_id: "a",
      position_ms: atMs - at + 2,
      at_ms: atMs,
      buffered_ms: 12_000,
      rung: "aac_256",
    });
    expect(drifts[0]).toBeCloseTo(2, 6);
    expect(player.view.getSnapshot()).toMatchObject({ state: "playing", rung: "aac_256" });
    expect(player.view.getSnapshot().driftP95Ms).toBeCloseTo(2, 6);
    await vi.waitFor(() => expect(drifts.length).toBeGreaterThan(3), { timeout: 3_000 });
    expect(hub.callsOf("playback:report")).toHaveLength(1);
  });

  it("tells the round trip of its clock's exchanges once there is one", async () => {
    hub.answer("playback:report", () => ({ drift_ms: 2, action: "none" }));
    clock.start();
    try {
      await clock.ready();
      const at = Date.now() - 5_000;
      await open({ playback: playback({ at_ms: at, effective_at_ms: at }) });
      engine.measured = { itemId: "a", positionMs: Date.now() - at, atMs: Date.now() };
      await vi.waitFor(() => expect(hub.callsOf("playback:report")).toHaveLength(1), {
        timeout: 3_000,
      });
      const report = hub.callsOf("playback:report")[0] as { rtt_ms: number };
      expect(report.rtt_ms).toBeGreaterThanOrEqual(0);
      expect(report.rtt_ms).toBeCloseTo(clock.reading.getSnapshot()?.rttMs ?? NaN, 1);
    } finally {
      clock.stop();
    }
  });

  it("reports as rarely as an auditorium wants", async () => {
    hub.answer("playback:report", () => ({ drift_ms: 2, action: "none", report_in_ms: 60_000 }));
    const at = Date.now() - 5_000;
    await open({ playback: playback({ at_ms: at, effective_at_ms: at }) });
    const atMs = Date.now();
    const measure = (later: number) =>
      (engine.measured = { itemId: "a", positionMs: atMs + later - at, atMs: atMs + later });
    const reports = (count: number) =>
      vi.waitFor(() => expect(hub.callsOf("playback:report")).toHaveLength(count), {
        timeout: 3_000,
      });
    const drifts: number[] = [];
    player.onDrift((driftMs) => drifts.push(driftMs));
    measure(0);
    await reports(1);
    measure(30_000);
    const looked = drifts.length;
    await vi.waitFor(() => expect(drifts.length).toBeGreaterThan(looked + 2), { timeout: 3_000 });
    expect(hub.callsOf("playback:report")).toHaveLength(1);
    measure(60_000);
    await reports(2);
  });

  it("says that it is ready once, when the others wait and enough is at hand", async () => {
    hub.answer("playback:ready", () => ({}));
    await open({ playback: playback({ rev: 4, status: "waiting", waiting_for: ["me"] }) });
    engine.view.set({ ...engine.view.getSnapshot(), itemId: "a", bufferedMs: 500 });
    engine.view.set({ ...engine.view.getSnapshot(), bufferedMs: 9_000 });
    await vi.waitFor(() => expect(hub.callsOf("playback:ready")).toHaveLength(1), {
      timeout: 3_000,
    });
    expect(hub.callsOf("playback:ready")).toEqual([
      { room_id: "r", item_id: "a", rev: 4, buffered_ms: 9_000 },
    ]);
  });
});

describe("the listener's own settings", () => {
  it("keeps the volume for the next visit, and mutes only for this one", () => {
    player.setVolume(0.3);
    player.setMuted(true);
    expect([engine.volume, engine.muted]).toEqual([0.3, true]);
    expect(player.view.getSnapshot()).toMatchObject({ volume: 0.3, muted: true });
    player = make();
    expect(engine.volume).toBe(0.3);
    expect(player.view.getSnapshot()).toMatchObject({ volume: 0.3, muted: false });
  });

  it("passes latency and gestures on to the engine", async () => {
    player.setOutputLatency(120);
    expect(engine.latencyMs).toBe(120);
    expect(await player.unlock()).toBe(true);
  });
});
