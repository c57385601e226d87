/** The workbench's words, apart from the operators': neither page carries the other's. */
import type { Language } from "../model.ts";
import type { Refused } from "../api.ts";
import { REQUESTS, fill, language } from "../words/index.ts";
import { enRules, type RuleWords } from "../words/rules.en.ts";
import { nbRules } from "../words/rules.nb.ts";
import { nnRules } from "../words/rules.nn.ts";
import { enRefusals } from "../words/refusals.en.ts";
import { nbRefusals } from "../words/refusals.nb.ts";
import { nnRefusals } from "../words/refusals.nn.ts";
import { nbChecks } from "../words/checks.nb.ts";
import { nnChecks } from "../words/checks.nn.ts";
import { nbTracks } from "../words/tracks.nb.ts";
import { nnTracks } from "../words/tracks.nn.ts";
import { instant } from "../time.ts";

const DICTIONARY = { nb: nbRules, nn: nnRules, en: enRules };

/** What a check says it says in English; here are the other languages. */
const SAID: Readonly<Record<Language, Readonly<Record<string, string>>>> = {
  nb: { ...REQUESTS.nb, ...nbRefusals, ...nbChecks, ...nbTracks },
  nn: { ...REQUESTS.nn, ...nnRefusals, ...nnChecks, ...nnTracks },
  en: { ...REQUESTS.en, ...enRefusals },
};

/** The words; reading them makes the reader follow the language. */
export const text = (): RuleWords => DICTIONARY[language.value];

/** Why the server refused: in the reader's language where the refusal has a code, else as it said. */
export function why({ status, problem, message }: Refused): string {
  if (status === 0) return text().unreachable;
  if (status === 404 && problem["code"] === undefined) return text().gone;
  if (status === 413) return text().tooLarge;
  if (problem["source"] !== undefined) return fill(text().refused, String(problem["source"]));
  if (problem["problems"] !== undefined) return text().unsound;
  return fill(text().refused, spoken(problem as Partial<Coded>, message));
}

/** A sentence by its code, with what fills its places; that may be such a sentence itself. */
export interface Coded {
  readonly code: string;
  readonly values: readonly (string | number | (Coded & { readonly text: string }))[];
}

/** What is wrong and what would be right, in English and in code. */
export interface Worded {
  readonly message: string;
  readonly message_code?: Coded | null;
  readonly hint: string;
  readonly hint_code?: Coded | null;
}

/** What is wrong, in the reader's language. */
export const message = (of: Worded): string => spoken(of.message_code, of.message);

/** What would be right, in the reader's language; nothing where nobody knows. */
export const hint = (of: Worded): string => spoken(of.hint_code, of.hint);

/** The reasons of a refusal that has several, each in the reader's language where it has a code. */
export function reasons({ problem }: Refused): readonly string[] {
  const said = (problem["reasons"] as readonly string[] | undefined) ?? [];
  return inWords(said, problem["reason_codes"] as readonly (Coded | null)[] | undefined);
}

/** Sentences with their codes beside them, in the reader's language. */
export const inWords = (said: readonly string[], codes?: readonly (Coded | null)[]): readonly string[] =>
  said.map((one, place) => spoken(codes?.[place], one));

function spoken(coded: Partial<Coded> | null | undefined, otherwise: string): string {
  const known = SAID[language.value][coded?.code ?? ""];
  return known === undefined ? otherwise : fill(known, ...(coded?.values ?? []).map(valued));
}

function valued(value: Coded["values"][number]): string {
  if (typeof value === "object") return spoken(value, value.text);
  if (typeof value === "number") return value.toLocaleString(language.value);
  return INSTANT.test(value) ? instant(value) : value;
}

const INSTANT = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/;
