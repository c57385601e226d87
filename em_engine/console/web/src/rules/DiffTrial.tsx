/** Both rulebooks on the same history: which alerts appear, which disappear, which move. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Heads } from "../desk/Heads.tsx";
import { instant } from "../time.ts";
import { fill, language, words } from "../words/index.ts";
import * as api from "./api.ts";
import { HistoryChoice, historyIn } from "./HistoryChoice.tsx";
import { useLoaded } from "./loaded.ts";
import type { BookName, DiffResult, Fate, FatedAlert, Figures, Marks } from "./model.ts";
import { Refusal } from "./Refusal.tsx";
import { TrialState, useTrial } from "./trial.tsx";
import { inWords, text } from "./words.ts";

interface Shown {
  readonly old: BookName;
  readonly now: BookName;
  /** The places of the alerts that differ, for the map beside. */
  readonly mark: (marks: Marks | null) => void;
}

export function DiffTrial({ old, now, mark }: Shown): VNode {
  const { trials } = text();
  const trying = useTrial();
  const done = trying.trial?.state === "done" ? trying.trial.id : "";
  const result = useLoaded(done, () => api.diffResult(done));
  useEffect(() => mark(result.value && marksOf(result.value)), [result.value]);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    trying.start(async () => ({ kind: "diff", old, new: now, history: await historyIn(form) }));
  };
  return (
    <section aria-labelledby="trial">
      <h2 id="trial">{trials.title}</h2>
      <form class="trial" onSubmit={submit}>
        <HistoryChoice />
        <button type="submit" class="primary" disabled={trying.isSending}>
          {trials.start}
        </button>
      </form>
      <TrialState trying={trying} />
      {result.failure && <Refusal of={result.failure} />}
      {result.value && <Result of={result.value} />}
    </section>
  );
}

const FATES: readonly Fate[] = ["appears", "disappears", "moves"];

function marksOf({ alerts }: DiffResult): Marks {
  const features = alerts
    .filter(({ at }) => at !== null)
    .map(({ fate, at, before, after }) => ({
      type: "Feature" as const,
      geometry: { type: "Point", coordinates: at! },
      properties: { kind: fate, title: `${(after ?? before)!.order} ${(after ?? before)!.condition}` },
    }));
  return { type: "FeatureCollection", features } as Marks;
}

function Result({ of }: { of: DiffResult }): VNode {
  const { trials } = text();
  const { history } = of;
  const span =
    history.from && history.to ? fill(trials.span, instant(history.from), instant(history.to)) : "";
  return (
    <div class="trial-result">
      <p role="status">{fill(trials.judged, number(history.reports), number(history.devices), span)}</p>
      {history.reports === 0 && <p class="caution">{trials.noHistory}</p>}
      {inWords(history.notices, history.notice_codes).map((notice) => (
        <p key={notice} class="caution">
          {notice}
        </p>
      ))}
      <Totals of={of} />
      <ByOrder of={of} />
      <Alerts of={of} />
    </div>
  );
}

const number = (value: number, digits = 0): string =>
  value.toLocaleString(language.value === "en" ? "en-GB" : language.value, { maximumFractionDigits: digits });

/** The same figures under both, side by side. */
function Totals({ of }: { of: DiffResult }): VNode {
  const { trials } = text();
  const rows: readonly (readonly [string, (of: Figures) => number | null | undefined, number])[] = [
    [trials.alerts, ({ alerts }) => alerts, 0],
    [trials.perDeviceDay, ({ per_device_day }) => per_device_day, 2],
    [trials.brief, ({ brief }) => brief, 0],
    [trials.nuisance, ({ nuisance }) => nuisance, 0],
    [trials.nuisancePerDay, ({ nuisance_per_device_day }) => nuisance_per_device_day, 2],
    [trials.missed, ({ missed }) => missed, 0],
  ];
  return (
    <table class="told figures">
      <caption>{trials.figures}</caption>
      <thead>
        <tr>
          <td />
          <th scope="col">{trials.before}</th>
          <th scope="col">{trials.after}</th>
        </tr>
      </thead>
      <tbody>
        {rows
          .filter(([, figure]) => figure(of.before) != null || figure(of.after) != null)
          .map(([name, figure, digits]) => (
            <tr key={name}>
              <th scope="row">{name}</th>
              <td class="number">{number(figure(of.before) ?? 0, digits)}</td>
              <td class="number">{number(figure(of.after) ?? 0, digits)}</td>
            </tr>
          ))}
      </tbody>
    </table>
  );
}

