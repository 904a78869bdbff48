import type { ChatEntry } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { Menu, type MenuItem } from "../shell/Menu";
import { complain } from "../shell/toasts";
import { useDraft } from "./draft";
import { block } from "./hidden";
import { ThreadDialog } from "./MessagesDialog";
import { ReportDialog } from "./ReportDialog";
import { SeenDialog } from "./SeenDialog";
import { WordingsDialog } from "./WordingsDialog";

const QUICK = ["👍", "❤️", "😂", "🔥", "🎉", "😮"];
const KEEPS_ORDER = ["owner", "admin", "moderator"];

/**
 * What can be done with a message. Test ids: `message-menu`, `react-{emoji}`, `menu-{reply|thread|edit|seen|
 * wordings|pin|delete|report|block}`.
 */
export function MessageMenu({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const me = useMyId();
  const role = useRoomView((view) => view.room?.my?.role);
  const isDm = useRoomView((view) => view.room?.type === "dm");
  const hub = useHub((store) => store.hub);
  const draft = useDraft();
  const [dialog, setDialog] = useState<"thread" | "report" | "seen" | "wordings" | null>(null);
  if (!role || !hub || message.delivery !== "sent" || message.is_deleted) return null;
  const isMine = message.sender_id === me;
  const keepsOrder = KEEPS_ORDER.includes(role);
  const name = message.sender.display_name || message.sender.username;
  const run = (title: string, work: Promise<unknown>) => void work.catch((error: unknown) => complain(title, error));
  const items: MenuItem[] = [
    { key: "reply", label: t("chat.reply"), run: () => draft.reply(message) },
    { key: "thread", label: t("chat.thread"), run: () => setDialog("thread") },
  ];
  if (isMine) items.push({ key: "edit", label: t("chat.edit"), run: () => draft.edit(message) }, { key: "seen", label: t("seen.open"), run: () => setDialog("seen") });
  if (message.is_edited) items.push({ key: "wordings", label: t("wordings.open"), run: () => setDialog("wordings") });
  if (keepsOrder || isDm) {
    const label = t(message.is_pinned ? "chat.unpin" : "chat.pin");
    items.push({ key: "pin", label, run: () => run(label, state.pin(message.id, !message.is_pinned)) });
  }
  if (isMine || (keepsOrder && !isDm)) items.push({ key: "delete", label: t("chat.delete"), danger: true, run: () => run(t("chat.delete"), state.remove(message.id)) });
  if (!isMine) {
    items.push({ key: "report", label: t("report.message"), run: () => setDialog("report") });
    items.push({ key: "block", label: t("chat.block", { name }), danger: true, run: () => run(t("chat.blockFailed"), block(message.sender_id, true)) });
  }
  const close = () => setDialog(null);
  return (
    <>
      <Menu
        icon="more"
        label={t("chat.actions")}
        items={items}
        testId="message-menu"
        above={(closeMenu) => (
          <div className="menu-emoji" role="group" aria-label={t("chat.react")}>
            {QUICK.map((emoji) => (
              <button
                key={emoji}
                type="button"
                role="menuitem"
                aria-label={t("chat.reactWith", { emoji })}
                data-testid={`react-${emoji}`}
                onClick={() => {
                  closeMenu();
                  const has = message.reactions?.some((each) => each.emoji === emoji && each.user_ids.includes(me)) ?? false;
                  run(t("chat.react"), state.react(message.id, emoji, !has));
                }}
              >
                {emoji}
              </button>
            ))}
          </div>
        )}
      />
      {dialog === "thread" && <ThreadDialog message={message} onClose={close} />}
      {dialog === "report" && <ReportDialog reported={{ kind: "message", id: message.id, name }} onClose={close} />}
      {dialog === "seen" && <SeenDialog message={message} onClose={close} />}
      {dialog === "wordings" && <WordingsDialog message={message} onClose={close} />}
    </>
  );
}
