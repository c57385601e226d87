/** The page's copy of the queue: what is known, in which order it stands, which alert the operator has in
 * hand.
 */
import { batch, computed, effect, signal } from "@preact/signals";
import { remember, remembered } from "../memory.ts";
import { setServerTime } from "../time.ts";
import {
  SEVERITIES,
  isTechnical,
  isUnseen,
  type Alert,
  type Beat,
  type Severity,
  type Told,
} from "../model.ts";
import type { Link, Message } from "../feed/messages.ts";
import { DICTIONARY } from "../words/index.ts";
import { EMPTY, UNFOLDED, arrange, byUrgency, matches, type Arrangement, type Folding } from "./order.ts";

/** What an older server does not tell yet. */
const UNTOLD = {
  desk: "",
  claimed_by: null,
  claimed_at: null,
  shelved_until: null,
  shelved_by: null,
  shelved_reason: null,
  level: 0,
  escalated_to: null,
  inhibited_by: [],
  asks_reason: false,
  seen_reason: null,
  steps: 0,
  steps_done: 0,
  due: { acknowledge: null, close: null, escalate: null, lapse: null },
};
const known = new Map<string, Alert>();

/** Counts up whenever what is known has changed and should be drawn. */
export const revision = signal(0);
export const arrangement = signal<Arrangement>(EMPTY);
export const link = signal<Link>({ phase: "connecting", heardAt: 0 });
export const beat = signal<Beat | null>(null);
export const loaded = signal(false);

/** The alert in hand, by its id: rows may move, the hand does not. */
export const cursor = signal<string | null>(null);
export const wanted = signal("");
export const onlySeverity = signal<Severity | null>(null);
export const onlyDesk = signal<string | null>(null);
export const SCOPES = ["all", "mine", "shelf"] as const;
/** Which part of the queue is looked at: what waits or is worked on, one's own, what lies on the shelf. */
export const scope = signal<(typeof SCOPES)[number]>("all");
/** Who sits here. */
export const me = signal("");
export const myRoles = signal<readonly string[]>([]);

/** Whether the alerts of a case share a row, and which cases are unfolded all the same. */
export const together = signal(remembered("together", ["on", "off"]) !== "off");
const unfolded = new Set<string>();

/** The keyboard is among the rows; the pointer was, a moment ago. */
export const keyboardAmongRows = signal(false);
export const pointerAmongRows = signal(false);
/** A question about an alert is open: the rows behind it wait for the answer. */
export const isAsked = signal(false);
export const held = computed(() => keyboardAmongRows.value || pointerAmongRows.value || isAsked.value);

/** When rows last moved by themselves, in `performance.now()`: a click right after may mean another row. */
export let movedAt = -Infinity;

type Listener = (told: Told, isNew: boolean) => void;
const listeners: Listener[] = [];

/** Hear every change as it arrives, drawn or not. */
export const onTold = (listener: Listener): number => listeners.push(listener);

export const alertOf = (id: string): Alert | undefined => known.get(id);

export const inHand = computed((): Alert | null => {
  void revision.value;
  return cursor.value === null ? null : (known.get(cursor.value) ?? null);
});

export interface Count {
  readonly all: number;
  readonly unseen: number;
}

export const counts = computed((): Readonly<Record<Severity, Count>> => {
  void revision.value;
  const empty = SEVERITIES.map((severity) => [severity, { all: 0, unseen: 0 }] as const);
  const tally = Object.fromEntries(empty) as Record<Severity, { all: number; unseen: number }>;
  for (const alert of activeAlerts()) {
    tally[alert.severity].all += 1;
    tally[alert.severity].unseen += Number(isUnseen(alert));
  }
  return tally;
});

/** What the feed tells. */
export function take(message: Message): void {
  batch(() => {
    link.value = message.link;
    if (message.kind === "queue") replace(message.queue.alerts);
    if (message.kind === "beat") beat.value = message.beat;
    if (message.kind === "beat") setServerTime(message.beat.at);
    if (message.kind === "told") change(message.told);
  });
}

function replace(alerts: readonly Alert[]): void {
  known.clear();
  for (const alert of alerts) known.set(alert.id, { ...UNTOLD, ...alert });
  if (cursor.value !== null && !known.has(cursor.value)) cursor.value = null;
  loaded.value = true;
  sortNow();
}

function change(told: Told): void {
  const isNew = !known.has(told.alert.id) && told.alert.state !== "closed";
  learn(told.alert);
  const alert = { ...UNTOLD, ...told.alert };
  for (const listener of listeners) listener({ ...told, alert }, isNew);
}

/** Take over a newer form of one alert, from the stream or as the answer to an action. */
export function learn(alert: Alert): void {
  const before = known.get(alert.id);
  if (before && before.version > alert.version) return;
  known.set(alert.id, { ...UNTOLD, ...alert });
  paintSoon();
}

