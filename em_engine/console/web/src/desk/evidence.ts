/** Evidence in words: what the engine keeps as columns, told with its unit and in the reader's language. */
import { instant, metres, span } from "../time.ts";
import { language, words } from "../words/index.ts";

type Told = readonly (readonly [name: string, value: string])[];

/** Every piece of evidence as a name and a value; nested evidence is told under its own names. */
export function evidenceInWords(evidence: Readonly<Record<string, unknown>>): Told {
  return Object.entries(evidence).flatMap(([key, value]) => piece(key, value));
}

function piece(key: string, value: unknown): Told {
  if (value === null || value === undefined) return [];
  if (Array.isArray(value)) return [[nameOf(key), listInWords(key, value)]];
  if (typeof value === "object") return evidenceInWords(value as Record<string, unknown>);
  return [[nameOf(key), valueInWords(key, value)]];
}

function listInWords(key: string, values: readonly unknown[]): string {
  const isPlain = values.every((value) => typeof value !== "object");
  return isPlain ? values.map((value) => valueInWords(key, value)).join(", ") : String(values.length);
}

/** The name the page has for it; evidence of a kind younger than the page keeps its own, made readable. */
function nameOf(key: string): string {
  return words().evidence[key] ?? key.replace(/_(m|s|at|pct|mps|us)$/, "").replaceAll("_", " ");
}

function valueInWords(key: string, value: unknown): string {
  if (typeof value === "boolean") return value ? words().yes : words().no;
  if (typeof value === "string") return isInstant(value) ? instant(value) : value;
  if (typeof value !== "number") return String(value);
  if (key.endsWith("_m")) return metres(value);
  if (key.endsWith("_s")) return span(value * 1000);
  if (key.endsWith("_pct")) return `${number(value, 0)} %`;
  if (key.endsWith("_mps")) return `${number(value * 3.6, 0)} km/h`;
  if (/probability|confidence|belief/.test(key)) return `${number(value * 100, 1)} %`;
  return number(value, Math.abs(value) < 200 ? 5 : 0);
}

const isInstant = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/.test(text);

function number(value: number, digits: number): string {
  return value.toLocaleString(language.value === "en" ? "en-GB" : language.value, {
    maximumFractionDigits: digits,
  });
}
