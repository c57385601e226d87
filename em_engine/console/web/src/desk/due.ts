/** Deadlines of an alert, as the server set them: what is due next, and how it is counted down. */
import type { Alert } from "../model.ts";
import { now, roughly, since, span } from "../time.ts";
import { fill, words } from "../words/index.ts";

/** Milliseconds left until then; negative once it has passed. */
export const left = (at: string): number => -since(at);

/** What the row counts down to: being seen, then being ended. */
export function dueOf(alert: Alert): string | null {
  if (alert.state === "shelved") return null;
  return alert.state === "unacknowledged" ? alert.due.acknowledge : alert.due.close;
}

/** `1:32` below an hour, `2 h` from there on. */
export function countdown(milliseconds: number): string {
  const seconds = Math.max(0, Math.ceil(milliseconds / 1000));
  if (seconds >= 3600) return roughly(milliseconds);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, "0")}`;
}

/** Every deadline in words, those that have passed among them. */
export function dueInWords(alert: Alert): readonly { readonly text: string; readonly isLate: boolean }[] {
  void now.value;
  const { due, escalation, own } = words();
  const told: { text: string; isLate: boolean }[] = [];
  const say = (at: string | null, early: string, late: string, who = ""): void => {
    if (at === null) return;
    const isLate = left(at) < 0;
    const time = isLate ? roughly(-left(at)) : span(left(at));
    told.push({ text: fill(isLate ? late : early, ...(who ? [who, time] : [time])), isLate });
  };
  if (alert.state === "unacknowledged") say(alert.due.acknowledge, due.acknowledge, due.acknowledgeLate);
  say(alert.due.close, due.close, due.closeLate);
  const { escalate, lapse } = alert.due;
  if (escalate) say(escalate.at, escalation.next, escalation.overdue, escalate.to);
  if (alert.claimed_by !== null) say(lapse, own.lost, own.lost, alert.claimed_by);
  return told;
}
