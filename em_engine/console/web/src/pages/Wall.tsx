/** The big screen: how much is open, what has waited longest, what is most urgent, where everybody is. */
import type { VNode } from "preact";
import { isLost } from "../desk/Banner.tsx";
import { inWords } from "../desk/AlertRow.tsx";
import { countdown, dueOf, left } from "../desk/due.ts";
import { Shape } from "../desk/Shape.tsx";
import { MapPane } from "../map/MapPane.tsx";
import { SEVERITIES, isUnseen, type Alert, type Severity } from "../model.ts";
import { activeAlerts, beat, counts, inScope, loaded, openAlerts, revision } from "../queue/book.ts";
import { byUrgency } from "../queue/order.ts";
import { clockTime, now, roughly, since, span } from "../time.ts";
import { fill, words } from "../words/index.ts";
import { goTo } from "./place.ts";

const SHOWN = 7;

export function Wall(): VNode {
  const { wall, pages } = words();
  return (
    <main class="wall" aria-label={wall.title}>
      <section class="wall-facts">
        <div class="wall-clock">
          <h1>{wall.title}</h1>
          <time>{clockTime(now.value)}</time>
          <button type="button" class="quiet" onClick={() => goTo("desk")}>
            {pages.desk}
          </button>
        </div>
        <ul class="wall-counts">
          {SEVERITIES.map((severity) => (
            <Count key={severity} severity={severity} />
          ))}
        </ul>
        <States />
        <Oldest />
        <Urgent />
      </section>
      <MapPane alert={null} />
    </main>
  );
}

function Count({ severity }: { severity: Severity }): VNode {
  const { severity: names, wall } = words();
  const { all, unseen } = counts.value[severity];
  return (
    <li class={`${severity} ${unseen > 0 ? "unseen" : ""}`}>
      <Shape severity={severity} seen={unseen === 0} />
      <b>{loaded.value ? all : "…"}</b>
      <span>{names[severity]}</span>
      <small>
        {unseen} {wall.unseen}
      </small>
    </li>
  );
}

function States(): VNode {
  void revision.value;
  const { wall, bar } = words();
  const owned = openAlerts().filter(({ state }) => state === "claimed").length;
  const told = beat.value;
  return (
    <p class="wall-states">
      <span>
        <b>{activeAlerts().length}</b> {wall.open}
      </span>
      <span>
        <b>{owned}</b> {wall.owned}
      </span>
      <span>
        <b>{inScope("shelf").length}</b> {wall.shelved}
      </span>
      <span class={`light ${isLost.value ? "lost" : "live"}`}>{isLost.value ? bar.lost : bar.live}</span>
      {told && (
        <span class={`light ${told.link.connected ? "live" : "lost"}`}>
          {bar.broker}: {fill(bar.devices, told.devices.heard, told.devices.expected)}
        </span>
      )}
    </p>
  );
}

/** What has waited longest without anybody having seen it. */
function Oldest(): VNode {
  void revision.value;
  const { wall, type } = words();
  const waiting = activeAlerts()
    .filter(isUnseen)
    .toSorted((a, b) => Date.parse(a.raised_at) - Date.parse(b.raised_at));
  const oldest = waiting[0];
  return (
    <div class={`wall-oldest ${oldest?.severity ?? ""}`}>
      <h2>{wall.oldest}</h2>
      {oldest ? (
        <p>
          <b>{span(since(oldest.raised_at))}</b>{" "}
          <span>
            {type[oldest.type] ?? oldest.type}, {oldest.wearer_name || oldest.wearer}
          </span>
        </p>
      ) : (
        <p>{wall.none}</p>
      )}
    </div>
  );
}

function Urgent(): VNode {
  void revision.value;
  const { wall } = words();
  const first = activeAlerts().toSorted(byUrgency).slice(0, SHOWN);
  return (
    <>
      <h2>{wall.urgent}</h2>
      <ol class="wall-urgent">
        {first.map((alert) => (
          <One key={alert.id} alert={alert} />
        ))}
      </ol>
    </>
  );
}

function One({ alert }: { alert: Alert }): VNode {
  const { type, due } = words();
  const at = dueOf(alert);
  const rest = at === null ? null : left(at);
  return (
    <li class={alert.severity}>
      <Shape severity={alert.severity} seen={!isUnseen(alert)} />
      <strong>{type[alert.type] ?? alert.type}</strong>
      <span>{alert.wearer_name || alert.wearer}</span>
      <span class="faint">{inWords(alert)}</span>
      {rest !== null && (
        <span class={`due ${rest < 0 ? "late" : ""}`}>
          {rest < 0 ? fill(due.late, roughly(-rest)) : countdown(rest)}
        </span>
      )}
    </li>
  );
}
