import { HubError, type ErrorBody } from "@veza/client";
import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { en } from "../i18n/en";
import { fr } from "../i18n/fr";
import { fieldProblem, problemOf } from "./problem";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en }, fr: { translation: fr } }, interpolation: { escapeValue: false }, showSupportNotice: false }));

const error = (body: Partial<ErrorBody>) => new HubError({ code: "INTERNAL", message: "", status: 500, ...body });

test("a code alone is never shown, known or not", () => {
  for (const code of ["INTERNAL", "RATE_LIMITED", "NEVER_HEARD_OF_IT"]) {
    const { text } = problemOf(error({ code }));
    expect(text).not.toContain(code);
    expect(text.length).toBeGreaterThan(10);
  }
});

test("a limit says how long to wait", () => {
  expect(problemOf(error({ code: "RATE_LIMITED", status: 429, retry_after_ms: 3200 })).text).toContain("4 s");
});

test("the hub's own sentence is shown in its language, ours in the others", async () => {
  const conflict = error({ code: "CONFLICT", status: 409, message: "This item is playing. Skip it instead." });
  expect(problemOf(conflict).text).toBe("This item is playing. Skip it instead.");
  await i18next.changeLanguage("fr");
  expect(problemOf(conflict).text).toBe(fr.problem.codes.CONFLICT);
  await i18next.changeLanguage("en");
});

test("a field's fault stands at the field, by name first and by kind else", () => {
  const taken = error({ code: "CONFLICT", status: 409, fields: [{ field: "username", code: "TAKEN", message: "taken" }] });
  expect(fieldProblem(taken, "username")).toBe(en.problem.fields.username_TAKEN);
  expect(fieldProblem(taken, "email")).toBeUndefined();
  const long = error({ code: "VALIDATION_ERROR", status: 400, fields: [{ field: "body.name", code: "TOO_LONG" }] });
  expect(fieldProblem(long, "name")).toBe(en.problem.fields.TOO_LONG);
  expect(problemOf(long).text).toBe(en.problem.fields.TOO_LONG);
});

test("what is no answer of the hub still says what to do", () => {
  expect(problemOf(new TypeError("x is not a function"))).toEqual({ text: en.problem.server, requestId: null });
});
