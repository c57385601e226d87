/** What judges now, what waits for a second person, the drafts, and who did what and why. */
import type { VNode } from "preact";
import { useEffect, useState } from "preact/hooks";
import { instant } from "../time.ts";
import { fill } from "../words/index.ts";
import * as api from "./api.ts";
import { Decision, type Deciding } from "./Decision.tsx";
import { DraftTable } from "./DraftTable.tsx";
import { useLoaded } from "./loaded.ts";
import type { Overview, Revision } from "./model.ts";
import { addressOf } from "./place.ts";
import { Refusal } from "./Refusal.tsx";
import { RevisionLog } from "./RevisionLog.tsx";
import { text } from "./words.ts";
import type { Rights } from "./Workbench.tsx";

const ASK_AGAIN_MS = 1000;

interface Shown {
  readonly overview: Overview;
  readonly refresh: () => void;
  readonly rights: Rights;
}

export function OverviewPage({ overview, refresh, rights }: Shown): VNode {
  const log = useLoaded("log", api.log);
  const [deciding, decide] = useState<Deciding | null>(null);
  const changed = (): void => (refresh(), log.again());
  return (
    <main class="sheet-page" aria-busy={log.value === null && log.failure === null}>
      <h1>{text().title}</h1>
      <InForce overview={overview} refresh={refresh} />
      <Waiting overview={overview} rights={rights} decide={decide} />
      <DraftTable overview={overview} rights={rights} refresh={refresh} />
      {log.failure && <Refusal of={log.failure} />}
      {log.value && <RevisionLog entries={log.value} overview={overview} rights={rights} decide={decide} />}
      {deciding && <Decision of={deciding} close={() => decide(null)} done={changed} />}
    </main>
  );
}

/** What the engine really judges by. What was approved it takes over between two batches: a moment later. */
function InForce({ overview, refresh }: { overview: Overview; refresh: () => void }): VNode {
  const judging = overview.revisions.find(({ revision }) => revision === overview.in_force);
  const next = overview.revisions.find(({ state }) => state === "in-force");
  const isTaking = next !== undefined && next.revision !== overview.in_force;
  useEffect(() => {
    if (!isTaking) return undefined;
    const timer = setTimeout(refresh, ASK_AGAIN_MS);
    return () => clearTimeout(timer);
  }, [overview]);
  const { inForce } = text();
  return (
    <section class="card" aria-labelledby="in-force">
      <h2 id="in-force">{inForce.title}</h2>
      <p>
        <code>{overview.in_force}</code>
        {judging?.effective_from && <> · {fill(inForce.since, instant(judging.effective_from))}</>}
      </p>
      {isTaking && <p role="status">{fill(inForce.taking, next.revision)}</p>}
      {judging?.decided && (
        <p class="faint">
          {fill(inForce.by, judging.proposed.by, judging.decided.by)}: {judging.proposed.why}
        </p>
      )}
      {!overview.follows_releases && <p class="caution">{inForce.plainFolder}</p>}
      <p class="ways">
        <a href={addressOf({ page: "book", book: "in-force", tab: "orders", item: null })}>{inForce.look}</a>
        <a href={addressOf({ page: "why", book: "in-force" })}>{text().whyNot.title}</a>
      </p>
    </section>
  );
}

interface Waits {
  readonly overview: Overview;
  readonly rights: Rights;
  readonly decide: (deciding: Deciding) => void;
}

/** What was proposed and not yet decided, and what was approved for a later time. */
function Waiting({ overview, rights, decide }: Waits): VNode {
  const waiting = overview.revisions.filter(({ state }) => state === "proposed" || state === "planned");
  const { proposals } = text();
  return (
    <section aria-labelledby="proposals">
      <h2 id="proposals">{proposals.title}</h2>
      {waiting.length === 0 && <p class="faint">{proposals.none}</p>}
      <ul class="cards">
        {waiting.map((one) => (
          <li key={one.revision} class="card">
            <Proposal of={one} rights={rights} decide={decide} />
          </li>
        ))}
      </ul>
    </section>
  );
}

function Proposal({ of, rights, decide }: { of: Revision; rights: Rights; decide: Waits["decide"] }): VNode {
  const { proposals, state } = text();
  return (
    <>
      <p>
        <span class={`chip state ${of.state}`}>{state[of.state]}</span> <code>{of.revision}</code>
        {of.state === "planned" && of.effective_from && (
          <> · {fill(proposals.from, instant(of.effective_from))}</>
        )}
      </p>
      <p>{of.proposed.why}</p>
      <p class="faint">{fill(proposals.by, of.proposed.by, instant(of.proposed.at))}</p>
      <p class="ways">
        <a href={addressOf({ page: "difference", old: "in-force", now: of.revision })}>{proposals.compare}</a>
        <a href={addressOf({ page: "book", book: of.revision, tab: "orders", item: null })}>
          {proposals.look}
        </a>
        {of.state === "proposed" && <Answers of={of} rights={rights} decide={decide} />}
      </p>
    </>
  );
}

/** Nobody approves what they proposed; taking it back is theirs as well. */
export function Answers({
  of,
  rights,
  decide,
}: {
  of: Revision;
  rights: Rights;
  decide: Waits["decide"];
}): VNode {
  const { proposals } = text();
  const isOwn = of.proposed.by === rights.name;
  return (
    <>
      {rights.mayApprove && !isOwn && (
        <button
          type="button"
          class="primary"
          onClick={() => decide({ what: "approve", revision: of.revision })}
        >
          {proposals.approve}
        </button>
      )}
      {(rights.mayApprove || isOwn) && (
        <button type="button" onClick={() => decide({ what: "reject", revision: of.revision })}>
          {isOwn ? proposals.withdraw : proposals.reject}
        </button>
      )}
      {isOwn && <span class="faint">{proposals.own}</span>}
    </>
  );
}
