/** In which order alerts stand, and how that order keeps still under a hand. Pure. */
import { SEVERITIES, type Alert } from "../model.ts";

/** Most urgent first: severity, then what nobody has seen, then what still goes on, then what waits longest. */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    Number(a.state !== "unacknowledged") - Number(b.state !== "unacknowledged") ||
    Number(a.breach === "cleared") - Number(b.breach === "cleared") ||
    a.detected_at.localeCompare(b.detected_at) ||
    a.id.localeCompare(b.id)
  );
}

/** The rows as they stand, and the alerts that wait to be let in among them. */
export interface Arrangement {
  readonly order: readonly string[];
  readonly newcomers: readonly string[];
}

export const EMPTY: Arrangement = { order: [], newcomers: [] };

/** The next arrangement of `alerts`.
 *
 * Where it is held no row moves: those that ended keep their place, newcomers wait. Otherwise all stand by urgency.
 */
export function arrange(before: Arrangement, alerts: readonly Alert[], held: boolean): Arrangement {
  const sorted = alerts.toSorted(byUrgency).map((alert) => alert.id);
  if (!held) return { order: sorted, newcomers: [] };
  const standing = new Set(before.order);
  return { order: before.order, newcomers: sorted.filter((id) => !standing.has(id)) };
}

/** The row `steps` from `from`, staying within the rows; the first or last where `from` is not among them. */
export function step(order: readonly string[], from: string | null, steps: number): string | null {
  const at = from === null ? -1 : order.indexOf(from);
  const start = at >= 0 ? at + steps : steps > 0 ? 0 : order.length - 1;
  return order[Math.max(0, Math.min(order.length - 1, start))] ?? null;
}

/** Whether the alert is what the words typed into the filter ask for: every word somewhere in `told`. */
export function matches(told: string, wanted: string): boolean {
  const text = told.toLocaleLowerCase();
  return wanted.toLocaleLowerCase().split(/\s+/).every((word) => text.includes(word));
}
