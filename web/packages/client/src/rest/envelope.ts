import { HubError } from "../errors.js";
import type { FieldError } from "../wire/wire.js";

/** Every REST answer: `{success, message, data, meta, errors}` or `{success: false, error_code …}`. */
export interface Envelope<T = unknown> {
  success: boolean;
  message: string;
  data: T;
  meta?: unknown;
  error_code?: string;
  errors?: FieldError[];
  request_id?: string;
}

/** The envelope in an answer's text; throws the HubError it stands for. */
export function openEnvelope<T>(
  status: number,
  text: string,
  retryAfterS: string | null,
): Envelope<T> {
  const envelope = parse<T>(text);
  if (envelope?.success && status < 400) return envelope;
  const seconds = retryAfterS === null ? NaN : Number(retryAfterS);
  throw new HubError({
    code: envelope?.error_code ?? (status >= 500 ? "UNAVAILABLE" : "INTERNAL"),
    message: envelope?.message ?? `The hub answered with status ${status}.`,
    status,
    retryable: status >= 500 || status === 429,
    ...(Number.isFinite(seconds) ? { retry_after_ms: seconds * 1000 } : {}),
    fields: envelope?.errors ?? [],
    ...(envelope?.request_id === undefined ? {} : { request_id: envelope.request_id }),
  });
}

function parse<T>(text: string): Envelope<T> | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? (value as Envelope<T>) : null;
  } catch {
    return null; // A proxy's page, or an answer cut in the middle.
  }
}
