import type { Attachment, ChatEntry } from "@veza/client";
import { useState } from "react";
import { useTranslation } from "react-i18next";
import { useMyId, useRoomView } from "../room/useRoom";
import { clockTime } from "../shell/format";
import { ThreadDialog } from "./MessagesDialog";
import { SeenDialog } from "./SeenDialog";

/** The message that is answered, in a line. Test id: `message-quote`. */
export function Quote({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  const answered = useRoomView((view) => (message.reply_to_id ? view.messages.find(({ id }) => id === message.reply_to_id) : undefined));
  if (!message.reply_to_id) return null;
  const name = answered?.sender.display_name || answered?.sender.username || "";
  return (
    <p className="message-quote clip faint" data-testid="message-quote">
      ↪ {answered ? `${name}: ${answered.is_deleted ? t("chat.deleted") : answered.content}` : t("chat.earlier")}
    </p>
  );
}

/** Pictures and sounds. Test ids: `attachment-image`, `attachment-audio`. */
export function Attachments({ attachments }: { attachments: readonly Attachment[] }) {
  if (attachments.length === 0) return null;
  return (
    <ul className="attachments">
      {attachments.map((attachment) => (
        <li key={attachment.id}>{attachment.kind === "image" ? <Picture attachment={attachment} /> : <Sound attachment={attachment} />}</li>
      ))}
    </ul>
  );
}

function Picture({ attachment }: { attachment: Attachment }) {
  const { t } = useTranslation();
  const { width_px: width = 1, height_px: height = 1 } = attachment;
  return (
    <a href={attachment.url} target="_blank" rel="noopener" aria-label={t("chat.openPicture", { name: attachment.filename })}>
      <img src={attachment.url} alt={attachment.filename} width={width ?? undefined} height={height ?? undefined} loading="lazy" data-testid="attachment-image" />
    </a>
  );
}

function Sound({ attachment }: { attachment: Attachment }) {
  const step = 3;
  const bars = attachment.peaks.map((peak, index) => {
    const high = Math.max(1, (peak / 127) * 36);
    return `M${index * step + 1} ${20 - high / 2}v${high}`;
  });
  return (
    <figure className="sound-file" data-testid="attachment-audio">
      <figcaption className="clip faint small-text">
        {attachment.filename} · <span className="numbers">{clockTime(attachment.duration_ms ?? 0)}</span>
      </figcaption>
      <svg viewBox={`0 0 ${Math.max(1, attachment.peaks.length * step)} 40`} preserveAspectRatio="none" aria-hidden="true">
        <path d={bars.join("")} stroke="currentColor" strokeWidth="2" />
      </svg>
      {/* What somebody recorded has no captions. */}
      <audio controls preload="none" src={attachment.url} aria-label={attachment.filename} />
    </figure>
  );
}

/** How many have answered; opens them. Test id: `thread-open`. */
export function ThreadLink({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  if (!message.replies) return null;
  return (
    <>
      <button type="button" className="thread-link" onClick={() => setOpen(true)} data-testid="thread-open">
        {t("chat.replies", { count: message.replies })}
      </button>
      {open && <ThreadDialog message={message} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Under one's own newest message: how many have read it; opens who. Test id: `message-read`. */
export function ReadBy({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  const me = useMyId();
  const [open, setOpen] = useState(false);
  const isNewest = useRoomView((view) => view.messages.findLast(({ sender_id, delivery }) => sender_id === me && delivery === "sent")?.id === message.id);
  const read = useRoomView((view) => Object.values(view.marks).filter((mark) => mark.user_id !== me && mark.read_seq >= message.seq).length);
  if (message.sender_id !== me || !isNewest || read === 0) return null;
  return (
    <>
      <button type="button" className="message-read faint small-text" onClick={() => setOpen(true)} data-testid="message-read">
        {t("chat.readBy", { count: read })}
      </button>
      {open && <SeenDialog message={message} onClose={() => setOpen(false)} />}
    </>
  );
}
