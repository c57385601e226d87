/** The words of the page in the reader's language, chosen at run time. */
import { computed, effect, signal } from "@preact/signals";
import { LANGUAGES, type Language } from "../model.ts";
import { remember, remembered } from "../memory.ts";
import { en, type Words } from "./en.ts";
import { nb } from "./nb.ts";
import { nn } from "./nn.ts";
import { enRequests } from "./requests.en.ts";
import { nbRequests } from "./requests.nb.ts";
import { nnRequests } from "./requests.nn.ts";
import type { Refused } from "../api.ts";

export const DICTIONARY: Readonly<Record<Language, Words>> = { nb, nn, en };

/** What the door refuses, by its code. */
export const REQUESTS: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  nb: nbRequests,
  nn: nnRequests,
  en: enRequests,
};

export const language = signal<Language>(remembered("language", LANGUAGES) ?? preferred());
const chosen = computed(() => DICTIONARY[language.value]);

effect(() => {
  document.documentElement.lang = language.value;
  remember("language", language.value);
});

/** The words; reading them makes the reader follow the language. */
export const words = (): Words => chosen.value;

/** The text with its places {0}, {1} … filled. */
export function fill(text: string, ...values: readonly (string | number)[]): string {
  return text.replace(/\{(\d)\}/g, (_, place: string) => String(values[Number(place)] ?? ""));
}

/** Why the server refused: in the reader's language where the door has a code for it, else as it said. */
export function why({ problem, message }: Refused): string {
  const known = REQUESTS[language.value][String(problem["code"])];
  return known === undefined ? message : fill(known, ...((problem["values"] as string[] | undefined) ?? []));
}

/**
 * What the browser asks for first among ours; a plain "no" is bokmål, as is everything else in this country.
 */
function preferred(): Language {
  const asked = navigator.languages.map((tag) => tag.slice(0, 2));
  return LANGUAGES.find((own) => asked[0] === own) ?? "nb";
}
