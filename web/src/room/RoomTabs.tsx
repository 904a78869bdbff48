import { useTranslation } from "react-i18next";
import { Icon, type IconName } from "../shell/Icon";
import { useRoomView } from "./useRoom";

export type RoomTab = "queue" | "chat" | "people";

const TABS: readonly { tab: RoomTab; icon: IconName }[] = [
  { tab: "queue", icon: "queue" },
  { tab: "chat", icon: "chat" },
  { tab: "people", icon: "people" },
];

/** On narrow screens one part of the room is shown at a time. Test ids: `tab-queue`, `tab-chat`, `tab-people`. */
export function RoomTabs({ tab, onTab }: { tab: RoomTab; onTab: (tab: RoomTab) => void }) {
  const { t } = useTranslation();
  const unread = useRoomView((view) => view.unread.unread);
  return (
    <div className="room-tabs" role="tablist" aria-label={t("room.tabs.label")}>
      {TABS.map((entry) => (
        <button
          key={entry.tab}
          type="button"
          role="tab"
          aria-selected={tab === entry.tab}
          aria-controls={`panel-${entry.tab}`}
          data-testid={`tab-${entry.tab}`}
          onClick={() => onTab(entry.tab)}
        >
          <Icon name={entry.icon} />
          {t(`room.tabs.${entry.tab}`)}
          {entry.tab === "chat" && unread > 0 && tab !== "chat" && (
            <span className="badge numbers" aria-label={t("rooms.unread", { count: unread })}>
              {unread > 99 ? "99+" : unread}
            </span>
          )}
        </button>
      ))}
    </div>
  );
}
