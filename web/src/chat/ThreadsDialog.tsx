import type { ChatEntry } from "@veza/client";
import { useMemo, useState } from "react";
import { useTranslation } from "react-i18next";
import { currentLocale } from "../i18n";
import { Avatar } from "../presence/Avatar";
import { useRoom, useRoomView } from "../room/useRoom";
import { Button } from "../shell/Button";
import { Dialog } from "../shell/Dialog";
import { dayName, timeOfDay } from "../shell/format";
import { complain } from "../shell/toasts";
import { useHidden } from "./hidden";
import { ThreadDialog } from "./MessagesDialog";

/** Messages that were answered in a thread, the newest first. Test ids: `threads-dialog`, `thread-root`, `threads-older`. */
export function ThreadsDialog({ onClose }: { onClose: () => void }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const messages = useRoomView((view) => view.messages);
  const hasOlder = useRoomView((view) => view.hasOlder);
  const hidden = useHidden((store) => store.ids);
  const [open, setOpen] = useState<ChatEntry | null>(null);
  const [busy, setBusy] = useState(false);
  const language = currentLocale();
  const roots = useMemo(() => messages.filter((message) => (message.replies ?? 0) > 0 && !hidden.has(message.sender_id)).reverse(), [messages, hidden]);

  async function older() {
    setBusy(true);
    await state.loadOlder().catch((error: unknown) => complain(t("threads.older"), error));
    setBusy(false);
  }

  return (
    <Dialog title={t("threads.title")} onClose={onClose} testId="threads-dialog">
      {roots.length === 0 && <p className="faint">{t("threads.none")}</p>}
      <ul className="rows">
        {roots.map((message) => (
          <li key={message.id}>
            <button type="button" className="row thread-root" onClick={() => setOpen(message)} data-testid="thread-root">
              <Avatar userId={message.sender_id} name={message.sender.display_name || message.sender.username} size={34} />
              <span className="row-names">
                <strong className="clip">{message.is_deleted ? t("chat.deleted") : message.content || message.attachments?.map(({ filename }) => filename).join(", ")}</strong>
                <span className="faint">
                  {message.sender.display_name || message.sender.username} · {dayName(message.created_at, language)} {timeOfDay(message.created_at, language)}
                </span>
              </span>
              <span className="pill">{t("chat.replies", { count: message.replies ?? 0 })}</span>
            </button>
          </li>
        ))}
      </ul>
      {hasOlder && (
        <Button busy={busy} onClick={() => void older()} data-testid="threads-older">
          {t("threads.older")}
        </Button>
      )}
      {open && <ThreadDialog message={open} onClose={() => setOpen(null)} />}
    </Dialog>
  );
}
