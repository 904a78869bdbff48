/** The broadcast of this page's person: from the press of "Go live" until it is over. One at a time. */
import { HubError, type Id } from "@veza/client";
import { create } from "zustand";
import { onHubClose, useHub } from "../account/hub";
import { capture, type LiveSource } from "./capture";
import { publish, type Publication } from "./whip";

interface BroadcastStore {
  /** `sending`: the hub has answered; whether it is on air, the room says. */
  phase: "idle" | "starting" | "sending" | "reconnecting";
  roomId: Id | null;
  liveId: Id | null;
}

const IDLE: BroadcastStore = { phase: "idle", roomId: null, liveId: null };

export const useBroadcast = create<BroadcastStore>(() => IDLE);

/** What this tab was sending, so that a reload goes on with it. */
const STORED_AS = "veza.broadcast";
const AGAIN_AFTER_MS = [300, 1_000, 2_000, 4_000, 6_000];

let sound: MediaStreamTrack | null = null;
let publication: Publication | null = null;

/** Asks for the sound, announces the broadcast and sends. Throws what went wrong; nothing is left then. */
export async function goLive(roomId: Id, title: string, source: LiveSource): Promise<void> {
  useBroadcast.setState({ phase: "starting", roomId, liveId: null });
  let liveId: Id | null = null;
  try {
    const track = await capture(source);
    sound = track;
    liveId = (await hub().request("live:create", { room_id: roomId, title })).id;
    await hub().request("live:start", { room_id: roomId, live_id: liveId });
    await send(roomId, liveId, source, track);
  } catch (problem) {
    stopSending();
    if (liveId) await hub().request("live:end", { room_id: roomId, live_id: liveId }).catch(() => undefined);
    throw problem;
  }
}

/** Sends again to a broadcast that waits for this person. */
export async function resume(roomId: Id, liveId: Id, source: LiveSource): Promise<void> {
  useBroadcast.setState({ phase: "starting", roomId, liveId });
  try {
    const track = await capture(source);
    sound = track;
    await send(roomId, liveId, source, track);
  } catch (problem) {
    stopSending();
    throw problem;
  }
}

/** Ends the broadcast for everybody. */
export async function endLive(roomId: Id, liveId: Id): Promise<void> {
  await hub().request("live:end", { room_id: roomId, live_id: liveId });
  if (useBroadcast.getState().liveId === liveId) stopSending();
}

/** Lets go of the sound; the room waits for its grace unless the broadcast is over. */
export function stopSending(): void {
  publication?.stop();
  publication = null;
  if (sound) {
    sound.onended = null;
    sound.stop();
  }
  sound = null;
  remember(null);
  useBroadcast.setState(IDLE);
}

/** What this tab was sending to this broadcast before it was loaded again. */
export function wasSending(liveId: Id): LiveSource | null {
  try {
    const [id, source] = (sessionStorage.getItem(STORED_AS) ?? "").split(" ");
    return id === liveId && (source === "microphone" || source === "tab") ? source : null;
  } catch {
    return null;
  }
}

async function send(roomId: Id, liveId: Id, source: LiveSource, track: MediaStreamTrack): Promise<void> {
  publication = await publish(liveId, track, () => void sendAgain(roomId, liveId, track));
  // The browser's own "stop sharing", or the microphone was pulled out.
  track.onended = () => void endLive(roomId, liveId).catch(stopSending);
  remember(`${liveId} ${source}`);
  useBroadcast.setState({ phase: "sending", roomId, liveId });
}

async function sendAgain(roomId: Id, liveId: Id, track: MediaStreamTrack): Promise<void> {
  publication = null;
  for (const delayMs of AGAIN_AFTER_MS) {
    if (useBroadcast.getState().liveId !== liveId) return;
    useBroadcast.setState({ phase: "reconnecting" });
    await new Promise((resolve) => setTimeout(resolve, delayMs));
    if (useBroadcast.getState().liveId !== liveId || track.readyState === "ended") return;
    try {
      publication = await publish(liveId, track, () => void sendAgain(roomId, liveId, track));
      useBroadcast.setState({ phase: "sending" });
      return;
    } catch (problem) {
      if (problem instanceof HubError && (problem.status === 404 || problem.status === 409)) break;
    }
  }
  if (useBroadcast.getState().liveId === liveId) stopSending();
}

function hub() {
  const { hub } = useHub.getState();
  if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
  return hub.connection;
}

function remember(what: string | null): void {
  try {
    if (what === null) sessionStorage.removeItem(STORED_AS);
    else sessionStorage.setItem(STORED_AS, what);
  } catch {
    // Storage can be forbidden; then a reload does not go on by itself.
  }
}

onHubClose(stopSending);
