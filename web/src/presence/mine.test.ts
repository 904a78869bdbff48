import { expect, test } from "vitest";
import { endOf } from "./expiry";
import { choiceOf, isOver, payloadFor } from "./mine";

test("hiding is one of the choices, however the hub says it", () => {
  expect(choiceOf({ status: "busy", invisible: false })).toBe("busy");
  expect(choiceOf({ status: "busy", invisible: true })).toBe("invisible");
  expect(choiceOf({ status: "offline", invisible: false })).toBe("invisible");
});

test("what is sent keeps what one does, and empty words are none", () => {
  const activity = { type: "room" as const, room_id: "r" };
  expect(payloadFor("invisible", "  ", null, activity)).toEqual({ status: "online", invisible: true, status_message: null, status_expires_at: null, activity });
  expect(payloadFor("busy", " mixing ", 5, null)).toEqual({ status: "busy", invisible: false, status_message: "mixing", status_expires_at: 5, activity: null });
});

test("a status ends when it was said to", () => {
  const now = new Date(2026, 10, 21, 22, 30);
  expect(endOf("never", now, 1)).toBeNull();
  expect(endOf("kept", now, 1)).toBe(1);
  expect(endOf("1800", now, null)).toBe(now.getTime() + 1_800_000);
  expect(new Date(endOf("today", now, null) ?? 0)).toEqual(new Date(2026, 10, 22));
  expect(isOver({ status_expires_at_ms: 10 }, 10)).toBe(true);
  expect(isOver({ status_expires_at_ms: null }, 10)).toBe(false);
});
