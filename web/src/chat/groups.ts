/** Messages as they are shown: under days, gathered by sender, with the line that parts read from new. */
import type { ChatEntry, Id } from "@veza/client";

export interface MessageGroup {
  kind: "group";
  key: string;
  senderId: Id;
  senderName: string;
  isGuest: boolean;
  at: string;
  messages: ChatEntry[];
}

export type Row = { kind: "day"; key: string; at: string } | { kind: "unread"; key: string } | { kind: "note"; key: string; message: ChatEntry } | MessageGroup;

/** A pause this long starts a new group of the same sender. */
const PAUSE_MS = 5 * 60_000;

/**
 * `unreadAfter`: the line stands before the first message of somebody else with a higher seq; null for
 * no line. Messages that are not acked yet have no place in the log and count as new, but never as unread.
 */
export function rowsOf(messages: readonly ChatEntry[], unreadAfter: number | null, myId: Id): Row[] {
  const rows: Row[] = [];
  let day = "";
  let group: MessageGroup | null = null;
  let isMarked = unreadAfter === null;
  for (const message of messages) {
    const date = new Date(message.created_at).toDateString();
    if (date !== day) {
      day = date;
      group = null;
      rows.push({ kind: "day", key: `day ${date}`, at: message.created_at });
    }
    if (!isMarked && message.delivery === "sent" && message.seq > (unreadAfter ?? 0) && message.sender_id !== myId) {
      isMarked = true;
      group = null;
      rows.push({ kind: "unread", key: "unread" });
    }
    if (message.type === "system") {
      group = null;
      rows.push({ kind: "note", key: message.client_id || message.id, message });
    } else if (group && group.senderId === message.sender_id && isSoon(group, message)) {
      group.messages.push(message);
    } else {
      group = {
        kind: "group",
        key: message.client_id || message.id,
        senderId: message.sender_id,
        senderName: message.sender.display_name || message.sender.username,
        isGuest: message.sender.is_guest,
        at: message.created_at,
        messages: [message],
      };
      rows.push(group);
    }
  }
  return rows;
}

function isSoon(group: MessageGroup, message: ChatEntry): boolean {
  const last = group.messages[group.messages.length - 1];
  return !last || Date.parse(message.created_at) - Date.parse(last.created_at) < PAUSE_MS;
}
