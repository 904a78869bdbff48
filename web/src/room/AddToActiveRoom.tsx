import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { Id } from "@veza/client";
import { IconButton } from "../shell/Button";
import { complain } from "../shell/toasts";
import { useView } from "../shell/useView";
import { useActiveRoom, type ActiveRoom } from "./activeRoom";

/** In the library, while one listens in a room: puts the track into that room's queue. */
export function AddToActiveRoom({ trackId, title }: { trackId: Id; title: string }) {
  const active = useActiveRoom((store) => store.active);
  return active ? <AddButton active={active} trackId={trackId} title={title} /> : null;
}

function AddButton({ active, trackId, title }: { active: ActiveRoom; trackId: Id; title: string }) {
  const { t } = useTranslation();
  const room = useView(active.state, (view) => view.room?.name ?? "");
  const [added, setAdded] = useState(false);

  async function add() {
    try {
      await active.state.addItems([trackId], "last");
      setAdded(true);
    } catch (error) {
      complain(t("queue.addTrack", { title }), error);
    }
  }

  return <IconButton icon={added ? "check" : "plus"} label={t("catalog.addToRoom", { room })} onClick={() => void add()} />;
}
