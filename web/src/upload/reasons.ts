/** Why a file could not be used, in the reader's language where we know the code. */
import i18next from "i18next";

export function failureText({ code, message }: { code: string; message: string }): string {
  // English says what the worker says: it knows the file. Other languages have a sentence per code.
  if (message && i18next.language.startsWith("en")) return message;
  const key = `upload.reasons.${code}`;
  return i18next.exists(key) ? i18next.t(key as never) : message || i18next.t("upload.reasons.PROCESSING_ERROR");
}