/** What differs is told first; the others are there for who wants to see that they do not. */
function ByOrder({ of }: { of: DiffResult }): VNode {
  const { trials } = text();
  const told = Object.entries(of.orders);
  const isOther = (counts: Counts): boolean => FATES.some((fate) => counts[fate] > 0);
  const other = told.filter(([, counts]) => isOther(counts));
  const alike = told.filter(([, counts]) => !isOther(counts));
  return (
    <>
      {other.length > 0 && <Orders told={other} caption={trials.byOrder} />}
      {alike.length > 0 && (
        <details>
          <summary>{fill(trials.alike, number(alike.length))}</summary>
          <Orders told={alike} caption={trials.byOrder} />
        </details>
      )}
    </>
  );
}

type Counts = DiffResult["orders"][string];

function Orders({ told, caption }: { told: readonly [string, Counts][]; caption: string }): VNode {
  const { trials, orders } = text();
  return (
    <table class="told figures">
      <caption>{caption}</caption>
      <Heads of={[orders.order, trials.before, trials.after, ...FATES.map((fate) => trials[fate])]} />
      <tbody>
        {told.map(([order, counts]) => (
          <tr key={order}>
            <th scope="row">{order}</th>
            {[counts.before, counts.after, ...FATES.map((fate) => counts[fate])].map((count, index) => (
              <td key={index} class="number">
                {number(count)}
              </td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

const SIGN: Readonly<Record<Fate, string>> = { appears: "+", disappears: "−", moves: "→" };
const SHOWN_MAX = 100;

/** Every alert that differs; those of one fate alone where one asks for them. */
function Alerts({ of }: { of: DiffResult }): VNode {
  const { trials, orders } = text();
  const [only, show] = useState<Fate | null>(null);
  const found = of.alerts.filter(({ fate }) => only === null || fate === only);
  return (
    <>
      <p class="ways" role="group" aria-label={trials.fates}>
        {FATES.map((fate) => (
          <button
            key={fate}
            type="button"
            aria-pressed={only === fate}
            onClick={() => show(only === fate ? null : fate)}
          >
            {SIGN[fate]} {trials[fate]} <b>{of.alerts.filter((one) => one.fate === fate).length}</b>
          </button>
        ))}
      </p>
      {found.length === 0 && <p class="faint">{trials.none}</p>}
      {found.length > 0 && (
        <table class="told">
          <Heads of={[trials.fate, trials.when, orders.order, trials.condition, trials.type]} />
          <tbody>
            {found.slice(0, SHOWN_MAX).map((one, index) => (
              <AlertRow key={index} of={one} />
            ))}
          </tbody>
        </table>
      )}
      {found.length > SHOWN_MAX && <p class="faint">{fill(text().more, found.length - SHOWN_MAX)}</p>}
    </>
  );
}

function AlertRow({ of }: { of: FatedAlert }): VNode {
  const { trials } = text();
  const told = (of.after ?? of.before)!;
  const { type, severity } = words();
  const isMoved = of.before !== null && of.after !== null && of.before.opened_at !== of.after.opened_at;
  return (
    <tr>
      <td>
        <span class={`chip ${of.fate}`}>
          {SIGN[of.fate]} {trials[of.fate]}
        </span>
      </td>
      <td class="number">
        {isMoved ? `${instant(of.before!.opened_at)} → ` : ""}
        {instant(told.opened_at)}
        {told.brief && <small class="faint"> {trials.isBrief}</small>}
      </td>
      <td>{told.order}</td>
      <td>{told.condition}</td>
      <td>
        {type[told.type as keyof typeof type] ?? told.type} (
        {severity[told.severity as keyof typeof severity] ?? told.severity})
      </td>
    </tr>
  );
}
