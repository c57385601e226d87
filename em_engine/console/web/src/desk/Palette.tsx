/** Ctrl-K: every command by name, and every open alert by whom or what it is about. */
import type { VNode } from "preact";
import { useRef, useState } from "preact/hooks";
import { LANGUAGES, isUnseen, type Alert } from "../model.ts";
import { THEMES, theme } from "../preferences.ts";
import { cursor, inHand, openAlerts, takeInHand } from "../queue/book.ts";
import { byUrgency, matches } from "../queue/order.ts";
import * as sound from "../sound.ts";
import { DICTIONARY, fill, language, words } from "../words/index.ts";
import { acknowledge, ask, claimOrRelease, owning, shelveOrBring } from "./Actions.tsx";
import { showing } from "./Bar.tsx";
import { useModal } from "./Modal.tsx";
import { goToMostUrgent } from "./keys.ts";
import { clearFilter, letIn } from "./QueuePane.tsx";

interface Command {
  readonly id: string;
  readonly name: string;
  readonly run: () => void;
}

const SHOWN = 12;

export function Palette(): VNode {
  const { palette } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, type] = useState("");
  const [row, setRow] = useState(0);
  useModal(dialog);
  const found = [...ofTheAlert(inHand.value), ...ofTheDesk(), ...openAlerts().toSorted(byUrgency).map(going)]
    .filter((command) => matches(command.name, typed.trim()))
    .slice(0, SHOWN);
  const run = (command: Command | undefined): void => {
    if (!command) return;
    dialog.current?.close();
    setTimeout(command.run); // once the dialog has given the keyboard back
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Enter") run(found[row]);
    else if (event.key === "ArrowDown") setRow(Math.min(found.length - 1, row + 1));
    else if (event.key === "ArrowUp") setRow(Math.max(0, row - 1));
    else return;
    event.preventDefault();
  };
  return (
    <dialog ref={dialog} class="palette" aria-label={palette.title} onClose={() => (showing.value = null)}>
      <input
        type="text"
        role="combobox"
        aria-expanded="true"
        aria-controls="commands"
        aria-label={palette.hint}
        autofocus
        placeholder={palette.hint}
        aria-activedescendant={found[row] && `command-${row}`}
        value={typed}
        autocomplete="off"
        onInput={(event) => {
          type(event.currentTarget.value);
          setRow(0);
        }}
        onKeyDown={pressed}
      />
      <ul id="commands" role="listbox" aria-label={palette.title}>
        {found.map((command, index) => (
          <li
            key={command.id}
            id={`command-${index}`}
            role="option"
            aria-selected={index === row}
            onClick={() => run(command)}
          >
            {command.name}
          </li>
        ))}
      </ul>
      {found.length === 0 && <p class="faint">{palette.none}</p>}
    </dialog>
  );
}

function ofTheAlert(alert: Alert | null): Command[] {
  if (!alert || alert.state === "closed") return [];
  const { action, shelf, escalation, passing, tag } = words();
  const seen = { id: "acknowledge", name: action.acknowledge, run: () => acknowledge(alert) };
  const shelving = alert.state === "shelved" ? shelf.unshelve : shelf.title;
  return [
    ...(isUnseen(alert) ? [seen] : []),
    { id: "claim", name: owning(alert), run: () => claimOrRelease(alert) },
    { id: "shelve", name: shelving, run: () => shelveOrBring(alert) },
    { id: "escalate", name: escalation.title, run: () => ask("escalate", alert) },
    { id: "pass", name: passing.title, run: () => ask("pass", alert) },
    { id: "comment", name: action.comment, run: () => ask("comment", alert) },
    { id: "tag", name: tag.title, run: () => ask("tag", alert) },
    { id: "close", name: action.closeTitle, run: () => ask("close", alert) },
  ];
}

function ofTheDesk(): Command[] {
  const { palette, bar } = words();
  return [
    { id: "critical", name: palette.critical, run: goToMostUrgent },
    { id: "release", name: palette.release, run: letIn },
    { id: "filter", name: palette.filter, run: () => document.getElementById("filter")?.focus() },
    { id: "clear", name: palette.clear, run: clearFilter },
    { id: "overview", name: palette.overview, run: () => (cursor.value = null) },
    { id: "sound", name: palette.sound, run: () => void sound.toggle() },
    ...THEMES.map((own) => ({ id: own, name: `${bar.theme}: ${bar[own]}`, run: () => (theme.value = own) })),
    ...LANGUAGES.map((own) => ({
      id: own,
      name: `${bar.language}: ${DICTIONARY[own].language}`,
      run: () => (language.value = own),
    })),
    { id: "help", name: bar.help, run: () => (showing.value = "help") },
  ];
}

function going(alert: Alert): Command {
  const { palette, type } = words();
  const who = alert.wearer_name ? `${alert.wearer_name} (${alert.wearer})` : alert.wearer;
  const name = fill(palette.go, `${who}: ${type[alert.type] ?? alert.type}, ${alert.order}`);
  return { id: alert.id, name, run: () => takeInHand(alert.id) };
}
