/** In which order alerts stand, how they fold, and how that order keeps still under a hand. Pure. */
import { SEVERITIES, type Alert } from "../model.ts";

/** Most urgent first, as the server has it: severity, then the unseen, the ongoing, the longest waiting. */
export function byUrgency(a: Alert, b: Alert): number {
  return (
    SEVERITIES.indexOf(a.severity) - SEVERITIES.indexOf(b.severity) ||
    Number(a.state !== "unacknowledged") - Number(b.state !== "unacknowledged") ||
    Number(isOver(a)) - Number(isOver(b)) ||
    inOrder(waitingSince(a), waitingSince(b)) ||
    inOrder(a.id, b.id)
  );
}

// Twenty times as fast as localeCompare, and what is compared is ASCII.
const inOrder = (a: string, b: string): number => (a < b ? -1 : Number(a > b));

/** A strap closed again or a panic key let go is not over until a person says so. */
const isOver = (alert: Alert): boolean => alert.breach === "cleared" && !alert.latched;

export const waitingSince = (alert: Alert): string => alert.raised_at;

/** What stands behind one row, and whether it is shown. */
export interface Fold {
  readonly key: string;
  readonly count: number;
  readonly isOpen: boolean;
}

/** The rows as they stand, the alerts that wait to be let in among them, and what is folded behind a row. */
export interface Arrangement {
  readonly order: readonly string[];
  readonly newcomers: readonly string[];
  readonly folds: ReadonlyMap<string, Fold>;
}

export const EMPTY: Arrangement = { order: [], newcomers: [], folds: new Map() };

/** Which alerts make one row, and which of these rows are unfolded. */
export interface Folding {
  readonly keyOf: (alert: Alert) => string;
  readonly isOpen: (key: string) => boolean;
}

/** Every alert a row of its own. */
export const UNFOLDED: Folding = { keyOf: (alert) => alert.id, isOpen: () => false };

/** The next arrangement of `alerts`.
 *
 * Held, no row moves: those that ended keep their place, newcomers wait. Otherwise all stand by urgency. What
 * belongs together stands behind its most urgent.
 */
export function arrange(
  before: Arrangement,
  alerts: readonly Alert[],
  held: boolean,
  folding: Folding = UNFOLDED,
): Arrangement {
  const groups = together(alerts.toSorted(byUrgency), folding);
  return held ? still(before, groups, folding) : sorted(groups, folding);
}

type Groups = ReadonlyMap<string, readonly Alert[]>;

/** The alerts of each key, most urgent first, the keys by their most urgent. */
function together(alerts: readonly Alert[], { keyOf }: Folding): Groups {
  const groups = new Map<string, Alert[]>();
  for (const alert of alerts) {
    const group = groups.get(keyOf(alert));
    if (group) group.push(alert);
    else groups.set(keyOf(alert), [alert]);
  }
  return groups;
}

function sorted(groups: Groups, { isOpen }: Folding): Arrangement {
  const order: string[] = [];
  const folds = new Map<string, Fold>();
  for (const [key, [first, ...others]] of groups) {
    order.push(first!.id);
    if (others.length > 0) folds.set(first!.id, { key, count: others.length, isOpen: isOpen(key) });
    if (isOpen(key)) order.push(...others.map(({ id }) => id));
  }
  return { order, newcomers: [], folds };
}

/** A newcomer less urgent than the row it belongs to is counted there; any other waits to be let in. */
function still(before: Arrangement, groups: Groups, { isOpen }: Folding): Arrangement {
  const standing = new Set(before.order);
  const newcomers: string[] = [];
  const folds = new Map<string, Fold>();
  for (const [key, alerts] of groups) {
    const row = alerts.findIndex(({ id }) => standing.has(id));
    const outside = alerts.filter(({ id }) => !standing.has(id));
    const waits = row < 0 || isOpen(key) ? outside : alerts.slice(0, row);
    newcomers.push(...waits.map(({ id }) => id));
    const count = isOpen(key) ? alerts.length - 1 - waits.length : outside.length - waits.length;
    if (row >= 0 && count > 0) folds.set(leader(before, alerts), { key, count, isOpen: isOpen(key) });
  }
  return { order: before.order, newcomers, folds };
}

/** The row of a group that stands uppermost: it need not be the most urgent any more. */
function leader({ order, folds }: Arrangement, alerts: readonly Alert[]): string {
  const ids = alerts.map(({ id }) => id);
  return ids.find((id) => folds.has(id)) ?? order.find((id) => ids.includes(id))!;
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
