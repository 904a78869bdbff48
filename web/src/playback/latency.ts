/** How late this device's speaker sounds, set by ear and remembered on the device. */
const STORED_AS = "veza.output_latency_ms";

export const LATENCY_LIMIT_MS = 400;

export function readLatency(): number {
  try {
    const stored = Number(localStorage.getItem(STORED_AS) ?? "0");
    return Number.isFinite(stored) ? clampLatency(stored) : 0;
  } catch {
    return 0;
  }
}

export function storeLatency(latencyMs: number): void {
  try {
    localStorage.setItem(STORED_AS, String(clampLatency(latencyMs)));
  } catch {
    // Storage can be forbidden; the setting then lasts for this visit.
  }
}

export function clampLatency(latencyMs: number): number {
  return Math.max(-LATENCY_LIMIT_MS, Math.min(LATENCY_LIMIT_MS, Math.round(latencyMs)));
}
