/** When a status ends: after a while, at the end of the day, or when it is changed. */

export const AFTER_S = [1_800, 3_600, 14_400] as const;
export type Expiry = "never" | "today" | "kept" | `${number}`;

/** Unix ms; null: never. `kept` is the end it has already. */
export function endOf(expiry: Expiry, now: Date, keptMs: number | null): number | null {
  if (expiry === "never") return null;
  if (expiry === "kept") return keptMs;
  if (expiry === "today") return new Date(now.getFullYear(), now.getMonth(), now.getDate() + 1).getTime();
  return now.getTime() + Number(expiry) * 1000;
}