/** Forget everybody: the operator has left the desk. */
export function forget(): void {
  known.clear();
  batch(() => {
    cursor.value = null;
    beat.value = null;
    loaded.value = false;
    arrangement.value = EMPTY;
    revision.value = revision.peek() + 1;
  });
}

export function openAlerts(): Alert[] {
  return [...known.values()].filter((alert) => alert.state !== "closed");
}

/** The open alerts that do not lie on the shelf. */
export const activeAlerts = (): Alert[] => openAlerts().filter(({ state }) => state !== "shelved");

/** The open alerts of a scope. */
export function inScope(which: (typeof SCOPES)[number]): Alert[] {
  if (which === "shelf") return openAlerts().filter(({ state }) => state === "shelved");
  return which === "all" ? activeAlerts() : openAlerts().filter(({ claimed_by }) => claimed_by === me.peek());
}

/** The alert that most needs someone who has not been found yet; whatever is most urgent where all are seen
 * to.
 */
export function mostUrgent(): Alert | null {
  const open = activeAlerts().toSorted(byUrgency);
  return open.find(isUnseen) ?? open[0] ?? null;
}

/** Let the newcomers in and sort again, hand or no hand: the operator asked for it. */
export function sortNow(): void {
  const moved = movedAt;
  paint(false);
  movedAt = moved; // by the operator's own hand, not by themselves
}

let painting = false;

function paintSoon(): void {
  if (painting) return;
  painting = true;
  const draw = (): void => {
    painting = false;
    paint(held.peek());
  };
  // A hidden page gets no frames, yet must know what it will show.
  if (document.visibilityState === "visible") requestAnimationFrame(draw);
  else setTimeout(draw, 100);
}

function paint(hold: boolean): void {
  const before = arrangement.peek();
  const next = arrange(before, inScope(scope.peek()).filter(isWanted), hold, folding());
  if (!hold) dropClosed();
  if (!hold && before.order.some((id, row) => next.order[row] !== id)) movedAt = performance.now();
  batch(() => {
    arrangement.value = next;
    revision.value = revision.peek() + 1;
  });
}

/** In a flood the technical alerts fold by type: hundreds of batteries must not bury one strap. */
function folding(): Folding {
  if (!together.peek()) return UNFOLDED;
  const inFlood = beat.peek()?.flood?.active === true;
  return {
    keyOf: (alert) => (inFlood && isTechnical(alert) ? `type ${alert.type}` : alert.case || alert.id),
    isOpen: (key) => unfolded.has(key),
  };
}

/** Show or fold what stands behind the row of an alert. */
export function fold(id: string, open: boolean): void {
  const { folds, order } = arrangement.peek();
  const alert = known.get(id);
  const key = folds.get(id)?.key ?? (alert && folding().keyOf(alert));
  if (key === undefined || unfolded.has(key) === open) return;
  if (open) unfolded.add(key);
  else unfolded.delete(key);
  sortNow();
  if (!open && cursor.peek() !== null && !arrangement.peek().order.includes(cursor.peek()!))
    cursor.value = order.find((one) => folds.get(one)?.key === key) ?? null;
}

/** Take an alert in hand wherever it stands; one that is folded behind another is brought to light. */
export function takeInHand(id: string): void {
  const { order, newcomers } = arrangement.peek();
  cursor.value = id;
  if (!order.includes(id) && !newcomers.includes(id)) fold(id, true);
}

function dropClosed(): void {
  for (const alert of known.values()) {
    if (alert.state === "closed" && alert.id !== cursor.peek()) known.delete(alert.id);
  }
}

function isWanted(alert: Alert): boolean {
  if (onlySeverity.peek() !== null && alert.severity !== onlySeverity.peek()) return false;
  if (onlyDesk.peek() !== null && alert.desk !== onlyDesk.peek()) return false;
  return wanted.peek().trim() === "" || matches(told(alert), wanted.peek());
}

/** Everything an operator may type to find the alert, in all languages of the page. */
function told(alert: Alert): string {
  const types = Object.values(DICTIONARY).map((words) => words.type[alert.type] ?? "");
  const { wearer, wearer_name, order, device, type, condition, claimed_by } = alert;
  return [wearer, wearer_name, order, alert.case, device, type, condition, claimed_by, ...types].join(" ");
}

// What the operator types or lets go of sorts the rows at once.
effect(() => {
  void [wanted.value, onlySeverity.value, onlyDesk.value, scope.value, together.value];
  sortNow();
});
effect(() => remember("together", together.value ? "on" : "off"));
effect(() => {
  if (!held.value) paint(false);
});
