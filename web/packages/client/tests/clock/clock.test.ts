import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { localTime, ServerClock } from "../../src/clock/clock.js";
import { HubConnection } from "../../src/connection/connection.js";
import { SmallHub } from "../small_hub.js";

let hub: SmallHub;
let connection: HubConnection;
let clock: ServerClock;
let aheadMs: number;

beforeEach(async () => {
  hub = await SmallHub.start();
  aheadMs = 5_000;
  hub.answer("clock:ping", ({ t0 }) => {
    const nowMs = localTime() + aheadMs;
    return { t0, t1: nowMs, t2: nowMs };
  });
  connection = new HubConnection({
    url: hub.url,
    token: async () => "t",
    deviceId: "d",
    random: () => 0,
  });
  clock = new ServerClock(connection);
});

afterEach(async () => {
  clock.stop();
  connection.close();
  await hub.close();
});

describe("the hub's clock", () => {
  it("is this machine's before anything is known", () => {
    expect(clock.offsetMs).toBeCloseTo(0, 0);
    expect(clock.spreadMs).toBe(Infinity);
    expect(clock.reading.getSnapshot()).toBeNull();
  });

  it("is known to a fraction of a ms after 16 exchanges on this machine", async () => {
    clock.start();
    await connection.connect();
    await clock.ready();
    expect(hub.callsOf("clock:ping").length).toBeGreaterThanOrEqual(16);
    expect(Math.abs(clock.offsetMs - aheadMs)).toBeLessThan(2);
    expect(clock.reading.getSnapshot()!.samples).toBeGreaterThanOrEqual(16);
    expect(clock.spreadMs).toBeLessThan(2);
    const localMs = localTime();
    expect(clock.at(localMs + 1_000) - clock.at(localMs)).toBeCloseTo(1_000, 0);
  });

  it("starts again when a clock was set", async () => {
    clock.start();
    await connection.connect();
    await clock.ready();
    aheadMs = -60_000;
    await vi.waitFor(() => expect(Math.abs(clock.offsetMs - aheadMs)).toBeLessThan(2), {
      timeout: 10_000,
    });
  });

  it("survives a lost connection", async () => {
    clock.start();
    await connection.connect();
    await clock.ready();
    hub.cut();
    const asked = hub.callsOf("clock:ping").length;
    await vi.waitFor(() => expect(hub.callsOf("clock:ping").length).toBeGreaterThan(asked + 16), {
      timeout: 10_000,
    });
    expect(Math.abs(clock.offsetMs - aheadMs)).toBeLessThan(2);
  });

  it("asks nothing after it was stopped", async () => {
    clock.start();
    await connection.connect();
    await vi.waitFor(() => expect(hub.callsOf("clock:ping").length).toBeGreaterThan(2));
    clock.stop();
    await connection.request("clock:ping", { t0: 0 });
    const asked = hub.callsOf("clock:ping").length;
    await connection.request("clock:ping", { t0: 0 });
    expect(hub.callsOf("clock:ping")).toHaveLength(asked + 1);
  });
});
