import type { ChatEntry } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useHub } from "../account/hub";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { Menu, type MenuItem } from "../shell/Menu";
import { complain, useToasts } from "../shell/toasts";
import { useDraft } from "./draft";
import { block } from "./hidden";
import { ThreadDialog } from "./MessagesDialog";

const QUICK = ["👍", "❤️", "😂", "🔥", "🎉", "😮"];
const KEEPS_ORDER = ["owner", "admin", "moderator"];

/**
 * What can be done with a message. Test ids: `message-menu`, `react-{emoji}`, `menu-{reply|thread|edit|
 * pin|delete|report|block}`.
 */
export function MessageMenu({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const me = useMyId();
  const role = useRoomView((view) => view.room?.my?.role);
  const isDm = useRoomView((view) => view.room?.type === "dm");
  const hub = useHub((store) => store.hub);
  const draft = useDraft();
  const [thread, setThread] = useState(false);
  if (!role || message.delivery !== "sent" || message.is_deleted) return null;
  const isMine = message.sender_id === me;
  const keepsOrder = KEEPS_ORDER.includes(role);
  const run = (title: string, work: Promise<unknown> | undefined) => void work?.catch((error: unknown) => complain(title, error));
  const items: MenuItem[] = [
    { key: "reply", label: t("chat.reply"), run: () => draft.reply(message) },
    { key: "thread", label: t("chat.thread"), run: () => setThread(true) },
  ];
  if (isMine) items.push({ key: "edit", label: t("chat.edit"), run: () => draft.edit(message) });
  if (keepsOrder || isDm) {
    const label = t(message.is_pinned ? "chat.unpin" : "chat.pin");
    items.push({ key: "pin", label, run: () => run(label, state.pin(message.id, !message.is_pinned)) });
  }
  if (isMine || keepsOrder) items.push({ key: "delete", label: t("chat.delete"), danger: true, run: () => run(t("chat.delete"), state.remove(message.id)) });
  if (!isMine) {
    const report = async () => {
      await hub?.connection.request("report:create", { content_type: "message", content_id: message.id, reason: "message" });
      useToasts.getState().show({ look: "good", title: t("chat.reported") });
    };
    items.push({ key: "report", label: t("chat.report"), run: () => run(t("chat.report"), report()) });
    items.push({ key: "block", label: t("chat.block", { name: message.sender.display_name || message.sender.username }), danger: true, run: () => run(t("chat.blockFailed"), block(message.sender_id, true)) });
  }
  return (
    <>
      <Menu
        icon="more"
        label={t("chat.actions")}
        items={items}
        testId="message-menu"
        above={(close) => (
          <div className="menu-emoji" role="group" aria-label={t("chat.react")}>
            {QUICK.map((emoji) => (
              <button
                key={emoji}
                type="button"
                role="menuitem"
                aria-label={t("chat.reactWith", { emoji })}
                data-testid={`react-${emoji}`}
                onClick={() => {
                  close();
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
      {thread && <ThreadDialog message={message} onClose={() => setThread(false)} />}
    </>
  );
}
