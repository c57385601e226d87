/**
 * The map beside the facts of an alert, or of everybody where none is in hand; and how old what it shows is.
 */
import type { VNode } from "preact";
import { computed, effect } from "@preact/signals";
import { useEffect, useMemo, useRef, useState } from "preact/hooks";
import * as api from "../api.ts";
import { isLost } from "../desk/Banner.tsx";
import { useFetched } from "../desk/resource.ts";
import { NOTHING, type Alert, type Features, type Severity } from "../model.ts";
import { theme } from "../preferences.ts";
import { openAlerts, revision, takeInHand } from "../queue/book.ts";
import { byUrgency } from "../queue/order.ts";
import { clockTime, now, roughly, since } from "../time.ts";
import { fill, language, words } from "../words/index.ts";
import { asOf } from "./playback.ts";
import { people, type People } from "./people.ts";
import { Timeline, moment } from "./Timeline.tsx";
import { canvasMap, type MapView } from "./view.ts";

const REFRESH_MS = 15_000;
const REST_MS = 350; // a row passed over is not looked at: every look at a position is logged
const STALE_MS = 15 * 60_000;

export function MapPane({ alert }: { alert: Alert | null }): VNode {
  const { map: text } = words();
  const box = useRef<HTMLDivElement>(null);
  const { view, isBroken } = useMap(box);
  const shown = useShown(alert, view);
  return (
    <div class="map-pane">
      <div class="map-frame">
        <div
          ref={box}
          class="map"
          role="region"
          aria-label={alert ? text.label : text.overview}
          tabIndex={0}
        />
        {isBroken && <p class="map-note">{text.noMap}</p>}
        {!isBroken && <MapNote {...shown} alert={alert} />}
        <Legend alert={alert} features={shown.features} />
        <button type="button" class="fit" onClick={() => view?.fit()}>
          {text.fit}
        </button>
      </div>
      {alert && <Timeline key={alert.id} alert={alert} features={shown.features} />}
    </div>
  );
}

interface Shown {
  readonly features: Features | null;
  readonly failure: string | null;
}

function MapNote({ alert, features, failure }: Shown & { alert: Alert | null }): VNode | null {
  const { map, detail, timeline } = words();
  if (alert && moment.value !== null)
    return <p class="map-note past">{fill(timeline.at, clockTime(moment.value))}</p>;
  if (failure !== null) return <p class="map-note bad">{fill(map.unavailable, failure)}</p>;
  if (!features) return <p class="map-note">{detail.loading}</p>;
  if (!alert) return null;
  const newest = newestFix(features);
  if (!newest) return <p class="map-note bad">{map.noFix}</p>;
  const age = since(newest);
  return <p class={`map-note ${age > STALE_MS ? "bad" : ""}`}>{fill(map.lastFix, roughly(age))}</p>;
}

function newestFix(features: Features): string | null {
  const times = features.features
    .filter((feature) => feature.properties?.["role"] === "fix")
    .map((feature) => String(feature.properties!["fixed_at"]));
  return times.toSorted().at(-1) ?? null;
}

const KEYS = [
  "zone",
  "exclusion",
  "inclusion",
  "buffer",
  "trail",
  "breach",
  "other-fix",
  "ring",
  "wearer",
  "stale",
] as const;

/** What the marks mean; only those that are on the map. */
function Legend({ alert, features }: { alert: Alert | null; features: Features | null }): VNode | null {
  const { map } = words();
  const drawn = useMemo(
    () => (features ?? NOTHING).features.map((feature) => keyOf(feature.properties ?? {}, alert)),
    [features, alert?.type],
  );
  const roles = new Set(drawn);
  if (alert && roles.has("fix")) roles.add("breach");
  if (roles.has("other-fix") && alert?.evidence["alert_m"]) roles.add("ring");
  if (!alert) roles.add("wearer").add("stale");
  const told: Readonly<Record<string, string>> = { ...map, "other-fix": map.protected };
  const keys = KEYS.filter((key) => roles.has(key));
  if (keys.length === 0) return null;
  return (
    <ul class="legend" aria-label={map.legend}>
      {keys.map((key) => (
        <li key={key}>
          <i class={`key ${key} ${alert?.severity ?? ""}`} aria-hidden="true" />
          {told[key]}
        </li>
      ))}
    </ul>
  );
}

