/** Who else has which alert open, or writes about it; and saying the same of this screen. */
import { computed, effect, signal } from "@preact/signals";
import * as api from "../api.ts";
import { cursor, me } from "./book.ts";

export interface Present {
  readonly alert: string;
  readonly person: string;
  readonly writes: boolean;
}

const SAY_AGAIN_MS = 8000;
const REST_MS = 250; // a row passed over is not told
const SCREEN = crypto.getRandomValues(new Uint32Array(2)).join("-");

/** Everybody before an alert, as the stream last told. */
export const present = signal<readonly Present[]>([]);

/** The others before each alert. */
export const others = computed((): ReadonlyMap<string, readonly Present[]> => {
  const found = new Map<string, Present[]>();
  for (const one of present.value)
    if (one.person !== me.value) found.set(one.alert, [...(found.get(one.alert) ?? []), one]);
  return found;
});

interface Said {
  readonly alert: string | null;
  readonly writes: boolean;
}

const NOTHING: Said = { alert: null, writes: false };

/** Say what this screen has before it, and whether words are written, until what this returns is called. */
export function announce(isWriting: () => boolean): () => void {
  let said = NOTHING;
  let rest: ReturnType<typeof setTimeout> | undefined;
  const say = (now: Said): void => {
    if (now.alert === null && said.alert === null) return;
    said = now;
    // Nobody waits for it: a presence that is not told is told eight seconds later.
    void api.present({ screen: SCREEN, ...now }).catch(() => null);
  };
  const again = setInterval(() => !document.hidden && said.alert !== null && say(said), SAY_AGAIN_MS);
  const stop = effect(() => {
    const now = { alert: cursor.value, writes: isWriting() };
    clearTimeout(rest);
    rest = setTimeout(() => say(now), REST_MS);
  });
  return () => {
    stop();
    clearTimeout(rest);
    clearInterval(again);
    say(NOTHING);
  };
}
