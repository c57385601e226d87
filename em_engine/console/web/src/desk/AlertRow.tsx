/** One alert in the list: what, who, since when, in what state, and why, at a glance. */
import type { VNode } from "preact";
import type { Alert } from "../model.ts";
import { waitingSince } from "../queue/order.ts";
import { roughly, since, span } from "../time.ts";
import { fill, language, words } from "../words/index.ts";
import { Shape } from "./Shape.tsx";

export const ROW_HEIGHT = 80;

interface Place {
  readonly alert: Alert;
  readonly row: number;
  readonly count: number;
  readonly isChosen: boolean;
}

export function AlertRow({ alert, row, count, isChosen }: Place): VNode {
  const text = words();
  const classes = ["row", alert.severity, alert.state, alert.breach, isChosen ? "chosen" : ""].join(" ");
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
      <Shape severity={alert.severity} seen={alert.state !== "unacknowledged"} />
      <div class="line what">
        <span class="unseen-by-eye">{text.severity[alert.severity]}: </span>
        <strong class={seenOrNot(alert)}>{text.type[alert.type] ?? alert.type}</strong>
        {alert.repeats > 1 && <Repeats times={alert.repeats} />}
        <Age alert={alert} />
      </div>
      <div class="line who">
        <span class="wearer">{alert.wearer_name || alert.wearer}</span>
        {alert.wearer_name && <span class="id">{alert.wearer}</span>}
        <span class="id order">{alert.order}</span>
        <State alert={alert} />
      </div>
      <div class="why">{alert.reason[language.value]}</div>
    </div>
  );
}

/** On the parts themselves: a row that changed as it moved kept its old dress where it hung on the row alone
 * (seen once in Chromium).
 */
const seenOrNot = (alert: Alert): string => (alert.state === "unacknowledged" ? "" : "seen");

function Repeats({ times }: { times: number }): VNode {
  const { queue } = words();
  return (
    <span class="repeats" title={fill(queue.repeatsLong, times)}>
      {fill(queue.repeats, times)}
    </span>
  );
}

/** How long it has waited to be seen; once it is, how long it has been worked on. */
function Age({ alert }: { alert: Alert }): VNode {
  const from =
    alert.state === "unacknowledged" ? waitingSince(alert) : (alert.acknowledged_at ?? waitingSince(alert));
  return (
    <time class={`age ${seenOrNot(alert)}`} dateTime={from}>
      {span(since(from))}
    </time>
  );
}

function State({ alert }: { alert: Alert }): VNode {
  const { state, queue } = words();
  const by = alert.state === "acknowledged" ? alert.acknowledged_by : alert.closed_by;
  const isOver = alert.breach === "cleared" && alert.cleared_at !== null;
  return (
    <div class="state">
      {isOver && <span class="chip cleared">{fill(queue.cleared, roughly(since(alert.cleared_at!)))}</span>}
      {alert.late && <span class="chip">{queue.late}</span>}
      <span class={`chip ${alert.state}`}>
        {state[alert.state]} {by && fill(queue.by, by)}
      </span>
    </div>
  );
}
