import i18next from "i18next";
import { beforeAll, expect, test } from "vitest";
import { en } from "../../i18n/en";
import { hostsOf, newRule, problemOfRule, sayAction, sayRule, wordsOf } from "./rules";

beforeAll(() => i18next.init({ lng: "en", resources: { en: { translation: en } }, interpolation: { escapeValue: false }, showSupportNotice: false }));

test("words come by line or comma, each once", () => {
  expect(wordsOf("spam*, Buy now\n\n  SPAM* ;casino,,")).toEqual(["spam*", "Buy now", "casino"]);
  expect(wordsOf(" \n , ")).toEqual([]);
});

test("addresses are taken as the hosts they lead to", () => {
  expect(hostsOf("https://www.Example.org/a?b=c\nexample.org, veza.example")).toEqual(["example.org", "veza.example"]);
});

test("what the hub would refuse is known before it is sent", () => {
  const rule = newRule();
  expect(problemOfRule(rule)).toEqual({ key: "wordsMissing" });
  expect(problemOfRule({ ...rule, words: ["**"] })).toEqual({ key: "wordsMissing" });
  expect(problemOfRule({ ...rule, words: ["x".repeat(61)] })).toEqual({ key: "wordTooLong", word: "x".repeat(61) });
  expect(problemOfRule({ ...rule, words: Array.from({ length: 201 }, (_, n) => `w${n}`) })).toEqual({ key: "wordsTooMany" });
  expect(problemOfRule({ ...rule, words: ["ok"] })).toBeNull();
  expect(problemOfRule(newRule("link"))).toBeNull();
  expect(problemOfRule(newRule("mentions"))).toBeNull();
});

test("a rule says what it looks for and what happens", () => {
  expect(sayRule({ ...newRule(), words: ["a", "b", "c", "d", "e", "f", "g"] })).toBe("Words: a, b, c, d, e, f …");
  expect(sayRule(newRule("link"))).toBe("Links");
  expect(sayRule({ ...newRule("link"), words: ["example.org"] })).toBe("Links, but not to example.org");
  expect(sayRule({ ...newRule("mentions"), most: 1 })).toBe("More than 1 mention");
  expect(sayRule(newRule("repeat"))).toBe("The same text more than 2 times");
  expect(sayAction({ ...newRule(), action: "time_out" }, "en")).toBe("refused, and muted for 5 minutes");
});
