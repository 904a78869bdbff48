import { useState } from "react";
import { useTranslation } from "react-i18next";
import type { NotifyLevel } from "@veza/client";
import { useHub } from "../account/hub";
import { useRoom, useRoomView } from "../room/useRoom";
import { IconButton } from "../shell/Button";
import { Menu, type MenuItem } from "../shell/Menu";
import { complain, useToasts } from "../shell/toasts";
import { Composer } from "./Composer";
import { MessageList } from "./MessageList";
import { PinsDialog, SearchDialog } from "./MessagesDialog";
import "./chat.css";

const LEVELS: NotifyLevel[] = ["all", "mentions", "none"];
const PACES_S = [0, 5, 30, 300];

/**
 * Test ids: `chat`, `chat-search`, `chat-pins`, `chat-menu`, and those of MessageList and Composer.
 * `shown`: on a phone, its tab is open.
 */
export function ChatPanel({ shown }: { shown: boolean }) {
  const { t } = useTranslation();
  const [dialog, setDialog] = useState<"search" | "pins" | null>(null);
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
          <ChatMenu />
        </span>
      </header>
      <MessageList shown={shown} />
      <Composer />
      {dialog === "search" && <SearchDialog onClose={() => setDialog(null)} />}
      {dialog === "pins" && <PinsDialog onClose={() => setDialog(null)} />}
    </div>
  );
}

/** How loud the room is for oneself; for who keeps order, how fast others may write. */
function ChatMenu() {
  const { t } = useTranslation();
  const { roomId } = useRoom();
  const hub = useHub((store) => store.hub);
  const my = useRoomView((view) => view.room?.my);
  const slowModeS = useRoomView((view) => view.slowModeS);
  const [level, setLevel] = useState<NotifyLevel | null>(null);
  if (!my || !hub) return null;
  const chosen = level ?? my.notify ?? "mentions";
  const items: MenuItem[] = LEVELS.map((each) => ({
    key: `notify-${each}`,
    label: `${chosen === each ? "✓ " : ""}${t(`chat.notify.${each}`)}`,
    run: () =>
      void hub.connection
        .request("chat:notify", { room_id: roomId, level: each })
        .then(() => {
          setLevel(each);
          useToasts.getState().show({ look: "good", title: t(`chat.notify.${each}`) });
        })
        .catch((error: unknown) => complain(t("chat.settings"), error)),
  }));
  if (["owner", "admin", "moderator"].includes(my.role)) {
    for (const pace of PACES_S) {
      items.push({
        key: `slow-${pace}`,
        label: `${slowModeS === pace ? "✓ " : ""}${pace ? t("chat.slow", { count: pace }) : t("chat.slowOff")}`,
        run: () => void hub.connection.request("chat:update", { room_id: roomId, slow_mode_s: pace }).catch((error: unknown) => complain(t("chat.settings"), error)),
      });
    }
  }
  return <Menu icon="more" label={t("chat.settings")} items={items} testId="chat-menu" />;
}
