import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HubConnection } from "../../src/connection/connection.js";
import { StreamSubscription } from "../../src/connection/stream.js";
import type { DurableEvent, EphemeralEvent } from "../../src/wire/wire.js";
import { NO_ANSWER, refusal, SmallHub } from "../small_hub.js";

const STREAM = "room:r";

let hub: SmallHub;
let connection: HubConnection;
let seen: { seqs: number[]; snapshots: number[]; ephemerals: EphemeralEvent[]; phases: string[] };

beforeEach(async () => {
  hub = await SmallHub.start();
  connection = new HubConnection({
    url: hub.url,
    token: async () => "token",
    deviceId: "d",
    random: () => 0.5,
  });
  await connection.connect();
  seen = { seqs: [], snapshots: [], ephemerals: [], phases: [] };
});

afterEach(async () => {
  connection.close();
  await hub.close();
});

function subscribe(): StreamSubscription {
  return new StreamSubscription(connection, STREAM, {
    onSnapshot: (_snapshot, { seq }) => seen.snapshots.push(seq),
    onEvent: (event: DurableEvent) => seen.seqs.push(event.seq),
    onEphemeral: (event) => seen.ephemerals.push(event),
    onPhase: (phase) => seen.phases.push(phase),
  });
}

function say(count: number, options: { quiet?: boolean } = {}): void {
  for (let i = 0; i < count; i++) hub.append(STREAM, "message:created", { n: i }, options);
}

function range(from: number, to: number): number[] {
  return Array.from({ length: to - from + 1 }, (_, i) => from + i);
}

async function sees(seqs: number[]): Promise<void> {
  await vi.waitFor(() => expect(seen.seqs).toEqual(seqs), { timeout: 8_000, interval: 10 });
}

describe("a stream", () => {
  it("starts from a snapshot and goes on with events", async () => {
    say(3);
    await subscribe().open();
    say(2);
    await sees([4, 5]);
    expect(seen.snapshots).toEqual([3]);
    expect(seen.phases).toEqual(["catching_up", "live"]);
  });

  it("pages through what it missed while away, and shows each event once", async () => {
    await subscribe().open();
    say(2);
    await sees([1, 2]);
    hub.page = 7;
    hub.cut();
    say(30, { quiet: true });
    await sees(range(1, 32));
    expect(seen.snapshots).toEqual([0]);
    const since = hub.callsOf("stream:subscribe").map((payload) => payload.since);
    expect(since[1]).toEqual({ epoch: "e1", seq: 2 });
  });

  it("holds live events back until it has caught up", async () => {
    await subscribe().open();
    say(1);
    await sees([1]);
    // While the log is read, the hub goes on talking.
    hub.answer("stream:subscribe", ({ stream }, socket) => {
      void socket.join(stream as string);
      say(2);
      const events = hub.log.slice(1, 3);
      return { epoch: "e1", seq: 3, recovered: true, events, more: false };
    });
    hub.cut();
    await sees([1, 2, 3]);
    say(1);
    await sees([1, 2, 3, 4]);
  });

  it("drops what it has seen", async () => {
    await subscribe().open();
    say(2);
    await sees([1, 2]);
    hub.send(hub.log[0]!);
    hub.send(hub.log[1]!);
    say(1);
    await sees([1, 2, 3]);
  });

  it("fills a hole from the log", async () => {
    await subscribe().open();
    say(1);
    await sees([1]);
    say(3, { quiet: true });
    say(1);
    await sees([1, 2, 3, 4, 5]);
    expect(seen.snapshots).toEqual([0]);
  });

  it("puts swapped events into order", async () => {
    await subscribe().open();
    say(2, { quiet: true });
    hub.send(hub.log[1]!);
    hub.send(hub.log[0]!);
    await sees([1, 2]);
  });

  it("replaces its state when history is another one", async () => {
    await subscribe().open();
    say(4);
    await sees(range(1, 4));
    hub.epoch = "e2"; // a backup was restored
    hub.log = [];
    say(2);
    await vi.waitFor(() => expect(seen.snapshots).toEqual([0, 2]), { timeout: 8_000 });
    say(1);
    await sees([1, 2, 3, 4, 3]);
  });

  it("hands on what has no place in the log", async () => {
    await subscribe().open();
    hub.emit("typing:updated", { stream: STREAM, data: { user_ids: ["a"] } });
    hub.emit("typing:updated", { stream: "room:other", data: { user_ids: ["b"] } });
    await vi.waitFor(() =>
      expect(seen.ephemerals).toEqual([
        { event: "typing:updated", stream: STREAM, data: { user_ids: ["a"] } },
      ]),
    );
  });

  it("tells how far it has come, once for many events", async () => {
    await subscribe().open();
    say(20);
    await vi.waitFor(
      () => expect(hub.callsOf("stream:ack")).toEqual([{ stream: STREAM, seq: 20 }]),
      {
        timeout: 8_000,
      },
    );
  });

  it("says when the hub does not let in", async () => {
    hub.answer("stream:subscribe", () => {
      throw refusal("NOT_FOUND", 404);
    });
    await expect(subscribe().open()).rejects.toMatchObject({ code: "NOT_FOUND" });
    expect(seen.phases).toEqual(["catching_up", "failed"]);
  });

  it("tries again when the hub is busy", async () => {
    let busy = true;
    const answer = { epoch: "e1", seq: 0, recovered: false, events: [], snapshot: {}, more: false };
    hub.answer("stream:subscribe", () => {
      if (!busy) return answer;
      busy = false;
      throw refusal("UNAVAILABLE", 503, { retryable: true, retry_after_ms: 10 });
    });
    await subscribe().open();
    expect(hub.callsOf("stream:subscribe")).toHaveLength(2);
  });

  it("is quiet after it was closed", async () => {
    const subscription = subscribe();
    await subscription.open();
    subscription.close();
    say(2);
    await vi.waitFor(() => expect(hub.callsOf("stream:unsubscribe")).toEqual([{ stream: STREAM }]));
    expect(seen.seqs).toEqual([]);
  });

  it("does not ask in a tight loop for what the log does not hold", async () => {
    await subscribe().open();
    const asked = hub.callsOf("stream:subscribe").length;
    hub.send({
      event: "message:created",
      stream: STREAM,
      epoch: "e1",
      seq: 9,
      at: "",
      by: { user_id: "u" },
      op_id: null,
      data: {},
    });
    await vi.waitFor(() => expect(hub.callsOf("stream:subscribe").length).toBeGreaterThan(asked));
    hub.answer("stream:subscribe", () => {
      throw NO_ANSWER;
    });
    await vi.waitFor(() => expect(hub.callsOf("stream:subscribe").length).toBe(asked + 2), {
      timeout: 3_000,
    });
  });
});
