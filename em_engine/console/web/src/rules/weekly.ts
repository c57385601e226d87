/** Weekly windows as an order writes them (`mon-fri 21:00-06:00`), read and written; the law has the same. */

export const WEEKDAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"] as const;
export const DAY_MIN = 24 * 60;

export interface Weekly {
  /** Monday is 0. */
  readonly days: readonly number[];
  readonly start: number;
  /** At or before the start: on the day that follows. 1440 is the midnight that ends the day. */
  readonly end: number;
}

/** The window, or null where the text is none: then it is changed as text. */
export function read(text: string): Weekly | null {
  const written = /^(\S+) (\d\d:\d\d)-(\d\d:\d\d)$/.exec(text);
  if (!written) return null;
  const [days, start, end] = [daysIn(written[1]!), minutes(written[2]!), minutes(written[3]!)];
  if (days === null || start === null || end === null || start === end || start === DAY_MIN) return null;
  return { days, start, end };
}

/** As a line of the order; where its days stay, as the author wrote them. */
export function write({ days, start, end }: Weekly, before = ""): string {
  const was = read(before);
  const named = was !== null && was.days.join() === days.join() ? before.split(" ")[0] : writeDays(days);
  return `${named} ${clock(start)}-${clock(end)}`;
}

/** `21:00`; midnight at the end of a day is 24:00. */
export function clock(minute: number): string {
  return `${String(Math.floor(minute / 60)).padStart(2, "0")}:${String(minute % 60).padStart(2, "0")}`;
}

export function minutes(text: string): number | null {
  const [, hours, minute] = /^(\d\d):(\d\d)$/.exec(text) ?? [];
  const told = Number(hours) * 60 + Number(minute);
  return hours === undefined || Number(minute) > 59 || told > DAY_MIN ? null : told;
}

/** How long it lasts where no clock changes. */
export const lasts = ({ start, end }: Weekly): number => ((end - start - 1 + DAY_MIN) % DAY_MIN) + 1;

/** An edge moved by so many minutes, never over the other: a window stays one, and within a day's length. The
 * start stays on its own days.
 */
export function moved(window: Weekly, edge: "start" | "end", by: number): Weekly {
  const next = { ...window, [edge]: edge === "start" ? window.start + by : turned(window.end + by) };
  const isOwnDay = next.start >= 0 && next.start < DAY_MIN;
  return isOwnDay && lasts(next) - lasts(window) === (edge === "end" ? by : -by) ? next : window;
}

const turned = (minute: number): number => ((minute - 1 + DAY_MIN) % DAY_MIN) + 1;

function daysIn(text: string): readonly number[] | null {
  if (text === "daily") return [0, 1, 2, 3, 4, 5, 6];
  const named: number[] = [];
  for (const part of text.split(",")) {
    const [first, last] = part.split("-").map(weekday);
    if (first === undefined || first < 0 || (last !== undefined && last < 0)) return null;
    for (let step = 0; step <= ((last ?? first) - first + 7) % 7; step += 1) named.push((first + step) % 7);
  }
  const once = [...new Set(named)].sort((one, other) => one - other);
  return once.length === named.length ? once : null;
}

const weekday = (text: string): number => WEEKDAYS.findIndex((day) => day === text);

/** Neighbours are written as a span: `mon-fri`, `sat-sun`, `mon-wed,fri`. */
function writeDays(days: readonly number[]): string {
  if (days.length === 7) return "daily";
  const runs: number[][] = [];
  for (const day of days) {
    const last = runs.at(-1);
    if (last !== undefined && last.at(-1) === day - 1) last.push(day);
    else runs.push([day]);
  }
  return runs
    .map((run) => [...new Set([run[0]!, run.at(-1)!])].map((day) => WEEKDAYS[day]).join("-"))
    .join(",");
}
