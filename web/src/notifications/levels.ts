/** How loud each room is for the person who is signed in, as far as it was read or set here. */
import { HubError, type Id, type NotifyLevel } from "@veza/client";
import { create } from "zustand";
import { onHubClose, useHub } from "../account/hub";

export const LEVELS: readonly NotifyLevel[] = ["all", "mentions", "none"];

export const useLevels = create<{ levels: Readonly<Record<Id, NotifyLevel>> }>(() => ({ levels: {} }));

export async function setLevel(roomId: Id, level: NotifyLevel): Promise<void> {
  const { hub } = useHub.getState();
  if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
  const before = useLevels.getState().levels;
  useLevels.setState({ levels: { ...before, [roomId]: level } });
  try {
    await hub.connection.request("chat:notify", { room_id: roomId, level });
  } catch (error) {
    useLevels.setState({ levels: before });
    throw error;
  }
}

onHubClose(() => useLevels.setState({ levels: {} }));
