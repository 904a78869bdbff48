import type { ChatEntry, Id } from "@veza/client";
import { useEffect, useRef, useState } from "react";
import { useRoom, useRoomView } from "../room/useRoom";

interface Reading {
  /** Seq of the last message read before this visit; null when everything had been read. */
  unreadAfter: number | null;
  /** Messages of others that came while one was looking further up. */
  newCount: number;
}

/**
 * Moves the read watermark while the newest messages are really looked at, and remembers where the unread
 * ones began, so that the line stays put while one reads.
 */
export function useReading({ messages, me, isAway, shown }: { messages: readonly ChatEntry[]; me: Id; isAway: boolean; shown: boolean }): Reading {
  const { state } = useRoom();
  const isMember = useRoomView((view) => Boolean(view.room?.my));
  const lastReadSeq = useRoomView((view) => view.unread.lastReadSeq);
  const isLooking = useLooking() && (shown || isWide());
  const [unreadAfter, setUnreadAfter] = useState<number | null>(() => {
    const view = state.getSnapshot();
    return view.unread.unread > 0 ? view.unread.lastReadSeq : null;
  });
  const newest = lastSent(messages);
  const seenSeq = useRef(unreadAfter ?? newest);
  if (!isAway && isLooking) seenSeq.current = newest;

  // Away from the page: what comes now is new when one is back.
  useEffect(() => {
    if (!isLooking) setUnreadAfter(null);
  }, [isLooking]);
  useEffect(() => {
    if (isLooking || unreadAfter !== null) return;
    if (messages.some((message) => message.delivery === "sent" && message.sender_id !== me && message.seq > seenSeq.current)) setUnreadAfter(seenSeq.current);
  }, [isLooking, messages, me, unreadAfter]);

  useEffect(() => {
    if (!isMember || !isLooking || isAway || newest <= lastReadSeq) return;
    state.markRead(newest).catch(() => undefined); // sent again with the next message
  }, [state, isMember, isLooking, isAway, newest, lastReadSeq]);

  const newCount = messages.filter((message) => message.delivery === "sent" && message.seq > seenSeq.current && message.sender_id !== me).length;
  return { unreadAfter, newCount };
}

function lastSent(messages: readonly ChatEntry[]): number {
  for (let i = messages.length - 1; i >= 0; i -= 1) {
    const message = messages[i];
    if (message?.delivery === "sent") return message.seq;
  }
  return 0;
}

/** True while the page is in front. */
function useLooking(): boolean {
  const [looking, setLooking] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const look = () => setLooking(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return looking;
}

/** From this width on the chat is always in sight (room.css). */
function isWide(): boolean {
  return window.matchMedia("(min-width: 861px)").matches;
}
