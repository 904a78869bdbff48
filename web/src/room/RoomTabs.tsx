import { useRef, type KeyboardEvent } from "react";
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
  const row = useRef<HTMLDivElement>(null);

  function onKeyDown(event: KeyboardEvent) {
    const step = event.key === "ArrowRight" ? 1 : event.key === "ArrowLeft" ? -1 : 0;
    if (step === 0) return;
    const index = (TABS.findIndex((entry) => entry.tab === tab) + step + TABS.length) % TABS.length;
    onTab(TABS[index]?.tab ?? tab);
    (row.current?.children[index] as HTMLElement | undefined)?.focus();
  }

  const unread = useRoomView((view) => view.unread.unread);
  return (
    <div ref={row} className="room-tabs" role="tablist" tabIndex={-1} aria-label={t("room.tabs.label")} onKeyDown={onKeyDown}>
      {TABS.map((entry) => (
        <button
          key={entry.tab}
          type="button"
          role="tab"
          aria-selected={tab === entry.tab}
          tabIndex={tab === entry.tab ? 0 : -1}
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
