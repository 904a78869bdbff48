/** Times of a session between the form, which is in the reader's own time, and the hub's Unix ms. */
import { uuidv7, type HubConnection, type Id, type SessionTimes } from "@veza/client";

/** As `<input type="datetime-local">` has them; empty: none. */
export interface Schedule {
  start: string;
  end: string;
}

export const NO_SCHEDULE: Schedule = { start: "", end: "" };

/** The instant of a local time; null when the field is empty. */
export function instantOf(local: string): number | null {
  const at = new Date(local).getTime();
  return local && Number.isFinite(at) ? at : null;
}

/** An instant as the field wants it, to the minute. */
export function localOf(atMs: number | null): string {
  if (atMs === null) return "";
  const shifted = new Date(atMs - new Date(atMs).getTimezoneOffset() * 60_000);
  return shifted.toISOString().slice(0, 16);
}

export function scheduleOf(times: SessionTimes | null): Schedule {
  return { start: localOf(times?.starts_at_ms ?? null), end: localOf(times?.ends_at_ms ?? null) };
}

/** Sends what has changed; nothing when nothing has. */
export async function setSchedule(connection: HubConnection, roomId: Id, before: Schedule, after: Schedule): Promise<void> {
  const change = {
    ...(after.start === before.start ? {} : { starts_at_ms: instantOf(after.start) }),
    ...(after.end === before.end ? {} : { ends_at_ms: instantOf(after.end) }),
  };
  if (Object.keys(change).length === 0) return;
  await connection.request("session:schedule", { room_id: roomId, op_id: uuidv7(), ...change });
}

/** `93_784_000` → `1 d 2:03:04`: what is left until a time, never less than nothing. */
export function countdown(ms: number, day: string): string {
  const total = Math.max(0, Math.ceil(ms / 1000));
  const [days, hours, minutes, seconds] = [Math.floor(total / 86_400), Math.floor(total / 3600) % 24, Math.floor(total / 60) % 60, total % 60];
  const two = (value: number) => String(value).padStart(2, "0");
  const clock = days || hours ? `${hours}:${two(minutes)}:${two(seconds)}` : `${minutes}:${two(seconds)}`;
  return days ? `${days} ${day} ${clock}` : clock;
}
