/** What can be done with the alert in hand: acknowledge, comment, close with an outcome. */
import type { ComponentChildren, VNode } from "preact";
import { signal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import * as api from "../api.ts";
import type { Alert, Outcome } from "../model.ts";
import { busy, notice, perform } from "../queue/actions.ts";
import { isAsked } from "../queue/book.ts";
import { language, words } from "../words/index.ts";

type Asking = "comment" | "close";
/** Which dialog is open; it is about the alert in hand when it was opened. */
export const asking = signal<{ readonly what: Asking; readonly alert: string } | null>(null);
const outcomes = signal<readonly Outcome[]>([]);

/** What an alert can come to; a failure leaves it unknown until a question needs it, which asks again. */
export async function loadOutcomes(): Promise<void> {
  outcomes.value = await api.outcomes().catch(() => outcomes.value);
}

export const acknowledge = (alert: Alert): Promise<boolean> => perform(alert, { kind: "acknowledge" });
export function ask(what: Asking, alert: Alert): void {
  if (outcomes.value.length === 0) void loadOutcomes();
  asking.value = { what, alert: alert.id };
}

export function Actions({ alert }: { alert: Alert }): VNode {
  const { action } = words();
  const isClosed = alert.state === "closed";
  return (
    <div class="actions">
      <button
        type="button"
        class="primary"
        disabled={busy.value || alert.state !== "unacknowledged"}
        onClick={() => acknowledge(alert)}
      >
        {action.acknowledge} <kbd>A</kbd>
      </button>
      <button type="button" disabled={isClosed} onClick={() => ask("comment", alert)}>
        {action.comment} <kbd>N</kbd>
      </button>
      <button type="button" disabled={isClosed} onClick={() => ask("close", alert)}>
        {action.close} … <kbd>X</kbd>
      </button>
      <Notice alert={alert} />
      {asking.value?.alert === alert.id && <Dialog alert={alert} what={asking.value.what} />}
    </div>
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

function Dialog({ alert, what }: { alert: Alert; what: Asking }): VNode {
  return what === "comment" ? <CommentDialog alert={alert} /> : <CloseDialog alert={alert} />;
}

function CommentDialog({ alert }: { alert: Alert }): VNode {
  const { action } = words();
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, { kind: "comment", note: String(form.get("note")) });
  return (
    <Modal title={action.commentTitle} alert={alert} send={send}>
      <Note label={action.note} isRequired />
    </Modal>
  );
}

function CloseDialog({ alert }: { alert: Alert }): VNode {
  const { action } = words();
  const send = (form: FormData): Promise<boolean> =>
    perform(alert, { kind: "close", outcome: String(form.get("outcome")), note: String(form.get("note")) });
  return (
    <Modal title={action.closeTitle} alert={alert} send={send}>
      {alert.breach === "open" && <p class="caution">{action.stillOpen}</p>}
      <fieldset>
        <legend>{action.outcome}</legend>
        {outcomes.value.length === 0 && <p class="faint">{words().detail.loading}</p>}
        {outcomes.value.map((outcome, index) => (
          <label key={outcome.id} class="choice">
            <input type="radio" name="outcome" value={outcome.id} required autofocus={index === 0} />{" "}
            {outcome[language.value]}
          </label>
        ))}
      </fieldset>
      <Note label={action.noteOptional} />
    </Modal>
  );
}

function Note({ label, isRequired = false }: { label: string; isRequired?: boolean }): VNode {
  const hint = useId();
  return (
    <label class="field">
      {label}
      <textarea
        name="note"
        rows={3}
        maxLength={4000}
        required={isRequired}
        autofocus={isRequired}
        aria-describedby={hint}
        onKeyDown={submitOnControlEnter}
      />
      <small id={hint}>{words().action.optionalNoteHint}</small>
    </label>
  );
}

function submitOnControlEnter(event: KeyboardEvent): void {
  if (event.key === "Enter" && event.ctrlKey)
    (event.currentTarget as HTMLTextAreaElement).form?.requestSubmit();
}

interface Asked {
  readonly title: string;
  readonly alert: Alert;
  readonly send: (form: FormData) => Promise<boolean>;
  readonly children: ComponentChildren;
}

/** A question about one alert. It stays open over a refusal, so that nothing typed is lost. */
function Modal({ title, alert, send, children }: Asked): VNode {
  const { action, type } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  const id = useId();
  useModal(dialog);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    if (await send(new FormData(event.currentTarget as HTMLFormElement))) dialog.current?.close();
  };
  const refused = notice.value?.isRefusal && notice.value.alert === alert.id ? notice.value.text : null;
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={() => (asking.value = null)}>
      <form onSubmit={submit}>
        <h2 id={id}>{title}</h2>
        <p class="about">
          {type[alert.type] ?? alert.type} · {alert.wearer_name || alert.wearer}
        </p>
        {children}
        {refused && <p class="notice refusal">{refused}</p>}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {action.cancel}
          </button>
          <button type="submit" class="primary" disabled={busy.value}>
            {title}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Open as a modal, and give the keyboard back to where it was. Open before the next key is heard: who presses
 * N and types on must lose no letter, nor give a command with it.
 */
export function useModal(dialog: { current: HTMLDialogElement | null }): void {
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    isAsked.value = true;
    dialog.current?.showModal();
    return () => {
      before?.focus({ preventScroll: true });
      isAsked.value = false;
    };
  }, []);
}
