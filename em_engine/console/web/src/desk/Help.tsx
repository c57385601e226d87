/** The keys of the page: what each does, another in its place, and the switch that turns single ones off. */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { Refused } from "../api.ts";
import { singleKeys } from "../preferences.ts";
import { fill, why, words } from "../words/index.ts";
import { useModal } from "./Modal.tsx";
import { showing } from "./Bar.tsx";
import { COMMANDS, choose, isChanged, isKey, reset, shown, type Command } from "./commands.ts";

/** Keys that are the browser's and the screen reader's too, and stay as they are. */
const FIXED = ["↓ ↑", "Home End", "Enter", "← →", "Ctrl K", "Esc"] as const;

export function Help(): VNode {
  const { help, keying } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  const [changing, change] = useState<Command | null>(null);
  const [refusal, refuse] = useState<string | null>(null);
  useModal(dialog);
  const done = (work: Promise<void>): void =>
    void work.then(
      () => refuse(null),
      (failure: unknown) => refuse(failure instanceof Refused ? why(failure) : String(failure)),
    );
  const pressed = (event: KeyboardEvent): void => {
    if (changing === null) return;
    if (event.key === "Escape" || event.key === "Tab") return change(null);
    if (event.ctrlKey || event.metaKey || event.altKey || !isKey(event.key)) return;
    event.preventDefault();
    change(null);
    done(choose(changing, event.key));
  };
  return (
    <dialog
      ref={dialog}
      aria-labelledby="help-title"
      onClose={() => (showing.value = null)}
      onCancel={(event) => changing !== null && (event.preventDefault(), change(null))}
      onKeyDown={pressed}
    >
      <h2 id="help-title">{help.title}</h2>
      <dl class="keys">
        {COMMANDS.map((command) => (
          <div key={command}>
            <dt>
              <KeyOf command={command} isAsked={changing === command} ask={() => change(command)} />
            </dt>
            <dd id={`does-${command}`}>{help[command]}</dd>
          </div>
        ))}
        {FIXED.map((key) => (
          <Fixed key={key} name={key} />
        ))}
      </dl>
      <p class="faint" role="status">
        {changing === null ? keying.hint : fill(keying.press, help[changing])}
      </p>
      {refusal !== null && <p class="notice refusal">{fill(keying.notKept, refusal)}</p>}
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
        <button type="button" disabled={!isChanged.value} onClick={() => done(reset())}>
          {keying.reset}
        </button>
        <button type="button" class="primary" onClick={() => dialog.current?.close()}>
          {help.close}
        </button>
      </div>
    </dialog>
  );
}

function KeyOf({ command, isAsked, ask }: { command: Command; isAsked: boolean; ask: () => void }): VNode {
  const { help, keying } = words();
  return (
    <button
      type="button"
      class={`key-of ${isAsked ? "asked" : ""}`}
      aria-label={fill(keying.change, help[command], shown(command))}
      aria-pressed={isAsked}
      onClick={ask}
    >
      <kbd>{isAsked ? "…" : shown(command)}</kbd>
    </button>
  );
}

function Fixed({ name }: { name: (typeof FIXED)[number] }): VNode {
  const { help } = words();
  const does = {
    "↓ ↑": help.rows,
    "Home End": help.ends,
    Enter: help.open,
    "← →": help.unfold,
    "Ctrl K": help.palette,
    Esc: help.escape,
  }[name];
  return (
    <div>
      <dt>
        {name.split(" ").map((part) => (
          <kbd key={part}>{part}</kbd>
        ))}
      </dt>
      <dd>{does}</dd>
    </div>
  );
}
