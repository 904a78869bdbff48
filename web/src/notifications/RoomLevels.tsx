import { HubError, type NotifyLevel, type Room } from "@veza/client";
import { useCallback } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { PagedList } from "../shell/PagedList";
import { complain } from "../shell/toasts";
import { usePages } from "../shell/usePages";
import { LEVELS, setLevel, useLevels } from "./levels";

const PAGE = 20;

/** How loud each of one's rooms is. Test id: `room-level` with `data-room-id`. */
export function RoomLevels() {
  const { t } = useTranslation();
  const hub = useHub((state) => state.hub);
  const levels = useLevels((store) => store.levels);
  const load = useCallback(
    async (cursor: string | null) => {
      if (!hub) throw new HubError({ code: "DISCONNECTED", message: "", status: 0 });
      const page = await hub.connection.request("room:list", { scope: "mine", limit: PAGE, ...(cursor ? { cursor } : {}) });
      return { items: page.rooms, next: page.next_cursor };
    },
    [hub],
  );
  const pages = usePages<Room>(load);
  const nameOf = (room: Room) => (room.type === "dm" ? t("notifySettings.dm") : room.name);
  return (
    <PagedList
      pages={pages}
      label={t("notifySettings.rooms")}
      empty={t("notifySettings.noRooms")}
      row={(room) => (
        <li key={room.id} className="row" data-room-id={room.id}>
          <span className="row-names">
            <strong className="clip">{nameOf(room)}</strong>
          </span>
          <select
            className="input small"
            aria-label={t("notifySettings.level", { room: nameOf(room) })}
            value={levels[room.id] ?? room.my?.notify ?? "mentions"}
            onChange={(event) => void setLevel(room.id, event.target.value as NotifyLevel).catch((error: unknown) => complain(nameOf(room), error))}
            data-testid="room-level"
            data-room-id={room.id}
          >
            {LEVELS.map((level) => (
              <option key={level} value={level}>
                {t(`notifySettings.levels.${level}`)}
              </option>
            ))}
          </select>
        </li>
      )}
    />
  );
}
