/** Tells the hub what one listens to, so that others can join; and takes it back when it is over. */
import type { Activity, RoomView } from "@veza/client";
import { onHubClose, onUserResync, useHub } from "../account/hub";
import { useSession } from "../account/session";
import { useActiveRoom } from "../room/activeRoom";
import { useMine } from "./mine";
import { useSharing } from "./sharing";

/** Changes of a moment (a skip, a seek) are told once. */
const SETTLE_MS = 1_500;
/** That this browser told something which it may have to take back after it was closed. */
const STORED_AS = "veza.activity";

/** What a room shows to be done there. Private rooms are nobody else's business. */
export function activityIn(view: Pick<RoomView, "room" | "playback" | "queue" | "live">): Activity | null {
  const { room, playback, queue, live } = view;
  if (!room?.my || room.type !== "public") return null;
  if (live?.on_air) return { type: "live", room_id: room.id, track_title: live.on_air.title };
  if (playback?.status !== "playing" && playback?.status !== "waiting") return null;
  const item = queue?.items.find(({ id }) => id === playback.item_id);
  return { type: "room", room_id: room.id, ...(playback.track_id ? { track_id: playback.track_id } : {}), ...(item ? { track_title: item.title } : {}) };
}

let told = "null";
let timer: ReturnType<typeof setTimeout> | null = null;
let leaveRoom: (() => void) | null = null;

function wanted(): Activity | null {
  const { active } = useActiveRoom.getState();
  return active && useSharing.getState().on ? activityIn(active.state.getSnapshot()) : null;
}

function settle(): void {
  timer ??= setTimeout(() => {
    timer = null;
    void tell();
  }, SETTLE_MS);
}

async function tell(): Promise<void> {
  const { hub } = useHub.getState();
  if (!hub || useSession.getState().guestRoomId) return;
  const activity = wanted();
  const now = JSON.stringify(activity);
  if (now === told) return;
  const before = told;
  told = now;
  try {
    const chosen = await hub.connection.request("presence:activity", { activity });
    useMine.setState({ chosen });
    remember(activity !== null);
  } catch {
    told = before; // told again with the next change
  }
}

/** Follows the room one is in; called once at start. */
export function followActivity(): void {
  useActiveRoom.subscribe(({ active }) => {
    leaveRoom?.();
    leaveRoom = active?.state.subscribe(() => JSON.stringify(wanted()) !== told && settle()) ?? null;
    settle();
  });
  useSharing.subscribe(settle);
  onUserResync(() => {
    if (wasTold() && told === "null") told = "";
    settle();
  });
  onHubClose(() => {
    told = "null";
  });
}

function remember(on: boolean): void {
  try {
    if (on) localStorage.setItem(STORED_AS, "on");
    else localStorage.removeItem(STORED_AS);
  } catch {
    // Storage can be forbidden; what was told then stays until the next change.
  }
}

function wasTold(): boolean {
  try {
    return localStorage.getItem(STORED_AS) !== null;
  } catch {
    return false;
  }
}
