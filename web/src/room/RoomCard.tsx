import type { Room } from "@veza/client";
import { useTranslation } from "react-i18next";
import { Link } from "react-router";
import { Cover } from "../catalog/Cover";
import { Icon } from "../shell/Icon";

/** A door to a room. Test id: `room-card` with `data-room-id`. */
export function RoomCard({ room }: { room: Room }) {
  const { t } = useTranslation();
  const unread = room.my?.unread ?? 0;
  return (
    <Link to={`/room/${room.id}`} className="room-card" data-testid="room-card" data-room-id={room.id}>
      <Cover trackId={room.id} url={null} size={56} />
      <span className="room-card-names">
        <strong className="clip">{room.name}</strong>
        <span className="clip faint">
          {room.type === "private" && <Icon name="lock" className="inline" />} {t("rooms.members", { count: room.member_count })}
          {room.description && ` · ${room.description}`}
        </span>
      </span>
      {unread > 0 && (
        <span className="badge numbers" aria-label={t("rooms.unread", { count: unread })}>
          {unread > 99 ? "99+" : unread}
        </span>
      )}
    </Link>
  );
}
