import type { Measure } from "@veza/client";
import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { en } from "../../i18n/en";
import { detailOf, sayMeasure } from "./measures";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en } }, interpolation: { escapeValue: false }, showSupportNotice: false }));

const line = (part: Partial<Measure>): Measure => ({
  id: "1",
  action: "mute",
  by: "a",
  by_name: "ada",
  user_id: "b",
  username: "bob",
  reason: null,
  until: null,
  message_id: null,
  details: {},
  created_at: "2026-11-21T12:00:00Z",
  ...part,
});

test("every measure is a sentence", () => {
  expect(sayMeasure(line({}))).toBe("ada muted bob");
  expect(sayMeasure(line({ action: "role", reason: "moderator" }))).toBe("ada made bob Moderator");
  expect(sayMeasure(line({ action: "unban", by: null, by_name: null }))).toBe("The ban of bob ran out");
  expect(sayMeasure(line({ action: "time_out", by: null, by_name: null, reason: "rule:repeat" }))).toBe("A rule of the room refused a message of bob and muted bob");
});

test("a rule is named, and what it stopped is shown", () => {
  expect(detailOf(line({ reason: "rule:keyword", details: { content: "buy spam" } }))).toEqual({ reason: en.manage.chat.kinds.keyword, said: "buy spam" });
  expect(detailOf(line({ reason: "too loud" }))).toEqual({ reason: "Reason: too loud", said: null });
  expect(detailOf(line({ action: "role", reason: "admin" }))).toEqual({ reason: null, said: null });
});
