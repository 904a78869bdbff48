/** What the end of a connection means: come back, when, or not at all (docs/protocol.md). */

export interface Closing {
  /** `network`, `slow_consumer`, `draining`, `token_revoked`, `banned`, `protocol_error` … */
  reason: string;
  comeBack: boolean;
  /** Wait before the first attempt, ms; null leaves it to the back-off. */
  afterMs: number | null;
}

/** `auth:revoked` counts only when the end comes right after it. */
const WORD_HOLDS_MS = 3_000;

const FINAL_REASONS = new Set(["token_revoked", "banned", "protocol_error", "too_many_sockets"]);
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

/** What the hub has said about the end that is coming. */
export class LastWord {
  #word: { text: string; afterMs: number | null; saidAtMs: number } | null = null;

  /** Listens to an event for a word about the end. */
  hear(event: string, payload: Record<string, unknown>, nowMs: number, random: number): void {
    if (event === "auth:revoked") {
      this.#word = { text: revocationOf(payload), afterMs: null, saidAtMs: nowMs };
    } else if (event === "server:draining") {
      const afterMs = drainingDelayMs(payload, random);
      this.#word = { text: "draining", afterMs, saidAtMs: nowMs };
    }
  }

  forget(): void {
    this.#word = null;
  }

  /** What the end of the connection means; `reason` and `details` are socket.io-client's. */
  closing(reason: string, details: unknown, nowMs: number): Closing {
    const word = this.#word;
    if (word === null) return closingFor(closeFrameWord(details));
    if (word.text === "draining") return closingFor(word.text, word.afterMs);
    // `auth:revoked` may mean another session of the same user.
    const meant = nowMs - word.saidAtMs < WORD_HOLDS_MS && reason === "io server disconnect";
    return closingFor(meant ? word.text : null);
  }
}

/** What `auth:revoked` says: one of the final reasons. */
function revocationOf({ reason }: Record<string, unknown>): string {
  return typeof reason === "string" && FINAL_REASONS.has(reason) ? reason : "token_revoked";
}

/** The reason in a WebSocket close frame, as engine.io-client hands it on. */
function closeFrameWord(details: unknown): string | null {
  const context = (details as { context?: { reason?: unknown } } | undefined)?.context;
  return typeof context?.reason === "string" && context.reason !== "" ? context.reason : null;
}
