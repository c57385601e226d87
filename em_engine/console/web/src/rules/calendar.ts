/** A week of an order laid out: which part of which day each window covers, by the clock on the wall. */
import type { Away, ConditionWeek, OrderWeek, Stretch } from "./model.ts";
import { DAY_MIN, read } from "./weekly.ts";

export interface Block {
  readonly id: string;
  readonly condition: string;
  readonly kind: "binds" | "away" | "planned";
  /** Minutes of the civil day, 0 to 1440. */
  readonly start: number;
  readonly end: number;
  readonly whole: Stretch | Away;
  /** Whether it is the part of the window in which that begins. */
  readonly isFirst: boolean;
}

export interface Day {
  /** `2026-10-25`. */
  readonly date: string;
  readonly holiday: string | null;
  /** Minutes by which the clocks are changed on this day; 0 on most. */
  readonly clockChange: number;
  readonly blocks: readonly Block[];
}

/** The date so many days after another, both without a time. */
export function daysAfter(date: string, count: number): string {
  const at = new Date(`${date}T00:00:00Z`);
  return new Date(at.getTime() + count * 86_400_000).toISOString().slice(0, 10);
}

/** The Monday of the week a date is in. */
export function monday(date: string): string {
  return daysAfter(date, -((new Date(`${date}T00:00:00Z`).getUTCDay() + 6) % 7));
}

/** ISO 8601: the week that has the year's first Thursday is the first. */
export function weekNumber(date: string): number {
  const thursday = daysAfter(monday(date), 3);
  return Math.floor(dayOfYear(thursday) / 7) + 1;
}

const dayOfYear = (date: string): number =>
  (Date.parse(`${date}T00:00:00Z`) - Date.parse(`${date.slice(0, 4)}-01-01T00:00:00Z`)) / 86_400_000;

export function layOut(week: OrderWeek, from: string): readonly Day[] {
  return Array.from({ length: 7 }, (_, n) => dayOf(week, daysAfter(from, n)));
}

function dayOf(week: OrderWeek, date: string): Day {
  return {
    date,
    holiday: week.holidays.find((one) => one.date === date)?.name ?? null,
    clockChange: week.clock_changes.find(({ at }) => at.slice(0, 10) === date)?.minutes ?? 0,
    blocks: week.conditions.filter((one) => !one.always).flatMap((one) => blocksOf(one, date)),
  };
}

function blocksOf(condition: ConditionWeek, date: string): readonly Block[] {
  const parts = (kind: Block["kind"], stretches: readonly Stretch[]): readonly Block[] =>
    stretches.flatMap((whole, n) =>
      partOf(`${condition.id} ${kind} ${n} ${date}`, condition, kind, whole, date),
    );
  return [
    ...parts("planned", condition.planned),
    ...parts("binds", condition.binds),
    ...parts("away", condition.away),
  ];
}

function partOf(
  id: string,
  condition: ConditionWeek,
  kind: Block["kind"],
  whole: Stretch,
  date: string,
): readonly Block[] {
  const [start, end] = [minuteOn(whole.from, date, 0), minuteOn(whole.to, date, DAY_MIN)];
  if (start >= end) return [];
  return [
    { id, condition: condition.id, kind, start, end, whole, isFirst: whole.from?.slice(0, 10) === date },
  ];
}

/** Where an instant stands on a day's wall clock: before the day 0, after it 1440. */
function minuteOn(at: string | null, date: string, open: number): number {
  if (at === null) return open;
  const day = at.slice(0, 10);
  if (day !== date) return day < date ? 0 : DAY_MIN;
  return Number(at.slice(11, 13)) * 60 + Number(at.slice(14, 16));
}

/** The line of `weekly` a window comes from: one that begins then; public holidays count as the day they are
 * held for. Null where it comes from elsewhere.
 */
export function lineOf(condition: ConditionWeek, block: Block, holidays: readonly string[]): number | null {
  const { from } = block.whole;
  if (from === null || condition.written === null) return null;
  const { holidays: rule, weekly } = condition.written;
  const isHeld = rule !== null && holidays.includes(from.slice(0, 10));
  const day = isHeld
    ? DAYS.indexOf(rule.as)
    : (new Date(`${from.slice(0, 10)}T00:00:00Z`).getUTCDay() + 6) % 7;
  const start = minuteOn(from, from.slice(0, 10), 0);
  const found = weekly.findIndex((text) => {
    const window = read(text);
    return window !== null && window.days.includes(day) && window.start === start;
  });
  return found < 0 ? null : found;
}

/** Which item of the file's list a condition is: one written `with` several persons is told once for each. */
export function itemOf(week: OrderWeek, condition: ConditionWeek): number {
  const items: string[] = [];
  for (const one of week.conditions) {
    const item = `${one.line} ${one.id.split(":")[0]}`;
    if (items.at(-1) !== item) items.push(item);
    if (one.id === condition.id) break;
  }
  return items.length - 1;
}

const DAYS = ["mon", "tue", "wed", "thu", "fri", "sat", "sun"];
