import type { Member, Role } from "@veza/client";
import { expect, test } from "vitest";
import { isForGood, isMuted, membersShown, rolesToGive } from "./members";

const member = (name: string, role: Role, more: Partial<Member> = {}): Member => ({
  room_id: "r",
  user_id: name,
  username: name.toLowerCase(),
  display_name: name,
  is_guest: false,
  role,
  state: "joined",
  joined_at: "2026-01-01T00:00:00Z",
  ...more,
});

test("one gives roles below one's own, and only the owner gives his away", () => {
  expect(rolesToGive("owner", member("a", "member"))).toEqual(["owner", "admin", "moderator", "member"]);
  expect(rolesToGive("admin", member("a", "moderator"))).toEqual(["moderator", "member"]);
  expect(rolesToGive("admin", member("a", "admin"))).toEqual([]);
  expect(rolesToGive("moderator", member("a", "member"))).toEqual([]);
  expect(rolesToGive("owner", member("a", "guest", { is_guest: true }))).toEqual([]);
});

test("a mute ends by itself, one for good does not", () => {
  const now = Date.parse("2026-11-21T12:00:00Z");
  expect(isMuted({ muted_until: "2026-11-21T12:00:01Z" }, now)).toBe(true);
  expect(isMuted({ muted_until: "2026-11-21T11:59:59Z" }, now)).toBe(false);
  expect(isMuted({ muted_until: null }, now)).toBe(false);
  expect(isForGood("9999-01-01T00:00:00.000Z")).toBe(true);
  expect(isForGood("2026-11-22T00:00:00Z")).toBe(false);
});

test("members are found by name, the highest role first", () => {
  const all = [member("Zoe", "owner"), member("Bob", "member"), member("Ada", "member", { muted_until: "9999-01-01T00:00:00Z" }), member("Eve", "moderator"), member("Gone", "member", { state: "left" })];
  const by = Object.fromEntries(all.map((each) => [each.user_id, each]));
  const names = (words: string, muted = false) => membersShown(by, words, muted).map(({ user_id }) => user_id);
  expect(names("")).toEqual(["Zoe", "Eve", "Ada", "Bob"]);
  expect(names(" ZO ")).toEqual(["Zoe"]);
  expect(names("", true)).toEqual(["Ada"]);
});
