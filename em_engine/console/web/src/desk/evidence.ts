/** Evidence in words: what the engine keeps as columns, told with its unit and in the reader's language. */
import { instant, metres, span } from "../time.ts";
import { language, words } from "../words/index.ts";

type Evidence = Readonly<Record<string, unknown>>;
type Told = readonly (readonly [name: string, value: string])[];

/** Every piece of evidence as a name and a value, nested pieces too; times in the order's own zone, in which
 * its windows are written.
 */
export function evidenceInWords(evidence: Evidence, timeZone: string, within = ""): Told {
  return Object.entries(evidence).flatMap(([key, value]) => {
    if (value === null || value === undefined) return [];
    if (isNested(value) && key === "window" && !isWindow(value)) return [];
    if (isNested(value)) return evidenceInWords(value, timeZone, `${key}.`);
    return [[nameOf(within, key), inWords(key, value, timeZone)] as const];
  });
}

const WEEK_MS = 7 * 86_400_000;

/** Whether it is a stretch of some week. A longer one is the whole span of the order: no window at all. */
function isWindow({ from, to }: Evidence): boolean {
  return isText(from) && isText(to) && Date.parse(to) - Date.parse(from) <= WEEK_MS;
}

const isText = (value: unknown): value is string => typeof value === "string";

const isNested = (value: unknown): value is Evidence => typeof value === "object" && !Array.isArray(value);

function inWords(key: string, value: unknown, timeZone: string): string {
  if (!Array.isArray(value)) return valueInWords(key, value, timeZone);
  const isPlain = value.every((one) => typeof one !== "object");
  return isPlain ? value.map((one) => valueInWords(key, one, timeZone)).join(", ") : String(value.length);
}

/** The name the page has for it; evidence of a kind younger than the page keeps its own, made readable. */
function nameOf(within: string, key: string): string {
  const { evidence } = words();
  const ownName = key.replace(/_(m|s|at|pct|mps|us)$/, "").replaceAll("_", " ");
  return evidence[within + key] ?? evidence[key] ?? ownName;
}

function valueInWords(key: string, value: unknown, timeZone: string): string {
  if (typeof value === "boolean") return value ? words().yes : words().no;
  if (typeof value === "string") return textInWords(key, value, timeZone);
  if (typeof value !== "number") return String(value);
  if (key.endsWith("_m")) return metres(value);
  if (key.endsWith("_s")) return span(value * 1000);
  if (key.endsWith("_pct")) return `${number(value, 0)} %`;
  if (key.endsWith("_mps")) return `${number(value * 3.6, 0)} km/h`;
  if (key === "belief") return `${number(Math.floor(value * 100_000) / 1000, 3)} %`; // nobody is 100 % sure
  if (/probability|confidence/.test(key)) return `${number(value * 100, 1)} %`;
  return number(value, Math.abs(value) < 200 ? 5 : 0);
}

/** What a tag says of itself; the same word as a name, of a zone for instance, stays that name. */
const SAID = new Set(["source", "event", "strap", "case", "beacon", "certainty"]);

function textInWords(key: string, text: string, timeZone: string): string {
  if (isInstant(text)) return instant(text, timeZone);
  return SAID.has(key) ? (words().value[text] ?? text) : text;
}

const isInstant = (text: string): boolean => /^\d{4}-\d\d-\d\dT\d\d:\d\d.*(Z|[+-]\d\d:\d\d)$/.test(text);

function number(value: number, digits: number): string {
  return value.toLocaleString(language.value === "en" ? "en-GB" : language.value, {
    maximumFractionDigits: digits,
  });
}
