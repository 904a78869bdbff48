/** How loud each kind of notification is, and when nothing is pushed; over REST. */
import type { Id } from "@veza/client";
import { rest } from "../account/session";

export const KINDS = ["mention", "reply", "dm", "message", "invite", "added", "moderation", "report", "session"] as const;
export type Kind = (typeof KINDS)[number];

export interface Preference {
  in_app: boolean;
  push: boolean;
  email: boolean;
}

export interface QuietHours {
  /** Minutes after midnight. */
  from_minute: number;
  until_minute: number;
  time_zone: string;
}

export interface Preferences {
  types: Record<Kind, Preference>;
  quiet_hours: QuietHours | null;
}

export async function readPreferences(): Promise<Preferences> {
  return (await rest.call<Preferences>("GET", "/notifications/preferences")).data;
}

export async function changePreferences(change: { types?: Partial<Record<Kind, Preference>>; quiet_hours?: QuietHours | null }): Promise<Preferences> {
  return (await rest.call<Preferences>("PUT", "/notifications/preferences", change)).data;
}

/** Minutes after midnight as a time input has them: `465` → `07:45`. */
export function timeOf(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

/** The same back; null for what is no time. */
export function minuteOf(time: string): number | null {
  const match = /^(\d{1,2}):(\d{2})/u.exec(time);
  if (!match) return null;
  const minute = Number(match[1]) * 60 + Number(match[2]);
  return minute < 1440 ? minute : null;
}

export function ownTimeZone(): string {
  return Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
}

/** Where a notification leads in this client: rooms stand under /room, reports in the room's settings. */
export function placeOf({ link, type, room_id }: { link: string | null; type: string; room_id: Id | null }): string {
  if (type === "report" && room_id) return `/room/${room_id}?manage=reports`;
  return (link ?? "/").replace(/^\/rooms\//u, "/room/").replace(/\?.*$/u, "");
}
