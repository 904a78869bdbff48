/** What the end of a connection means: come back, when, or not at all (docs/protocol.md). */

export interface Closing {
  /** `network`, `slow_consumer`, `draining`, `token_revoked`, `banned`, `protocol_error` … */
  reason: string;
  comeBack: boolean;
  /** Wait before the first attempt, ms; null leaves it to the back-off. */
  afterMs: number | null;
}

const FINAL_REASONS = new Set(["token_revoked", "banned", "protocol_error"]);
const FINAL_CODES = new Set([
  "UNAUTHENTICATED",
  "TOKEN_REVOKED",
  "FORBIDDEN",
  "BANNED",
  "BLOCKED",
  "GONE",
  "VALIDATION_ERROR",
]);

/** A word the server gave before or with the end of the connection. */
export function closingFor(word: string | null, afterMs: number | null = null): Closing {
  if (word !== null && FINAL_REASONS.has(word)) {
    return { reason: word, comeBack: false, afterMs: null };
  }
  // A slow consumer was cut to free memory, not because the hub is in trouble: back at once.
  if (word === "slow_consumer") return { reason: word, comeBack: true, afterMs: afterMs ?? 0 };
  return { reason: word ?? "network", comeBack: true, afterMs };
}

/** True when a refused CONNECT or a failed token says that trying again is of no use. */
export function isFinalCode(code: string): boolean {
  return FINAL_CODES.has(code);
}

/** Delay in ms that `server:draining` asks for: the given one plus a random share of its jitter. */
export function drainingDelayMs(payload: unknown, random: number): number {
  const { reconnect_after_ms = 0, jitter_ms = 0 } = (payload ?? {}) as Record<string, number>;
  return Math.max(0, reconnect_after_ms + random * jitter_ms);
}
