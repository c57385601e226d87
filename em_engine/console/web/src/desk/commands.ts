/** Which key does what: the page's own, and those a person has chosen instead, kept with the account. */
import { computed, signal } from "@preact/signals";
import * as api from "../api.ts";

/** The commands of one character and the page's own key for each. */
export const OWN = {
  next: "j",
  previous: "k",
  acknowledge: "a",
  claim: "c",
  shelve: "s",
  escalate: "e",
  pass: "h",
  tag: "t",
  comment: "n",
  closeAlert: "x",
  critical: "g",
  release: "r",
  view: "v",
  filter: "/",
  help: "?",
} as const;
export type Command = keyof typeof OWN;
export const COMMANDS = Object.keys(OWN) as readonly Command[];

type Keys = Readonly<Partial<Record<Command, string>>>;
const chosen = signal<Keys>({});

/** The key of every command, in lower case: what is typed is compared so. */
export const keys = computed((): Readonly<Record<Command, string>> => ({ ...OWN, ...chosen.value }));
export const isChanged = computed(() => Object.keys(chosen.value).length > 0);

/** The command of a key, where there is one. */
export const commandFor = (key: string): Command | undefined =>
  COMMANDS.find((command) => keys.value[command] === key.toLowerCase());

/** A key as it stands on a keyboard. */
export const shown = (command: Command): string => keys.value[command].toLocaleUpperCase();

/** The person's keys, read when somebody sits down; without them the page's own hold. */
export async function loadKeys(): Promise<void> {
  chosen.value = known(await api.keys().catch(() => chosen.value));
}

/** Give the command that key; whoever had it gets the command's own. The two change places, none is lost. */
export async function choose(command: Command, key: string): Promise<void> {
  const wanted = key.toLowerCase();
  const other = commandFor(wanted);
  const before = keys.peek()[command];
  const next = { ...keys.peek(), [command]: wanted, ...(other && other !== command && { [other]: before }) };
  await keep(next);
}

/** The page's own keys again. */
export const reset = (): Promise<void> => keep({});

async function keep(next: Keys): Promise<void> {
  const differing = Object.entries(next).filter(([command, key]) => OWN[command as Command] !== key);
  const kept = await api.keepKeys(Object.fromEntries(differing));
  chosen.value = known(kept);
}

/** Without what a newer or older page may have kept. */
function known(kept: Readonly<Record<string, string>>): Keys {
  return Object.fromEntries(Object.entries(kept).filter(([command]) => command in OWN));
}

/** Whether a key can be a command's: one character that is not the browser's own. */
export const isKey = (key: string): boolean => key.length === 1 && key.trim() !== "";
