/** The alert in hand: who and what, why, what can be done, the facts, and what happened. */
import type { ComponentChildren, VNode } from "preact";
import { personIn, type Alert, type Entry } from "../model.ts";
import { cursor } from "../queue/book.ts";
import { instant, shortInstant, since, span } from "../time.ts";
import { fill, language, why, words } from "../words/index.ts";
import { Actions } from "./Actions.tsx";
import { evidenceInWords } from "./evidence.ts";
import { useHistory } from "./history.ts";
import { inWords } from "./AlertRow.tsx";
import { dueInWords } from "./due.ts";
import { OthersHere } from "./Others.tsx";
import { protocolOf } from "./protocol.ts";
import { Related } from "./Related.tsx";
import { Shape } from "./Shape.tsx";
import { Steps } from "./Steps.tsx";

export function DetailHead({ alert }: { alert: Alert }): VNode {
  const text = words();
  return (
    <div class={`detail-head ${alert.severity} ${alert.state}`}>
      <button type="button" class="back quiet" onClick={() => (cursor.value = null)}>
        ← {text.detail.back}
      </button>
      <div class="title">
        <Shape severity={alert.severity} seen={alert.state !== "unacknowledged"} />
        <h2 id="detail-title" tabIndex={-1}>
          {text.type[alert.type] ?? alert.type}
        </h2>
        <span class="severity-word">{text.severity[alert.severity]}</span>
        {alert.repeats > 1 && <span class="repeats">{fill(text.queue.repeats, alert.repeats)}</span>}
        <span class={`chip ${alert.state}`}>{inWords(alert)}</span>
        {alert.breach === "cleared" && <span class="chip cleared">{text.what["cleared"]}</span>}
      </div>
      <p class="subject">
        <strong>{alert.wearer_name || alert.wearer}</strong>
        {alert.wearer_name && <span>{alert.wearer}</span>}
        <span>{text.programme[alert.programme ?? ""] ?? alert.programme}</span>
        <span>{alert.order}</span>
        <OthersHere alert={alert.id} />
      </p>
      <p class="reason">{alert.reason[language.value]}</p>
      <Due alert={alert} />
      <Actions alert={alert} />
    </div>
  );
}

/** What is due and until when; why it does not call, where it does not. */
function Due({ alert }: { alert: Alert }): VNode | null {
  const { shelf, related, type } = words();
  const isShelved = alert.state === "shelved" && alert.shelved_until !== null;
  if (alert.state === "closed") return null;
  return (
    <ul class="dues">
      {dueInWords(alert).map(({ text, isLate }) => (
        <li key={text.replace(/\d+/g, "")} class={isLate ? "late" : ""}>
          {text}
        </li>
      ))}
      {isShelved && (
        <li>
          {fill(
            shelf.shelved,
            shortInstant(alert.shelved_until!),
            alert.shelved_by ?? "–",
            alert.shelved_reason ?? "–",
          )}
        </li>
      )}
      {alert.inhibited_by.map((cause) => (
        <li key={cause.alert} class="doubt">
          {fill(related.doubtfulLong, type[cause.type] ?? cause.type)}
        </li>
      ))}
    </ul>
  );
}

export function DetailBody({ alert }: { alert: Alert }): VNode {
  const { detail } = words();
  return (
    <div class="detail-body" tabIndex={0} role="group" aria-label={detail.facts}>
      <Steps alert={alert} />
      <Related alert={alert} />
      <h3>{detail.facts}</h3>
      <Facts alert={alert} />
      <h3>{detail.evidence}</h3>
      <Evidence alert={alert} />
      <h3>{detail.history}</h3>
      <History alert={alert} />
    </div>
  );
}

function Facts({ alert }: { alert: Alert }): VNode {
  const { detail, queue } = words();
  return (
    <dl class="facts">
      <Fact name={detail.opened}>{instant(alert.opened_at)}</Fact>
      <Fact name={detail.detected}>
        {instant(alert.detected_at)} {alert.late && <span class="chip">{queue.late}</span>}
      </Fact>
      <Fact name={detail.cleared}>
        {alert.cleared_at ? instant(alert.cleared_at) : <Ongoing alert={alert} />}
      </Fact>
      <Fact name={detail.confidence}>{percent(alert.confidence)}</Fact>
      {alert.acknowledged_at && (
        <Fact name={detail.acknowledged}>
          {fill(detail.by, instant(alert.acknowledged_at), alert.acknowledged_by ?? "")}
          {alert.seen_reason && <SeenReason alert={alert} />}
        </Fact>
      )}
      {alert.closed_at && (
        <Fact name={detail.closed}>{fill(detail.by, instant(alert.closed_at), alert.closed_by ?? "")}</Fact>
      )}
      <Fact name={detail.device}>{alert.device ?? "–"}</Fact>
      <Fact name={detail.condition}>{alert.condition}</Fact>
      <Fact name={detail.case}>{alert.case}</Fact>
      <Fact name={detail.rulebook}>
        <code>{alert.rulebook.slice(0, 12)}</code>
      </Fact>
    </dl>
  );
}

function SeenReason({ alert }: { alert: Alert }): VNode {
  const reason = protocolOf(alert.id)?.seen_reasons.find(({ id }) => id === alert.seen_reason);
  return <> · {reason?.[language.value] ?? alert.seen_reason}</>;
}

function Ongoing({ alert }: { alert: Alert }): VNode {
  const { detail } = words();
  return (
    <span class="ongoing">
      {detail.notCleared} · {span(since(alert.opened_at))}
    </span>
  );
}

function Fact({ name, children }: { name: string; children: ComponentChildren }): VNode {
  return (
    <div>
      <dt>{name}</dt>
      <dd>{children}</dd>
    </div>
  );
}

function percent(share: number): string {
  const tag = language.value === "en" ? "en-GB" : language.value;
  return share.toLocaleString(tag, { style: "percent", maximumFractionDigits: share > 0.99 ? 1 : 0 });
}

function Evidence({ alert }: { alert: Alert }): VNode {
  const told = evidenceInWords(alert.evidence, alert.time_zone);
  if (told.length === 0) return <p class="faint">{words().detail.noEvidence}</p>;
  return (
    <dl class="facts">
      {told.map(([name, value], index) => (
        <Fact key={index} name={name}>
          {value}
        </Fact>
      ))}
    </dl>
  );
}

function History({ alert }: { alert: Alert }): VNode {
  const { detail } = words();
  const { value, failure } = useHistory(alert);
  if (!value && failure) return <p class="faint">{fill(detail.failed, why(failure))}</p>;
  if (!value) return <p class="faint">{detail.loading}</p>;
  return (
    <ol class="history">
      {value.toReversed().map((entry) => (
        <Happened key={entry.number} entry={entry} />
      ))}
    </ol>
  );
}

function Happened({ entry }: { entry: Entry }): VNode {
  const { what, engine, protocol } = words();
  const person = personIn(entry.by);
  const machine = entry.by === "protocol" ? protocol : engine;
  return (
    <li class={person ? "by-operator" : "by-engine"}>
      <time dateTime={entry.at} title={instant(entry.at)}>
        {shortInstant(entry.at)}
      </time>
      <span>
        <strong>{what[entry.what] ?? entry.what}</strong> <span class="faint">{person ?? machine}</span>
      </span>
      {entry.note && <q>{entry.note}</q>}
    </li>
  );
}

/** Put the reader's place at the alert, for those who opened it with Enter. */
export function goToDetail(): void {
  document.getElementById("detail-title")?.focus();
}
