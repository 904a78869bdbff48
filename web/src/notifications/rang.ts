/** What rang, in the reader's language. */
import type { Notification } from "@veza/client";
import i18next from "i18next";
import { readReason } from "../chat/reportReason";

const NAMED = ["mention", "reply", "dm", "message", "invite", "added", "moderation", "report", "session"] as const;

/** Title and text; as the hub says them where a kind is new or a name is gone. */
export function rang({ type, title, content, actor_name, room_id, room_name }: Notification): { title: string; content: string | null } {
  const kind = NAMED.find((name) => name === type);
  if (kind === "report" && content) {
    const { reason, more } = readReason(content);
    content = [reason, more].filter(Boolean).join(": ");
  }
  if (kind === "report" && room_id === null) return { title: i18next.t("rang.reportHub"), content };
  const named = kind && (kind === "dm" || room_name) && (actor_name || ["moderation", "report", "session"].includes(kind));
  return { title: named ? i18next.t(`rang.${kind}`, { actor: actor_name, room: room_name }) : title, content };
}
