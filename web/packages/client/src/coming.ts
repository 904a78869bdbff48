import { positionAt } from "./clock/timeline.js";
import type { QueueEntry, QueueView } from "./room/queue.js";
import type { RoomEvents } from "./wire/events.js";
import type { Playback } from "./wire/playback.js";

/** So long before the end of an item the hub tells what comes (`playback:prepared`). */
const TOLD_BEFORE_MS = 10_000;

/**
 * What the hub has told of what comes next, for who came after it was told: pure. Null while
 * nothing was, or nothing is to come by itself.
 */
export function comingOf(
  playback: Playback | null,
  queue: QueueView | null,
  nowMs: number,
): RoomEvents["playback:prepared"] | null {
  if (playback?.status !== "playing" || queue === null) return null;
  const current = queue.items.find(({ id }) => id === playback.item_id);
  const next = following(queue, current);
  if (next === undefined || !current?.duration_ms) return null;
  const leftMs = current.duration_ms - positionAt(playback, playback.effective_at_ms);
  const dueMs = playback.effective_at_ms + leftMs / playback.rate;
  if (nowMs < dueMs - TOLD_BEFORE_MS) return null;
  return { item_id: next.id, track_id: next.track_id, position_ms: 0, deadline_ms: Math.ceil(dueMs - 1e-6) };
}

/** True for what can play next. */
export function isPlayable({ state, ready, pending }: QueueEntry): boolean {
  return state === "pending" && ready && !pending;
}

/** What plays when the current item ends by itself; that may be the same item again. */
function following({ items, repeat }: QueueView, current: QueueEntry | undefined): QueueEntry | undefined {
  if (repeat === "one") return current;
  return items.find(isPlayable) ?? (repeat === "all" ? current : undefined);
}
