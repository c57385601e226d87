/** What may be written at a place, by the document's JSON Schema, and the names the rulebook knows. */
import type { Completion, CompletionResult } from "@codemirror/autocomplete";
import { placeIn, type YamlPlace } from "./yamlPlace.ts";

/** As much of JSON Schema as `rules/schema` uses. */
export interface Schema {
  readonly $ref?: string;
  readonly $defs?: Readonly<Record<string, Schema>>;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly additionalProperties?: boolean | Schema;
  readonly items?: Schema;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly type?: string | readonly string[];
  readonly examples?: readonly unknown[];
  readonly description?: string;
  /** What the description says, for words in other languages. */
  readonly description_code?: string;
}

export interface Helping {
  readonly schema: Schema;
  /** Names by the key they are written under: `zone`, `with`, `schedule`. */
  readonly names: Readonly<Record<string, readonly string[]>>;
  readonly words: Sayings;
}

/** The reader's own words for what a document's fields and values are called. */
export interface Sayings {
  /** What fields and kinds are for, by their code; what has none here is told as the schema tells it. */
  readonly sentences: Readonly<Record<string, string>>;
  /** What people call a value, by the key it stands under; under the empty one what they call a key. */
  readonly titles: Readonly<Record<string, Readonly<Record<string, string>>>>;
}

/** What completes the word at an offset, or null. */
export function suggest(help: Helping, text: string, at: number, isAsked: boolean): CompletionResult | null {
  const place = placeIn(text, at);
  // What stands after `kind: ` is offered at once; a key only once it is begun, or asked for.
  if (place === null || (place.word === "" && !isAsked && place.key === null)) return null;
  const options = place.key === null && !isInList(place) ? keysAt(help, place) : valuesAt(help, place);
  return options.length === 0 ? null : { from: place.from, options };
}

/** What the key at an offset is for, or the kind that is written there; or null. */
export function explain(
  help: Helping,
  text: string,
  at: number,
): { from: number; to: number; text: string } | null {
  const [from, to] = wordAround(text, at);
  const place = placeIn(text, to);
  if (place === null || from === to) return null;
  const told = saidOf(help, place, text.slice(from, to));
  return told ? { from, to, text: told } : null;
}

function saidOf(help: Helping, place: YamlPlace, word: string): string {
  const key = keyOf(place);
  const found = propertiesAt(help, place).find(([name]) => name === word)?.[1];
  if (!found) return ofConstant(help, place, word) || (help.words.titles[key]?.[word] ?? "");
  return [help.words.titles[""]?.[word], describedBy(help, found)].filter(Boolean).join(": ");
}

/** The schema's description of itself, or of what it refers to, in the reader's language. */
function describedBy(help: Helping, schema: Schema): string {
  const told = resolved(help.schema, schema).find((one) => one.description);
  return help.words.sentences[told?.description_code ?? ""] ?? told?.description ?? "";
}

/** Of `kind: curfew` what a curfew is: the variant that the value stands for says it. */
function ofConstant(help: Helping, place: YamlPlace, word: string): string {
  const meant = variantsAt(help, place).find((one) => one.properties?.[place.key ?? ""]?.const === word);
  return meant ? describedBy(help, meant) : "";
}

function wordAround(text: string, at: number): readonly [from: number, to: number] {
  const isWord = (index: number): boolean => /[\w.-]/.test(text[index] ?? "");
  let [from, to] = [at, at];
  while (isWord(from - 1)) from -= 1;
  while (isWord(to)) to += 1;
  return [from, to];
}

/** The key whose value, or one of whose values, stands there. */
const keyOf = ({ key, path }: YamlPlace): string => key ?? String(path.at(-2) ?? "");
const isInList = ({ path }: YamlPlace): boolean =>
  typeof path.at(-1) === "number" && NAMED.includes(path.at(-2));
const NAMED: readonly unknown[] = ["except", "with", "weekly", "devices", "outcomes", "note_for"];

function keysAt(help: Helping, place: YamlPlace): readonly Completion[] {
  return propertiesAt(help, place)
    .filter(([name]) => !place.beside.has(name) || name === place.word)
    .map(([name, schema]) => ({
      label: name,
      apply: `${name}: `,
      type: "property",
      ...titled(help, "", name),
      info: describedBy(help, schema),
    }));
}

function valuesAt(help: Helping, place: YamlPlace): readonly Completion[] {
  const key = keyOf(place);
  const names = help.names[key === "except" ? "zone" : key];
  if (names) return names.map((label) => ({ label, type: "constant" }));
  const schema = propertiesAt(help, place).find(([name]) => name === key)?.[1];
  if (!schema) return [];
  const values = resolved(help.schema, schema).flatMap((one) => [
    ...(one.enum ?? []),
    ...(one.const === undefined ? [] : [one.const]),
    ...(one.type === "boolean" ? [true, false] : []),
    ...(one.examples ?? []),
  ]);
  return [...new Set(values.map(String))].map((label) => ({
    label,
    type: "enum",
    ...titled(help, key, label),
    info: ofConstant(help, place, label),
  }));
}

function titled(help: Helping, key: string, word: string): Pick<Completion, "detail"> {
  const detail = help.words.titles[key]?.[word];
  return detail === undefined ? {} : { detail };
}

/** What the mapping at a place may be: a condition, of any kind. */
function variantsAt(help: Helping, place: YamlPlace): readonly Schema[] {
  const steps = isInList(place) ? place.path.slice(0, -2) : place.path;
  let reached: readonly Schema[] = resolved(help.schema, help.schema);
  for (const step of steps) reached = reached.flatMap((one) => into(help.schema, one, step));
  return reached;
}

/** Every key the mapping at a place may have, by what is written beside it. */
function propertiesAt(help: Helping, place: YamlPlace): readonly (readonly [string, Schema])[] {
  const found = new Map<string, Schema>();
  for (const one of variantsAt(help, place).filter((one) => fits(one, place.beside)))
    for (const [name, schema] of Object.entries(one.properties ?? {}))
      if (!found.has(name)) found.set(name, schema);
  return [...found];
}

function into(root: Schema, from: Schema, step: string | number): readonly Schema[] {
  if (typeof step === "number") return from.items ? resolved(root, from.items) : [];
  const own =
    from.properties?.[step] ??
    (typeof from.additionalProperties === "object" ? from.additionalProperties : null);
  return own ? resolved(root, own) : [];
}

/** A variant whose constant another value stands for is not the one meant. */
function fits(schema: Schema, beside: ReadonlyMap<string, string>): boolean {
  return Object.entries(schema.properties ?? {}).every(([name, one]) => {
    const said = beside.get(name);
    return one.const === undefined || said === undefined || said === "" || String(one.const) === said;
  });
}

/** The schema itself and all it may be instead, references followed. */
function resolved(root: Schema, schema: Schema): readonly Schema[] {
  const named = schema.$ref === undefined ? null : pointed(root, schema.$ref);
  const others = [
    ...(named ? [named] : []),
    ...(schema.oneOf ?? []),
    ...(schema.anyOf ?? []),
    ...(schema.allOf ?? []),
  ];
  return [schema, ...others.flatMap((one) => resolved(root, one))];
}

/** What a reference within the document points to: `#/$defs/Grace`. */
function pointed(root: Schema, reference: string): Schema | null {
  let at: unknown = root;
  for (const step of reference.split("/").slice(1)) at = (at as Record<string, unknown> | undefined)?.[step];
  return (at as Schema | undefined) ?? null;
}
