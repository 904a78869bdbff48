import type { Room } from "@veza/client";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useNavigate, useSearchParams } from "react-router";
import { useSession } from "../account/session";
import { ReportDialog } from "../chat/ReportDialog";
import { Menu, type MenuItem } from "../shell/Menu";
import { LeaveDialog } from "./LeaveDialog";
import { ScheduleDialog } from "./ScheduleDialog";
import { keepsOrder } from "./settings/members";
import { isRoomSection, type RoomSection } from "./settings/sections";
import { useMyId, useRoomView } from "./useRoom";

const RoomSettings = lazy(() => import("./settings/RoomSettings").then((loaded) => ({ default: loaded.RoomSettings })));

/** In the address it opens the room's settings: a notification about a report leads there. */
const OPENS = "manage";

/** What one may do with the room as a whole. Test ids: `room-menu`, `menu-{manage|schedule|replay|mine|report-room|leave}`. */
export function RoomMenu({ room, onMine }: { room: Room; onMine: () => void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  const [dialog, setDialog] = useState<"report" | "leave" | "schedule" | null>(null);
  const [section, setSection] = useState<RoomSection | "first" | null>(null);
  const mayManage = keepsOrder(room.my?.role) && room.type !== "dm";

  const navigate = useNavigate();
  const me = useMyId();
  const hostId = useRoomView((view) => view.hostId);
  const times = useRoomView((view) => view.session);
  const playback = useRoomView((view) => view.playback !== null);
  const keepsHouse = room.my?.role === "owner" || room.my?.role === "admin";

  const wanted = query.get(OPENS);
  useEffect(() => {
    if (wanted === null) return;
    setQuery({}, { replace: true });
    setSection(isRoomSection(wanted) ? wanted : "first");
  }, [wanted, setQuery]);

  const items: MenuItem[] = [];
  if (mayManage) items.push({ key: "manage", label: t("manage.open"), run: () => setSection("first") });
  if (room.my && playback && (hostId === me || keepsHouse)) items.push({ key: "schedule", label: t("session.menu"), run: () => setDialog("schedule") });
  if (playback) items.push({ key: "replay", label: t("replay.open"), run: () => void navigate(`/room/${room.id}/replay`) });
  items.push({ key: "mine", label: t("nav.settings"), run: onMine });
  if (room.type !== "dm") items.push({ key: "report-room", label: t("report.room"), run: () => setDialog("report") });
  if (room.my && !isGuest && room.my.role !== "owner" && room.type !== "dm") items.push({ key: "leave", label: t("room.leave"), danger: true, run: () => setDialog("leave") });
  return (
    <>
      <Menu icon="more" label={t("manage.menu")} items={items} testId="room-menu" />
      {mayManage && section && (
        <Suspense fallback={null}>
          <RoomSettings room={room} start={section === "first" ? undefined : section} onClose={() => setSection(null)} />
        </Suspense>
      )}
      {dialog === "report" && <ReportDialog reported={{ kind: "room", id: room.id, name: room.name }} onClose={() => setDialog(null)} />}
      {dialog === "schedule" && <ScheduleDialog roomId={room.id} times={times} onClose={() => setDialog(null)} />}
      {dialog === "leave" && <LeaveDialog room={room} onClose={() => setDialog(null)} />}
    </>
  );
}
