/** The keys of the page, and the switch that turns the single ones off. */
import type { VNode } from "preact";
import { useRef } from "preact/hooks";
import { singleKeys } from "../preferences.ts";
import { words } from "../words/index.ts";
import { useModal } from "./Modal.tsx";
import { showing } from "./Bar.tsx";

export function Help(): VNode {
  const { help } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  useModal(dialog);
  const keys: readonly (readonly [string, string])[] = [
    ["J K ↓ ↑", help.next],
    ["Home End", help.ends],
    ["Enter", help.open],
    ["← →", help.unfold],
    ["A", help.acknowledge],
    ["C", help.claim],
    ["S", help.shelve],
    ["E", help.escalate],
    ["H", help.pass],
    ["T", help.tag],
    ["N", help.comment],
    ["X", help.closeAlert],
    ["G", help.critical],
    ["R", help.release],
    ["V", help.view],
    ["/", help.filter],
    ["Ctrl K", help.palette],
    ["?", help.help],
    ["Esc", help.escape],
  ];
  return (
    <dialog ref={dialog} aria-labelledby="help-title" onClose={() => (showing.value = null)}>
      <h2 id="help-title">{help.title}</h2>
      <dl class="keys">
        {keys.map(([key, meaning]) => (
          <div key={key}>
            <dt>
              {key.split(" ").map((part) => (
                <kbd key={part}>{part}</kbd>
              ))}
            </dt>
            <dd>{meaning}</dd>
          </div>
        ))}
      </dl>
      <label class="choice">
        <input
          type="checkbox"
          checked={singleKeys.value}
          onChange={(event) => (singleKeys.value = event.currentTarget.checked)}
        />
        {help.single}
      </label>
      <p class="faint">{help.singleHint}</p>
      <div class="buttons">
        <button type="button" class="primary" onClick={() => dialog.current?.close()}>
          {help.close}
        </button>
      </div>
    </dialog>
  );
}
