/** Why something is reported. On the wire it is one text: the reason's key, then the reporter's words. */
import i18next from "i18next";

export const REASONS = ["spam", "abuse", "hate", "sexual", "illegal", "other"] as const;
export type Reason = (typeof REASONS)[number];

export function reasonText(reason: Reason, more: string): string {
  const words = more.trim();
  return words ? `${reason}: ${words}` : reason;
}

/** The same for the reader: the known reason in his language, and what was written beside it. */
export function readReason(text: string): { reason: string | null; more: string } {
  const [key = "", ...rest] = text.split(": ");
  const known = REASONS.find((reason) => reason === key);
  return known ? { reason: i18next.t(`report.reasons.${known}`), more: rest.join(": ") } : { reason: null, more: text };
}
