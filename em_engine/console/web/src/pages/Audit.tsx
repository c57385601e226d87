/** The audit for those who look after the lookers: by person, case and time, and whether its chain holds. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { Heads } from "../desk/Heads.tsx";
import { useFetched } from "../desk/resource.ts";
import { instant } from "../time.ts";
import { fill, why, words } from "../words/index.ts";
import * as reports from "./reports.ts";
import type { AuditAsked, AuditEntry } from "./reports.ts";

const ALL: AuditAsked = { who: "", about: "", since: "", until: "" };

export function Audit(): VNode {
  const { audit } = words();
  const [asked, ask] = useState(ALL);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const form = new FormData(event.currentTarget as HTMLFormElement);
    const text = (name: string): string => String(form.get(name) ?? "").trim();
    ask({ who: text("who"), about: text("about"), since: time(text("since")), until: time(text("until")) });
  };
  return (
    <main class="sheet-page audit">
      <header>
        <h1>{audit.title}</h1>
        <form onSubmit={submit}>
          <label>
            {audit.who} <input name="who" autocomplete="off" />
          </label>
          <label>
            {audit.about} <input name="about" autocomplete="off" placeholder={audit.aboutHint} />
          </label>
          <label>
            {audit.since} <input name="since" type="datetime-local" />
          </label>
          <label>
            {audit.until} <input name="until" type="datetime-local" />
          </label>
          <button type="submit" class="primary">
            {audit.ask}
          </button>
        </form>
        <a class="button" href={reports.auditPath(".csv", asked)} download>
          {audit.csv}
        </a>
      </header>
      <Chain />
      <Found key={reports.auditPath("", asked)} asked={asked} />
    </main>
  );
}

/** What a clock on the wall shows, as an instant. */
const time = (local: string): string => (local === "" ? "" : new Date(local).toISOString());

/** Whether every entry is as it was written. */
function Chain(): VNode {
  const { audit, detail } = words();
  const [turn, again] = useState(0);
  const { value, failure } = useFetched("chain", turn, reports.auditChain);
  const broken = value?.broken;
  return (
    <section class={`chain ${broken ? "broken" : value ? "holds" : ""}`} role="status">
      {failure && <p>{fill(detail.failed, why(failure))}</p>}
      {!value && !failure && <p class="faint">{detail.loading}</p>}
      {value && (
        <p>
          <strong>{broken ? fill(audit.broken, broken.number) : fill(audit.whole, value.number)}</strong>{" "}
          {instant(value.at)} · <code title={value.hash}>{value.hash.slice(0, 16)}…</code>
        </p>
      )}
      <button type="button" onClick={() => again(turn + 1)}>
        {audit.check}
      </button>
    </section>
  );
}

function Found({ asked }: { asked: AuditAsked }): VNode {
  const { audit, detail } = words();
  const [older, setOlder] = useState<readonly AuditEntry[]>([]);
  const [hasMore, setMore] = useState<boolean | null>(null);
  const { value, failure } = useFetched("found", 0, () => reports.auditSearch(asked));
  if (failure) return <p class="faint">{fill(detail.failed, why(failure))}</p>;
  if (!value) return <p class="faint">{detail.loading}</p>;
  const entries = [...value.entries, ...older];
  const readOn = async (): Promise<void> => {
    const next = await reports.auditSearch(asked, entries.at(-1)?.number);
    setOlder([...older, ...next.entries]);
    setMore(next.more);
  };
  return (
    <>
      {entries.length === 0 ? <p class="faint">{audit.none}</p> : <Entries entries={entries} />}
      {(hasMore ?? value.more) && (
        <button type="button" onClick={() => void readOn()}>
          {audit.older}
        </button>
      )}
    </>
  );
}

function Entries({ entries }: { entries: readonly AuditEntry[] }): VNode {
  const { audit } = words();
  const heads = ["№", audit.at, audit.who, audit.what, audit.subject, audit.why, audit.from];
  return (
    <table class="told">
      <Heads of={heads} />
      <tbody>
        {entries.map((entry) => (
          <tr key={entry.number} title={entry.hash}>
            <td>{entry.number}</td>
            <td>{instant(entry.at)}</td>
            <td>{entry.who}</td>
            <td lang="en">{entry.what}</td>
            <td>
              <code>{entry.subject}</code>
            </td>
            <td lang="en">{entry.why}</td>
            <td>{entry.address}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
