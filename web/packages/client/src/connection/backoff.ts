/** How long to wait before coming back, as the hub's `hello.reconnect` says it. */
export interface BackoffRule {
  min_ms: number;
  max_ms: number;
  /** Share of the delay that is random, 0 to 1: a thousand clients must not return together. */
  jitter: number;
}

export const DEFAULT_BACKOFF: BackoffRule = { min_ms: 500, max_ms: 15_000, jitter: 0.5 };

/**
 * Delay in ms before attempt number `attempt` (0 is the first): doubles up to the maximum, then
 * moves by ±jitter. `random` is in [0, 1).
 */
export function backoffMs(rule: BackoffRule, attempt: number, random: number): number {
  const plainMs = Math.min(rule.max_ms, rule.min_ms * 2 ** Math.min(attempt, 30));
  return Math.round(plainMs * (1 + rule.jitter * (2 * random - 1)));
}
