/** Two states of the zones side by side: what is new, gone or redrawn, in a list and on two maps. */
import type { VNode } from "preact";
import { useEffect, useRef, useState } from "preact/hooks";
import type { Features } from "../../model.ts";
import { theme } from "../../preferences.ts";
import { useLoaded } from "../loaded.ts";
import { Refusal } from "../Refusal.tsx";
import { SIGNS, comparison, type Comparison } from "./comparison.ts";
import { bookOf, differences, type Source, type ZoneDifference } from "./server.ts";
import { zoneWords } from "./words.ts";

interface Asked {
  readonly before: Source;
  readonly after: Source;
  readonly marks?: Features;
}

export function ZoneComparison({ before, after, marks }: Asked): VNode {
  const text = zoneWords();
  const [left, right] = [useRef<HTMLDivElement>(null), useRef<HTMLDivElement>(null)];
  const [chosen, choose] = useState<string | null>(null);
  const books = `${bookOf(before)} ${bookOf(after)}`;
  const { value: zones, failure } = useLoaded(books, () => differences(before, after));
  const maps = useMaps(left, right);
  useEffect(
    () => maps?.show({ zones: zones ?? [], chosen, marks: marks ?? null, theme: theme.value }),
    [maps, zones, chosen, marks, theme.value],
  );
  useEffect(() => {
    if (zones) maps?.fit(null);
  }, [maps, zones]);
  const take = (name: string): void => {
    choose(name);
    maps?.fit(name);
  };
  return (
    <section class="zone-compare" aria-label={text.compare}>
      <div class="zone-list">
        {failure && <Refusal of={failure} />}
        {!zones && !failure && <p class="faint">{text.loading}</p>}
        {zones?.length === 0 && <p class="faint">{text.noChange}</p>}
        {zones && zones.length > 0 && <Changes zones={zones} chosen={chosen} take={take} />}
        <Legend hasMarks={(marks?.features.length ?? 0) > 0} />
      </div>
      <div class="zone-map">
        <h3>{text.before}</h3>
        <div ref={left} class="map" role="application" aria-label={text.before} tabIndex={0} />
      </div>
      <div class="zone-map">
        <h3>{text.after}</h3>
        <div ref={right} class="map" role="application" aria-label={text.after} tabIndex={0} />
      </div>
    </section>
  );
}

function useMaps(
  left: { current: HTMLDivElement | null },
  right: { current: HTMLDivElement | null },
): Comparison | null {
  const [maps, setMaps] = useState<Comparison | null>(null);
  useEffect(() => {
    const made = comparison(left.current!, right.current!, zoneWords());
    setMaps(made);
    return () => made.close();
  }, []);
  return maps;
}

interface ChangesAsked {
  readonly zones: readonly ZoneDifference[];
  readonly chosen: string | null;
  readonly take: (name: string) => void;
}

function Changes({ zones, chosen, take }: ChangesAsked): VNode {
  const text = zoneWords();
  const at = zones.findIndex(({ name }) => name === chosen);
  const step = (by: number): void => {
    const from = at < 0 && by < 0 ? 0 : at;
    take(zones.at((from + by) % zones.length)!.name);
  };
  return (
    <>
      <div class="buttons">
        <button type="button" onClick={() => step(-1)}>
          {text.previousChange}
        </button>
        <button type="button" onClick={() => step(1)}>
          {text.nextChange}
        </button>
      </div>
      <ul aria-label={text.compare}>
        {zones.map(({ name, how, orders }) => (
          <li key={name}>
            <button
              type="button"
              class={name === chosen ? "chosen" : ""}
              aria-pressed={name === chosen}
              onClick={() => take(name)}
            >
              <b>
                {SIGNS[how]} {name}
              </b>
              <span class="faint">{[text.how[how], ...orders].join(" · ")}</span>
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}

/** What the marks mean, drawn as on the map. */
function Legend({ hasMarks }: { hasMarks: boolean }): VNode {
  const text = zoneWords();
  const keys: readonly (readonly [VNode, string])[] = [
    [<path d="M1 7h24" stroke-dasharray="7 3" />, text.before],
    [<path d="M1 7h24" />, text.after],
    [<path d="M8 7h10M13 2v10" />, text.won],
    [<path d="M8 7h10" />, text.lost],
  ];
  const alerts: readonly (readonly [VNode, string])[] = [
    [<path d="M13 2l6 10H7z" />, text.appears],
    [<path d="M8 2l10 10M18 2L8 12" />, text.disappears],
    [<circle cx="13" cy="7" r="5" />, text.moves],
  ];
  return (
    <ul class="legend" aria-label={text.legend}>
      {[...keys, ...(hasMarks ? alerts : [])].map(([drawn, name]) => (
        <li key={name}>
          <svg viewBox="0 0 26 14" aria-hidden="true">
            {drawn}
          </svg>
          {name}
        </li>
      ))}
    </ul>
  );
}
