/** Who did what with which revision, when and why; and the way back to an old one. */
import type { VNode } from "preact";
import { Heads } from "../desk/Heads.tsx";
import { instant } from "../time.ts";
import { fill } from "../words/index.ts";
import type { Deciding } from "./Decision.tsx";
import type { LogEntry, Overview } from "./model.ts";
import { addressOf } from "./place.ts";
import { text } from "./words.ts";
import type { Rights } from "./Workbench.tsx";

interface Shown {
  readonly entries: readonly LogEntry[];
  readonly overview: Overview;
  readonly rights: Rights;
  readonly decide: (deciding: Deciding) => void;
}

export function RevisionLog({ entries, overview, rights, decide }: Shown): VNode {
  const { log } = text();
  return (
    <section aria-labelledby="log">
      <h2 id="log">{log.title}</h2>
      {entries.length === 0 && <p class="faint">{log.none}</p>}
      {entries.length > 0 && (
        <table class="told log">
          <Heads of={[log.at, log.deed, log.revision, log.why]} />
          <tbody>
            {entries.toReversed().map((entry) => (
              <tr key={entry.number}>
                <td class="number">{instant(entry.at)}</td>
                <td>
                  {fill(log[entry.deed], entry.who)}
                  {entry.effective_from && (
                    <small class="faint"> {fill(log.from, instant(entry.effective_from))}</small>
                  )}
                </td>
                <td>
                  <OfRevision entry={entry} overview={overview} rights={rights} decide={decide} />
                </td>
                <td>{entry.why}</td>
              </tr>
            ))}
          </tbody>
        </table>
      )}
    </section>
  );
}

interface Row extends Omit<Shown, "entries"> {
  readonly entry: LogEntry;
}

function OfRevision({ entry, overview, rights, decide }: Row): VNode {
  const { log } = text();
  const { revision } = entry;
  const state = overview.revisions.find((one) => one.revision === revision)?.state;
  const mayReturn = entry.deed === "proposed" && (state === "past" || state === "rejected");
  return (
    <>
      <a href={addressOf({ page: "book", book: revision, tab: "orders", item: null })}>
        <code>{revision}</code>
      </a>{" "}
      {rights.mayWrite && mayReturn && overview.follows_releases && (
        <button
          type="button"
          class="quiet"
          aria-label={fill(log.againNamed, revision)}
          onClick={() => decide({ what: "again", revision })}
        >
          {log.again}
        </button>
      )}
    </>
  );
}
