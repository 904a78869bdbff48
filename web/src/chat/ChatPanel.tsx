import { useState } from "react";
import { useTranslation } from "react-i18next";
import { LEVELS, setLevel, useLevels } from "../notifications/levels";
import { useRoom, useRoomView } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { Menu, type MenuItem } from "../shell/Menu";
import { complain, useToasts } from "../shell/toasts";
import { Composer } from "./Composer";
import { MessageList } from "./MessageList";
import { PinsDialog, SearchDialog } from "./MessagesDialog";
import { ThreadsDialog } from "./ThreadsDialog";
import "./chat.css";

/**
 * Test ids: `chat`, `chat-search`, `chat-pins`, `chat-menu`, `menu-threads`, `menu-notify-{level}`, and those of MessageList and Composer.
 * `shown`: on a phone, its tab is open.
 */
export function ChatPanel({ shown }: { shown: boolean }) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<"search" | "pins" | "threads" | null>(null);
  const pins = useRoomView((view) => view.pinned.length);
  const slowModeS = useRoomView((view) => view.slowModeS);
  return (
    <div className="chat" data-testid="chat">
      <header className="panel-head">
        <h2>{t("chat.title")}</h2>
        {slowModeS > 0 && <span className="pill">{t("chat.slow", { count: slowModeS })}</span>}
        <span className="chat-tools">
          {pins > 0 && <IconButton icon="top" size="small" label={t("chat.pinnedCount", { count: pins })} onClick={() => setDialog("pins")} data-testid="chat-pins" />}
          <IconButton icon="search" size="small" label={t("chat.search")} onClick={() => setDialog("search")} data-testid="chat-search" />
          <ChatMenu onThreads={() => setDialog("threads")} />
        </span>
      </header>
      <MessageList shown={shown} />
      <Composer />
      {dialog === "search" && <SearchDialog onClose={() => setDialog(null)} />}
      {dialog === "threads" && <ThreadsDialog onClose={() => setDialog(null)} />}
      {dialog === "pins" && <PinsDialog onClose={() => setDialog(null)} />}
    </div>
  );
}

/** How loud the room is for oneself, and its threads. */
function ChatMenu({ onThreads }: { onThreads: () => void }) {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const my = useRoomView((view) => view.room?.my);
  const level = useLevels((store) => store.levels[roomId]) ?? my?.notify ?? "mentions";
  if (!my) return null;
  const items: MenuItem[] = [
    { key: "threads", label: t("threads.open"), run: onThreads },
    ...LEVELS.map((each) => ({
      key: `notify-${each}`,
      label: t(`chat.notify.${each}`),
      checked: level === each,
      run: () =>
        void setLevel(roomId, each)
          .then(() => useToasts.getState().show({ look: "good", title: t(`chat.notify.${each}`) }))
          .catch((error: unknown) => complain(t("chat.settings"), error)),
    })),
  ];
  return <Menu icon="more" label={t("chat.settings")} items={items} testId="chat-menu" />;
}
