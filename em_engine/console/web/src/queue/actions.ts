/** What an operator does with the alert in hand, and what came of it. */
import { signal } from "@preact/signals";
import { act, Refused, type Action } from "../api.ts";
import { personIn, type Alert } from "../model.ts";
import { shortInstant } from "../time.ts";
import { fill, why, words } from "../words/index.ts";
import { learn } from "./book.ts";

/** What the page last said about an action; a refusal stays until the next one. */
export interface Notice {
  readonly text: string;
  readonly isRefusal: boolean;
  readonly alert: string;
  /** Who has the alert, where that is why it was refused. */
  readonly heldBy?: string | null;
}

export const notice = signal<Notice | null>(null);
export const busy = signal(false);
let fading: ReturnType<typeof setTimeout> | undefined;

/** Send it for the version on the screen; answers whether it was done. */
export async function perform(alert: Alert, action: Action): Promise<boolean> {
  if (busy.value) return false;
  busy.value = true;
  try {
    learn(await act(alert, action));
    say(alert, words().action.did[action.kind], false);
    return true;
  } catch (failure) {
    if (!(failure instanceof Refused)) throw failure;
    if (failure.current) learn(failure.current);
    say(alert, refusal(failure), true, failure.heldBy);
    return false;
  } finally {
    busy.value = false;
  }
}

export function say(alert: Alert, text: string, isRefusal: boolean, heldBy: string | null = null): void {
  clearTimeout(fading);
  notice.value = { text, isRefusal, alert: alert.id, heldBy };
  if (!isRefusal) fading = setTimeout(() => (notice.value = null), 6000);
}

function refusal(failure: Refused): string {
  const { action, own } = words();
  if (failure.status === 0) return action.offline;
  if (failure.heldBy !== null) return fill(own.held, failure.heldBy);
  if (failure.status === 412) return overtaken(failure.problem["first"] as First | undefined);
  return fill(action.refused, why(failure));
}

/** What came in between: who did it, what and when. */
interface First {
  readonly by: string;
  readonly what: string;
  readonly at: string;
}

function overtaken(first: First | undefined): string {
  const { action, what } = words();
  if (!first) return fill(action.changed, "–");
  const did = `${(what[first.what] ?? first.what).toLocaleLowerCase()} ${shortInstant(first.at)}`;
  const person = personIn(first.by);
  return person === null ? fill(action.changed, did) : fill(action.first, person, did);
}
