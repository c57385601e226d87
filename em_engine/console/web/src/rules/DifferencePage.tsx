/** What a change would change: the demands, the zones side by side, the text and, on history, the alerts. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { Decision, type Deciding } from "./Decision.tsx";
import { DiffTrial } from "./DiffTrial.tsx";
import { useLoaded } from "./loaded.ts";
import type { Alteration, BookName, Difference, Marks, Overview } from "./model.ts";
import { Answers } from "./OverviewPage.tsx";
import { OVERVIEW, addressOf, goTo } from "./place.ts";
import { Refusal } from "./Refusal.tsx";
import { text } from "./words.ts";
import type { Rights } from "./Workbench.tsx";
import { ZonesBeside } from "./ZonesBeside.tsx";

interface Shown {
  readonly old: BookName;
  readonly now: BookName;
  readonly overview: Overview;
  readonly rights: Rights;
}

export function DifferencePage({ old, now, overview, rights }: Shown): VNode {
  const { difference } = text();
  const found = useLoaded(`${old} ${now}`, () => api.difference(old, now));
  const [marks, mark] = useState<Marks | null>(null);
  // Who has read what a proposal changes decides it here.
  const proposed = overview.revisions.find(({ revision, state }) => revision === now && state === "proposed");
  const [deciding, decide] = useState<Deciding | null>(null);
  const names = [old, now].map((book) => nameOf(book, overview)) as [string, string];
  return (
    <main class="sheet-page" aria-busy={found.value === null && found.failure === null}>
      <header>
        <h1>{fill(difference.title, ...names)}</h1>
        <span class="ways">
          {proposed && <Answers of={proposed} rights={rights} decide={decide} />}
          <a class="button" href={addressOf({ page: "book", book: now, tab: "orders", item: null })}>
            {overview.drafts.some(({ id }) => id === now) ? difference.back : difference.look}
          </a>
        </span>
      </header>
      {deciding && <Decision of={deciding} close={() => decide(null)} done={() => goTo(OVERVIEW)} />}
      {found.failure && <Refusal of={found.failure} />}
      {found.value && <Demands of={found.value} />}
      {rights.mayTry && <DiffTrial old={old} now={now} mark={mark} />}
      {found.value && (found.value.zones.length > 0 || marks !== null) && (
        <ZonesBeside of={found.value} old={old} now={now} marks={marks} />
      )}
      {found.value && <Texts of={found.value} />}
    </main>
  );
}

function nameOf(book: BookName, overview: Overview): string {
  if (book === "in-force") return text().difference.inForce;
  return overview.drafts.find(({ id }) => id === book)?.name ?? book;
}

/** What an order is about under its name, then what orders share. */
function Demands({ of }: { of: Difference }): VNode {
  const { difference } = text();
  const groups = new Map<string, Alteration[]>();
  for (const one of of.differences) {
    const heading =
      one.about === "order" || one.about === "condition" ? one.orders[0]! : difference.about[one.about];
    groups.set(heading ?? one.about, [...(groups.get(heading ?? one.about) ?? []), one]);
  }
  return (
    <section aria-labelledby="demands">
      <h2 id="demands">{difference.demands}</h2>
      {groups.size === 0 && <p class="faint">{difference.same}</p>}
      {[...groups].map(([heading, alterations]) => (
        <div key={heading} class="altered">
          <h3>{heading}</h3>
          <ul>
            {alterations.map((one) => (
              <li key={one.text}>
                <span class={`chip ${one.how}`}>{difference.how[one.how]}</span> {one.text}
                <Binds of={one} />
              </li>
            ))}
          </ul>
        </div>
      ))}
    </section>
  );
}

/** Whom it binds, where many share it. */
function Binds({ of }: { of: Alteration }): VNode | null {
  if (of.about === "order" || of.about === "condition" || of.orders.length === 0) return null;
  return <small class="faint"> {fill(text().difference.binds, of.orders.join(", "))}</small>;
}

function Texts({ of }: { of: Difference }): VNode {
  const { difference } = text();
  return (
    <section aria-labelledby="texts">
      <h2 id="texts">{difference.files}</h2>
      {of.files.map(({ path, how, diff }) => (
        <details key={path} open={of.files.length === 1}>
          <summary>
            {path} <span class={`chip ${how}`}>{difference.how[how as Alteration["how"]] ?? how}</span>
          </summary>
          <pre class="text-diff" tabIndex={0} aria-label={path}>
            {diff.split("\n").map((line, index) => (
              <span key={index} class={LINE[line[0] ?? ""]}>
                {line}
                {"\n"}
              </span>
            ))}
          </pre>
        </details>
      ))}
    </section>
  );
}

const LINE: Readonly<Record<string, string>> = { "+": "added", "-": "removed", "@": "where" };
