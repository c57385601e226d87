/** Ctrl-K: every command by name, and every open alert by whom or what it is about. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import { search, type Found } from "../api.ts";
import { LANGUAGES, isUnseen, type Alert } from "../model.ts";
import { goTo, pagesOf } from "../pages/place.ts";
import { THEMES, theme } from "../preferences.ts";
import { cursor, inHand, learn, myRoles, openAlerts, takeInHand, wanted } from "../queue/book.ts";
import { byUrgency, matches } from "../queue/order.ts";
import { shortInstant } from "../time.ts";
import * as sound from "../sound.ts";
import { DICTIONARY, fill, language, words } from "../words/index.ts";
import { acknowledge, ask, claimOrRelease, owning, shelveOrBring } from "./Actions.tsx";
import { showing } from "./Bar.tsx";
import { useModal } from "./Modal.tsx";
import { goToMostUrgent } from "./keys.ts";
import { clearFilter, letIn } from "./QueuePane.tsx";

/** What the server finds beyond the open alerts: closed ones, and wearers who have none. */
function useSearch(typed: string): readonly Command[] {
  const [found, keep] = useState<Found | null>(null);
  useEffect(() => {
    let isWanted = typed.length > 1;
    if (!isWanted) keep(null);
    const answer = (told: Found | null): void => void (isWanted && keep(told));
    const timer = setTimeout(
      () =>
        isWanted &&
        void search(typed).then(answer, () => {
          answer(null); // the open alerts can be found all the same
        }),
      SEARCH_REST_MS,
    );
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [typed]);
  if (!found) return [];
  return [...found.alerts.filter(({ state }) => state === "closed").map(past), ...found.wearers.map(wearer)];
}

function past(alert: Alert): Command {
  const { type, found } = words();
  const name = fill(found.closed, alert.wearer_name || alert.wearer, type[alert.type] ?? alert.type);
  const run = (): void => {
    learn(alert);
    takeInHand(alert.id);
  };
  return { id: alert.id, name: `${name}, ${shortInstant(alert.opened_at)}`, run };
}

function wearer({ id, name, order }: Found["wearers"][number]): Command {
  const { queue } = words();
  const run = (): void => void (wanted.value = id);
  return { id: `wearer ${id} ${order}`, name: `${queue.filter}: ${name || id} (${id}), ${order}`, run };
}

interface Command {
  readonly id: string;
  readonly name: string;
  readonly run: () => void;
}

const SHOWN = 12;
const SEARCH_REST_MS = 200;

export function Palette(): VNode {
  const { palette } = words();
  const dialog = useRef<HTMLDialogElement>(null);
  const [typed, type] = useState("");
  const [row, setRow] = useState(0);
  useModal(dialog);
  const searched = useSearch(typed.trim());
  const own = [...ofTheAlert(inHand.value), ...ofTheDesk(), ...openAlerts().toSorted(byUrgency).map(going)];
  const matching = own.filter((command) => matches(command.name, typed.trim())).slice(0, SHOWN);
  const found = [...matching, ...searched.filter(({ id }) => !matching.some((command) => command.id === id))];
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
  const { palette, bar, pages } = words();
  return [
    { id: "critical", name: palette.critical, run: goToMostUrgent },
    { id: "release", name: palette.release, run: letIn },
    { id: "filter", name: palette.filter, run: () => document.getElementById("filter")?.focus() },
    { id: "clear", name: palette.clear, run: clearFilter },
    { id: "overview", name: palette.overview, run: () => (cursor.value = null) },
    { id: "sound", name: palette.sound, run: () => void sound.toggle() },
    ...pagesOf(myRoles.value).map((own) => ({
      id: own,
      name: `${pages.label}: ${pages[own]}`,
      run: () => goTo(own),
    })),
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
