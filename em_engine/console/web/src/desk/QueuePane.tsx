/** The left side: how many, which filter, whether the order is held and what waits behind it, the list. */
import type { VNode } from "preact";
import {
  activeAlerts,
  alertOf,
  arrangement,
  held,
  loaded,
  onlyDesk,
  onlySeverity,
  revision,
  sortNow,
  takeInHand,
  wanted,
} from "../queue/book.ts";
import type { Alert } from "../model.ts";
import { fill, words } from "../words/index.ts";
import { shown } from "./commands.ts";
import { AlertList } from "./AlertList.tsx";
import { Shape } from "./Shape.tsx";
import { Views } from "./Views.tsx";

export function QueuePane(): VNode {
  void revision.value;
  const { queue } = words();
  return (
    <section class="queue" aria-labelledby="queue-title">
      <div class="queue-head">
        <h2 id="queue-title">
          {queue.title} <span class="total">{loaded.value ? activeAlerts().length : "…"}</span>
        </h2>
        <Filter />
      </div>
      <Views />
      <HoldLine />
      <AlertList />
    </section>
  );
}

function Filter(): VNode {
  const { queue, severity } = words();
  const isSet = wanted.value !== "" || onlySeverity.value !== null || onlyDesk.value !== null;
  return (
    <div class="filter">
      {onlySeverity.value && <span class="chip">{severity[onlySeverity.value]}</span>}
      <input
        id="filter"
        type="search"
        aria-label={queue.filter}
        placeholder={queue.filterHint}
        value={wanted.value}
        autocomplete="off"
        onInput={(event) => (wanted.value = event.currentTarget.value)}
      />
      {isSet && (
        <button type="button" class="quiet" onClick={clearFilter}>
          {queue.clearFilter}
        </button>
      )}
    </div>
  );
}

export function clearFilter(): void {
  wanted.value = "";
  onlySeverity.value = null;
  onlyDesk.value = null;
}

/** One line of fixed height, so that what it says never moves a row: calm, held, or a critical newcomer. */
function HoldLine(): VNode {
  const { queue } = words();
  const newcomers = arrangement.value.newcomers.map(alertOf).filter((alert) => alert !== undefined);
  const critical = newcomers.filter((alert) => alert.severity === "critical");
  return (
    <div class={`hold ${critical.length > 0 ? "urgent" : ""}`} onMouseDown={keepTheHand}>
      {critical[0] ? (
        <Critical first={critical[0]} more={critical.length - 1} />
      ) : (
        <span>{held.value ? queue.held : queue.calm}</span>
      )}
      {newcomers.length > 0 && (
        <button type="button" class="pill" onClick={letIn}>
          {fill(queue.waiting, newcomers.length)} <kbd>{shown("release")}</kbd>
        </button>
      )}
    </div>
  );
}

/** A press here is no letting go of the rows: they would sort, and this line change, before the press is
 * done.
 */
function keepTheHand(event: MouseEvent): void {
  event.preventDefault();
}

function Critical({ first, more }: { first: Alert; more: number }): VNode {
  const { queue, type } = words();
  return (
    <button type="button" class="newcomer" onClick={() => takeInHand(first.id)}>
      <Shape severity="critical" />
      <span>
        {fill(queue.critical, first.wearer_name || first.wearer, type[first.type] ?? first.type)}
        {more > 0 && ` ${fill(queue.andMore, more)}`}
      </span>
    </button>
  );
}

/** Sort, and show the top: that is where what waited stands. */
export function letIn(): void {
  sortNow();
  document.getElementById("rows")?.scrollTo({ top: 0 });
}
