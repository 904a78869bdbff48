import { pageStorage, type KeyValueStorage } from "./storage.js";
import type { Id } from "./wire/wire.js";

const DEVICE_KEY = "veza.device_id";

/**
 * A UUIDv7 (RFC 9562 §5.7): sorts by the time it was made. Uses `getRandomValues`, which unlike
 * `randomUUID` exists on pages without TLS.
 */
export function uuidv7(nowMs: number = Date.now()): Id {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  const view = new DataView(bytes.buffer);
  view.setUint32(0, Math.floor(nowMs / 2 ** 16));
  view.setUint16(4, nowMs % 2 ** 16);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return [8, 12, 16, 20].reduceRight((text, at) => `${text.slice(0, at)}-${text.slice(at)}`, hex);
}

/** The id of this browser: made once and kept; a fresh one where nothing can be kept. */
export function deviceId(storage: KeyValueStorage | null = pageStorage()): Id {
  const known = storage?.getItem(DEVICE_KEY);
  if (known) return known;
  const made = uuidv7();
  storage?.setItem(DEVICE_KEY, made);
  return made;
}
