/** A municipality, county or address by name becomes a zone, without being drawn. */
import type { VNode } from "preact";
import { useEffect, useId, useState } from "preact/hooks";
import { fill } from "../../words/index.ts";
import type { Bench } from "./bench.ts";
import { placed } from "./deeds.ts";
import { places, type Place, type Places } from "./server.ts";
import { length, zoneWords } from "./words.ts";

const REST_MS = 150;

interface Asked {
  readonly bench: Bench;
  readonly fit: (id: string) => void;
}

export function PlaceFinder({ bench, fit }: Asked): VNode {
  const text = zoneWords();
  const list = useId();
  const [typed, type] = useState("");
  const [at, point] = useState(0);
  const found = useFound(typed);
  const shown = found?.places ?? [];
  const isOpen = typed !== "" && found !== null;
  const take = (place: Place | undefined): void => {
    if (!place || bench.isBusy.value) return;
    type("");
    void placed(bench, place, ({ id }) => fit(id));
  };
  const pressed = (event: KeyboardEvent): void => {
    if (event.key === "Enter") take(isOpen ? shown[at] : undefined);
    else if (event.key === "Escape") type("");
    else if (event.key === "ArrowDown") point(Math.min(at + 1, shown.length - 1));
    else if (event.key === "ArrowUp") point(Math.max(at - 1, 0));
    else return;
    event.preventDefault();
  };
  return (
    <div class="place-finder">
      <input
        type="text"
        role="combobox"
        aria-label={text.place}
        placeholder={text.placeShort}
        aria-expanded={isOpen}
        aria-controls={list}
        aria-autocomplete="list"
        aria-activedescendant={isOpen && shown[at] ? `${list}-${at}` : undefined}
        value={typed}
        onInput={(event) => {
          type(event.currentTarget.value);
          point(0);
        }}
        onKeyDown={pressed}
      />
      <ul id={list} role="listbox" aria-label={text.place} hidden={!isOpen}>
        {shown.map((place, index) => (
          <li
            key={`${place.level} ${place.number} ${place.name}`}
            id={`${list}-${index}`}
            role="option"
            aria-selected={index === at}
            onClick={() => take(place)}
          >
            <b>{place.name}</b> <span class="faint">{about(place, bench.reach_m.value)}</span>
          </li>
        ))}
      </ul>
      {isOpen && (
        <p class="faint" role="status">
          {[shown.length === 0 && text.noPlace, !found.has_addresses && text.noAddresses]
            .filter(Boolean)
            .join(" ")}
        </p>
      )}
    </div>
  );
}

/** What would come of it. */
function about({ level, outline_accuracy_m }: Place, reach_m: number): string {
  const text = zoneWords();
  const kind = text.placeLevel[level];
  if (level === "address") return `${kind} · ${fill(text.placeCircle, length(reach_m))}`;
  return outline_accuracy_m > 0 ? `${kind} · ± ${length(outline_accuracy_m)}` : kind;
}

/** What the typed text may be, once the hand rests; null until that is known. */
function useFound(typed: string): Places | null {
  const [found, set] = useState<{ readonly typed: string; readonly told: Places } | null>(null);
  useEffect(() => {
    const wanted = typed.trim();
    if (wanted === "") return undefined;
    let isWanted = true;
    const timer = setTimeout(() => {
      places(wanted).then(
        (told) => isWanted && set({ typed, told }),
        () => isWanted && set(null), // the page is told elsewhere when the server is away
      );
    }, REST_MS);
    return () => {
      isWanted = false;
      clearTimeout(timer);
    };
  }, [typed]);
  return found?.typed === typed ? found.told : null;
}
