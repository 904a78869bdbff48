/** How numbers and times read on the page. Languages differ, so Intl does the words. */

/** `61_000` → `1:01`, `3_725_000` → `1:02:05`. */
export function clockTime(ms: number): string {
  const total = Math.max(0, Math.floor(ms / 1000));
  const seconds = String(total % 60).padStart(2, "0");
  const minutes = Math.floor(total / 60) % 60;
  const hours = Math.floor(total / 3600);
  return hours > 0 ? `${hours}:${String(minutes).padStart(2, "0")}:${seconds}` : `${minutes}:${seconds}`;
}

/** A signed, rounded reading such as `+4 ms`, with a real minus sign. */
export function signedMs(ms: number): string {
  const rounded = Math.abs(ms) < 9.95 ? Math.round(ms * 10) / 10 : Math.round(ms);
  const sign = rounded > 0 ? "+" : rounded < 0 ? "−" : "±";
  return `${sign}${Math.abs(rounded)} ms`;
}

const UNITS = ["byte", "kilobyte", "megabyte", "gigabyte"] as const;

export function bytes(count: number, language: string): string {
  let value = count;
  let unit = 0;
  while (value >= 1000 && unit < UNITS.length - 1) {
    value /= 1000;
    unit += 1;
  }
  return new Intl.NumberFormat(language, {
    style: "unit",
    unit: UNITS[unit] ?? "byte",
    unitDisplay: "short",
    maximumFractionDigits: value < 10 && unit > 0 ? 1 : 0,
  }).format(value);
}

export function timeOfDay(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { hour: "2-digit", minute: "2-digit" }).format(new Date(iso));
}

/** `Today`, `Yesterday` or a date, in the language's own words. */
export function dayName(iso: string, language: string, now = new Date()): string {
  const day = new Date(iso);
  const days = Math.round((startOfDay(day) - startOfDay(now)) / 86_400_000);
  if (days === 0 || days === -1) {
    const word = new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(days, "day");
    return word.charAt(0).toLocaleUpperCase(language) + word.slice(1);
  }
  const sameYear = day.getFullYear() === now.getFullYear();
  return new Intl.DateTimeFormat(language, {
    weekday: "long",
    day: "numeric",
    month: "long",
    ...(sameYear ? {} : { year: "numeric" }),
  }).format(day);
}

/** A date with its time, such as `21 Nov 2026, 14:05`. */
export function dateAndTime(iso: string, language: string): string {
  return new Intl.DateTimeFormat(language, { dateStyle: "medium", timeStyle: "short" }).format(new Date(iso));
}

const SPANS = [
  [86_400, "day"],
  [3_600, "hour"],
  [60, "minute"],
  [1, "second"],
] as const;

/** A round length of time in words, in the largest unit that fits: `600` → `10 minutes`. */
export function spanInWords(seconds: number, language: string): string {
  const [size, unit] = SPANS.find(([each]) => seconds >= each && seconds % each === 0) ?? SPANS[3];
  return new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "long" }).format(seconds / size);
}

/** How long ago, such as `3 hours ago`. */
export function agoInWords(iso: string, language: string, nowMs = Date.now()): string {
  const seconds = Math.max(0, Math.round((nowMs - Date.parse(iso)) / 1000));
  const [size, unit] = SPANS.find(([each]) => seconds >= each) ?? SPANS[3];
  return new Intl.RelativeTimeFormat(language, { numeric: "auto" }).format(-Math.floor(seconds / size), unit);
}

/** Minutes and hours in words, such as `1 hr 12 min`, for the length of a queue. */
export function lengthInWords(ms: number, language: string): string {
  const minutes = Math.max(1, Math.round(ms / 60_000));
  const part = (value: number, unit: string) =>
    new Intl.NumberFormat(language, { style: "unit", unit, unitDisplay: "short" }).format(value);
  const hours = Math.floor(minutes / 60);
  return hours > 0 ? `${part(hours, "hour")} ${part(minutes % 60, "minute")}` : part(minutes, "minute");
}

function startOfDay(date: Date): number {
  return new Date(date.getFullYear(), date.getMonth(), date.getDate()).getTime();
}
