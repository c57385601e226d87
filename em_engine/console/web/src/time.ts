/** Times as the reader understands them: ages that count, instants in the reader's zone with its offset. */
import { signal } from "@preact/signals";
import { language, words } from "./words/index.ts";

/** The server's clock in milliseconds, ticking once a second: ages do not depend on how this machine's is
 * set.
 */
export const now = signal(Date.now());
let ahead = 0;

export function setServerTime(at: string): void {
  ahead = Date.parse(at) - Date.now();
}

setInterval(() => (now.value = Date.now() + ahead), 1000);

/** The span in its two largest units: `45 s`, `3 min 05 s`, `2 h 10 min`, `3 d 4 h`. */
export function span(milliseconds: number): string {
  const { second, minute, hour, day } = words().unit;
  const seconds = Math.max(0, Math.floor(milliseconds / 1000));
  const two = (value: number): string => String(value).padStart(2, "0");
  if (seconds < 60) return `${seconds} ${second}`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} ${minute} ${two(seconds % 60)} ${second}`;
  if (seconds < 86_400)
    return `${Math.floor(seconds / 3600)} ${hour} ${two(Math.floor(seconds / 60) % 60)} ${minute}`;
  return `${Math.floor(seconds / 86_400)} ${day} ${Math.floor(seconds / 3600) % 24} ${hour}`;
}

/** How long ago, in its largest unit alone: `45 s`, `3 min`, `2 h`. */
export function roughly(milliseconds: number): string {
  return span(milliseconds).split(" ").slice(0, 2).join(" ");
}

/** How long ago it was, on the server's clock. */
export const since = (at: string): number => now.value - Date.parse(at);

/** `22 Nov, 02:02:03 (UTC+01:00)` in the reader's zone or another, with the year where it is not this one. */
export function instant(at: string, timeZone?: string): string {
  const isThisYear = new Date(at).getFullYear() === new Date(now.peek()).getFullYear();
  const options = { ...(isThisYear ? WITH_ZONE : FULL), timeZone };
  const parts = formatter(language.value, options).formatToParts(new Date(at));
  const zone = parts.find((part) => part.type === "timeZoneName")?.value ?? "";
  const text = parts
    .filter((part) => part.type !== "timeZoneName")
    .map((part) => part.value)
    .join("")
    .trim();
  return `${text} (${zone === "GMT" ? "UTC+00:00" : zone.replace("GMT", "UTC")})`;
}

/** `02:02:03` in the reader's zone. */
export const clockTime = (at: string | number): string =>
  formatter(language.value, CLOCK).format(new Date(at));

/** `02:02:03`, with the day before it where that is not today. */
export function shortInstant(at: string): string {
  const today = new Date(now.peek()).toDateString() === new Date(at).toDateString();
  return today ? clockTime(at) : formatter(language.value, DAY_AND_CLOCK).format(new Date(at));
}

const CLOCK: Intl.DateTimeFormatOptions = {
  hour: "2-digit",
  minute: "2-digit",
  second: "2-digit",
  hourCycle: "h23",
};
const DAY_AND_CLOCK: Intl.DateTimeFormatOptions = { day: "numeric", month: "short", ...CLOCK };
const WITH_ZONE: Intl.DateTimeFormatOptions = { ...DAY_AND_CLOCK, timeZoneName: "longOffset" };
const FULL: Intl.DateTimeFormatOptions = { year: "numeric", ...WITH_ZONE };

const formatters = new Map<string, Intl.DateTimeFormat>();

// Making a formatter costs as much as a hundred uses of it.
function formatter(tag: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = tag + JSON.stringify(options);
  const kept = formatters.get(key) ?? new Intl.DateTimeFormat(tag === "en" ? "en-GB" : tag, options);
  formatters.set(key, kept);
  return kept;
}

/** Metres as people say them: `8 m`, `340 m`, `1.2 km`. */
export function metres(value: number): string {
  const [scaled, unit] =
    Math.abs(value) < 1000 ? ([value, "meter"] as const) : ([value / 1000, "kilometer"] as const);
  const tag = language.value === "en" ? "en-GB" : language.value;
  const digits = unit === "meter" ? 0 : 1;
  return scaled.toLocaleString(tag, {
    style: "unit",
    unit,
    unitDisplay: "short",
    maximumFractionDigits: digits,
  });
}
