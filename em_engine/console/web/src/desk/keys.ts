/** The keyboard: every command of a desk under one hand. */
import { acknowledge, ask, claimOrRelease, shelveOrBring } from "./Actions.tsx";
import { showing } from "./Bar.tsx";
import { commandFor, type Command } from "./commands.ts";
import { goToDetail } from "./Detail.tsx";
import { letIn } from "./QueuePane.tsx";
import { singleKeys } from "../preferences.ts";
import type { Alert } from "../model.ts";
import {
  SCOPES,
  arrangement,
  cursor,
  fold,
  inHand,
  keyboardAmongRows,
  mostUrgent,
  scope,
  takeInHand,
} from "../queue/book.ts";
import { goTo, page } from "../pages/place.ts";
import { step } from "../queue/order.ts";

/** What each command does; by which key, the person may choose, or turn them off (WCAG 2.1.4). */
const DOES: Readonly<Record<Command, () => void>> = {
  next: () => move(1),
  previous: () => move(-1),
  acknowledge: () => withAlert(acknowledge),
  claim: () => withAlert(claimOrRelease),
  shelve: () => withAlert(shelveOrBring),
  escalate: () => withAlert((alert) => ask("escalate", alert)),
  pass: () => withAlert((alert) => ask("pass", alert)),
  comment: () => withAlert((alert) => ask("comment", alert)),
  tag: () => withAlert((alert) => ask("tag", alert)),
  closeAlert: () => withAlert((alert) => ask("close", alert)),
  view: nextScope,
  release: letIn,
  critical: goToMostUrgent,
  filter: () => document.getElementById("filter")?.focus(),
  help: () => (showing.value = "help"),
};

/** Where letters are the field's own. */
const TYPED_INTO = "input:not([type=range], [type=checkbox], [type=radio]), textarea, select";

/** Keys that mean this only among the rows; elsewhere they are the browser's. */
const AMONG_ROWS: Readonly<Record<string, () => void>> = {
  ArrowDown: () => move(1),
  ArrowUp: () => move(-1),
  PageDown: () => move(8),
  PageUp: () => move(-8),
  Home: () => move(-Infinity),
  End: () => move(Infinity),
  ArrowRight: () => cursor.value !== null && fold(cursor.value, true),
  ArrowLeft: () => cursor.value !== null && fold(cursor.value, false),
  Enter: goToDetail,
};

export function listenToKeys(): () => void {
  addEventListener("keydown", pressed);
  return () => removeEventListener("keydown", pressed);
}

function pressed(event: KeyboardEvent): void {
  if (event.defaultPrevented || event.isComposing || document.querySelector("dialog[open]")) return;
  const command = commandOf(event);
  if (!command) return;
  event.preventDefault();
  command();
}

function commandOf(event: KeyboardEvent): (() => void) | undefined {
  const target = event.target as HTMLElement;
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey))
    return () => (showing.value = "palette");
  if (event.ctrlKey || event.metaKey || event.altKey) return undefined;
  // On the other pages no alert is in sight, so no key may act on one.
  if (page.value !== "desk") return event.key === "Escape" ? () => goTo("desk") : undefined;
  if (event.key === "Escape") return () => back(target);
  if (target.id === "rows" && event.key in AMONG_ROWS) return AMONG_ROWS[event.key];
  if (target.closest(TYPED_INTO) || !singleKeys.value) return undefined;
  const command = commandFor(event.key);
  return command && DOES[command];
}

/** Take the alert so many rows on in hand, and the keyboard to the rows. */
function move(steps: number): void {
  const next = step(arrangement.value.order, cursor.value, steps);
  if (next !== null) take(next);
}

function take(id: string): void {
  takeInHand(id);
  document.getElementById("rows")?.focus({ preventScroll: true });
  keyboardAmongRows.value = true;
}

export function goToMostUrgent(): void {
  const alert = mostUrgent();
  if (!alert) return;
  letIn();
  take(alert.id);
}

function withAlert(act: (alert: Alert) => void): void {
  const alert = inHand.value;
  if (alert && alert.state !== "closed") act(alert);
}

/** All, mine, the shelf, and round again. */
function nextScope(): void {
  scope.value = SCOPES[(SCOPES.indexOf(scope.value) + 1) % SCOPES.length]!;
}

/** One step out: from a field or the alert to the rows, from the rows to the overview. */
function back(target: HTMLElement): void {
  const isAmongRows = target.id === "rows" || target === document.body;
  if (!isAmongRows && cursor.value !== null) return void document.getElementById("rows")?.focus();
  cursor.value = null;
  keyboardAmongRows.value = false;
  target.blur();
}
