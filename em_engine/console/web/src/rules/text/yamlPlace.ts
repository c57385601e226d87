/** Where in a YAML document a place of its text stands: a reading good enough for one still writing. */

export interface YamlPlace {
  /** Keys and places in lists, from the top to what holds the place: `["conditions", 2]`. */
  readonly path: readonly (string | number)[];
  /** The key whose value is being written; null where a key is. */
  readonly key: string | null;
  /** The keys before it in the same mapping, with their values as far as they are plain. */
  readonly beside: ReadonlyMap<string, string>;
  /** What is written of the word up to the place, and where it begins. */
  readonly word: string;
  readonly from: number;
}

/** A mapping (`step` is null between its keys) or a list (`step` counts) that is still open. */
interface Level {
  readonly column: number;
  readonly isList: boolean;
  step: string | number | null;
  readonly said: Map<string, string>;
}

/** The place at an offset, or null within a comment. */
export function placeIn(text: string, at: number): YamlPlace | null {
  const lines = text.slice(0, at).split("\n");
  const last = lines.at(-1)!;
  if (/(^|\s)#/.test(last)) return null;
  const levels: Level[] = [];
  const flow: Level[] = [];
  for (const line of lines.slice(0, -1)) readLine(line, levels, flow);
  const isNewLine = /^[\s-]*[^\s:{[]*$/.test(last) && flow.length === 0;
  readLine(isNewLine ? `${last}x` : last, levels, flow);
  const word = /[^\s,:[\]{}"']*$/.exec(last)?.[0] ?? "";
  return { ...told([...levels, ...flow]), word, from: at - word.length };
}

function told(levels: readonly Level[]): Pick<YamlPlace, "path" | "key" | "beside"> {
  const inner = levels.at(-1);
  const path = levels.slice(0, -1).flatMap(({ step }) => (step === null ? [] : [step]));
  if (inner?.isList) return { path: [...path, inner.step!], key: null, beside: new Map() };
  return { path, key: (inner?.step as string | null | undefined) ?? null, beside: inner?.said ?? new Map() };
}

/** Take a line in: what it closes by standing further left, its dashes, its key, what it opens in braces. */
function readLine(line: string, levels: Level[], flow: Level[]): void {
  if (flow.length > 0) return readFlow(line, flow);
  const said = /^([\s-]*?(?:- +)*)([^\s#-].*)?$/.exec(line);
  if (!said?.[2]) return;
  for (const { index } of said[1]!.matchAll(/-/g)) openItem(index, levels);
  openKey(said[1]!.length, said[2], levels);
  const value = /^[\w.-]+: +(.*)$/.exec(said[2])?.[1] ?? said[2];
  if (/^[{[]/.test(value)) readFlow(value, flow);
}

function openItem(column: number, levels: Level[]): void {
  closeUnder(column + 1, levels);
  const inner = levels.at(-1);
  if (inner?.isList && inner.column === column) inner.step = Number(inner.step) + 1;
  else levels.push({ column, isList: true, step: 0, said: new Map() });
}

function openKey(column: number, said: string, levels: Level[]): void {
  closeUnder(column + 1, levels);
  const inner = levels.at(-1);
  // A key as far left as a list's dashes ends the list: it stands beside the list's own key.
  if (inner?.isList && inner.column === column) levels.pop();
  if (levels.at(-1)?.isList !== false || levels.at(-1)!.column < column)
    levels.push({ column, isList: false, step: null, said: new Map() });
  const [, key, value] = /^([\w.-]+):(?: +(.*)|$)/.exec(said) ?? [];
  const level = levels.at(-1)!;
  level.step = key ?? null;
  if (key !== undefined) level.said.set(key, value ?? "");
}

function closeUnder(column: number, levels: Level[]): void {
  while (levels.length > 0 && levels.at(-1)!.column >= column) levels.pop();
}

/** Take in what is written in braces and brackets, as far as it goes. */
function readFlow(line: string, flow: Level[]): void {
  const marks = /"(?:[^"\\]|\\.)*"?|'[^']*'?|[{}[\],]|:(?= |$)|[^\s{}[\],:"']+(?::[^\s{}[\],:"']+)*|\s#.*/g;
  for (const [mark] of line.matchAll(marks)) {
    const inner = flow.at(-1);
    if (mark === "{" || mark === "[")
      flow.push({ column: 0, isList: mark === "[", step: mark === "[" ? 0 : null, said: new Map() });
    else if (mark === "}" || mark === "]") flow.pop();
    else if (mark === "," && inner) inner.step = inner.isList ? Number(inner.step) + 1 : null;
    else if (mark === ":" && inner && !inner.isList) inner.step = [...inner.said.keys()].at(-1) ?? null;
    else if (inner && !inner.isList && !mark.trim().startsWith("#")) note(inner, mark);
    if (flow.length === 0 && inner) return;
  }
}

function note(level: Level, word: string): void {
  if (level.step === null) level.said.set(word, "");
  else level.said.set(String(level.step), word);
}