function keyOf(properties: Readonly<Record<string, unknown>>, alert: Alert | null): string {
  const role = String(properties["role"]);
  if (role !== "zone") return role === "protected" ? "other-fix" : role;
  const kind = properties["kind"] ?? alert?.type.split(".")[0];
  return kind === "exclusion" ? "exclusion" : "inclusion";
}

/** The drawing, for as long as the pane stands; a browser without a canvas keeps its list. */
function useMap(box: { current: HTMLDivElement | null }): { view: MapView | null; isBroken: boolean } {
  const [view, setView] = useState<MapView | null>(null);
  const [isBroken, setBroken] = useState(false);
  useEffect(() => {
    try {
      const made = canvasMap(box.current!, {
        severityOf,
        severities: () => severities.value,
        isStale: (at) => now.peek() - (typeof at === "number" ? at : Date.parse(at)) > STALE_MS,
        picked,
      });
      setView(made);
      return () => made.close();
    } catch {
      setBroken(true);
      return undefined;
    }
  }, []);
  useEffect(() => view?.dress(theme.value), [view, theme.value]);
  useEffect(() => view?.redraw(), [view, language.value]);
  return { view, isBroken };
}

/** What the map shows: the case of the alert in hand, or all places and those whose position may be seen. */
function useShown(alert: Alert | null, view: MapView | null): Shown {
  const key = alert?.id ?? "";
  const mayChange = alert === null || alert.breach === "open";
  const turn = isLost.value || !mayChange || document.hidden ? 0 : Math.floor(now.value / REFRESH_MS);
  const fetched = useFetched(key, `${alert?.version ?? ""} ${turn}`, () => read(alert), REST_MS);
  const fitted = useRef<string | null>(null);
  useEffect(() => {
    if (!view) return;
    if (!fetched.value) return fitted.current === key ? undefined : view.clear();
    const isNew = fitted.current !== key;
    fitted.current = key;
    if (alert) view.showAlert(alert, asOf(fetched.value, moment.value), isNew);
    else view.showOverview(fetched.value, isNew);
  }, [view, key, fetched.value, moment.value]);
  // Not by drawing the pane anew: the queue changes twenty times a second.
  useEffect(() => effect(() => void [revision.value, view?.recolour()]), [view]);
  return { features: fetched.value, failure: fetched.failure?.message ?? null };
}

async function read(alert: Alert | null): Promise<Features> {
  if (!alert) return together(await Promise.all([places(), people()]));
  return api.map(alert.id, "alert handling");
}

let lastPlaces = { text: "", told: NOTHING };

/** The zones; the same objects as long as the server tells the same, so that nothing is drawn anew. */
async function places(): Promise<Features> {
  const told = await api.places();
  const text = JSON.stringify(told);
  if (text !== lastPlaces.text) lastPlaces = { text, told };
  return lastPlaces.told;
}

function together([ground, { features, crowd }]: readonly [Features, People]): Features {
  const persons = features.map((feature) => {
    const role = feature.properties?.["role"] === "protected" ? "protected" : "position";
    return { ...feature, properties: { ...feature.properties, role } };
  });
  return { type: "FeatureCollection", features: [...ground.features, ...persons], crowd };
}

/** The most urgent open alert of every wearer who has one. */
const worst = computed((): ReadonlyMap<string, Alert> => {
  void revision.value;
  // One pass, not a sorting: it is reckoned with every change of the queue.
  const found = new Map<string, Alert>();
  for (const alert of openAlerts()) {
    const other = found.get(alert.wearer);
    if (!other || byUrgency(alert, other) < 0) found.set(alert.wearer, alert);
  }
  return found;
});

const severities = computed(
  (): ReadonlyMap<string, Severity> =>
    new Map([...worst.value].map(([wearer, { severity }]) => [wearer, severity])),
);
const severityOf = (wearer: string): Severity | null => worst.value.get(wearer)?.severity ?? null;

function picked(wearer: string): void {
  const alert = worst.value.get(wearer);
  if (alert) takeInHand(alert.id);
}
