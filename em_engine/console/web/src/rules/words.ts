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
  const words: Readonly<Record<string, string>> = REFUSALS[language.value];
  const known = words[String(problem["code"] ?? "")];
  const values = (problem["values"] as readonly (string | number)[] | undefined) ?? [];
  const spoken = values.map((value) =>
    typeof value === "number" ? value.toLocaleString(language.value) : value,
  );
  return fill(text().refused, known === undefined ? message : fill(known, ...spoken));
}
