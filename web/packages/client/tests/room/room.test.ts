import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";

import { HubConnection } from "../../src/connection/connection.js";
import type { HubError } from "../../src/errors.js";
import { RoomState } from "../../src/room/room.js";
import type { RoomView } from "../../src/room/room_view.js";
import type { RoomSnapshot } from "../../src/wire/snapshot.js";
import {
  item,
  ME,
  member,
  message,
  playback,
  queue,
  room as roomRecord,
  snapshot,
} from "../shapes.js";
import { NO_ANSWER, refusal, SmallHub } from "../small_hub.js";

const STREAM = "room:r";

let hub: SmallHub;
let connection: HubConnection;
let room: RoomState;

beforeEach(async () => {
  hub = await SmallHub.start();
  connection = new HubConnection({
    url: hub.url,
    token: async () => "t",
    deviceId: "d",
    random: () => 0,
  });
  await connection.connect();
  room = new RoomState(connection, "r");
});

afterEach(async () => {
  room.close();
  connection.close();
  await hub.close();
});

async function open(change: Partial<RoomSnapshot> = {}): Promise<void> {
  hub.snapshot = snapshot(change);
  await room.open();
}

async function shows(check: (view: RoomView) => void): Promise<void> {
  await vi.waitFor(() => check(room.getSnapshot()), { timeout: 5_000, interval: 5 });
}

function texts({ messages }: RoomView): string[] {
  return messages.map(({ content, delivery }) =>
    delivery === "sent" ? content : `${content} (${delivery})`,
  );
}

describe("opening", () => {
  it("is loading, then live with the hub's snapshot", async () => {
    expect(room.getSnapshot()).toMatchObject({ phase: "loading", room: null, messages: [] });
    await open({ members: [member("ann")] });
    expect(room.getSnapshot()).toMatchObject({ phase: "live", room: { name: "Room" }, myId: ME });
    expect(Object.keys(room.getSnapshot().members)).toEqual(["ann"]);
  });

  it("says why it failed", async () => {
    hub.answer("stream:subscribe", () => {
      throw refusal("FORBIDDEN", 403);
    });
    await expect(room.open()).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(room.getSnapshot()).toMatchObject({ phase: "failed", error: { code: "FORBIDDEN" } });
  });

  it("gives the same view until something changes, and tells once for one tick's events", async () => {
    await open();
    expect(room.getSnapshot()).toBe(room.getSnapshot());
    let calls = 0;
    room.subscribe(() => calls++);
    void room.send("a").catch(() => undefined);
    void room.send("b").catch(() => undefined);
    await Promise.resolve();
    await Promise.resolve();
    expect(calls).toBe(1);
    expect(texts(room.getSnapshot())).toEqual(["a (pending)", "b (pending)"]);
  });
});

