/**
 * The map itself: OpenLayers on a plain canvas, which needs no graphics card and leaves the list its time.
 */
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import Attribution from "ol/control/Attribution.js";
import ScaleLine from "ol/control/ScaleLine.js";
import Zoom from "ol/control/Zoom.js";
import { boundingExtent, createEmpty, extend, getCenter, isEmpty } from "ol/extent.js";
import GeoJSON from "ol/format/GeoJSON.js";
import type Geometry from "ol/geom/Geometry.js";
import type Feature from "ol/Feature.js";
import type Layer from "ol/layer/Layer.js";
import VectorLayer from "ol/layer/Vector.js";
import { fromLonLat } from "ol/proj.js";
import VectorSource from "ol/source/Vector.js";
import { NOTHING, type Alert, type Feature as Told, type Features, type Severity } from "../model.ts";
import type { Theme } from "../preferences.ts";
import { words } from "../words/index.ts";
import { zoomOf } from "./basemap.ts";
import { crowdLayer } from "./crowd.ts";
import { ground as groundOf } from "./ground.ts";
import { featureOf } from "./people.ts";
import { PALETTES } from "./palette.ts";
import { drawn } from "./scene.ts";

const FORMAT = new GeoJSON({ dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" });
const OSLO = fromLonLat([10.75, 59.92]);
const CLOSEST = 16;
const REDRAW_MS = 1000;

/** What the page asks of a map, whoever draws it. */
export interface MapView {
  showAlert(alert: Alert, features: Features, isNew: boolean): void;
  showOverview(features: Features, isNew: boolean): void;
  clear(): void;
  dress(theme: Theme): void;
  /** Severities may have changed: drawn soon, and only where they have. */
  recolour(): void;
  redraw(): void;
  fit(): void;
  close(): void;
}

interface Asked {
  readonly severityOf: (wearer: string) => Severity | null;
  /** Of everybody who has an alert open. */
  readonly severities: () => ReadonlyMap<string, Severity>;
  readonly isStale: (at: string | number) => boolean;
  readonly picked: (wearer: string) => void;
}

export function canvasMap(target: HTMLElement, asked: Asked): MapView {
  const source = new VectorSource();
  const scene = new VectorLayer({ source, declutter: true, renderBuffer: 64 });
  const ground = groundOf();
  const people = crowdLayer();
  const map = makeMap(target, [...ground.layers, people.layer, scene]);
  let alert: Alert | null = null;
  let shown: Features = NOTHING;
  let rows: ReadonlyMap<string, number> = new Map();
  let drawnOf = "";
  let filled: readonly Told[] = [];
  /** A crowd has its marks in its own layer; only who has a critical alert is named as well. */
  const fill = (): void => {
    drawnOf = severities(shown, rows, asked);
    const marks = marked(rows, asked);
    const features = [...shown.features, ...critical(shown, marks)];
    people.mark(marks);
    if (features.length === filled.length && features.every((one, index) => one === filled[index])) return;
    filled = features;
    source.clear(true);
    source.addFeatures(markNewest(FORMAT.readFeatures({ type: "FeatureCollection", features })));
  };
  const recolour = atMostEachSecond(() => {
    if (alert === null && severities(shown, rows, asked) !== drawnOf) fill();
  });
  const show = (features: Features, isNew: boolean): void => {
    if (features.crowd !== shown.crowd) rows = rowsOf(features);
    people.show(features.crowd ?? null, asked.isStale);
    shown = features;
    fill();
    if (!isNew) return;
    if (features.crowd) fitExtent(map, people.extent());
    else if (alert === null) fitTo(map, source.getFeatures().filter(isPerson).filter(nearTheMost(source)));
    else fitTo(map, source.getFeatures());
  };
  map.on("click", ({ pixel }) => {
    const near = map.getFeaturesAtPixel(pixel, { hitTolerance: 8, layerFilter: (layer) => layer === scene });
    const person = near
      .map((feature) => feature.get("person") as unknown)
      .find((one) => typeof one === "string");
    const row = shown.crowd
      ? people.nearest(map.getCoordinateFromPixel(pixel), 10 * map.getView().getResolution()!)
      : null;
    const picked = typeof person === "string" ? person : row === null ? null : shown.crowd!.persons[row]!;
    if (alert === null && picked !== null) asked.picked(picked);
  });
  return {
    showAlert: (shown, features, isNew) => ((alert = shown), show(features, isNew)),
    showOverview: (features, isNew) => ((alert = null), show(features, isNew)),
    clear: () => {
      filled = [];
      source.clear(true);
      people.show(null, () => false);
    },
    dress: (theme) => {
      const palette = PALETTES[theme];
      people.dress(palette);
      ground.dress(theme);
      scene.setStyle((feature, resolution) =>
        drawn(feature, { palette, alert, zoom: zoomOf(resolution), isCrowd: Boolean(shown.crowd), ...asked }),
      );
    },
    recolour: recolour.ask,
    redraw: () => scene.changed(),
    fit: () => (shown.crowd ? fitExtent(map, people.extent()) : fitTo(map, source.getFeatures())),
    close: () => {
      recolour.stop();
      ground.close();
      map.setTarget();
    },
  };
}

const isWearer = ({ properties }: Told): boolean => properties?.["role"] === "position";
const personOf = ({ properties }: Told): string => String(properties?.["person"] ?? "");

const rowsOf = ({ crowd }: Features): ReadonlyMap<string, number> =>
  new Map(crowd?.persons.map((person, row) => [person, row]));

/** Which rows of the crowd have an alert open, and how severe: a few hundred, not all ten thousand. */
function marked(rows: ReadonlyMap<string, number>, { severities }: Asked): ReadonlyMap<number, Severity> {
  const found = [...severities()].map(([person, severity]) => [rows.get(person), severity] as const);
  return new Map(found.filter((mark): mark is readonly [number, Severity] => mark[0] !== undefined));
}

/** Those of a crowd who have a critical alert. */
function critical({ crowd }: Features, marks: ReadonlyMap<number, Severity>): Told[] {
  const rows = [...marks].filter(([, severity]) => severity === "critical").map(([row]) => row);
  return crowd ? rows.toSorted((a, b) => a - b).map((row) => featureOf(crowd, row)) : [];
}

/** Who has an alert open, and how severe. */
function severities({ features, crowd }: Features, rows: ReadonlyMap<string, number>, asked: Asked): string {
  if (crowd) return [...marked(rows, asked)].toSorted(([a], [b]) => a - b).join();
  const persons = features.filter(isWearer).map(personOf);
  return persons.map((person) => asked.severityOf(person)?.[0] ?? "-").join("");
}

/** Twenty changes a second are one drawing: the list has the right of way. */
function atMostEachSecond(act: () => void): { readonly ask: () => void; readonly stop: () => void } {
  let waiting: ReturnType<typeof setTimeout> | undefined;
  let last = -Infinity;
  const now = (): void => {
    waiting = undefined;
    last = performance.now();
    act();
  };
  return {
    ask: () => (waiting ??= setTimeout(now, Math.max(0, last + REDRAW_MS - performance.now()))),
    stop: () => clearTimeout(waiting),
  };
}

function makeMap(target: HTMLElement, layers: Layer[]): OlMap {
  const { zoomIn, zoomOut, attribution } = words().map;
  return new OlMap({
    target,
    layers,
    view: new View({ center: OSLO, zoom: 11.5, minZoom: 4, maxZoom: 19, enableRotation: false }),
    controls: [
      new Zoom({ zoomInTipLabel: zoomIn, zoomOutTipLabel: zoomOut }),
      new ScaleLine({ units: "metric" }),
      new Attribution({ collapsible: false, tipLabel: attribution }),
    ],
  });
}

/** Tell the newest fix of each person from the rest: it is drawn larger, with its circle and its time. */
function markNewest(features: Feature<Geometry>[]): Feature<Geometry>[] {
  const newest = newestOf(features, "fix");
  const other = newestOf(features, "other-fix");
  newest?.set("newest", true, true);
  other?.set("newest", true, true);
  // Each time stands on the side away from the other person, so that neither covers the other's.
  if (newest && other) (northOf(newest) > northOf(other) ? newest : other).set("label", "above", true);
  return features;
}

function newestOf(features: readonly Feature<Geometry>[], role: string): Feature<Geometry> | undefined {
  const fixes = features.filter((feature) => feature.get("role") === role);
  return fixes.toSorted((a, b) => String(a.get("fixed_at")).localeCompare(String(b.get("fixed_at")))).at(-1);
}

const northOf = (feature: Feature<Geometry>): number => feature.getGeometry()!.getExtent()[1] ?? 0;

/** Fit to where people are, and to the zones only as far as these are near: a municipality would dwarf a
 * street.
 */
function fitTo(map: OlMap, features: readonly Feature<Geometry>[]): void {
  const people = features.filter(isPerson);
  const extent = createEmpty();
  for (const feature of people.length > 0 ? people : features)
    extend(extent, feature.getGeometry()!.getExtent());
  if (isEmpty(extent)) return;
  if (people.length > 0) extendToNearby(extent, features);
  fitExtent(map, extent);
}

function fitExtent(map: OlMap, extent: number[]): void {
  map.updateSize();
  map.getView().fit(extent, { padding: [48, 48, 56, 48], maxZoom: CLOSEST });
}

const isPerson = (feature: Feature): boolean =>
  /fix|trail|pair|position|wearer/.test(String(feature.get("role")));

/**
 * Whether a person is where most are: one who is abroad must not turn the overview of a town into a globe.
 */
function nearTheMost(source: VectorSource): (feature: Feature<Geometry>) => boolean {
  const people = source.getFeatures().filter(isPerson);
  const middles = people.map((feature) => getCenter(feature.getGeometry()!.getExtent()));
  const middle = [median(middles.map(([x = 0]) => x)), median(middles.map(([, y = 0]) => y))];
  const away = ([x = 0, y = 0]: number[]): number => Math.hypot(x - middle[0]!, y - middle[1]!);
  const limit = 5 * median(middles.map(away)) + 1000;
  return (feature) => away(getCenter(feature.getGeometry()!.getExtent())) <= limit;
}

function median(values: readonly number[]): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
}

function extendToNearby(extent: number[], features: readonly Feature<Geometry>[]): void {
  const [west = 0, south = 0, east = 0, north = 0] = extent;
  const reach = Math.max(east - west, north - south, 1500) * 2;
  const near = boundingExtent([
    [west - reach, south - reach],
    [east + reach, north + reach],
  ]);
  for (const feature of features) {
    const [w = 0, s = 0, e = 0, n = 0] = feature.getGeometry()!.getExtent();
    if (w >= near[0]! && s >= near[1]! && e <= near[2]! && n <= near[3]!) extend(extent, [w, s, e, n]);
  }
}
