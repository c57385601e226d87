/** In which order alerts stand, and how that order keeps still under a hand. Pure. */
import { SEVERITIES, type Alert } from "../model.ts";

/** Most urgent first, as the server has it: severity, then the unseen, the ongoing, the longest waiting. */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    Number(a.state !== "unacknowledged") - Number(b.state !== "unacknowledged") ||
    Number(isOver(a)) - Number(isOver(b)) ||
    waitingSince(a).localeCompare(waitingSince(b)) ||
    a.id.localeCompare(b.id)
  );
}

/** A strap closed again or a panic key let go is not over until a person says so. */
const isOver = (alert: Alert): boolean => alert.breach === "cleared" && !alert.latched;

export const waitingSince = (alert: Alert): string => alert.raised_at;

/** The rows as they stand, and the alerts that wait to be let in among them. */
export interface Arrangement {
  readonly order: readonly string[];
  readonly newcomers: readonly string[];
}

export const EMPTY: Arrangement = { order: [], newcomers: [] };

/** The next arrangement of `alerts`.
 *
 * Held, no row moves: those that ended keep their place, newcomers wait. Otherwise all stand by urgency.
 */
export function arrange(before: Arrangement, alerts: readonly Alert[], held: boolean): Arrangement {
  const sorted = alerts.toSorted(byUrgency).map((alert) => alert.id);
  if (!held) return { order: sorted, newcomers: [] };
  const standing = new Set(before.order);
  return { order: before.order, newcomers: sorted.filter((id) => !standing.has(id)) };
}

/** The row `steps` from `from`, staying within the rows; from outside them where `from` is none of them. */
export function step(order: readonly string[], from: string | null, steps: number): string | null {
  const at = from === null ? -1 : order.indexOf(from);
  const to = at >= 0 ? at + steps : steps > 0 ? steps - 1 : order.length + steps;
  return order[Math.max(0, Math.min(order.length - 1, to))] ?? null;
}

/** Whether the alert is what the words typed into the filter ask for: every word somewhere in `told`. */
export function matches(told: string, wanted: string): boolean {
  const text = told.toLocaleLowerCase();
  return wanted
    .toLocaleLowerCase()
    .split(/\s+/)
    .every((word) => text.includes(word));
}
