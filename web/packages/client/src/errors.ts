import type { ErrorBody, FieldError } from "./wire/wire.js";

/**
 * Something was refused or did not come to an end.
 *
 * `code` is stable and listed in docs/protocol.md. Three codes are this side's own: `TIMEOUT` (no
 * answer), `DISCONNECTED` (no connection) and `ABORTED` (the caller gave up); their status is 0.
 */
export class HubError extends Error {
  readonly code: string;
  readonly status: number;
  /** The same request may succeed later. */
  readonly retryable: boolean;
  readonly retryAfterMs: number | null;
  readonly fields: readonly FieldError[];
  readonly requestId: string | null;

  constructor(body: ErrorBody) {
    super(body.message);
    this.name = "HubError";
    this.code = body.code;
    this.status = body.status;
    this.retryable = body.retryable ?? (body.status === 0 || body.status === 503);
    this.retryAfterMs = body.retry_after_ms ?? null;
    this.fields = body.fields ?? [];
    this.requestId = body.request_id ?? null;
  }
}

export function timedOut(what: string): HubError {
  return new HubError({ code: "TIMEOUT", message: `No answer to ${what}.`, status: 0 });
}

export function disconnected(): HubError {
  return new HubError({
    code: "DISCONNECTED",
    message: "There is no connection to the hub.",
    status: 0,
  });
}

export function aborted(): HubError {
  return new HubError({
    code: "ABORTED",
    message: "The request was given up.",
    status: 0,
    retryable: false,
  });
}

/** Any thrown thing as a HubError; what is not one becomes INTERNAL with its own words. */
export function asHubError(thrown: unknown): HubError {
  if (thrown instanceof HubError) return thrown;
  const message = thrown instanceof Error ? thrown.message : String(thrown);
  return new HubError({ code: "INTERNAL", message, status: 500 });
}

/** True for a value of the shape of `ErrorBody`. */
export function isErrorBody(value: unknown): value is ErrorBody {
  if (typeof value !== "object" || value === null) return false;
  const body = value as Record<string, unknown>;
  return typeof body.code === "string" && typeof body.message === "string";
}
