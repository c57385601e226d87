/** What a shift's report says, on screen and on paper. */
import type { VNode } from "preact";
import { inWords } from "../desk/AlertRow.tsx";
import { Heads } from "../desk/Heads.tsx";
import type { Alert } from "../model.ts";
import { byUrgency } from "../queue/order.ts";
import { instant, shortInstant } from "../time.ts";
import { fill, language, words } from "../words/index.ts";
import { outcomeName } from "./Figures.tsx";
import type { Report } from "./reports.ts";

export function Paper({ report }: { report: Report }): VNode {
  const { handover } = words();
  const escalated = report.open.filter(({ id }) => report.escalated.includes(id));
  return (
    <article class="paper">
      <p>
        {fill(handover.until, instant(report.since), instant(report.until))}
        {report.to && ` · ${handover.to} ${report.to}`}
      </p>
      {report.note && <blockquote>{report.note}</blockquote>}
      <h2>{handover.happened}</h2>
      <Happened happened={report.happened} />
      <Holders report={report} />
      <List title={handover.escalated} alerts={escalated} />
      <List title={handover.open} alerts={report.open.toSorted(byUrgency)} />
      <List title={handover.shelved} alerts={report.shelved} />
      <Closed report={report} />
    </article>
  );
}

function Happened({ happened }: { happened: Readonly<Record<string, number>> }): VNode {
  const { happened: names, what } = words();
  const told = Object.entries(happened).filter(([, count]) => count > 0);
  if (told.length === 0) return <p class="faint">{words().handover.none}</p>;
  return (
    <ul class="happened">
      {told.map(([id, count]) => (
        <li key={id}>
          <b>{count}</b> {names[id] ?? what[id] ?? id}
        </li>
      ))}
    </ul>
  );
}

function Holders({ report }: { report: Report }): VNode | null {
  const { own } = words();
  if (report.holders.length === 0) return null;
  return (
    <p>
      {own.title}: {report.holders.map(({ name, alerts }) => `${name} (${alerts.length})`).join(", ")}
    </p>
  );
}

function List({ title, alerts }: { title: string; alerts: readonly Alert[] }): VNode {
  const { handover, detail, severity, type } = words();
  return (
    <>
      <h2>
        {title} <small>{alerts.length}</small>
      </h2>
      {alerts.length === 0 && <p class="faint">{handover.none}</p>}
      {alerts.length > 0 && (
        <table class="told">
          <Heads
            of={[detail.severity, detail.wearer, detail.order, detail.opened, handover.owner, detail.reason]}
          />
          <tbody>
            {alerts.map((alert) => (
              <tr key={alert.id} class={alert.severity}>
                <td>
                  <span class="severity-word">{severity[alert.severity]}</span>{" "}
                  {type[alert.type] ?? alert.type}
                </td>
                <td>{alert.wearer_name || alert.wearer}</td>
                <td>{alert.order}</td>
                <td>{shortInstant(alert.opened_at)}</td>
                <td>{alert.claimed_by ?? inWords(alert)}</td>
                <td>{alert.reason[language.value]}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </>
  );
}

function Closed({ report }: { report: Report }): VNode {
  const { handover } = words();
  return (
    <>
      <h2>
        {handover.closed} <small>{report.closed.length}</small>
      </h2>
      <ul>
        {report.closed.map((one) => (
          <li key={`${one.alert} ${one.at}`}>
            {shortInstant(one.at)} {one.by}: {outcomeName(one.outcome)}
            {one.note && <q>{one.note}</q>}
          </li>
        ))}
      </ul>
    </>
  );
}
