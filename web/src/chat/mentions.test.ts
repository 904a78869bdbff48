import type { Member } from "@veza/client";
import { expect, test } from "vitest";
import { nameAt, splitNames, suggestions, withName } from "./mentions";

const member = (username: string, display_name = username): Member => ({
  room_id: "r",
  user_id: username,
  username,
  display_name,
  is_guest: false,
  role: "member",
  state: "joined",
  joined_at: "",
});

test.each([
  ["hi @an", 6, "an"],
  ["@", 1, ""],
  ["mail a@b", 8, null],
  ["hi @ann there", 13, null],
])("%s", (text, cursor, name) => {
  expect(nameAt(text, cursor)).toBe(name);
});

test("members are offered by either name, oneself never", () => {
  const people = [member("zoe", "Anna Z"), member("ann"), member("bob"), member("anton")];
  expect(suggestions(people, "an", "anton").map(({ username }) => username)).toEqual(["ann", "zoe"]);
});

test("a name is put where it was begun", () => {
  expect(withName("hi @an there", 6, "anna")).toEqual({ text: "hi @anna  there", cursor: 9 });
});

test("only people who are here are names", () => {
  const known = new Set(["ann"]);
  expect(splitNames("@Ann, ask @bob. @room a@ann", known)).toEqual([
    { kind: "name", text: "@Ann" },
    { kind: "text", text: ", ask @bob. " },
    { kind: "name", text: "@room" },
    { kind: "text", text: " a@ann" },
  ]);
});
