import type { Item } from "../wire/queue.js";

/**
 * A short hash of a queue, as every twentieth of its events carries it: CRC-32 (as in zlib and PNG)
 * over a line `{id} {rank} {state} {score}` an item, eight lower-case hex digits. A client whose own
 * differs has missed or misread something.
 */
export function queueHash(items: readonly Item[]): string {
  let crc = 0xffffffff;
  const text = items
    .filter(({ state }) => state === "playing" || state === "pending")
    .map(({ id, rank, state, score }) => `${id} ${rank} ${state} ${score}\n`)
    .join("");
  for (const byte of new TextEncoder().encode(text)) {
    crc = (TABLE[(crc ^ byte) & 0xff] as number) ^ (crc >>> 8);
  }
  return ((crc ^ 0xffffffff) >>> 0).toString(16).padStart(8, "0");
}

const TABLE = Array.from({ length: 256 }, (_, byte) => {
  let value = byte;
  for (let bit = 0; bit < 8; bit++) value = value & 1 ? 0xedb88320 ^ (value >>> 1) : value >>> 1;
  return value >>> 0;
});
