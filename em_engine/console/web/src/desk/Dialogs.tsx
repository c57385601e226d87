/** The questions before a command: what it came to, until when, to whom, and why. */
import type { VNode } from "preact";
import { useState } from "preact/hooks";
import type { TagCommand } from "../api.ts";
import type { Alert, Parallel } from "../model.ts";
import { perform } from "../queue/actions.ts";
import { now, shortInstant, span } from "../time.ts";
import { fill, language, words } from "../words/index.ts";
import { Choices } from "./Choices.tsx";
import { Modal, Note, noteIn, written, type Asking } from "./Modal.tsx";
import { desks, outcomesOf, present, protocolOf } from "./protocol.ts";

type Question = (asked: { alert: Alert }) => VNode;

const QUESTIONS: Readonly<Record<Asking, Question>> = {
  acknowledge: AcknowledgeDialog,
  comment: CommentDialog,
  close: CloseDialog,
  shelve: ShelveDialog,
  escalate: EscalateDialog,
  pass: PassDialog,
  takeOver: TakeOverDialog,
  tag: TagDialog,
};

export function Dialog({ alert, what }: { alert: Alert; what: Asking }): VNode {
  const Question = QUESTIONS[what];
  return <Question alert={alert} />;
}

const named = (option: Parallel & { readonly id: string }): { value: string; text: string } => ({
  value: option.id,
  text: option[language.value],
});

function CommentDialog({ alert }: { alert: Alert }): VNode {
  const { action } = words();
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, { kind: "comment", note: written(form, "note") });
  return (
    <Modal title={action.commentTitle} alert={alert} send={send}>
      <Note label={action.note} isRequired isFirst />
    </Modal>
  );
}

/** Where the protocol asks why: the dialog is the second press of a critical alert. */
function AcknowledgeDialog({ alert }: { alert: Alert }): VNode {
  const { action, own, detail } = words();
  const [chosen, choose] = useState("");
  const isRequired = chosen === "other";
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, { kind: "acknowledge", reason: written(form, "reason"), ...noteIn(form) });
  return (
    <Modal title={own.acknowledgeTitle} alert={alert} send={send} cannot={!protocolOf(alert.id)}>
      <Choices
        legend={own.seenReason}
        name="reason"
        choices={(protocolOf(alert.id)?.seen_reasons ?? []).map(named)}
        empty={detail.loading}
        choose={choose}
      />
      <Note label={isRequired ? action.note : action.noteOptional} isRequired={isRequired} />
    </Modal>
  );
}

function CloseDialog({ alert }: { alert: Alert }): VNode {
  const { action, detail } = words();
  const [chosen, choose] = useState("");
  const outcomes = outcomesOf(alert.id);
  const isRequired = outcomes.find(({ id }) => id === chosen)?.note_required === true;
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, { kind: "close", outcome: written(form, "outcome"), ...noteIn(form) });
  return (
    <Modal title={action.closeTitle} alert={alert} send={send}>
      {alert.breach === "open" && <p class="caution">{action.stillOpen}</p>}
      <Choices
        legend={action.outcome}
        name="outcome"
        choices={outcomes.map(named)}
        empty={detail.loading}
        choose={choose}
      />
      <Note label={isRequired ? action.note : action.noteOptional} isRequired={isRequired} />
    </Modal>
  );
}

const SHELF_MINUTES = [15, 30, 60, 120, 240, 480] as const;

function ShelveDialog({ alert }: { alert: Alert }): VNode {
  const { action, detail, shelf } = words();
  const protocol = protocolOf(alert.id);
  const longest = protocol?.shelve_max_s ?? 0;
  const spans = SHELF_MINUTES.filter((minutes) => minutes * 60 <= longest);
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, {
      kind: "shelve",
      until: new Date(now.peek() + Number(form.get("minutes")) * 60_000).toISOString(),
      reason: written(form, "reason"),
      ...noteIn(form),
    });
  if (protocol && spans.length === 0) return <Refusal alert={alert} />;
  return (
    <Modal title={shelf.title} alert={alert} send={send} cannot={!protocol}>
      <Choices
        legend={shelf.until}
        name="minutes"
        choices={spans.map((minutes) => ({ value: String(minutes), text: inWords(minutes) }))}
        empty={detail.loading}
        first
      />
      <Choices
        legend={shelf.reason}
        name="reason"
        choices={(protocol?.shelve_reasons ?? []).map(named)}
        empty={detail.loading}
      />
      <p class="faint">{fill(shelf.longest, span(longest * 1000))}</p>
      <Note label={action.noteOptional} />
    </Modal>
  );
}

