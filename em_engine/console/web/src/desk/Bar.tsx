/** The top bar: how much is open, whether what is shown is fresh, and the desk's own settings. */
import type { VNode } from "preact";
import { signal } from "@preact/signals";
import { SEVERITIES, type Proof, type Session, type Severity } from "../model.ts";
import { goTo, page, pagesOf, type PageName } from "../pages/place.ts";
import { beat, counts, link, loaded, onlySeverity } from "../queue/book.ts";
import * as sound from "../sound.ts";
import { now, roughly, since } from "../time.ts";
import { fill, words } from "../words/index.ts";
import { isLost } from "./Banner.tsx";
import { shown } from "./commands.ts";
import { Appearance, SignedIn } from "./Own.tsx";
import { Select } from "./Select.tsx";
import { Shape } from "./Shape.tsx";

type Shown = "help" | "palette" | "quarantine" | "holes" | "flood" | "saveFilter";
/** Which dialog of the desk is open. */
export const showing = signal<Shown | null>(null);

export function Bar({ session, leave }: { session: Session; leave: () => void }): VNode {
  const { bar, pages } = words();
  return (
    <header class="bar">
      <Counts />
      <Health />
      <div class="desk">
        <SoundControl />
        <Select
          label={pages.label}
          options={pagesOf(session.roles)}
          chosen={page.value}
          name={(own: PageName) => pages[own]}
          choose={goTo}
        />
        <Appearance />
        <button type="button" class="quiet" onClick={() => (showing.value = "palette")}>
          {bar.palette} <kbd>Ctrl K</kbd>
        </button>
        <button type="button" class="quiet" onClick={() => (showing.value = "help")}>
          {bar.help} <kbd>{shown("help")}</kbd>
        </button>
        <SignedIn session={session} leave={leave} />
      </div>
    </header>
  );
}

/** How many there are of each severity; pressing one shows only those. */
function Counts(): VNode {
  const text = words();
  return (
    <div class="counts" role="group" aria-label={text.bar.counts}>
      {SEVERITIES.map((severity) => (
        <CountOf key={severity} severity={severity} />
      ))}
    </div>
  );
}

function CountOf({ severity }: { severity: Severity }): VNode {
  const text = words();
  const { all, unseen } = counts.value[severity];
  const isOnly = onlySeverity.value === severity;
  return (
    <button
      type="button"
      class={`count ${severity} ${unseen > 0 ? "unseen" : ""}`}
      aria-pressed={isOnly}
      title={fill(text.queue.onlySeverity, text.severity[severity])}
      onClick={() => (onlySeverity.value = isOnly ? null : severity)}
    >
      <Shape severity={severity} seen={unseen === 0} />
      <span class="name">{text.severity[severity]}</span> <b>{loaded.value ? all : "…"}</b>
    </button>
  );
}

function Health(): VNode {
  const { bar } = words();
  const { phase } = link.value;
  const state = isLost.value ? "lost" : phase === "live" ? "live" : "connecting";
  const told = beat.value;
  return (
    <div class="health">
      <span class={`light ${state}`}>
        {bar[state]}
        {state === "live" && (
          <small> · {fill(bar.updated, roughly(Date.now() - link.value.heardAt + tick()))}</small>
        )}
      </span>
      {told && <Tags />}
      {told?.proof && <Proved proof={told.proof} />}
      {told && (
        <Tally count={told.quarantined} name={bar.quarantine} long={bar.quarantineLong} show="quarantine" />
      )}
      {told && <Tally count={told.holes} name={bar.holes} long={bar.holesLong} show="holes" />}
    </div>
  );
}

// Reading the clock makes the age above it count.
const tick = (): number => now.value * 0;

function Tags(): VNode {
  const { bar } = words();
  const { link: broker, devices, last_report_at } = beat.value!;
  const lastReport = last_report_at ? fill(bar.lastReport, roughly(since(last_report_at))) : bar.noReport;
  return (
    <span class={`light ${broker.connected ? "live" : "lost"}`}>
      {broker.connected ? bar.broker : bar.brokerDown}: {fill(bar.devices, devices.heard, devices.expected)}
      <small> · {lastReport}</small>
    </span>
  );
}

/** Whether the synthetic wearer lately went the whole road. Past its due a proof proves nothing. */
function Proved({ proof: { at, due, failing_since } }: { proof: Proof }): VNode {
  const { bar } = words();
  const age = at === null ? bar.proving : fill(bar.proved, roughly(since(at)));
  if (failing_since !== null || since(due) > 0) {
    return (
      <span class="light lost" title={bar.provedLong}>
        {at === null ? bar.neverProved : fill(bar.unproved, roughly(since(at)))}
      </span>
    );
  }
  return (
    <span
      class={`light road ${at === null ? "connecting" : "live"}`}
      title={`${bar.road}: ${age}. ${bar.provedLong}`}
    >
      {bar.road}
      <small> · {age}</small>
    </span>
  );
}

function Tally({
  count,
  name,
  long,
  show,
}: {
  count: number;
  name: string;
  long: string;
  show: "quarantine" | "holes";
}): VNode {
  return (
    <button
      type="button"
      class={`tally quiet ${count > 0 ? "some" : ""}`}
      title={fill(long, count)}
      onClick={() => (showing.value = show)}
    >
      {name} <b>{count}</b>
    </button>
  );
}

function SoundControl(): VNode {
  const text = words().sound;
  const isMuted = sound.mutedFor.value > 0;
  const state = !sound.allowed.value ? "blocked" : isMuted ? "muted" : "armed";
  return (
    <button
      type="button"
      class={`sound quiet ${state} ${sound.ringing.value ? "ringing" : ""}`}
      title={text.hint}
      onClick={() => void sound.toggle()}
    >
      <span aria-hidden="true">{state === "armed" ? "♪" : "∅"}</span>{" "}
      {fill(text[state], sound.mutedFor.value)}
    </button>
  );
}
