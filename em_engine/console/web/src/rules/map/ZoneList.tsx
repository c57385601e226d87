/** All zones with the orders that hang on each: which are shared by many, which by none. */
import type { VNode } from "preact";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import { fill } from "../../words/index.ts";
import { useGrowing } from "../growing.ts";
import { text as ruleWords } from "../words.ts";
import type { Bench } from "./bench.ts";
import { titleOf, type Zone } from "./drawing.ts";
import { PlaceFinder } from "./PlaceFinder.tsx";
import { zoneWords } from "./words.ts";

const SHOWN = ["every", "shared", "unused", "wrong"] as const;
type Shown = (typeof SHOWN)[number];

export function ZoneList({ bench, fit }: { bench: Bench; fit: (id: string) => void }): VNode {
  const text = zoneWords();
  const [shown, show] = useState<Shown>("every");
  const [wanted, want] = useState("");
  const [drawing, uses] = [bench.drawing.value, bench.uses.value];
  const sorted = useMemo(() => sortedByTitle(drawing), [drawing]);
  const unsaved = shown === "wrong" ? bench.unsaved.value : null;
  const zones = useMemo(
    () => sorted.filter((zone) => fits(bench, zone, shown, wanted)),
    [sorted, uses, shown, wanted, unsaved],
  );
  const { count, end } = useGrowing(zones.length, `${shown} ${wanted}`);
  return (
    <nav class="zone-list" aria-label={text.list}>
      <input
        type="search"
        aria-label={text.find}
        placeholder={text.find}
        value={wanted}
        onInput={(event) => want(event.currentTarget.value)}
      />
      <select
        aria-label={text.show}
        value={shown}
        onChange={(event) => show(event.currentTarget.value as Shown)}
      >
        {SHOWN.map((one) => (
          <option key={one} value={one}>
            {text[one]}
          </option>
        ))}
      </select>
      <ul>
        {zones.slice(0, count).map((zone) => (
          <Row key={zone.id} bench={bench} zone={zone} fit={fit} />
        ))}
        {count < zones.length && (
          <li ref={end as { current: HTMLLIElement | null }} class="faint">
            {fill(ruleWords().more, zones.length - count)}
          </li>
        )}
      </ul>
      {zones.length === 0 && bench.isLoaded.value && <p class="faint">{text.none}</p>}
      {!bench.isReadOnly && <PlaceFinder bench={bench} fit={fit} />}
      {!bench.isReadOnly && <ImportButton bench={bench} />}
    </nav>
  );
}

/** What a zone is found and sorted by, made once for each drawing of it. */
interface Told {
  readonly found: string;
  readonly sorted: string;
}
const TOLD = new WeakMap<Zone, Told>();

export function toldOf(zone: Zone): Told {
  const known = TOLD.get(zone);
  if (known) return known;
  const title = titleOf(zone).toLocaleLowerCase();
  const found = `${zone.id} ${title} ${zone.file}`.toLocaleLowerCase();
  const told = { found, sorted: alphabetic(title) };
  TOLD.set(zone, told);
  return told;
}

const DIGITS = 8;

/**
 * As the Norwegian alphabet has it, and numbers by their size, where signs are compared: a collator takes too
 * long for thousands.
 */
const alphabetic = (title: string): string =>
  title
    .replace(/[æøå]/g, (letter) => `{${"æøå".indexOf(letter)}`)
    .replace(/\d+/g, (digits) => digits.padStart(DIGITS, "0"));

const sortedByTitle = (drawing: readonly Zone[]): readonly Zone[] => drawing.toSorted(byTitle);

function byTitle(one: Zone, other: Zone): number {
  const [here, there] = [toldOf(one).sorted, toldOf(other).sorted];
  return here < there ? -1 : here > there ? 1 : 0;
}

const usersOf = (bench: Bench, { id }: Zone): number => bench.uses.value.get(id)?.length ?? 0;
const isUnsaved = (bench: Bench, zone: Zone): boolean => bench.unsaved.value.put.includes(zone);

function fits(bench: Bench, zone: Zone, shown: Shown, wanted: string): boolean {
  if (!toldOf(zone).found.includes(wanted.toLocaleLowerCase())) return false;
  if (shown === "shared") return usersOf(bench, zone) > 1;
  if (shown === "unused") return usersOf(bench, zone) === 0;
  return shown === "every" || isUnsaved(bench, zone);
}

function Row({ bench, zone, fit }: { bench: Bench; zone: Zone; fit: (id: string) => void }): VNode {
  const text = zoneWords();
  const users = usersOf(bench, zone);
  const used = users === 0 ? text.usedByNone : users === 1 ? text.usedByOne : fill(text.usedBy, users);
  const isChosen = bench.chosen.value === zone.id;
  const row = useRef<HTMLLIElement>(null);
  useEffect(() => {
    if (isChosen) row.current?.scrollIntoView({ block: "nearest" });
  }, [isChosen]);
  const take = (): void => {
    bench.choose(zone.id);
    fit(zone.id);
  };
  return (
    <li ref={row}>
      <button type="button" class={isChosen ? "chosen" : ""} aria-pressed={isChosen} onClick={take}>
        <b>
          {titleOf(zone)}
          {isUnsaved(bench, zone) && <span class="chip">{text.wrong}</span>}
        </b>
        <span class="faint">
          {zone.id} · {users > 1 ? <strong>{used}</strong> : used}
        </span>
      </button>
    </li>
  );
}

function ImportButton({ bench }: { bench: Bench }): VNode {
  const chooser = useRef<HTMLInputElement>(null);
  const text = zoneWords();
  const chosen = (): void => {
    const file = chooser.current?.files?.[0];
    if (file) bench.asking.value = { what: "import", file };
    if (chooser.current) chooser.current.value = "";
  };
  return (
    <>
      <input ref={chooser} type="file" hidden aria-label={text.importFile} onChange={chosen} />
      <button type="button" title={text.dropHere} onClick={() => chooser.current?.click()}>
        {text.importFile}
      </button>
    </>
  );
}