describe("chat", () => {
  function takeMessages(): void {
    hub.answer("message:create", ({ client_id, content }) => {
      const record = message(hub.log.length + 1, {
        client_id: client_id as string,
        content: content as string,
        sender_id: ME,
      });
      hub.append(STREAM, "message:created", record, { opId: client_id as string });
      return record;
    });
  }

  it("shows a message at once and then as the hub has it, never twice", async () => {
    await open();
    takeMessages();
    const views: string[][] = [];
    room.subscribe(() => views.push(texts(room.getSnapshot())));
    await room.send("hello");
    await shows((view) => expect(texts(view)).toEqual(["hello"]));
    expect(views.every((shown) => shown.length <= 1)).toBe(true);
    expect(views[0]).toEqual(["hello (pending)"]);
  });

  it("keeps the order of its sender even when an earlier one has to be repeated", async () => {
    await open();
    const order: unknown[] = [];
    let first = true;
    hub.answer("message:create", ({ client_id, content }) => {
      if (first) {
        first = false;
        hub.cut();
        throw NO_ANSWER;
      }
      order.push(content);
      const record = message(hub.log.length + 1, {
        client_id: client_id as string,
        content: content as string,
      });
      hub.append(STREAM, "message:created", record, { opId: client_id as string });
      return record;
    });
    await Promise.all([room.send("one"), room.send("two"), room.send("three")]);
    expect(order).toEqual(["one", "two", "three"]);
    await shows((view) => expect(texts(view)).toEqual(["one", "two", "three"]));
  });

  it("waits when the hub wants it slower, and keeps the message", async () => {
    await open();
    let limited = true;
    hub.answer("message:create", ({ client_id, content }) => {
      if (limited) {
        limited = false;
        throw refusal("RATE_LIMITED", 429, { retry_after_ms: 30 });
      }
      const record = message(1, { client_id: client_id as string, content: content as string });
      hub.append(STREAM, "message:created", record, { opId: client_id as string });
      return record;
    });
    await room.send("hello");
    await shows((view) => expect(texts(view)).toEqual(["hello"]));
    expect(hub.callsOf("message:create")).toHaveLength(2);
  });

  it("keeps a refused message with its reason; it can be sent again or given up", async () => {
    await open();
    hub.answer("message:create", () => {
      throw refusal("MUTED", 403);
    });
    await expect(room.send("hello")).rejects.toMatchObject({ code: "MUTED" });
    await expect(room.send("other")).rejects.toMatchObject({ code: "MUTED" });
    const [entry, other] = room.getSnapshot().messages;
    expect(entry).toMatchObject({ delivery: "failed", error: { code: "MUTED" } });
    room.discard(other!.client_id);
    takeMessages();
    await room.retry(entry!.client_id);
    await shows((view) => expect(texts(view)).toEqual(["hello"]));
    const ids = hub.callsOf("message:create").map(({ client_id }) => client_id);
    expect(ids[0]).toBe(ids[2]);
  });

  it("reads further back", async () => {
    await open({ chat: { messages: [message(50)], has_more_before: true } });
    hub.answer("message:history", () => ({
      messages: [message(49), message(48)],
      has_more_before: false,
      has_more_after: true,
    }));
    await room.loadOlder();
    expect(room.getSnapshot().messages.map(({ seq }) => seq)).toEqual([48, 49, 50]);
    expect(hub.callsOf("message:history")).toEqual([{ room_id: "r", before: 50, limit: 50 }]);
    await room.loadOlder();
    expect(hub.callsOf("message:history")).toHaveLength(1);
  });

  it("marks as read once", async () => {
    const my = { role: "member", last_read_seq: 40, unread: 1, mentions: 0 } as const;
    await open({
      chat: { messages: [message(50)], has_more_before: false },
      room: roomRecord({ my }),
    });
    hub.answer("read:mark", () => ({ unread: 0, mentions: 0 }));
    await Promise.all([room.markRead(), room.markRead()]);
    expect(hub.callsOf("read:mark")).toEqual([{ room_id: "r", seq: 50 }]);
    expect(room.getSnapshot().unread).toEqual({ lastReadSeq: 50, unread: 0, mentions: 0 });
  });

  it("says that one is typing, and not any more when the message goes", async () => {
    await open();
    hub.answer("typing:start", () => ({}));
    hub.answer("typing:stop", () => ({}));
    takeMessages();
    room.typing();
    room.typing();
    await room.send("hi");
    expect(hub.callsOf("typing:start")).toHaveLength(1);
    expect(hub.callsOf("typing:stop")).toHaveLength(1);
  });
});

describe("queue", () => {
  const QUEUE = queue([item("a", "A", { state: "playing" }), item("b", "B"), item("c", "C")]);

  function ids({ queue: shown }: RoomView): string[] {
    return shown!.items.map(({ id, pending }) => (pending ? `${id}*` : id));
  }

  it("shows a move at once and rebases it on what others do meanwhile", async () => {
    await open({ queue: QUEUE });
    let decide: () => void = () => undefined;
    const decided = new Promise<void>((resolve) => (decide = resolve));
    hub.answer("item:move", async ({ item_id, op_id }) => {
      await decided;
      hub.append(
        STREAM,
        "item:moved",
        { item_id, rank: "AB", queue_rev: 12 },
        { opId: op_id as string },
      );
      return { item_id, rank: "AB" };
    });
    const moved = room.moveItem("c", { beforeId: "b" });
    expect(ids(room.getSnapshot())).toEqual(["a", "c*", "b"]);
    hub.append(STREAM, "item:added", { items: [item("x", "AA")], queue_rev: 11 });
    await shows((view) => expect(ids(view)).toEqual(["a", "x", "c*", "b"]));
    decide();
    await moved;
    await shows((view) => expect(ids(view)).toEqual(["a", "x", "c", "b"]));
  });

  it("takes an edit back that the hub refuses", async () => {
    await open({ queue: QUEUE });
    hub.answer("item:remove", () => {
      throw refusal("FORBIDDEN", 403);
    });
    const removed = room.removeItem("b");
    expect(ids(room.getSnapshot())).toEqual(["a", "c"]);
    await expect(removed).rejects.toMatchObject({ code: "FORBIDDEN" });
    expect(ids(room.getSnapshot())).toEqual(["a", "b", "c"]);
  });

  it("shows what is being added under its title until the hub has made items of it", async () => {
    await open({ queue: QUEUE });
    hub.answer("item:add", ({ track_ids, op_id }) => {
      expect(track_ids).toEqual(["t1", "t2"]);
      const items = [item("n1", "D"), item("n2", "E")];
      hub.append(STREAM, "item:added", { items, queue_rev: 11 }, { opId: op_id as string });
      return { items };
    });
    const track = { trackId: "t1", title: "New", artist: null, durationMs: 1_000, hasCover: true };
    const added = room.addItems([track, "t2"]);
    expect(room.getSnapshot().queue?.items.at(-1)).toMatchObject({ title: "New", pending: true });
    expect((await added).map(({ id }) => id)).toEqual(["n1", "n2"]);
    await shows((view) => expect(ids(view)).toEqual(["a", "b", "c", "n1", "n2"]));
  });
});

