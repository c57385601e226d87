/** Month by month and programme by programme, as the directorates publish it; on screen and as CSV. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Heads } from "../desk/Heads.tsx";
import { useFetched } from "../desk/resource.ts";
import { now } from "../time.ts";
import { fill, why, words } from "../words/index.ts";
import { Chart } from "./Chart.tsx";
import { decimal, outcomeName } from "./Figures.tsx";
import * as reports from "./reports.ts";
import type { Figure } from "./reports.ts";

/** `2026-11`, so many months before this one. */
function month(back: number): string {
  const at = new Date(now.peek());
  return new Date(Date.UTC(at.getFullYear(), at.getMonth() - back, 1)).toISOString().slice(0, 7);
}

export function Statistics(): VNode {
  const { statistics: text, detail } = words();
  const [from, setFrom] = useState(month(2));
  const [to, setTo] = useState(month(0));
  const [programme, setProgramme] = useState("");
  const path = reports.statisticsPath("", from, to, programme);
  const { value, failure } = useFetched(path, 0, () => reports.statistics(path), 200);
  return (
    <main class="sheet-page">
      <header>
        <h1>{text.title}</h1>
        <MonthField name={text.from} value={from} choose={setFrom} />
        <MonthField name={text.to} value={to} choose={setTo} />
        <Programmes chosen={programme} choose={setProgramme} />
        <a class="button" href={reports.statisticsPath(".csv", from, to, programme)} download>
          {text.csv}
        </a>
      </header>
      {failure && <p class="faint">{fill(detail.failed, why(failure))}</p>}
      {value && <Told figures={value} />}
      {!value && !failure && <p class="faint">{detail.loading}</p>}
    </main>
  );
}

function MonthField({
  name,
  value,
  choose,
}: {
  name: string;
  value: string;
  choose: (month: string) => void;
}): VNode {
  const change = (typed: string): void => {
    if (/^20\d\d-(0[1-9]|1[0-2])$/.test(typed)) choose(typed);
  };
  return (
    <label>
      {name} <input type="month" value={value} onChange={(event) => change(event.currentTarget.value)} />
    </label>
  );
}

function Programmes({ chosen, choose }: { chosen: string; choose: (programme: string) => void }): VNode {
  const { statistics: text, programme } = words();
  return (
    <select
      aria-label={text.programme}
      value={chosen}
      onChange={(event) => choose(event.currentTarget.value)}
    >
      <option value="">{text.every}</option>
      {Object.entries(programme).map(([id, name]) => (
        <option key={id} value={id}>
          {name}
        </option>
      ))}
    </select>
  );
}

function Told({ figures }: { figures: readonly Figure[] }): VNode {
  const { statistics: text, type } = words();
  const months = [...new Set(figures.map((one) => one.month))].toSorted();
  return (
    <>
      <Orders figures={figures} />
      <div class="columns">
        <Chart
          title={text.chart}
          bars={months.map((name) => ({ name, value: sum(figures, "alerts-opened", { month: name }) }))}
        />
        <Chart title={text.kinds} bars={by(figures, "alerts-opened", "type", (id) => type[id] ?? id)} />
        <Chart title={text.outcomes} bars={by(figures, "alerts-closed", "outcome", outcomeName)} />
      </div>
    </>
  );
}

function sum(figures: readonly Figure[], measure: string, only: Partial<Figure>): number {
  return figures
    .filter((one) => one.measure === measure)
    .filter((one) => Object.entries(only).every(([key, value]) => one[key as keyof Figure] === value))
    .reduce((total, one) => total + one.value, 0);
}

function by(
  figures: readonly Figure[],
  measure: string,
  key: "type" | "outcome",
  nameOf: (id: string) => string,
): { name: string; value: number }[] {
  const ids = [...new Set(figures.filter((one) => one.measure === measure).map((one) => one[key]))];
  const bars = ids.map((id) => ({ name: nameOf(id), value: sum(figures, measure, { [key]: id }) }));
  return bars.toSorted((a, b) => b.value - a.value);
}

/** A row a month and programme. */
function Orders({ figures }: { figures: readonly Figure[] }): VNode {
  const { statistics: text, programme, figures: figureWords } = words();
  const rows = [...new Set(figures.map((one) => `${one.month} ${one.programme}`))].toSorted();
  if (rows.length === 0) return <p class="faint">{figureWords.none}</p>;
  const columns = [
    text.month,
    text.programme,
    text.active,
    text.imposed,
    text.alerts,
    text.days,
    text.perDay,
  ];
  return (
    <table class="told">
      <Heads of={columns} />
      <tbody>
        {rows.map((row) => {
          const [name = "", own = ""] = row.split(" ");
          const of = (measure: string): string =>
            decimal(sum(figures, measure, { month: name, programme: own }));
          return (
            <tr key={row}>
              <th scope="row">{name}</th>
              <td>{programme[own] ?? own}</td>
              <td class="number">{of("orders-active")}</td>
              <td class="number">{of("orders-imposed")}</td>
              <td class="number">{of("alerts-opened")}</td>
              <td class="number">{of("device-days")}</td>
              <td class="number">{of("alerts-per-device-day")}</td>
            </tr>
          );
        })}
      </tbody>
    </table>
  );
}
