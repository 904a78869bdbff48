/** The room one is in: its state and its synchronised sound. It outlives the room's page, so that the
 *  music goes on while one looks through the library. */
import { RoomState, SyncedPlayer, type EngineSwitch, type Id } from "@veza/client";
import { create } from "zustand";
import { onHubClose, useHub } from "../account/hub";
import { makeEngine } from "../playback/engine";
import { followSpeaker } from "../playback/speaker";
import { stopTrack, yieldToTrack } from "../playback/trackPlayer";

export interface ActiveRoom {
  roomId: Id;
  state: RoomState;
  player: SyncedPlayer;
  engine: EngineSwitch;
}

interface ActiveRoomStore {
  active: ActiveRoom | null;
}

export const useActiveRoom = create<ActiveRoomStore>(() => ({ active: null }));

/** Opens the room, or gives the one that is open already. One room at a time. */
export function enterRoom(roomId: Id): ActiveRoom | null {
  const { active } = useActiveRoom.getState();
  if (active?.roomId === roomId) return active;
  const { hub } = useHub.getState();
  if (!hub) return null;
  exitRoom();
  stopTrack();
  const state = new RoomState(hub.connection, roomId);
  const engine = makeEngine(hub.clock);
  const player = new SyncedPlayer({ room: state, clock: hub.clock, connection: hub.connection, engine });
  const entered = { roomId, state, player, engine };
  useActiveRoom.setState({ active: entered });
  followSpeaker(entered);
  state.open().then(
    () => useActiveRoom.getState().active === entered && player.start(),
    () => undefined, // the view says `failed` and why
  );
  return entered;
}

/** Closes the room and its sound. The membership stays. */
export function exitRoom(): void {
  const { active } = useActiveRoom.getState();
  if (!active) return;
  useActiveRoom.setState({ active: null });
  followSpeaker(null);
  active.player.stop();
  active.state.close();
}

/** On leaving the room's page: keeps the room while it is heard, else closes it. */
export function settleRoom(): void {
  const { active } = useActiveRoom.getState();
  if (!active) return;
  const { state } = active.player.view.getSnapshot();
  if (active.state.getSnapshot().ended || state === "idle" || state === "blocked" || state === "failed") exitRoom();
}

onHubClose(exitRoom);
yieldToTrack(exitRoom);
