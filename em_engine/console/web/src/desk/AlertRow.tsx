/** One alert in the list: what, who, since when, whose, in what state, until when, and why, at a glance. */
import type { VNode } from "preact";
import { calls, isUnseen, type Alert } from "../model.ts";
import { waitingSince, type Fold } from "../queue/order.ts";
import { roughly, since, span } from "../time.ts";
import { fill, language, words } from "../words/index.ts";
import { countdown, dueOf, left } from "./due.ts";
import { noiseOf } from "./noise.ts";
import { OthersMark } from "./Others.tsx";
import { Shape } from "./Shape.tsx";

export const ROW_HEIGHT = 80;

interface Place {
  readonly alert: Alert;
  readonly row: number;
  readonly count: number;
  readonly isChosen: boolean;
  readonly fold: Fold | undefined;
}

export function AlertRow({ alert, row, count, isChosen, fold }: Place): VNode {
  const text = words();
  const marks = [
    isChosen && "chosen",
    calls(alert) && "calling",
    alert.inhibited_by.length > 0 && "doubtful",
  ];
  const classes = ["row", alert.severity, alert.state, alert.breach, ...marks.filter(Boolean)].join(" ");
  return (
    <div
      id={`row-${alert.id}`}
      class={classes}
      role="option"
      aria-selected={isChosen}
      aria-setsize={count}
      aria-posinset={row + 1}
      data-id={alert.id}
      style={{ transform: `translateY(${row * ROW_HEIGHT}px)` }}
    >
      <Shape severity={alert.severity} seen={!isUnseen(alert)} />
      <div class="line what">
        <span class="unseen-by-eye">{text.severity[alert.severity]}: </span>
        <strong class={seenOrNot(alert)}>{text.type[alert.type] ?? alert.type}</strong>
        {alert.repeats > 1 && <Repeats times={alert.repeats} />}
        {alert.level > 0 && <Level alert={alert} />}
        <Age alert={alert} />
      </div>
      <div class="line who">
        <span class="wearer">{alert.wearer_name || alert.wearer}</span>
        {alert.wearer_name && <span class="id">{alert.wearer}</span>}
        <span class="id order">{alert.order}</span>
        <State alert={alert} />
      </div>
      <div class="line last">
        <span class="why">{alert.reason[language.value]}</span>
        <Countdown alert={alert} />
        {fold && <Folded fold={fold} />}
      </div>
    </div>
  );
}

/** On the parts themselves: a row that changed as it moved kept its old dress where it hung on the row alone
 * (seen once in Chromium).
 */
const seenOrNot = (alert: Alert): string => (isUnseen(alert) ? "" : "seen");

function Repeats({ times }: { times: number }): VNode {
  const { queue } = words();
  return (
    <span class="repeats" title={fill(queue.repeatsLong, times)}>
      {fill(queue.repeats, times)}
    </span>
  );
}

function Level({ alert }: { alert: Alert }): VNode {
  const { escalation } = words();
  return (
    <span class="level" title={fill(escalation.told, alert.escalated_to ?? "–")}>
      ▲{alert.level}
      <span class="unseen-by-eye"> {fill(escalation.level, alert.level)}</span>
    </span>
  );
}

/** How long it has waited to be seen; once it is, how long it has been worked on. */
function Age({ alert }: { alert: Alert }): VNode {
  const from = isUnseen(alert) ? waitingSince(alert) : (alert.acknowledged_at ?? waitingSince(alert));
  return (
    <time class={`age ${seenOrNot(alert)}`} dateTime={from}>
      {span(since(from))}
    </time>
  );
}

function State({ alert }: { alert: Alert }): VNode {
  const { queue } = words();
  const isOver = alert.breach === "cleared" && alert.cleared_at !== null;
  const noise = noiseOf(alert);
  return (
    <div class="state">
      <OthersMark alert={alert.id} />
      {noise && <span class="chip">{noise}</span>}
      {alert.inhibited_by[0] && <Doubtful type={alert.inhibited_by[0].type} />}
      {isOver && <span class="chip cleared">{fill(queue.cleared, roughly(since(alert.cleared_at!)))}</span>}
      {alert.late && <span class="chip">{queue.late}</span>}
      <span class={`chip ${alert.state}`}>{inWords(alert)}</span>
    </div>
  );
}

function Doubtful({ type }: { type: string }): VNode {
  const text = words();
  const name = text.type[type] ?? type;
  return (
    <span class="chip doubt" title={fill(text.related.doubtfulLong, name)}>
      {fill(text.related.doubtful, name)}
    </span>
  );
}

/** The state, and whose doing it is. */
export function inWords(alert: Alert): string {
  const { state, queue, shelf } = words();
  if (alert.state === "claimed") return `◉ ${alert.claimed_by ?? ""}`;
  if (alert.state === "shelved" && alert.shelved_until !== null)
    return `${state.shelved}, ${fill(shelf.back, countdown(left(alert.shelved_until)))}`;
  const by = alert.state === "acknowledged" ? alert.acknowledged_by : alert.closed_by;
  return by ? `${state[alert.state]} ${fill(queue.by, by)}` : state[alert.state];
}

/** How long until it should have been seen, or ended; and how long ago that was. */
function Countdown({ alert }: { alert: Alert }): VNode | null {
  const { due } = words();
  const at = dueOf(alert);
  if (at === null || alert.state === "closed") return null;
  const rest = left(at);
  const text = rest < 0 ? fill(due.late, roughly(-rest)) : fill(due.left, countdown(rest));
  return <span class={`due ${rest < 0 ? "late" : rest < 60_000 ? "soon" : ""}`}>{text}</span>;
}

/** No button: within a list's option nothing else can be pressed but by pointer; keys are left and right. */
function Folded({ fold }: { fold: Fold }): VNode {
  const { related } = words();
  const many = fold.key.startsWith("type ") ? related.behindType : related.behind;
  return (
    <span class="fold" data-fold={String(!fold.isOpen)} title={fill(many, fold.count)}>
      {fold.isOpen ? "▾" : "▸"} {fold.count}
      <span class="unseen-by-eye"> {fill(many, fold.count)}</span>
    </span>
  );
}
