import type { RoomEvents } from "../wire/events.js";
import type { Live, LiveRecord } from "../wire/live.js";

const NONE: Live = { on_air: null, scheduled: [] };

/** The broadcasts of a room after an event about them; null is a room that has had none. */
export function reduceLive(live: Live | null, event: string, data: unknown): Live | null {
  switch (event) {
    case "live:scheduled":
    case "live:updated":
    case "live:started":
    case "live:interrupted":
    case "live:resumed":
    case "live:ended":
      return withBroadcast(live ?? NONE, data as LiveRecord);
    case "metadata:updated":
      return withMetadata(live, data as RoomEvents["metadata:updated"]);
    default:
      return live;
  }
}

function withBroadcast(live: Live, broadcast: LiveRecord): Live {
  const others = live.scheduled.filter(({ id }) => id !== broadcast.id);
  const isOnAir = broadcast.status === "live" || broadcast.status === "interrupted";
  const wasOnAir = live.on_air?.id === broadcast.id;
  return {
    on_air: isOnAir ? broadcast : wasOnAir ? null : live.on_air,
    scheduled: broadcast.status === "scheduled" ? [...others, broadcast] : others,
  };
}

function withMetadata(
  live: Live | null,
  { live_id, metadata }: RoomEvents["metadata:updated"],
): Live | null {
  if (live?.on_air?.id !== live_id) return live;
  return { ...live, on_air: { ...live.on_air, metadata } };
}
