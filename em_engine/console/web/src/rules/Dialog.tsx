/** A question of the workbench. It stays open over a refusal, so that nothing typed is lost. */
import type { ComponentChildren, VNode } from "preact";
import { useId, useLayoutEffect, useRef, useState } from "preact/hooks";
import type { Refused } from "../api.ts";
import { asRefused } from "./loaded.ts";
import { Refusal } from "./Refusal.tsx";
import { text } from "./words.ts";

interface Asked {
  readonly title: string;
  /** What the button that does it says. */
  readonly does: string;
  readonly act: (form: FormData) => Promise<unknown>;
  readonly close: () => void;
  readonly children?: ComponentChildren;
  readonly isGrave?: boolean;
}

export function Dialog({ title, does, act, close, children, isGrave = false }: Asked): VNode {
  const dialog = useRef<HTMLDialogElement>(null);
  const [refusal, refuse] = useState<Refused | null>(null);
  const [isBusy, setBusy] = useState(false);
  const id = useId();
  useOpen(dialog);
  const submit = async (event: SubmitEvent): Promise<void> => {
    event.preventDefault();
    setBusy(true);
    const done = await act(new FormData(event.currentTarget as HTMLFormElement)).then(
      () => true,
      (failure: unknown) => void refuse(asRefused(failure)),
    );
    setBusy(false);
    if (done) dialog.current?.close();
  };
  const answerAnew = (): void => refuse(null); // it was about what was asked before
  return (
    <dialog ref={dialog} aria-labelledby={id} onClose={close}>
      <form onSubmit={submit} onInput={answerAnew} onChange={answerAnew}>
        <h2 id={id}>{title.replace(/ …$/, "")}</h2>
        {children}
        {refusal && <Refusal of={refusal} />}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {text().cancel}
          </button>
          <button type="submit" class={isGrave ? "primary grave" : "primary"} disabled={isBusy}>
            {does}
          </button>
        </div>
      </form>
    </dialog>
  );
}

/** Open as a modal for as long as it is there; then the keyboard is where it was. */
export function useOpen(dialog: { current: HTMLDialogElement | null }): void {
  useLayoutEffect(() => {
    const before = document.activeElement as HTMLElement | null;
    const own = dialog.current;
    own?.showModal();
    // While it is open nothing outside it takes the keyboard.
    return () => (own?.close(), before?.focus({ preventScroll: true }));
  }, []);
}

/** Why something is done: it stands in the log for good. */
export function Why(): VNode {
  return (
    <label class="field">
      {text().why}
      <textarea name="why" rows={3} maxLength={1000} required autofocus />
      <small>{text().whyHint}</small>
    </label>
  );
}

export const written = (form: FormData, name: string): string => String(form.get(name) ?? "").trim();
