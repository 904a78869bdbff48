import { disconnected, type HubError } from "../errors.js";
import type { Observable } from "../store.js";

export type ConnectionPhase =
  "idle" | "connecting" | "online" | "reconnecting" | "offline" | "refused";

export interface ConnectionStatus {
  phase: ConnectionPhase;
  /** Why it is not online: `network`, `draining`, `slow_consumer`, `TOKEN_REVOKED`, a code … */
  reason: string | null;
  /** Local Unix ms of the next attempt, while one is due. */
  retryAtMs: number | null;
  transport: "websocket" | "polling" | null;
}

export const NOT_CONNECTED: ConnectionStatus = {
  phase: "idle",
  reason: null,
  retryAtMs: null,
  transport: null,
};

/**
 * Resolves when online; rejects with what `refusal` says when refused or closed, and with
 * DISCONNECTED after `withinMs` (Infinity: never).
 */
export function untilOnline(
  status: Observable<ConnectionStatus>,
  refusal: () => HubError | null,
  withinMs: number,
): Promise<void> {
  return new Promise((resolve, reject) => {
    let timer: ReturnType<typeof setTimeout> | undefined;
    const settle = (done: () => void): void => {
      unsubscribe();
      clearTimeout(timer);
      done();
    };
    const look = (): void => {
      const { phase } = status.getSnapshot();
      const refused = phase === "refused" || phase === "idle" ? refusal() : null;
      if (phase === "online") settle(resolve);
      else if (refused !== null) settle(() => reject(refused));
    };
    const unsubscribe = status.subscribe(look);
    if (withinMs !== Infinity) {
      timer = setTimeout(() => settle(() => reject(disconnected())), withinMs);
    }
    look();
  });
}
