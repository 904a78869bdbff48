import { uuidv7, type Room } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { Button } from "../shell/Button";
import { complain } from "../shell/toasts";

/** For one who looks into a public room without being a member. Test id: `join-room`. */
export function JoinBar({ room }: { room: Room }) {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const [busy, setBusy] = useState(false);

  async function join() {
    setBusy(true);
    try {
      await hub?.connection.request("room:join", { room_id: room.id, op_id: uuidv7() });
    } catch (error) {
      complain(t("room.join"), error);
      setBusy(false);
    }
  }

  return (
    <div className="join-bar">
      <p>{t("room.joinFirst")}</p>
      <Button look="primary" busy={busy} onClick={() => void join()} data-testid="join-room">
        {t("room.join")}
      </Button>
    </div>
  );
}
