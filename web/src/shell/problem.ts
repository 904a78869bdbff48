/** Any failure in words: what happened and what to do. A raw code alone is never shown. */
import { HubError, type FieldError } from "@veza/client";
import i18next from "i18next";

const SAYS_MORE = new Set([
  "BANNED",
  "CONFLICT",
  "DURATION_EXCEEDED",
  "FILE_TOO_LARGE",
  "FORBIDDEN",
  "GONE",
  "INVALID_AUDIO_FORMAT",
  "MUTED",
  "NOT_FOUND",
  "NOT_HOST",
  "PAYLOAD_TOO_LARGE",
  "QUOTA_EXCEEDED",
  "TRACK_PROCESSING",
  "UPLOAD_QUOTA_EXCEEDED",
]);

export interface Problem {
  text: string;
  /** Reference for the operator, only where trying again may not be enough. */
  requestId: string | null;
}

/** The same as one text, with the operator's reference where there is one. */
export function problemText(error: unknown): string {
  const { text, requestId } = problemOf(error);
  return requestId ? `${text} ${i18next.t("problem.requestId", { id: requestId })}` : text;
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof HubError)) return { text: i18next.t("problem.server"), requestId: null };
  return { text: sentence(error), requestId: error.status >= 500 ? error.requestId : null };
}

/** The sentence for one input of a form, if the error is about it. */
export function fieldProblem(error: unknown, field: string): string | undefined {
  if (!(error instanceof HubError)) return undefined;
  const found = error.fields.find((entry) => entry.field === field || entry.field.endsWith(`.${field}`));
  return found && fieldSentence(found);
}

function fieldSentence({ field, code, message }: FieldError): string {
  const name = field.split(".").at(-1) ?? field;
  const key = [`problem.fields.${name}_${code}`, `problem.fields.${code}`].find((candidate) => i18next.exists(candidate));
  return key ? i18next.t(key as never) : (message ?? i18next.t("problem.invalid"));
}

function sentence(error: HubError): string {
  if (error.fields.length > 0 && (error.code === "VALIDATION_ERROR" || error.code === "CONFLICT")) {
    return [...new Set(error.fields.map(fieldSentence))].join(" ");
  }
  // The hub's own sentence knows the case ("This item is playing; skip it instead"), but only in English.
  if (SAYS_MORE.has(error.code) && error.message && i18next.language.startsWith("en")) return error.message;
  const key = `problem.codes.${error.code}`;
  if (i18next.exists(key)) return i18next.t(key as never, { seconds: Math.ceil((error.retryAfterMs ?? 1000) / 1000) });
  return error.message || i18next.t("problem.server");
}
