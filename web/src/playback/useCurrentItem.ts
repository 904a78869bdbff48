import type { QueueEntry } from "@veza/client";
import { useRoomView } from "../room/useRoom";

/** The queue's item that playback is at, also after it has ended and moved into the history. */
export function useCurrentItem(): QueueEntry | null {
  const itemId = useRoomView((view) => view.playback?.item_id ?? null);
  return useRoomView((view) => {
    if (!itemId || !view.queue) return null;
    const item = view.queue.items.find((entry) => entry.id === itemId) ?? view.queue.history.find((entry) => entry.id === itemId);
    return (item as QueueEntry | undefined) ?? null;
  });
}
