import { describe, expect, it } from "vitest";

import {
  fromSnapshot,
  MAX_MESSAGES,
  reduce,
  reduceEphemeral,
  withOlder,
  withReadMark,
  type RoomTruth,
} from "../../src/room/reduce.js";
import type { PresenceEntry } from "../../src/wire/presence.js";
import { event, ME, member, message, playback, queue, item, room, snapshot } from "../shapes.js";

const START = fromSnapshot(snapshot(), 100, ME);

function after(truth: RoomTruth, ...events: [name: string, data: unknown][]): RoomTruth {
  return events.reduce(
    (state, [name, data]) => reduce(state, event(name, state.seq + 1, data)),
    truth,
  );
}

describe("fromSnapshot", () => {
  it("takes everything over, and the reader's own mark", () => {
    const my = { role: "member", last_read_seq: 90, unread: 3, mentions: 1 } as const;
    const truth = fromSnapshot(snapshot({ room: room({ my }), typing: [ME, "owner"] }), 100, ME);
    expect(truth.unread).toEqual({ lastReadSeq: 90, unread: 3, mentions: 1 });
    expect(truth.typing).toEqual(["owner"]);
    expect(truth.hostId).toBe("owner");
    expect(truth.seq).toBe(100);
  });

  it("knows rooms without playback and queue", () => {
    const { room: record, members, chat } = snapshot();
    const truth = after(fromSnapshot({ room: record, members, chat }, 1, ME), [
      "item:added",
      { items: [item("a", "V")], queue_rev: 1 },
    ]);
    expect(truth.queue).toBeNull();
    expect(truth.playback).toBeNull();
  });
});

describe("members", () => {
  it("come, change and go, and are counted", () => {
    const joined = after(START, ["member:joined", member("ann")]);
    expect(joined.members.ann?.display_name).toBe("ANN");
    expect(joined.room.member_count).toBe(2);
    const promoted = after(joined, ["member:updated", member("ann", { role: "moderator" })]);
    expect(promoted.members.ann?.role).toBe("moderator");
    expect(promoted.room.member_count).toBe(2);
    const gone = after(promoted, ["member:left", { ...member("ann"), reason: "left" }]);
    expect(gone.members.ann).toBeUndefined();
    expect(gone.room.member_count).toBe(1);
    expect(gone.ended).toBeNull();
  });

  it("end the room for the one who left", () => {
    expect(after(START, ["member:left", { ...member(ME), reason: "banned" }]).ended).toBe("banned");
  });

  it("carry the reader's own role into the room", () => {
    expect(after(START, ["member:updated", member(ME, { role: "admin" })]).room.my?.role).toBe(
      "admin",
    );
  });
});

describe("messages", () => {
  it("count as unread when another wrote them, and as mentions when they name the reader", () => {
    const truth = after(
      START,
      ["message:created", message(101)],
      ["message:created", message(102, { mentions: [ME] })],
      ["message:created", message(103, { sender_id: ME })],
    );
    expect(truth.messages.map(({ seq }) => seq)).toEqual([101, 102, 103]);
    expect(truth.unread).toEqual({ lastReadSeq: 0, unread: 2, mentions: 1 });
    expect(withReadMark(truth, 101).unread).toEqual({ lastReadSeq: 101, unread: 1, mentions: 1 });
    expect(withReadMark(truth, 103, { unread: 0, mentions: 0 }).unread.unread).toBe(0);
  });

  it("never move the read mark back", () => {
    const truth = withReadMark(START, 100);
    expect(withReadMark(truth, 50)).toBe(truth);
  });

  it("end their author's typing", () => {
    const typing = reduceEphemeral(START, {
      event: "typing:updated",
      stream: "room:r",
      data: { user_ids: ["ann", "ben", ME] },
    });
    expect(typing.typing).toEqual(["ann", "ben"]);
    expect(after(typing, ["message:created", message(101, { sender_id: "ann" })]).typing).toEqual([
      "ben",
    ]);
  });

  it("are changed in their place", () => {
    const truth = after(
      START,
      ["message:created", message(101)],
      ["message:created", message(102)],
      ["message:updated", message(101, { content: "better", is_edited: true })],
    );
    expect(truth.messages.map(({ content }) => content)).toEqual(["better", "message 102"]);
    expect(truth.unread.unread).toBe(2);
  });

  it("are kept up to a bound, and the rest can be read again", () => {
    const many = Array.from({ length: MAX_MESSAGES }, (_, i) => message(i + 1));
    const truth = fromSnapshot(
      snapshot({ chat: { messages: many, has_more_before: false } }),
      MAX_MESSAGES,
      ME,
    );
    const more = after(truth, ["message:created", message(MAX_MESSAGES + 1)]);
    expect(more.messages).toHaveLength(MAX_MESSAGES);
    expect(more.messages[0]?.seq).toBe(2);
    expect(more.hasOlder).toBe(true);
  });

  it("from further back come before, without doubles", () => {
    const truth = after(START, ["message:created", message(101)]);
    const older = withOlder(truth, [message(99), message(100), message(101)], true);
    expect(older.messages.map(({ seq }) => seq)).toEqual([99, 100, 101]);
    expect(older.hasOlder).toBe(true);
  });
});

describe("playback", () => {
  it("changes with its host, and forgets what was prepared", () => {
    const prepared = { item_id: "b", track_id: "t", position_ms: 0, deadline_ms: 9_000 };
    const truth = after(START, ["playback:prepared", prepared]);
    expect(truth.prepared).toEqual(prepared);
    const changed = after(
      truth,
      ["playback:changed", playback({ rev: 2 })],
      ["host:changed", { from: "owner", to: ME, reason: "claim" }],
    );
    expect(changed.playback?.rev).toBe(2);
    expect(changed.prepared).toBeNull();
    expect(changed.hostId).toBe(ME);
  });
});

describe("ephemerals", () => {
  const online: PresenceEntry = {
    status: "online",
    last_seen_at: null,
    status_message: null,
    activity: null,
    devices: [],
  };

  it("keep presence by difference", () => {
    const diff = (upserts: object, leaves: string[]): RoomTruth =>
      reduceEphemeral(state, {
        event: "presence:diff",
        stream: "room:r",
        data: { version: 1, upserts, leaves },
      });
    let state = START;
    state = diff({ ann: online, ben: online }, []);
    state = diff({ ben: { ...online, status: "away" } }, ["ann"]);
    expect(state.presence).toEqual({ ben: { ...online, status: "away" } });
  });

  it("keep every listener's drift", () => {
    const stats = { members: [{ user_id: "ann", drift_ms: 1.5 }] };
    const truth = reduceEphemeral(START, { event: "sync:stats", stream: "room:r", data: stats });
    expect(truth.sync).toEqual({ ann: { user_id: "ann", drift_ms: 1.5 } });
  });

  it("that nobody knows change nothing", () => {
    expect(reduceEphemeral(START, { event: "toString", stream: "room:r", data: {} })).toBe(START);
  });
});

describe("an unknown durable event", () => {
  it("only moves the place in the log", () => {
    expect(after(START, ["poll:opened", { question: "?" }])).toEqual({ ...START, seq: 101 });
  });
});

describe("queue events", () => {
  it("reach the queue", () => {
    const truth = fromSnapshot(snapshot({ queue: queue([item("a", "V")]) }), 100, ME);
    const changed = after(truth, ["item:added", { items: [item("b", "W")], queue_rev: 11 }]);
    expect(changed.queue?.items.map(({ id }) => id)).toEqual(["a", "b"]);
  });
});
