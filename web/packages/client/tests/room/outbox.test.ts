import { describe, expect, it } from "vitest";

import { draft, Outbox } from "../../src/room/outbox.js";

const SENDER = { user_id: "me", username: "me", display_name: "Me", is_guest: false };

function outboxWith(content: string): { outbox: Outbox; id: string } {
  const outbox = new Outbox();
  const entry = draft("r", SENDER, content, { mentions: ["ann"] });
  outbox.addMessage(entry);
  return { outbox, id: entry.client_id };
}

describe("an entry of the outbox", () => {
  it("stays between its ack and its event, so that nothing flickers", () => {
    const { outbox, id } = outboxWith("hi");
    outbox.acked(id, 12, 10);
    outbox.readTo(11);
    expect(outbox.messages).toHaveLength(1);
    outbox.readTo(12);
    expect(outbox.messages).toHaveLength(0);
  });

  it("goes with its ack when its event came first", () => {
    const { outbox, id } = outboxWith("hi");
    outbox.acked(id, 12, 12);
    expect(outbox.messages).toHaveLength(0);
  });

  it("goes with an ack that names no place: nothing was to do", () => {
    const outbox = new Outbox();
    outbox.addEdit({ kind: "remove", opId: "op", itemId: "i" });
    outbox.acked("op", null, 0);
    expect(outbox.edits).toEqual([]);
  });

  it("goes with its event", () => {
    const { outbox, id } = outboxWith("hi");
    outbox.drop("another");
    expect(outbox.messages).toHaveLength(1);
    outbox.drop(id);
    expect(outbox.messages).toHaveLength(0);
  });

  it("can fail and be looked up", () => {
    const { outbox, id } = outboxWith("hi");
    outbox.changeMessage(id, { delivery: "failed", error: null });
    expect(outbox.message(id)).toMatchObject({
      content: "hi",
      delivery: "failed",
      mentions: ["ann"],
    });
    expect(outbox.message("another")).toBeUndefined();
  });
});
