/** How the desk does: how much comes, how fast it is seen, where the noise is from. */
import type { VNode } from "preact";
import { signal } from "@preact/signals";
import { Heads } from "../desk/Heads.tsx";
import { useFetched } from "../desk/resource.ts";
import { language, fill, why, words } from "../words/index.ts";
import { clockTime, now, span } from "../time.ts";
import { Chart } from "./Chart.tsx";
import * as reports from "./reports.ts";

const WINDOWS = [1, 8, 24, 48] as const;
const EVERY_MS = 30_000;
const hours = signal<number>(8);

export function Figures(): VNode {
  const { figures: text, detail } = words();
  const turn = Math.floor(now.value / EVERY_MS);
  const { value, failure } = useFetched(`${hours.value}`, turn, () => reports.figures(hours.value));
  return (
    <main class="sheet-page">
      <header>
        <h1>{text.title}</h1>
        <select
          aria-label={text.window}
          value={hours.value}
          onChange={(event) => (hours.value = Number(event.currentTarget.value))}
        >
          {WINDOWS.map((own) => (
            <option key={own} value={own}>
              {fill(text.hours, own)}
            </option>
          ))}
        </select>
      </header>
      {failure && <p class="faint">{fill(detail.failed, why(failure))}</p>}
      {value && <Told told={value} />}
      {!value && !failure && <p class="faint">{detail.loading}</p>}
    </main>
  );
}

function Told({ told }: { told: reports.Figures }): VNode {
  const { figures: text } = words();
  const { p50, p95 } = told.acknowledge_s;
  return (
    <>
      <dl class="tiles">
        <Tile name={text.alerts} value={String(told.alerts)} />
        <Tile name={text.operators} value={String(told.operators)} />
        <Tile
          name={text.rate}
          value={decimal(told.per_operator_10min)}
          hint={text.rateHint}
          isBad={told.per_operator_10min > 1}
        />
        <Tile name={text.p50} value={p50 === null ? "–" : span(p50 * 1000)} />
        <Tile name={text.p95} value={p95 === null ? "–" : span(p95 * 1000)} />
        <Tile name={text.flood} value={share(told.flood_share)} isBad={told.flood_share > 0.01} />
        <Tile
          name={text.nuisance}
          value={told.nuisance_share === null ? "–" : share(told.nuisance_share)}
          hint={text.nuisanceHint}
        />
      </dl>
      <div class="columns">
        <Sources top={told.top} />
        <Outcomes outcomes={told.outcomes} />
        <Chart
          title={text.hour}
          bars={told.by_hour.map(({ at, alerts }) => ({ name: clockTime(at).slice(0, 5), value: alerts }))}
        />
      </div>
    </>
  );
}

function Tile({
  name,
  value,
  hint = "",
  isBad = false,
}: {
  name: string;
  value: string;
  hint?: string;
  isBad?: boolean;
}): VNode {
  return (
    <div class={isBad ? "tile bad" : "tile"}>
      <dt>{name}</dt>
      <dd>
        <b>{value}</b>
        {hint && <small>{hint}</small>}
      </dd>
    </div>
  );
}

function Sources({ top }: { top: readonly reports.Source[] }): VNode {
  const { figures: text, type, detail } = words();
  if (top.length === 0) return <p class="faint">{text.none}</p>;
  return (
    <table class="told">
      <caption>{text.sources}</caption>
      <Heads of={[detail.wearer, text.case, text.kind, text.condition, text.count]} />
      <tbody>
        {top.map((source, index) => (
          <tr key={index}>
            <td>{source.wearer}</td>
            <td>{source.case}</td>
            <td>{type[source.type] ?? source.type}</td>
            <td>{source.condition}</td>
            <td class="number">{source.count}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function Outcomes({ outcomes }: { outcomes: Readonly<Record<string, number>> }): VNode {
  const bars = Object.entries(outcomes).map(([id, value]) => ({ name: outcomeName(id), value }));
  return <Chart title={words().figures.outcomes} bars={bars.toSorted((a, b) => b.value - a.value)} />;
}

export const outcomeName = (id: string): string => words().outcome[id] ?? id;

const tag = (): string => (language.value === "en" ? "en-GB" : language.value);
export const decimal = (value: number): string => value.toLocaleString(tag(), { maximumFractionDigits: 2 });
const share = (value: number): string =>
  value.toLocaleString(tag(), { style: "percent", maximumFractionDigits: 1 });
