import type { Control, Member, Role, Room } from "@veza/client";
import { expect, test } from "vitest";
import { permissionFor } from "./permission";

function view(rule: Control, role: Role | null, hostId: string | null) {
  const controls = { play: rule, seek: rule, skip: rule, queue_add: rule, queue_reorder: rule };
  const member = { user_id: "me", role, state: role ? "joined" : "left" } as Member;
  return { room: { policy: { controls } } as Room, members: { me: member }, hostId };
}

const allowed = (rule: Control, role: Role | null, hostId = "host") => permissionFor("play", view(rule, role, hostId), "me").allowed;

test("host controls are the host's alone, whatever his role", () => {
  expect(allowed("host", "owner")).toBe(false);
  expect(allowed("host", "guest", "me")).toBe(true);
});

test("dj controls are open to host, moderators and above", () => {
  expect(allowed("dj", "moderator")).toBe(true);
  expect(allowed("dj", "owner")).toBe(true);
  expect(allowed("dj", "member")).toBe(false);
  expect(allowed("dj", "guest", "me")).toBe(true);
});

test("open controls are for members, and those outside are told to join", () => {
  expect(allowed("all", "guest")).toBe(true);
  expect(permissionFor("play", view("all", null, null), "me")).toEqual({ allowed: false, reason: "join" });
});

test("a locked queue is left to host and moderators", () => {
  const locked = (role: Role, hostId = "host") => permissionFor("queue_add", { ...view("all", role, hostId), isQueueLocked: true }, "me");
  expect(locked("member")).toEqual({ allowed: false, reason: "locked" });
  expect(locked("moderator").allowed).toBe(true);
  expect(locked("guest", "me").allowed).toBe(true);
  expect(permissionFor("play", { ...view("all", "member", "host"), isQueueLocked: true }, "me").allowed).toBe(true);
});
