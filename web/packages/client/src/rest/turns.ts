/** One at a time among all tabs of this origin. */

import { delay } from "../delay.js";
import { uuidv7 } from "../ids.js";
import type { KeyValueStorage } from "../storage.js";

const LEASE_MS = 10_000;
const SETTLE_MS = 40;
const WAIT_MS = 100;

/**
 * Runs `work` while no other tab runs work of the same name. Web Locks do it where they exist; they
 * need TLS or localhost, so on a plain page a lease in localStorage stands in: it is written, and
 * holds if it is still there after a moment.
 */
export async function inTurn<T>(
  name: string,
  storage: KeyValueStorage | null,
  work: () => Promise<T>,
): Promise<T> {
  const locks = globalThis.navigator?.locks;
  if (locks) return (await locks.request(name, work)) as T;
  if (storage === null) return work();
  const mine = uuidv7();
  await take(name, storage, mine);
  try {
    return await work();
  } finally {
    if (read(name, storage)?.owner === mine) storage.setItem(name, "");
  }
}

async function take(name: string, storage: KeyValueStorage, mine: string): Promise<void> {
  for (;;) {
    const held = read(name, storage);
    if (held === null || held.untilMs < Date.now()) {
      storage.setItem(name, JSON.stringify({ owner: mine, untilMs: Date.now() + LEASE_MS }));
      await delay(SETTLE_MS);
      if (read(name, storage)?.owner === mine) return;
    }
    await delay(WAIT_MS);
  }
}

function read(name: string, storage: KeyValueStorage): { owner: string; untilMs: number } | null {
  const text = storage.getItem(name);
  return text ? (JSON.parse(text) as { owner: string; untilMs: number }) : null;
}
