import type { PresenceEntry } from "@veza/client";
import { expect, test } from "vitest";
import { joinable, withDiff } from "./contacts";

const here = (part: Partial<PresenceEntry> = {}): PresenceEntry => ({ status: "online", last_seen_at: null, status_message: null, activity: null, devices: [], ...part });

test("a diff changes those one follows and nobody else", () => {
  const known = new Set(["ada", "bob"]);
  const before = { ada: here() };
  expect(withDiff(before, known, { data: { upserts: { bob: here(), eve: here() }, leaves: [] } })).toEqual({ ada: here(), bob: here() });
  expect(withDiff(before, known, { data: { upserts: {}, leaves: ["ada"] } })).toEqual({});
  expect(withDiff(before, known, { data: { upserts: { eve: here() }, leaves: ["zoe"] } })).toBe(before);
});

test("one can join who is in a room, is there, and is not blocked", () => {
  const activity = { type: "room" as const, room_id: "r", track_title: "Frontiers" };
  const all = { ada: here({ activity }), bob: here(), eve: here({ activity, status: "offline" }), zoe: here({ activity }) };
  expect(joinable(all, new Set(["zoe"])).map(([id]) => id)).toEqual(["ada"]);
});
