/** A question about one alert, as a dialog that loses nothing typed. */
import type { ComponentChildren, VNode } from "preact";
import { signal } from "@preact/signals";
import { useId, useLayoutEffect, useRef } from "preact/hooks";
import type { Alert } from "../model.ts";
import { busy, notice } from "../queue/actions.ts";
import { isAsked } from "../queue/book.ts";
import { words } from "../words/index.ts";

export type Asking =
  "acknowledge" | "comment" | "close" | "shelve" | "escalate" | "pass" | "takeOver" | "tag";
/** Which dialog is open; it is about the alert in hand when it was opened. */
export const asking = signal<{ readonly what: Asking; readonly alert: string } | null>(null);

interface Asked {
  readonly title: string;
  readonly alert: Alert;
  readonly send: (form: FormData) => Promise<boolean>;
  readonly children: ComponentChildren;
  readonly cannot?: boolean;
}

/** It stays open over a refusal, so that nothing typed is lost. */
export function Modal({ title, alert, send, children, cannot = false }: Asked): VNode {
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
          <button type="submit" class="primary" disabled={busy.value || cannot}>
            {title}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Open as a modal, and give the keyboard back to where it was. Open before the next key is heard: who
 * presses N and types on must lose no letter, nor give a command with it.
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

interface NoteAsked {
  readonly label: string;
  readonly isRequired?: boolean;
  readonly isFirst?: boolean;
}

export function Note({ label, isRequired = false, isFirst = false }: NoteAsked): VNode {
  const hint = useId();
  return (
    <label class="field">
      {label}
      <textarea
        name="note"
        rows={3}
        maxLength={4000}
        required={isRequired}
        autofocus={isFirst}
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

/** What was typed into a field, and whether anything was: an empty note is no note. */
export const written = (form: FormData, name: string): string => String(form.get(name) ?? "").trim();
export const noteIn = (form: FormData): { readonly note?: string } =>
  written(form, "note") === "" ? {} : { note: written(form, "note") };