describe("playback", () => {
  it("names the item that a skip or a seek is meant for", async () => {
    await open({ playback: playback({ item_id: "a", rev: 7 }) });
    hub.answer("playback:next", () => playback({ rev: 8 }));
    hub.answer("playback:seek", () => playback({ rev: 9 }));
    await room.next();
    await room.seek(1_234.6);
    expect(hub.callsOf("playback:next")[0]).toMatchObject({ room_id: "r", item_id: "a" });
    expect(hub.callsOf("playback:seek")[0]).toMatchObject({ item_id: "a", position_ms: 1_235 });
    expect(hub.callsOf("playback:seek")[0]!.op_id).toMatch(/^[0-9a-f-]{36}$/);
  });

  it("starts what was chosen, and stops", async () => {
    await open();
    hub.answer("playback:play", () => playback());
    hub.answer("playback:pause", () => playback({ status: "paused" }));
    await room.play({ itemId: "b", positionMs: 500 });
    await room.pause();
    expect(hub.callsOf("playback:play")[0]).toMatchObject({ item_id: "b", position_ms: 500 });
    hub.append(STREAM, "playback:changed", playback({ rev: 3 }));
    await shows((view) => expect(view.playback?.rev).toBe(3));
  });
});

describe("a lost connection", () => {
  it("misses nothing and shows that it is catching up", async () => {
    await open();
    const phases: string[] = [];
    room.subscribe(() => phases.push(room.getSnapshot().phase));
    hub.cut();
    for (let i = 1; i <= 250; i++)
      hub.append(STREAM, "message:created", message(i), { quiet: true });
    await shows((view) => expect(view.messages).toHaveLength(250));
    await shows((view) => expect(view.phase).toBe("live"));
    expect(phases).toContain("catching_up");
    expect(room.getSnapshot().seq).toBe(250);
  });

  it("forgets acked edits that a new snapshot already holds", async () => {
    await open({ queue: queue([item("a", "A"), item("b", "B")]) });
    hub.answer("item:remove", ({ item_id, op_id }) => {
      hub.append(
        STREAM,
        "item:removed",
        { item_id, queue_rev: 11 },
        { opId: op_id as string, quiet: true },
      );
      return { item_id };
    });
    await room.removeItem("b");
    hub.epoch = "e2";
    hub.snapshot = snapshot({ queue: queue([item("a", "A")]) });
    hub.cut();
    await shows((view) => expect(view.queue?.queue_rev).toBe(10));
    await shows((view) => expect(view.queue?.items.map(({ id }) => id)).toEqual(["a"]));
  });
});

it("keeps the error of a refused message a HubError", async () => {
  await open();
  hub.answer("message:create", () => {
    throw refusal("RATE_LIMITED", 429, { retry_after_ms: 60_000 });
  });
  const error: HubError = (await room
    .send("hi")
    .catch((thrown: unknown) => thrown as HubError)) as HubError;
  expect(error.retryAfterMs).toBe(60_000);
});

describe("the queue's hash", () => {
  it("is compared, and a queue that was folded wrong is read anew", async () => {
    await open({ queue: queue([item("a", "A")]) });
    hub.snapshot = snapshot({ queue: queue([item("b", "B")]) });
    hub.append(STREAM, "item:moved", { item_id: "a", rank: "C", queue_rev: 20, state_hash: "bad" });
    await shows((view) => expect(view.queue?.items.map(({ id }) => id)).toEqual(["b"]));
  });

  it("is right as long as nothing was lost", async () => {
    await open({ queue: queue([item("a", "V0", { state: "playing" }), item("b", "A0", { score: -1 })]) });
    const before = hub.callsOf("stream:subscribe").length;
    const data = { item_id: "b", rank: "W0", queue_rev: 20, state_hash: "a119f8bc" };
    hub.append(STREAM, "item:moved", data);
    await shows((view) => expect(view.queue?.queue_rev).toBe(20));
    expect(hub.callsOf("stream:subscribe")).toHaveLength(before);
  });
});
