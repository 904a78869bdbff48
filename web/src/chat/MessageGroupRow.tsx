import type { ChatEntry, HubError } from "@veza/client";
import { memo, useMemo, useState, type CSSProperties } from "react";
import { useTranslation } from "react-i18next";
import { useHub, type Hub } from "../account/hub";
import { currentLocale } from "../i18n";
import { Avatar } from "../presence/Avatar";
import { hueOf } from "../presence/person";
import { useRoom, useRoomView } from "../room/useRoom";
import { clockTime, timeOfDay } from "../shell/format";
import { Icon } from "../shell/Icon";
import { problemOf } from "../shell/problem";
import { complain } from "../shell/toasts";
import { useView } from "../shell/useView";
import type { MessageGroup } from "./groups";
import { linkify } from "./linkify";
import { splitNames } from "./mentions";
import { Attachments, Quote, ReadBy, ThreadLink } from "./MessageExtras";
import { MessageMenu } from "./MessageMenu";
import { Reactions } from "./Reactions";
import { WordingsDialog } from "./WordingsDialog";

/**
 * Messages of one person in a row. Test ids: `message` (with `data-message-id`, `data-delivery`,
 * `data-seq`), `message-sender`, `message-text`, `message-retry`, `message-discard`,
 * `message-moment`.
 */
export const MessageGroupRow = memo(function MessageGroupRow({ group, isMine }: { group: MessageGroup; isMine: boolean }) {
  const { t } = useTranslation();
  const language = currentLocale();
  return (
    <section className="message-group" data-mine={isMine || undefined} style={{ "--hue": hueOf(group.senderId) } as CSSProperties}>
      <Avatar userId={group.senderId} name={group.senderName} size={34} />
      <div className="message-stack">
        <header>
          <strong className="message-sender clip" data-testid="message-sender">
            {group.senderName}
          </strong>
          {group.isGuest && <span className="pill">{t("presence.guest")}</span>}
          <time className="faint numbers" dateTime={group.at}>
            {timeOfDay(group.at, language)}
          </time>
          <MomentTag message={group.messages[0]} />
        </header>
        {group.messages.map((message) => (
          <MessageRow key={message.client_id || message.id} message={message} />
        ))}
      </div>
    </section>
  );
});

/** Where in the record it was said, while the queue still knows the record. */
function MomentTag({ message }: { message: ChatEntry | undefined }) {
  const { t } = useTranslation();
  const moment = message?.moment;
  const item = useRoomView((view) => (moment ? (view.queue?.items.find(({ id }) => id === moment.item_id) ?? view.queue?.history.find(({ id }) => id === moment.item_id)) : undefined));
  if (!moment || !item) return null;
  const position = clockTime(moment.position_ms);
  return (
    <span className="moment faint numbers clip" title={t("chat.at", { position, title: item.title })} data-testid="message-moment">
      ♪ {position}
    </span>
  );
}

function MessageRow({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  return (
    <div className="message" data-testid="message" data-message-id={message.id} data-delivery={message.delivery} data-seq={message.delivery === "sent" ? message.seq : undefined}>
      {message.is_deleted ? (
        <p className="faint message-gone">{t("chat.deleted")}</p>
      ) : (
        <>
          <Quote message={message} />
          {message.content && (
            <p className="message-text" data-testid="message-text">
              <Words text={message.content} />
              {message.is_edited && <Edited message={message} />}
            </p>
          )}
          <Attachments attachments={message.attachments ?? []} />
          {message.is_pinned && <p className="faint small-text">{t("chat.isPinned")}</p>}
          <Reactions message={message} />
          <ThreadLink message={message} />
          <ReadBy message={message} />
          <MessageMenu message={message} />
        </>
      )}
      {message.delivery === "pending" && <Pending />}
      {message.delivery === "failed" && <Failed message={message} />}
    </div>
  );
}

/** Opens how it read before. Test id: `message-edited`. */
function Edited({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  const [open, setOpen] = useState(false);
  return (
    <>
      {" "}
      <button type="button" className="message-edited faint small-text" title={t("wordings.open")} onClick={() => setOpen(true)} data-testid="message-edited">
        ({t("chat.edited")})
      </button>
      {open && <WordingsDialog message={message} onClose={() => setOpen(false)} />}
    </>
  );
}

/** Text with its links and the names of people who are here. */
function Words({ text }: { text: string }) {
  const members = useRoomView((view) => view.members);
  const known = useMemo(() => new Set(Object.values(members).map(({ username }) => username.toLowerCase())), [members]);
  return linkify(text).map((part, index) =>
    part.kind === "link" ? (
      <a key={index} href={part.href} target="_blank" rel="noopener noreferrer nofollow">
        {part.text}
      </a>
    ) : (
      splitNames(part.text, known).map((piece, at) =>
        piece.kind === "name" ? (
          <strong key={`${index} ${at}`} className="mention">
            {piece.text}
          </strong>
        ) : (
          piece.text
        ),
      )
    ),
  );
}

function Pending() {
  const { t } = useTranslation();
  const hub = useHub((store) => store.hub);
  return <span className="message-state faint">{hub ? <PendingWord hub={hub} /> : t("chat.sending")}</span>;
}

function PendingWord({ hub }: { hub: Hub }) {
  const { t } = useTranslation();
  const isOnline = useView(hub.connection.status, (status) => status.phase === "online");
  return <>{t(isOnline ? "chat.sending" : "chat.waiting")}</>;
}

function Failed({ message }: { message: ChatEntry }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const isDm = useRoomView((view) => view.room?.type === "dm");
  const whyRefused = (error: HubError, dm: boolean) => (error.code === "BLOCKED" ? t(dm ? "chat.refusedDm" : "chat.refused") : problemOf(error).text);
  return (
    <p className="message-failed" role="alert">
      <Icon name="warning" />
      <span>
        {t("chat.failed")}
        {message.error && `: ${whyRefused(message.error, isDm)}`}
      </span>
      <button onClick={() => state.retry(message.client_id).catch((error: unknown) => complain(t("chat.failed"), error))} data-testid="message-retry">
        {t("retry")}
      </button>
      <button onClick={() => state.discard(message.client_id)} data-testid="message-discard">
        {t("chat.discard")}
      </button>
    </p>
  );
}
