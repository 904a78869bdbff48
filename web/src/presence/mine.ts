/** What the person who is signed in shows of himself, on all his devices. */
import { HubError, type Activity, type ChosenPresence, type PayloadOf } from "@veza/client";
import { create } from "zustand";
import { onHubClose, onUserResync, useHub } from "../account/hub";

export type StatusChoice = "online" | "away" | "busy" | "invisible";

interface MineStore {
  /** Null until the hub has said. */
  chosen: ChosenPresence | null;
  showsLastSeen: boolean | null;
}

export const useMine = create<MineStore>(() => ({ chosen: null, showsLastSeen: null }));

/** The one choice that status and hiding add up to. */
export function choiceOf({ status, invisible }: Pick<ChosenPresence, "status" | "invisible">): StatusChoice {
  return invisible || status === "offline" ? "invisible" : status;
}

/** Whether a status or message with an end is over; hiding has no end. */
export function isOver({ status_expires_at_ms }: Pick<ChosenPresence, "status_expires_at_ms">, nowMs: number): boolean {
  return status_expires_at_ms !== null && status_expires_at_ms <= nowMs;
}

/** What to send so that the choice, the words and their end hold; what one does stays. */
export function payloadFor(choice: StatusChoice, message: string, expiresAtMs: number | null, activity: Activity | null): PayloadOf<"presence:update"> {
  return {
    status: choice === "invisible" ? "online" : choice,
    invisible: choice === "invisible",
    status_message: message.trim() || null,
    status_expires_at: expiresAtMs,
    activity,
  };
}

export async function choose(choice: StatusChoice, message: string, expiresAtMs: number | null): Promise<void> {
  const chosen = await connection().request("presence:update", payloadFor(choice, message, expiresAtMs, useMine.getState().chosen?.activity ?? null));
  useMine.setState({ chosen });
}

export async function showLastSeen(show: boolean): Promise<void> {
  const hub = connection();
  useMine.setState({ showsLastSeen: show });
  try {
    await hub.request("presence:privacy", { show_last_seen: show });
  } catch (error) {
    useMine.setState({ showsLastSeen: !show });
    throw error;
  }
}

export async function loadMine(): Promise<void> {
  const { hub } = useHub.getState();
  if (!hub) return;
  const [chosen, privacy] = await Promise.all([hub.connection.request("presence:mine", {}), hub.connection.request("presence:privacy", {})]);
  useMine.setState({ chosen, showsLastSeen: privacy.show_last_seen });
}

function connection() {
  const { hub } = useHub.getState();
  if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
  return hub.connection;
}

onUserResync(() => void loadMine().catch(() => undefined)); // read again when the settings open
onHubClose(() => useMine.setState({ chosen: null, showsLastSeen: null }));
