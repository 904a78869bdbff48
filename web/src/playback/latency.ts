/** How late each of this device's speakers sounds, set by ear or measured, and remembered on the device. */
import { pageStorage } from "@veza/client";

const STORED_AS = "veza.output_latency_ms";

export const LATENCY_LIMIT_MS = 400;

/** `speakerId` is "" for the one the system chooses, which also speaks for those that were never set. */
export function readLatency(speakerId: string): number {
  const storage = pageStorage();
  const kept = storage?.getItem(keyOf(speakerId)) ?? storage?.getItem(STORED_AS);
  const latencyMs = Number(kept ?? "0");
  return Number.isFinite(latencyMs) ? clampLatency(latencyMs) : 0;
}

export function storeLatency(speakerId: string, latencyMs: number): void {
  pageStorage()?.setItem(keyOf(speakerId), String(clampLatency(latencyMs)));
}

export function clampLatency(latencyMs: number): number {
  return Math.max(-LATENCY_LIMIT_MS, Math.min(LATENCY_LIMIT_MS, Math.round(latencyMs)));
}

function keyOf(speakerId: string): string {
  return speakerId === "" ? STORED_AS : `${STORED_AS}.${speakerId}`;
}
