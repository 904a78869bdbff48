import { uuidv7, type Room } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate } from "react-router";
import { useHub } from "../account/hub";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { complain } from "../shell/toasts";
import { exitRoom } from "./activeRoom";

/** Asks before giving up the membership. Test id: `leave-confirm`. */
export function LeaveDialog({ room, onClose }: { room: Room; onClose: () => void }) {
  const { t } = useTranslation();
  const navigate = useNavigate();
  const hub = useHub((state) => state.hub);
  const [busy, setBusy] = useState(false);

  async function leave() {
    setBusy(true);
    try {
      await hub?.connection.request("room:leave", { room_id: room.id, op_id: uuidv7() });
      exitRoom();
      await navigate("/rooms");
    } catch (error) {
      complain(t("room.leave"), error);
      setBusy(false);
    }
  }

  return (
    <Dialog title={t("room.leaveSure", { room: room.name })} onClose={onClose}>
      <p>{t("room.leaveHint")}</p>
      <div className="dialog-actions">
        <Button onClick={onClose}>{t("cancel")}</Button>
        <Button look="primary" busy={busy} onClick={() => void leave()} data-testid="leave-confirm">
          {t("room.leave")}
        </Button>
      </div>
    </Dialog>
  );
}
