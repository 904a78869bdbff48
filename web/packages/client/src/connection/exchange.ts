import type { Socket } from "socket.io-client";

import { backoffMs, DEFAULT_BACKOFF } from "./backoff.js";
import { delay } from "../delay.js";
import { asHubError, disconnected, HubError, isErrorBody, timedOut } from "../errors.js";
import type { Ack } from "../wire/wire.js";

const MAX_LIMIT_WAIT_MS = 10_000;

export type Acked = Extract<Ack, { ok: true }>;

/** One command and its ack. Throws HubError: the hub's, TIMEOUT, or DISCONNECTED. */
export async function exchange(
  socket: Socket,
  event: string,
  body: object,
  timeoutMs: number,
): Promise<Acked> {
  // Never through the library's own buffer: what it would send later is repeated by `untilAcked`.
  if (!socket.connected) throw disconnected();
  let ack: Ack;
  try {
    ack = (await socket.timeout(timeoutMs).emitWithAck(event, body)) as Ack;
  } catch {
    throw socket.connected ? timedOut(event) : disconnected();
  }
  if (ack?.ok) return ack;
  throw isErrorBody(ack?.error) ? new HubError(ack.error) : timedOut(event);
}

export interface Persistence {
  /** False: the first failure is thrown. */
  retry: boolean;
  /** Also wait out RATE_LIMITED when the hub says for how long. */
  patient: boolean;
  /** `performance.now` after which the last failure is thrown. */
  giveUpAtMs: number;
  signal: AbortSignal | undefined;
  random: () => number;
}

/** Repeats what failed for want of an answer, a connection or a ready hub, until it is acked. */
export async function untilAcked<T>(attempt: () => Promise<T>, how: Persistence): Promise<T> {
  for (let count = 0; ; count++) {
    try {
      return await attempt();
    } catch (thrown) {
      const error = asHubError(thrown);
      const waitMs = error.retryAfterMs ?? pauseMs(error, count, how.random());
      const late = performance.now() + waitMs > how.giveUpAtMs;
      const mayPass = error.retryable || (how.patient && isQuickLimit(error));
      if (!how.retry || !mayPass || late) throw error;
      await delay(waitMs, how.signal);
    }
  }
}

/** A bucket that refills while one waits; a longer ban is the caller's to show. */
function isQuickLimit({ code, retryAfterMs }: HubError): boolean {
  return code === "RATE_LIMITED" && retryAfterMs !== null && retryAfterMs <= MAX_LIMIT_WAIT_MS;
}

function pauseMs(error: HubError, count: number, random: number): number {
  // Waiting for the connection is pause enough; a timeout or a 503 needs one.
  if (error.code === "DISCONNECTED") return 0;
  return backoffMs(DEFAULT_BACKOFF, Math.min(count, 4), random);
}
