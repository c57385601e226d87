/** The workbench's words, apart from the operators': neither page carries the other's. */
import type { Language } from "../model.ts";
import type { Refused } from "../api.ts";
import { fill, language } from "../words/index.ts";
import { enRules, type RuleWords } from "../words/rules.en.ts";
import { nbRules } from "../words/rules.nb.ts";
import { nnRules } from "../words/rules.nn.ts";
import { enRefusals, type RefusalWords } from "../words/refusals.en.ts";
import { nbRefusals } from "../words/refusals.nb.ts";
import { nnRefusals } from "../words/refusals.nn.ts";

const DICTIONARY = { nb: nbRules, nn: nnRules, en: enRules };

export const REFUSALS: Readonly<Record<Language, RefusalWords>> = {
  nb: nbRefusals,
  nn: nnRefusals,
  en: enRefusals,
};

/** The words; reading them makes the reader follow the language. */
export const text = (): RuleWords => DICTIONARY[language.value];

/** Why the server refused: in the reader's language where the refusal has a code, else as it said. */
export function why({ status, problem, message }: Refused): string {
  if (status === 0) return text().unreachable;
  if (status === 413) return text().tooLarge;
  if (problem["source"] !== undefined) return fill(text().refused, String(problem["source"]));
  if (problem["problems"] !== undefined) return text().unsound;
  return fill(text().refused, spoken(problem as Partial<Coded>, message));
}

interface Coded {
  readonly code: string;
  readonly values: readonly (string | number)[];
}

/** The reasons of a refusal that has several, each in the reader's language where it has a code. */
export function reasons({ problem }: Refused): readonly string[] {
  const said = (problem["reasons"] as readonly string[] | undefined) ?? [];
  const codes = (problem["reason_codes"] as readonly (Coded | null)[] | undefined) ?? [];
  return said.map((one, place) => spoken(codes[place] ?? {}, one));
}

function spoken({ code = "", values = [] }: Partial<Coded>, otherwise: string): string {
  const words: Readonly<Record<string, string>> = REFUSALS[language.value];
  const known = words[code];
  const told = values.map((value) =>
    typeof value === "number" ? value.toLocaleString(language.value) : value,
  );
  return known === undefined ? otherwise : fill(known, ...told);
}