function Refusal({ alert }: { alert: Alert }): VNode {
  const { shelf } = words();
  return (
    <Modal title={shelf.title} alert={alert} send={() => Promise.resolve(true)} cannot>
      <p class="caution">{shelf.refused}</p>
    </Modal>
  );
}

function inWords(minutes: number): string {
  const { shelf } = words();
  return minutes < 60 ? fill(shelf.minutes, minutes) : fill(shelf.hours, minutes / 60);
}

function EscalateDialog({ alert }: { alert: Alert }): VNode {
  const { escalation, detail } = words();
  const chain = protocolOf(alert.id)?.escalation.map(({ to }) => to) ?? [];
  const others = [...new Set([...chain, ...present.value.map(({ name }) => name)])];
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, { kind: "escalate", to: written(form, "to"), note: written(form, "note") });
  return (
    <Modal title={escalation.title} alert={alert} send={send}>
      <Choices
        legend={escalation.to}
        name="to"
        choices={others.map((name) => ({ value: name, text: name }))}
        empty={detail.loading}
        first
      />
      <Note label={escalation.why} isRequired />
    </Modal>
  );
}

function PassDialog({ alert }: { alert: Alert }): VNode {
  const { action, passing, detail } = words();
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, { kind: "hand-over", desk: written(form, "desk"), ...noteIn(form) });
  return (
    <Modal title={passing.title} alert={alert} send={send}>
      <Choices
        legend={passing.desk}
        name="desk"
        choices={desks.value.filter(({ id }) => id !== alert.desk).map(named)}
        empty={detail.loading}
        first
      />
      <Note label={action.noteOptional} />
    </Modal>
  );
}

function TakeOverDialog({ alert }: { alert: Alert }): VNode {
  const { own, action } = words();
  const since = alert.claimed_at ? shortInstant(alert.claimed_at) : "–";
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, { kind: "claim", take_over: true, ...noteIn(form) });
  return (
    <Modal title={own.takeOverTitle} alert={alert} send={send}>
      <p class="caution">{fill(own.heldBy, alert.claimed_by ?? "–", since)}</p>
      <Note label={action.noteOptional} />
    </Modal>
  );
}

function TagDialog({ alert }: { alert: Alert }): VNode {
  const { tag, detail } = words();
  const commands = protocolOf(alert.id)?.commands ?? [];
  const [chosen, choose] = useState("");
  const command = chosen || (commands[0] ?? "");
  const send = (form: FormData): Promise<boolean> => perform(alert, { kind: "command", ...told(form) });
  return (
    <Modal title={tag.title} alert={alert} send={send} cannot={commands.length === 0}>
      <Choices
        legend={tag.title}
        name="command"
        choices={commands.map((value) => ({ value, text: nameOf(value) }))}
        empty={detail.loading}
        choose={choose}
        first
      />
      {command === "message" && <TextField name="text" label={tag.text} />}
      {command === "faster-fixes" && <NumberField name="every" label={tag.every} />}
      {command === "faster-fixes" && <NumberField name="lasting" label={tag.lasting} />}
    </Modal>
  );
}

function nameOf(command: string): string {
  return (words().tag as Readonly<Record<string, string>>)[command] ?? command;
}

function TextField({ name, label }: { name: string; label: string }): VNode {
  return (
    <label class="field">
      {label}
      <input name={name} type="text" required maxLength={160} />
    </label>
  );
}

function NumberField({ name, label }: { name: string; label: string }): VNode {
  return (
    <label class="field">
      {label}
      <input name={name} type="number" required min={1} max={3600} defaultValue="30" />
    </label>
  );
}

function told(form: FormData): TagCommand {
  const command = written(form, "command");
  if (command === "message") return { command, text: written(form, "text") };
  if (command !== "faster-fixes") return { command };
  return {
    command,
    fix_every_s: Number(form.get("every")),
    for_s: Number(form.get("lasting")) * 60,
  };
}
