/** Weekly windows moved, lengthened and drawn by hand: in quarters of an hour, each on its own days. */
import { DAY_MIN, moved, type Weekly } from "./weekly.ts";

export const STEP_MIN = 15;

/** What is held of a window: all of it, or the edge where it begins or ends. */
export type Grip = "whole" | "start" | "end";

export const stepped = (minute: number): number => Math.round(minute / STEP_MIN) * STEP_MIN;

/** The window after it was dragged by so many minutes, and days where it has one day only. A window begins on
 * its own days: what is dragged over midnight stops there.
 */
export function dragged(window: Weekly, grip: Grip, byMin: number, byDays = 0): Weekly {
  if (grip !== "whole") return moved(window, grip, byMin);
  const start = Math.min(Math.max(window.start + byMin, 0), DAY_MIN - STEP_MIN);
  const end = ((window.end + start - window.start - 1 + DAY_MIN) % DAY_MIN) + 1;
  const [day] = window.days;
  const days = window.days.length === 1 ? [(day! + byDays + 7) % 7] : window.days;
  return { days, start, end };
}

/** The window swept from one time of a day to another, either way; null where that is nothing. */
export function swept(day: number, from: number, to: number): Weekly | null {
  const [start, end] = [Math.max(Math.min(from, to), 0), Math.min(Math.max(from, to), DAY_MIN)];
  return end - start < STEP_MIN ? null : { days: [day], start, end };
}

/** Which parts of a day of the week, Monday 0, the window covers: its own, and what is left of the night. */
export function partsOn({ days, start, end }: Weekly, day: number): readonly (readonly [number, number])[] {
  const isOverNight = end <= start;
  const parts: [number, number][] = [];
  if (days.includes(day)) parts.push([start, isOverNight ? DAY_MIN : end]);
  if (isOverNight && days.includes((day + 6) % 7)) parts.push([0, end]);
  return parts;
}
