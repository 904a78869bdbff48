/** Lists of rooms: one's own and the public ones. */
import type { Room } from "@veza/client";
import { useCallback, useEffect, useRef, useState } from "react";
import { onUserEvent, useHub } from "../account/hub";
import { withUnread, type UnreadTold } from "./unread";

export interface RoomLists {
  mine: Room[];
  /** Public rooms one is not in yet. */
  open: Room[];
  phase: "loading" | "ready" | "failed";
  error: unknown;
  reload(): void;
}

export function useRoomLists(): RoomLists {
  const hub = useHub((state) => state.hub);
  const [state, setState] = useState<Omit<RoomLists, "reload">>({ mine: [], open: [], phase: "loading", error: null });

  const load = useCallback(async () => {
    if (!hub) return;
    try {
      const [mine, open] = await Promise.all([
        hub.connection.request("room:list", { scope: "mine", limit: 50 }),
        hub.connection.request("room:list", { scope: "public", limit: 50 }),
      ]);
      const known = new Set(mine.rooms.map((room) => room.id));
      setState({ mine: mine.rooms, open: open.rooms.filter((room) => !known.has(room.id)), phase: "ready", error: null });
    } catch (error) {
      setState((old) => ({ ...old, phase: "failed", error }));
    }
  }, [hub]);

  useEffect(() => void load(), [load]);
  const shown = useRef(state.mine);
  shown.current = state.mine;
  useEffect(() => {
    return onUserEvent((event, data) => {
      if (event !== "unread:updated") return;
      const mine = withUnread(shown.current, data as UnreadTold);
      if (mine) setState((old) => ({ ...old, mine }));
      else void load();
    });
  }, [load]);
  return { ...state, reload: () => void load() };
}
