import { useState } from "react";
import { useTranslation } from "react-i18next";
import { Link, Navigate } from "react-router";
import { useSession } from "../account/session";
import { RowSkeletons } from "../catalog/RowSkeletons";
import { TrackRow } from "../catalog/TrackRow";
import { useTracks } from "../catalog/useTracks";
import { ListeningNow } from "../presence/ListeningNow";
import { CreateRoomDialog } from "../room/CreateRoomDialog";
import { CardSkeletons } from "../room/CardSkeletons";
import { RoomCard } from "../room/RoomCard";
import { useRoomLists } from "../room/rooms";
import { openFilePicker } from "../upload/picker";
import { Button } from "./Button";
import { problemOf } from "./problem";
import "../catalog/catalog.css";
import "../room/rooms.css";

const LATEST = 8;

/** Start page of one who is signed in. Test ids: `home`, `create-room`, `my-rooms`, `public-rooms`, `track-list`. */
export function HomePage() {
  const { t } = useTranslation();
  const { user, guestRoomId } = useSession();
  const rooms = useRoomLists();
  const latest = useTracks("", LATEST);
  const [creating, setCreating] = useState(false);
  if (guestRoomId) return <Navigate to={`/room/${guestRoomId}`} replace />;

  return (
    <div data-testid="home">
      <div className="page-head">
        <div>
          <h1>{t("home.hello", { name: user?.display_name || user?.username || "" })}</h1>
          <p>{t("home.lead")}</p>
        </div>
        <Button look="primary" icon="plus" onClick={() => setCreating(true)} data-testid="create-room">
          {t("rooms.create")}
        </Button>
      </div>

      <ListeningNow />

      <div className="section-head">
        <h2>{t("home.yourRooms")}</h2>
        <Link to="/rooms">{t("home.allRooms")}</Link>
      </div>
      {rooms.phase === "loading" && <CardSkeletons />}
      {rooms.phase === "failed" && <p className="notice bad">{problemOf(rooms.error).text}</p>}
      {rooms.phase === "ready" && rooms.mine.length === 0 && <p className="faint">{t("home.noRooms")}</p>}
      <div className="room-grid" data-testid="my-rooms">
        {rooms.mine.slice(0, 6).map((room) => (
          <RoomCard key={room.id} room={room} />
        ))}
      </div>

      {rooms.open.length > 0 && (
        <>
          <div className="section-head">
            <h2>{t("home.publicRooms")}</h2>
          </div>
          <div className="room-grid" data-testid="public-rooms">
            {rooms.open.slice(0, 6).map((room) => (
              <RoomCard key={room.id} room={room} />
            ))}
          </div>
        </>
      )}

      <div className="section-head">
        <h2>{t("home.latest")}</h2>
        <Link to="/library">{t("home.allTracks")}</Link>
      </div>
      {latest.phase === "loading" && <RowSkeletons count={4} />}
      {latest.phase === "failed" && <p className="notice bad">{problemOf(latest.error).text}</p>}
      {latest.phase === "ready" && latest.tracks.length === 0 && (
        <div className="empty drop-hint">
          <h3>{t("catalog.empty")}</h3>
          <p>{t("catalog.emptyHint")}</p>
          <Button onClick={openFilePicker}>{t("catalog.chooseFiles")}</Button>
        </div>
      )}
      <ul className="track-list" data-testid="track-list">
        {latest.tracks.slice(0, LATEST).map((track) => (
          <TrackRow key={track.id} track={track} />
        ))}
      </ul>
      {creating && <CreateRoomDialog onClose={() => setCreating(false)} />}
    </div>
  );
}
