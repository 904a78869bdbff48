import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { en } from "../i18n/en";
import { readReason, reasonText } from "./reportReason";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en } }, interpolation: { escapeValue: false }, showSupportNotice: false }));

test("a reason and what was written beside it come back as they went", () => {
  expect(readReason(reasonText("abuse", "  he said: go away "))).toEqual({ reason: en.report.reasons.abuse, more: "he said: go away" });
  expect(readReason(reasonText("spam", ""))).toEqual({ reason: en.report.reasons.spam, more: "" });
});

test("words of another client are shown as they are", () => {
  expect(readReason("rude: very")).toEqual({ reason: null, more: "rude: very" });
});
