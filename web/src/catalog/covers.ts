/** Which records are known to have no cover, so that it is not asked for again during this visit. */
import type { Id } from "@veza/client";

const without = new Set<Id>();

export function mayHaveCover(trackId: Id): boolean {
  return !without.has(trackId);
}

export function noteNoCover(trackId: Id): void {
  without.add(trackId);
}
