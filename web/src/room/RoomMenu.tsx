import type { Room } from "@veza/client";
import { lazy, Suspense, useEffect, useState } from "react";
import { useTranslation } from "react-i18next";
import { useSearchParams } from "react-router";
import { useSession } from "../account/session";
import { ReportDialog } from "../chat/ReportDialog";
import { Menu, type MenuItem } from "../shell/Menu";
import { LeaveDialog } from "./LeaveDialog";
import { keepsOrder } from "./settings/members";
import { isRoomSection, type RoomSection } from "./settings/sections";

const RoomSettings = lazy(() => import("./settings/RoomSettings").then((loaded) => ({ default: loaded.RoomSettings })));

/** In the address it opens the room's settings: a notification about a report leads there. */
const OPENS = "manage";

/** What one may do with the room as a whole. Test ids: `room-menu`, `menu-{manage|mine|report-room|leave}`. */
export function RoomMenu({ room, onMine }: { room: Room; onMine: () => void }) {
  const { t } = useTranslation();
  const [query, setQuery] = useSearchParams();
  const isGuest = useSession((session) => Boolean(session.guestRoomId));
  const [dialog, setDialog] = useState<"report" | "leave" | null>(null);
  const [section, setSection] = useState<RoomSection | "first" | null>(null);
  const mayManage = keepsOrder(room.my?.role) && room.type !== "dm";

  const wanted = query.get(OPENS);
  useEffect(() => {
    if (wanted === null) return;
    setQuery({}, { replace: true });
    setSection(isRoomSection(wanted) ? wanted : "first");
  }, [wanted, setQuery]);

  const items: MenuItem[] = [];
  if (mayManage) items.push({ key: "manage", label: t("manage.open"), run: () => setSection("first") });
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
      {dialog === "leave" && <LeaveDialog room={room} onClose={() => setDialog(null)} />}
    </>
  );
}
