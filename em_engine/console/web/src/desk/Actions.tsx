/** What can be done with the alert in hand, each under a button and a key. */
import type { VNode } from "preact";
import { signal } from "@preact/signals";
import { isUnseen, type Alert } from "../model.ts";
import { busy, notice, perform, say } from "../queue/actions.ts";
import { me } from "../queue/book.ts";
import { words } from "../words/index.ts";
import { shown, type Command } from "./commands.ts";
import { Dialog } from "./Dialogs.tsx";
import { asking, type Asking } from "./Modal.tsx";
import { desks, loadDesks, loadOutcomes, loadPeople, outcomesOf } from "./protocol.ts";

const CONFIRM_MS = 6000;
/** The critical alert whose acknowledgement waits for its second press. */
const confirming = signal<string | null>(null);
let fading: ReturnType<typeof setTimeout> | undefined;

/** Seen. A critical alert takes two presses: none is acknowledged by a hand that slipped. */
export function acknowledge(alert: Alert): void {
  if (!isUnseen(alert)) return;
  if (alert.asks_reason) return ask("acknowledge", alert);
  clearTimeout(fading);
  if (alert.severity === "critical" && confirming.value !== alert.id) {
    confirming.value = alert.id;
    fading = setTimeout(() => (confirming.value = null), CONFIRM_MS);
    return;
  }
  confirming.value = null;
  void perform(alert, { kind: "acknowledge" });
}

/** Make it mine, let go of it, or ask before it is taken from another. */
export function claimOrRelease(alert: Alert): void {
  if (alert.state === "closed") return;
  if (alert.claimed_by === null || alert.state !== "claimed") void claim(alert);
  else if (alert.claimed_by === me.value) void perform(alert, { kind: "release" });
  else ask("takeOver", alert);
}

async function claim(alert: Alert): Promise<void> {
  const holder = await perform(alert, { kind: "claim", take_over: false }).then(() => notice.value?.heldBy);
  if (holder && holder !== me.value) ask("takeOver", alert);
}

/** Onto the shelf, or back from it. */
export function shelveOrBring(alert: Alert): void {
  if (alert.state === "shelved") void perform(alert, { kind: "unshelve" });
  else ask("shelve", alert);
}

export function ask(what: Asking, alert: Alert): void {
  if (alert.state === "closed" || asking.value) return;
  if (outcomesOf(alert.id).length === 0) void loadOutcomes();
  if (what === "pass" && desks.value.length === 0) void loadDesks();
  if (what === "escalate") void loadPeople();
  if (notice.value?.isRefusal) say(alert, "", false);
  asking.value = { what, alert: alert.id };
}

export function Actions({ alert }: { alert: Alert }): VNode {
  const { action, shelf, escalation, passing, tag } = words();
  const isClosed = alert.state === "closed";
  const does = { alert, off: isClosed || busy.value };
  return (
    <div class="actions">
      <Acknowledge alert={alert} />
      <Do {...does} name={owning(alert)} keyed="claim" act={claimOrRelease} />
      <Do
        {...does}
        name={alert.state === "shelved" ? shelf.unshelve : `${shelf.shelve} …`}
        keyed="shelve"
        act={shelveOrBring}
      />
      <Do
        {...does}
        name={`${escalation.escalate} …`}
        keyed="escalate"
        act={(about) => ask("escalate", about)}
      />
      <Do {...does} name={`${passing.pass} …`} keyed="pass" act={(about) => ask("pass", about)} />
      <Do {...does} name={action.comment} keyed="comment" act={(about) => ask("comment", about)} />
      <Do {...does} name={tag.send} keyed="tag" act={(about) => ask("tag", about)} />
      <Do {...does} name={`${action.close} …`} keyed="closeAlert" act={(about) => ask("close", about)} />
      <Notice alert={alert} />
      {asking.value?.alert === alert.id && <Dialog alert={alert} what={asking.value.what} />}
    </div>
  );
}

function Acknowledge({ alert }: { alert: Alert }): VNode {
  const { action, own } = words();
  const isAsked = confirming.value === alert.id;
  return (
    <button
      type="button"
      class={`primary ${isAsked ? "confirming" : ""}`}
      disabled={busy.value || !isUnseen(alert)}
      onClick={() => acknowledge(alert)}
    >
      <span aria-live="polite">
        {isAsked ? own.againToAcknowledge : `${action.acknowledge}${alert.asks_reason ? " …" : ""}`}
      </span>{" "}
      <kbd>{shown("acknowledge")}</kbd>
    </button>
  );
}

/** What C does to it. */
export function owning(alert: Alert): string {
  const { own } = words();
  if (alert.state !== "claimed") return own.claim;
  return alert.claimed_by === me.value ? own.release : `${own.takeOver} …`;
}

interface Doing {
  readonly alert: Alert;
  readonly off: boolean;
  readonly name: string;
  readonly keyed: Command;
  readonly act: (alert: Alert) => void;
}

function Do({ alert, off, name, keyed, act }: Doing): VNode {
  return (
    <button type="button" disabled={off} onClick={() => act(alert)}>
      {name} <kbd>{shown(keyed)}</kbd>
    </button>
  );
}

function Notice({ alert }: { alert: Alert }): VNode {
  const told = notice.value?.alert === alert.id ? notice.value : null;
  return (
    <p class={`notice ${told?.isRefusal ? "refusal" : "done"}`} role={told?.isRefusal ? "alert" : "status"}>
      {told?.text}
    </p>
  );
}
