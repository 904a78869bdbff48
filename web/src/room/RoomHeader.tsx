import type { Room } from "@veza/client";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { useSession } from "../account/session";
import { GoLiveButton } from "../live/GoLive";
import { Avatar } from "../presence/Avatar";
import { Button } from "../shell/Button";
import { Icon } from "../shell/Icon";
import { Settings } from "../shell/Settings";
import { InviteDialog } from "./InviteDialog";
import { RoomMenu } from "./RoomMenu";
import { usePersonName, useRoomView } from "./useRoom";

const FACES = 5;

/** Test ids: `room-name`, `invite-button`. */
export function RoomHeader({ room, onPeople }: { room: Room; onPeople: () => void }) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<"invite" | "settings" | null>(null);
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  const name = usePersonName();
  const presence = useRoomView((view) => view.presence);
  const counts = useRoomView((view) => view.counts);
  const here = useMemo(() => Object.keys(presence).filter((id) => presence[id]?.status !== "offline"), [presence]);
  const online = counts?.online ?? here.length;
  const close = () => setDialog(null);

  return (
    <header className="room-header">
      {!isGuest && (
        <Link to="/rooms" className="icon-button room-back" aria-label={t("home.allRooms")} title={t("home.allRooms")}>
          <Icon name="back" />
        </Link>
      )}
      <div className="room-title">
        <h1 className="clip" data-testid="room-name">
          {room.name}
        </h1>
        <p className="clip faint">
          {room.type === "private" && (
            <>
              <Icon name="lock" className="inline" /> {t("rooms.private")}
            </>
          )}
          {room.type === "public" && t("rooms.public")}
          {room.description && ` · ${room.description}`}
        </p>
      </div>
      <button className="faces" onClick={onPeople} aria-label={t("presence.here", { count: online })} title={t("presence.here", { count: online })}>
        {here.slice(0, FACES).map((id) => (
          <Avatar key={id} userId={id} name={name(id)} size={30} />
        ))}
        {online > FACES && <span className="faces-more numbers">+{online - FACES}</span>}
      </button>
      {room.my && !isGuest && <GoLiveButton room={room} />}
      {room.my && !isGuest && (
        <Button look="primary" icon="link" className="invite-button" onClick={() => setDialog("invite")} data-testid="invite-button">
          {t("room.invite")}
        </Button>
      )}
      <RoomMenu room={room} onMine={() => setDialog("settings")} />
      {dialog === "invite" && <InviteDialog onClose={close} />}
      {dialog === "settings" && <Settings onClose={close} />}
    </header>
  );
}
