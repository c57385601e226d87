/** Why, or why not: for one wearer and one time, how every condition stood by what was known then. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { instant, metres, now } from "../time.ts";
import { fill, words } from "../words/index.ts";
import * as api from "./api.ts";
import { written } from "./Dialog.tsx";
import { HistoryChoice, historyIn } from "./HistoryChoice.tsx";
import { useLoaded } from "./loaded.ts";
import type { BookName, WhyCondition, WhyResult } from "./model.ts";
import { addressOf } from "./place.ts";
import { Refusal } from "./Refusal.tsx";
import { TrialState, useTrial } from "./trial.tsx";
import { text } from "./words.ts";
import type { Rights } from "./Workbench.tsx";

export function WhyPage({ book, rights }: { book: BookName; rights: Rights }): VNode {
  const { whyNot, book: bookWords } = text();
  const read = useLoaded(book, () => api.book(book));
  const trying = useTrial();
  const done = trying.trial?.state === "done" ? trying.trial.id : "";
  const result = useLoaded(done, () => api.whyResult(done));
  const name = read.value?.draft?.name ?? (book === "in-force" ? bookWords.inForce : book);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    trying.start(async () => ({
      kind: "why",
      book,
      wearer: written(form, "wearer"),
      at: new Date(written(form, "at")).toISOString(),
      history: await historyIn(form),
    }));
  };
  return (
    <main class="sheet-page" aria-busy={read.value === null && read.failure === null}>
      <header>
        <h1>{whyNot.title}</h1>
        <a class="button" href={addressOf({ page: "book", book, tab: "orders", item: null })}>
          {name}
        </a>
      </header>
      <p>{whyNot.about}</p>
      {read.failure && <Refusal of={read.failure} />}
      {!rights.mayTry && <p class="caution">{whyNot.notYours}</p>}
      {rights.mayTry && read.value && (
        <form class="trial" onSubmit={submit}>
          <Asked wearers={[...new Set(read.value.orders.map(({ wearer }) => wearer.id))]} />
          <HistoryChoice />
          <button type="submit" class="primary" disabled={trying.isSending}>
            {whyNot.ask}
          </button>
        </form>
      )}
      <TrialState trying={trying} />
      {result.failure && <Refusal of={result.failure} />}
      {result.value && <Answer of={result.value} />}
    </main>
  );
}

function Asked({ wearers }: { wearers: readonly string[] }): VNode {
  const { whyNot, decision } = text();
  const [wearer, choose] = useState("");
  const [begun] = useState(() => onTheWall(now.peek())); // what was asked stands as it was asked
  return (
    <fieldset>
      <legend>{whyNot.whom}</legend>
      <label class="field">
        {whyNot.wearer}
        <input
          name="wearer"
          list="wearers"
          required
          spellcheck={false}
          value={wearer}
          onInput={(event) => choose(event.currentTarget.value)}
        />
        <datalist id="wearers">
          {wearers.map((one) => (
            <option key={one} value={one} />
          ))}
        </datalist>
      </label>
      <label class="field">
        {whyNot.at}
        <input type="datetime-local" name="at" step={1} defaultValue={begun} required />
        <small>{fill(decision.clock, Intl.DateTimeFormat().resolvedOptions().timeZone)}</small>
      </label>
    </fieldset>
  );
}

/** As a field of date and time has it, by the clock of this browser. */
const onTheWall = (at: number): string =>
  new Date(at - new Date(at).getTimezoneOffset() * 60_000).toISOString().slice(0, 19);

function Answer({ of }: { of: WhyResult }): VNode {
  const { whyNot } = text();
  return (
    <section class="why-result" aria-labelledby="answer">
      <h2 id="answer">{fill(whyNot.answer, of.wearer, instant(of.at, of.time_zone))}</h2>
      {of.conditions.length === 0 && <p class="faint">{whyNot.nothing}</p>}
      <ul class="cards">
        {of.conditions.map((one) => (
          <li key={one.condition} class="card">
            <Stood of={one} at={of.at} zone={of.time_zone} />
          </li>
        ))}
      </ul>
    </section>
  );
}

interface Standing {
  readonly of: WhyCondition;
  readonly at: string;
  readonly zone: string;
}

function Stood({ of, at, zone }: Standing): VNode {
  const { whyNot } = text();
  const busy = of.slots.filter(({ phase }) => phase !== "clear");
  return (
    <>
      <h3>
        {of.condition} <small class="faint">{[of.kind, of.zone].filter(Boolean).join(" · ")}</small>
      </h3>
      <p>{bindingIn(of, zone)}</p>
      <ul>
        {of.fixes.length === 0 && <li class="faint">{whyNot.noFix}</li>}
        {of.fixes.map((fix) => (
          <li key={`${fix.device} ${fix.at}`}>
            {fill(
              whyNot.fix,
              fix.device,
              String(Math.round((Date.parse(at) - Date.parse(fix.at)) / 1000)),
              metres(fix.radius_m),
            )}
            {fix.depth_m !== null && <>, {side(fix.depth_m)}</>}
          </li>
        ))}
      </ul>
      {busy.length === 0 && <Quiet of={of} zone={zone} />}
      <ul>
        {busy.map((slot) => (
          <li key={slot.type}>
            <b>{typeOf(slot.type)}</b>:{" "}
            {fill(
              whyNot[slot.phase],
              slot.since ? instant(slot.since, zone) : "…",
              percent(slot.share),
              percent(slot.needed),
            )}
          </li>
        ))}
      </ul>
    </>
  );
}

const typeOf = (type: string): string => words().type[type as keyof ReturnType<typeof words>["type"]] ?? type;

function bindingIn(of: WhyCondition, zone: string): string {
  const { whyNot } = text();
  const edge = (at: string | null): string => (at === null ? "…" : instant(at, zone));
  if (of.binds) return fill(whyNot.binds, edge(of.start), edge(of.end));
  return fill(of.in_window ? whyNot.inGrace : whyNot.bindsNot, edge(of.start), edge(of.end));
}

const side = (depth: number): string =>
  fill(depth >= 0 ? text().whyNot.inside : text().whyNot.outside, metres(Math.abs(depth)));
const percent = (share: number): string => `${Math.floor(share * 10_000 + 1e-6) / 100} %`;

/** Nothing is open and nothing is suspected: then the last that was said of the condition is told. */
function Quiet({ of, zone }: { of: WhyCondition; zone: string }): VNode {
  const { whyNot } = text();
  const last = of.said.at(-1);
  return (
    <p>
      {whyNot.quiet}{" "}
      {last &&
        fill(
          whyNot.last,
          typeOf(last.type),
          whyNot.change[last.change] ?? last.change,
          instant(last.detected_at, zone),
        )}
    </p>
  );
}
