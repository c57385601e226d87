/** Under which name the filter that is set shall be kept. */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { Refused } from "../api.ts";
import { why, words } from "../words/index.ts";
import { showing } from "./Bar.tsx";
import { useModal, written } from "./Modal.tsx";
import { saveFilter } from "./Views.tsx";

export function SaveFilter(): VNode {
  const { views, action } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  const [refusal, refuse] = useState<string | null>(null);
  useModal(dialog);
  const submit = (event: SubmitEvent): void => {
    event.preventDefault();
    const name = written(new FormData(event.currentTarget as HTMLFormElement), "name");
    saveFilter(name).then(
      () => dialog.current?.close(),
      (failure: unknown) => refuse(failure instanceof Refused ? why(failure) : String(failure)),
    );
  };
  return (
    <dialog ref={dialog} aria-labelledby="save-title" onClose={() => (showing.value = null)}>
      <form onSubmit={submit}>
        <h2 id="save-title">{views.saveTitle}</h2>
        <label class="field">
          {views.name}
          <input name="name" required maxLength={60} autofocus autocomplete="off" />
        </label>
        {refusal !== null && <p class="notice refusal">{refusal}</p>}
        <div class="buttons">
          <button type="button" onClick={() => dialog.current?.close()}>
            {action.cancel}
          </button>
          <button type="submit" class="primary">
            {action.save}
          </button>
        </div>
      </form>
    </dialog>
  );
}
