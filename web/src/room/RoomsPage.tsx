import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useSession } from "../account/session";
import { Button } from "../shell/Button";
import { Icon } from "../shell/Icon";
import { problemOf } from "../shell/problem";
import { useTitle } from "../shell/useTitle";
import { CardSkeletons } from "./CardSkeletons";
import { CreateRoomDialog } from "./CreateRoomDialog";
import { RoomCard } from "./RoomCard";
import { useRoomLists } from "./rooms";
import "./rooms.css";

/** Test ids: `rooms`, `create-room`, `my-rooms`, `public-rooms`, `room-card`. */
export default function RoomsPage() {
  const { t } = useTranslation();
  useTitle(t("rooms.title"));
  const { mine, open, phase, error, reload } = useRoomLists();
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  const [creating, setCreating] = useState(false);

  return (
    <div data-testid="rooms">
      <div className="page-head">
        <h1>{t("rooms.title")}</h1>
        {!isGuest && (
          <Button look="primary" icon="plus" onClick={() => setCreating(true)} data-testid="create-room">
            {t("rooms.create")}
          </Button>
        )}
      </div>
      {phase === "failed" && (
        <div className="empty" role="alert">
          <p>{problemOf(error).text}</p>
          <Button icon="retry" onClick={reload}>
            {t("retry")}
          </Button>
        </div>
      )}
      {phase === "loading" && <CardSkeletons />}
      {phase === "ready" && mine.length + open.length === 0 && (
        <div className="empty">
          <Icon name="rooms" className="huge" />
          <h2>{t("rooms.none")}</h2>
          <p>{t("rooms.noneHint")}</p>
        </div>
      )}
      {mine.length > 0 && (
        <section>
          <div className="section-head first">
            <h2>{t("home.yourRooms")}</h2>
          </div>
          <div className="room-grid" data-testid="my-rooms">
            {mine.map((room) => (
              <RoomCard key={room.id} room={room} />
            ))}
          </div>
        </section>
      )}
      {open.length > 0 && (
        <section>
          <div className="section-head">
            <h2>{t("home.publicRooms")}</h2>
          </div>
          <div className="room-grid" data-testid="public-rooms">
            {open.map((room) => (
              <RoomCard key={room.id} room={room} />
            ))}
          </div>
        </section>
      )}
      {creating && <CreateRoomDialog onClose={() => setCreating(false)} />}
    </div>
  );
}
