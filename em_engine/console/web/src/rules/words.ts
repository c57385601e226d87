/** The workbench's words, apart from the operators': neither page carries the other's. */
import { language } from "../words/index.ts";
import { enRules, type RuleWords } from "../words/rules.en.ts";
import { nbRules } from "../words/rules.nb.ts";
import { nnRules } from "../words/rules.nn.ts";

const DICTIONARY = { nb: nbRules, nn: nnRules, en: enRules };

/** The words; reading them makes the reader follow the language. */
export const text = (): RuleWords => DICTIONARY[language.value];
