/** Any failure in words: what happened and what to do. A raw code alone is never shown. */
import { HubError } from "@veza/client";
import i18next from "i18next";

export interface Problem {
  text: string;
  /** Reference for the operator, only where trying again may not be enough. */
  requestId: string | null;
}

export function problemOf(error: unknown): Problem {
  if (!(error instanceof HubError)) return { text: i18next.t("problem.server"), requestId: null };
  return { text: sentence(error), requestId: error.status >= 500 ? error.requestId : null };
}

/** The sentence for one input of a form, if the error is about it. */
export function fieldProblem(error: unknown, field: string): string | undefined {
  if (!(error instanceof HubError)) return undefined;
  const found = error.fields.find((entry) => entry.field === field || entry.field.endsWith(`.${field}`));
  if (!found) return undefined;
  const key = `problem.fields.${field}_${found.code}`;
  if (i18next.exists(key)) return i18next.t(key as never);
  const general = `problem.fields.${found.code}`;
  if (i18next.exists(general)) return i18next.t(general as never);
  return found.message || sentence(error);
}

function sentence(error: HubError): string {
  const key = `problem.codes.${error.code}`;
  if (error.code === "VALIDATION_ERROR") {
    return error.fields.map((field) => field.message).filter(Boolean).join(" ") || error.message || i18next.t("problem.invalid");
  }
  if (i18next.exists(key)) return i18next.t(key as never, { seconds: Math.ceil((error.retryAfterMs ?? 1000) / 1000) });
  return error.message || i18next.t("problem.server");
}
