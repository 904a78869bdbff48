import { useEffect, useLayoutEffect, useMemo, useRef, useState } from "react";
import { useTranslation } from "react-i18next";
import { currentLocale } from "../i18n";
import { useMyId, useRoom, useRoomView } from "../room/useRoom";
import { Button } from "../shell/Button";
import { dayName } from "../shell/format";
import { Icon } from "../shell/Icon";
import { rowsOf } from "./groups";
import { useHidden } from "./hidden";
import { MessageGroupRow } from "./MessageGroupRow";
import { useReading } from "./useReading";

const NEAR_PX = 80;

/**
 * The conversation, oldest first, newest in sight. Test ids: `message-list`, `message` (see
 * MessageGroupRow), `unread-line`, `jump-new`, `chat-empty`, `history-start`.
 */
export function MessageList({ shown }: { shown: boolean }) {
  const { t } = useTranslation();
  const { state } = useRoom();
  const me = useMyId();
  const all = useRoomView((view) => view.messages);
  const hidden = useHidden((store) => store.ids);
  const messages = useMemo(() => (hidden.size === 0 ? all : all.filter(({ sender_id }) => !hidden.has(sender_id))), [all, hidden]);
  const hasOlder = useRoomView((view) => view.hasOlder);
  const scroller = useRef<HTMLDivElement>(null);
  const top = useRef<HTMLDivElement>(null);
  const isAtEnd = useRef(true);
  const keepFromEndPx = useRef<number | null>(null);
  const [isAway, setIsAway] = useState(false);
  const { unreadAfter, newCount } = useReading({ messages, me, isAway, shown });
  const rows = useMemo(() => rowsOf(messages, unreadAfter, me), [messages, unreadAfter, me]);
  const firstId = messages[0]?.id;

  /** What one looks at stays where it is: the end if one is there, else the same messages. */
  useLayoutEffect(() => {
    const box = scroller.current;
    if (!box) return;
    if (keepFromEndPx.current !== null) {
      box.scrollTop = box.scrollHeight - keepFromEndPx.current;
      keepFromEndPx.current = null;
    } else if (isAtEnd.current) {
      box.scrollTop = box.scrollHeight;
    }
  }, [rows, firstId]);

  useEffect(() => {
    const box = scroller.current;
    if (!box) return;
    const watch = new ResizeObserver(() => {
      if (isAtEnd.current) box.scrollTop = box.scrollHeight;
    });
    watch.observe(box);
    return () => watch.disconnect();
  }, []);

  useEffect(() => {
    const mark = top.current;
    if (!mark || !hasOlder) return;
    let busy = false;
    const watch = new IntersectionObserver(
      (entries) => {
        const box = scroller.current;
        if (busy || !box || !entries.some((entry) => entry.isIntersecting)) return;
        busy = true;
        keepFromEndPx.current = box.scrollHeight - box.scrollTop;
        state
          .loadOlder()
          .catch(() => undefined) // the mark stays, so scrolling up again tries again
          .finally(() => {
            busy = false;
          });
      },
      { root: scroller.current, rootMargin: "240px 0px 0px" },
    );
    watch.observe(mark);
    return () => watch.disconnect();
  }, [state, hasOlder, firstId]);

  function onScroll() {
    const box = scroller.current;
    if (!box) return;
    isAtEnd.current = box.scrollHeight - box.scrollTop - box.clientHeight < NEAR_PX;
    setIsAway(!isAtEnd.current);
  }

  function toEnd() {
    const box = scroller.current;
    box?.scrollTo({ top: box.scrollHeight, behavior: "smooth" });
  }

  return (
    <div className="messages-frame">
      {/* A scrolling region has to be reachable by keyboard. */}
      {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
      <div ref={scroller} className="messages" role="log" aria-live="polite" aria-label={t("chat.label")} tabIndex={0} onScroll={onScroll} data-testid="message-list">
        {hasOlder ? (
          <div ref={top} className="history-more">
            <span className="spinner" role="status" aria-label={t("chat.older")} />
          </div>
        ) : (
          messages.length > 0 && (
            <p className="history-start faint small-text" data-testid="history-start">
              {t("chat.start")}
            </p>
          )
        )}
        {messages.length === 0 && !hasOlder && (
          <div className="empty" data-testid="chat-empty">
            <Icon name="chat" className="huge" />
            <h3>{t("chat.empty")}</h3>
            <p>{t("chat.emptyHint")}</p>
          </div>
        )}
        {rows.map((row) => {
          if (row.kind === "day") {
            return (
              <p key={row.key} className="day-line">
                <span>{dayName(row.at, currentLocale())}</span>
              </p>
            );
          }
          if (row.kind === "unread") {
            return (
              <p key={row.key} className="unread-line" data-testid="unread-line">
                <span>{t("chat.newMessages")}</span>
              </p>
            );
          }
          if (row.kind === "note") {
            return (
              <p key={row.key} className="system-line faint small-text">
                {row.message.content}
              </p>
            );
          }
          return <MessageGroupRow key={row.key} group={row} isMine={row.senderId === me} />;
        })}
      </div>
      {isAway && (
        <Button size="small" look={newCount > 0 ? "sound" : "plain"} icon="down" className="jump" onClick={toEnd} data-testid="jump-new">
          {newCount > 0 ? t("chat.jump", { count: newCount }) : t("chat.toNewest")}
        </Button>
      )}
    </div>
  );
}
