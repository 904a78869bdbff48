/** Automod rules as a form has them, and in words. */
import { uuidv7, type AutomodRule, type RuleKind } from "@veza/client";
import i18next from "i18next";
import { spanInWords } from "../../shell/format";

export const KINDS: readonly RuleKind[] = ["keyword", "link", "mentions", "repeat"];
export const ACTIONS = ["block", "alert", "time_out"] as const;
export const MOST_RULES = 20;
export const TIME_OUTS_S = [60, 300, 600, 3_600, 86_400, 604_800];
const MOST_WORDS = 200;
const WORD_CHARS = 60;
const SHOWN_WORDS = 6;

export function newRule(kind: RuleKind = "keyword"): AutomodRule {
  return { id: uuidv7(), kind, action: "block", words: [], most: kind === "repeat" ? 2 : 5, time_out_s: 300 };
}

/** Words of a text, one a line or with commas between; each once, as first written. */
export function wordsOf(text: string): string[] {
  const found = new Map<string, string>();
  for (const part of text.split(/[\n,;]+/u)) {
    const word = part.trim();
    const key = word.toLocaleLowerCase();
    if (word && !found.has(key)) found.set(key, word);
  }
  return [...found.values()];
}

/** Hosts of a text: addresses lose their scheme, path and www. */
export function hostsOf(text: string): string[] {
  const bare = (word: string) =>
    word
      .replace(/^[a-z]+:\/\//iu, "")
      .replace(/^www\./iu, "")
      .replace(/[/?#].*$/u, "")
      .toLocaleLowerCase();
  return [...new Set(wordsOf(text).map(bare))].filter(Boolean);
}

export type RuleProblem = { key: "wordsMissing" | "wordsTooMany" } | { key: "wordTooLong"; word: string };

/** Why the hub would refuse a rule; null when it would not. */
export function problemOfRule(rule: AutomodRule): RuleProblem | null {
  if (rule.kind !== "keyword" && rule.kind !== "link") return null;
  if (rule.kind === "keyword" && !rule.words.some((word) => word.replaceAll("*", "").trim())) return { key: "wordsMissing" };
  if (rule.words.length > MOST_WORDS) return { key: "wordsTooMany" };
  const long = rule.words.find((word) => Array.from(word).length > WORD_CHARS);
  return long ? { key: "wordTooLong", word: long } : null;
}

/** What a rule looks for, in a line. */
export function sayRule(rule: AutomodRule): string {
  const words = rule.words.slice(0, SHOWN_WORDS).join(", ") + (rule.words.length > SHOWN_WORDS ? " …" : "");
  if (rule.kind === "keyword") return i18next.t("manage.chat.says.keyword", { words });
  if (rule.kind === "link") return rule.words.length > 0 ? i18next.t("manage.chat.says.linkBut", { hosts: words }) : i18next.t("manage.chat.says.link");
  return i18next.t(`manage.chat.says.${rule.kind}`, { count: rule.most });
}

/** What happens to who breaks it. */
export function sayAction(rule: AutomodRule, language: string): string {
  return i18next.t(`manage.chat.does.${rule.action}`, { span: spanInWords(rule.time_out_s, language) });
}
