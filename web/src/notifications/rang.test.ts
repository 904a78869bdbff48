import type { Notification } from "@veza/client";
import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { fr } from "../i18n/fr";
import { rang } from "./rang";

beforeAll(() => i18next.init({ lng: "fr", resources: { fr: { translation: fr } }, interpolation: { escapeValue: false }, showSupportNotice: false }));

const mention: Notification = {
  id: "1",
  type: "mention",
  title: "Ada mentioned you in <Kitchen>",
  content: "@bob look",
  link: "/rooms/r",
  read: false,
  created_at: "2026-11-22T01:00:00.000Z",
  room_id: "r",
  message_id: "m",
  actor_id: "a",
  actor_name: "Ada",
  room_name: "<Kitchen>",
};

test("what rang is said in the reader's language, and as the hub says it where a name is gone", () => {
  expect(rang(mention)).toEqual({ title: "Ada vous a mentionné dans <Kitchen>", content: "@bob look" });
  expect(rang({ ...mention, actor_name: null }).title).toBe("Ada mentioned you in <Kitchen>");
  expect(rang({ ...mention, type: "like" }).title).toBe("Ada mentioned you in <Kitchen>");
  const report = { ...mention, type: "report", room_id: null, room_name: null, content: "spam: sells tapes" };
  expect(rang(report)).toEqual({ title: "Un nouveau signalement", content: `${i18next.t("report.reasons.spam")}: sells tapes` });
});
