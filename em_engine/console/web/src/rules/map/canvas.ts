/**
 * The map zones are drawn on: OpenLayers with its drawing tools. It shows what it is given and tells what
 * hands did; what becomes of that is not decided here.
 */
import OlMap from "ol/Map.js";
import type MapBrowserEvent from "ol/MapBrowserEvent.js";
import View from "ol/View.js";
import Attribution from "ol/control/Attribution.js";
import ScaleLine from "ol/control/ScaleLine.js";
import Zoom from "ol/control/Zoom.js";
import { boundingExtent, buffer, containsCoordinate, type Extent } from "ol/extent.js";
import VectorLayer from "ol/layer/Vector.js";
import { fromLonLat, toLonLat } from "ol/proj.js";
import VectorSource from "ol/source/Vector.js";
import { ground } from "../../map/ground.ts";
import { PALETTES } from "../../map/palette.ts";
import type { Theme } from "../../preferences.ts";
import { zoneIn, type Drawing } from "./drawing.ts";
import { hands, type Hands, type Told } from "./hands.ts";
import { metresADegree } from "./metres.ts";
import { cornersOf, positionAt, type Corner, type Geometry, type Outline, type Position } from "./outline.ts";
import { dressed, marksOf, type Marks } from "./scene.ts";
import { ZoneFeatures, type View as Seen } from "./zoneFeatures.ts";
import { SKETCHED, type Tool } from "./toolbox.ts";

const OSLO = fromLonLat([10.75, 59.92]);
const NEAR_PX = 10;
const HIT_PX = 6;
const MARGIN_PX = 50;
const CLOSE = 17;
const ENDLESS = [Infinity, Infinity] as const;

/** Everything that is to be seen. */
export interface Scene extends Marks {
  readonly drawing: Drawing;
  readonly chosen: string | null;
  readonly theme: Theme;
}

/** What the hands may do at the moment. */
export interface Held {
  readonly tool: Tool;
  readonly chosen: string | null;
  readonly isReadOnly: boolean;
  readonly isSnapping: boolean;
  readonly isTracing: boolean;
  readonly theme: Theme;
}

export interface Asked extends Told {
  readonly picked: (zone: string | null) => void;
  readonly took: (corner: Corner) => void;
}

export interface ZoneCanvas {
  show(scene: Scene): void;
  hold(held: Held): void;
  /** Bring the zone, or all of them, into view. */
  fit(zone: string | null): void;
  /** Bring most of the zones into view. */
  open(): void;
  /** Bring the place into view, if it is not; or go close to it. */
  reveal(place: Position, isClose?: boolean): void;
  middle(): Position;
  readonly hands: Hands;
  close(): void;
}

export interface Words {
  readonly zoomIn: string;
  readonly zoomOut: string;
  readonly attribution: string;
}

/** The ground and the frame of a map of the workbench. */
export function groundedMap(target: HTMLElement, words: Words, view: View = ownView()): GroundedMap {
  const under = ground();
  const map = new OlMap({
    target,
    layers: [...under.layers],
    view,
    controls: [
      new Zoom({ zoomInTipLabel: words.zoomIn, zoomOutTipLabel: words.zoomOut }),
      new ScaleLine({ units: "metric" }),
      new Attribution({ collapsible: false, tipLabel: words.attribution }),
    ],
  });
  map.on("moveend", () => (target.dataset["view"] = standing(view)));
  return { map, dress: under.dress, close: () => (map.setTarget(), under.close()) };
}

/** Where the map stands once it is drawn: its middle, and metres a pixel there as the map's plane has them.
 * Whoever drives the page from outside, as its tests do, finds a place on the screen by it.
 */
function standing(view: View): string {
  const [lon, lat] = toLonLat(view.getCenter()!);
  return `${lon!.toFixed(7)} ${lat!.toFixed(7)} ${view.getResolution()!}`;
}

export interface GroundedMap {
  readonly map: OlMap;
  readonly dress: (theme: Theme) => void;
  readonly close: () => void;
}

export const ownView = (): View =>
  new View({ center: OSLO, zoom: 11.5, minZoom: 4, maxZoom: 20, enableRotation: false });

export function zoneCanvas(target: HTMLElement, words: Words, asked: Asked): ZoneCanvas {
  const { map, dress, close } = groundedMap(target, words);
  const zones = new ZoneFeatures();
  const marks = new VectorSource();
  const layer = new VectorLayer({ source: zones.source, declutter: true, renderBuffer: 200 });
  map.addLayer(zones.specks.layer);
  map.addLayer(layer);
  map.addLayer(new VectorLayer({ source: marks, style: (mark) => mark.get("dress") as never }));
  let scene: Scene | null = null;
  let worn: { theme: Theme; chosen: string | null } | null = null;
  const redraw = (): void => {
    if (scene) show(scene);
  };
  const drawn = hands(map, zones, {
    ...asked,
    redrawn: (id, parts) => (asked.redrawn(id, parts), zones.forget(id), redraw()),
    shifted: (id, lon, lat) => (asked.shifted(id, lon, lat), zones.forget(id), redraw()),
  });
  const show = (next: Scene): void => {
    scene = next;
    zones.show(next.drawing, next.chosen);
    if (worn?.theme !== next.theme) (dress(next.theme), zones.specks.dress(PALETTES[next.theme]));
    if (worn?.theme !== next.theme || worn.chosen !== next.chosen)
      layer.setStyle(dressed(PALETTES[next.theme], next.chosen));
    worn = next;
    marks.clear(true);
    marks.addFeatures(marksOf(next, zoneIn(next.drawing, next.chosen)?.outline, PALETTES[next.theme]));
  };
  map.on("moveend", () => zones.see(viewOf(map)));
  let tool: Tool = "edit";
  map.on("click", (event) => {
    if (!scene || SKETCHED[tool] !== null) return;
    const outline = zoneIn(scene.drawing, scene.chosen)?.outline;
    const corner = tool === "edit" && outline ? cornerAt(map, event, outline) : null;
    if (corner) asked.took(corner);
    else asked.picked(zoneAt(event, layer) ?? zones.specks.nearest(event.coordinate, reachOf(map)));
  });
  return {
    show,
    hands: drawn,
    hold: (held) => drawn.hold({ ...held, tool: (tool = held.tool) }),
    fit: (id) => fit(map, extentOf((scene?.drawing ?? []).filter((zone) => id === null || zone.id === id))),
    open: () => fit(map, mostOf(scene?.drawing ?? [])),
    reveal: (place, isClose = false) => reveal(map, place, isClose),
    middle: () => toLonLat(map.getView().getCenter()!) as unknown as Position,
    close: () => (drawn.close(), close()),
  };
}

const viewOf = (map: OlMap): Seen => ({
  extent: map.getView().calculateExtent(map.getSize() ?? [600, 400]),
  resolution: map.getView().getResolution()!,
});

/** How far from a speck one may click to mean it. */
const reachOf = (map: OlMap): number => HIT_PX * map.getView().getResolution()!;

/** The zone under the pointer: the smallest, so that one inside another can be reached. */
function zoneAt(event: MapBrowserEvent, layer: VectorLayer): string | null {
  const found = event.map.getFeaturesAtPixel(event.pixel, {
    hitTolerance: 4,
    layerFilter: (own) => own === layer,
  });
  const size = (at: number): number => (found[at]!.get("size_m2") as number | undefined) ?? 0;
  const order = found.map((_, at) => at).toSorted((one, other) => size(one) - size(other));
  return order[0] === undefined ? null : String(found[order[0]]!.getId());
}

function cornerAt(map: OlMap, { pixel }: MapBrowserEvent, outline: Outline): Corner | null {
  let [nearest, least]: [Corner | null, number] = [null, NEAR_PX];
  for (const corner of cornersOf(outline)) {
    const [x, y] = map.getPixelFromCoordinate(fromLonLat(pairOf(positionAt(outline, corner)!)));
    const away = Math.hypot(x! - pixel[0]!, y! - pixel[1]!);
    if (away < least) [nearest, least] = [corner, away];
  }
  return nearest;
}

const pairOf = ([lon, lat]: Position): [number, number] => [lon, lat];

/** What the zones cover, without making anything of each: a rulebook has ten thousand. */
export function extentOf(drawing: Drawing): Extent | null {
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const { outline } of drawing)
    for (const rings of outline.parts)
      for (const corners of rings)
        for (const corner of corners) {
          const [lon, lat] = [corner[0], corner[1]];
          const metres = outline.radius_m === null ? ENDLESS : metresADegree(lat);
          const [wide, long] = [(outline.radius_m ?? 0) / metres[0], (outline.radius_m ?? 0) / metres[1]];
          west = Math.min(west, lon - wide);
          east = Math.max(east, lon + wide);
          south = Math.min(south, lat - long);
          north = Math.max(north, lat + long);
        }
  return west > east ? null : boundingExtent([fromLonLat([west, south]), fromLonLat([east, north])]);
}

/** What all but the farthest tenth of the zones cover: one abroad leaves nothing to be seen of the others. */
function mostOf(drawing: Drawing): Extent | null {
  const firsts = drawing.flatMap(({ outline }) => outline.parts[0]?.[0]?.slice(0, 1) ?? []);
  const cut = Math.floor(firsts.length / 20);
  const [lons, lats] = [0, 1].map((axis) => Float64Array.from(firsts, (place) => place[axis]!).sort());
  const kept = ([lon, lat]: Position): boolean => isWithin(lons!, cut, lon) && isWithin(lats!, cut, lat);
  return extentOf(
    drawing.filter(({ outline }) => kept(outline.parts[0]?.[0]?.[0] ?? [NaN, NaN]) || cut === 0),
  );
}

/** Whether a value is not among so many at either end of the sorted. */
const isWithin = (sorted: Float64Array, cut: number, value: number): boolean =>
  value >= sorted[cut]! && value <= sorted[sorted.length - 1 - cut]!;

/** What a geometry of the server covers. */
export const extentOfAll = (geometries: readonly Geometry[]): Extent | null =>
  extentAround(
    geometries.flatMap(({ coordinates }) => (coordinates as never[]).flat(Infinity)).flatMap(paired),
  );

/** Positions told as one row of numbers, put together again. */
const paired = (value: unknown, at: number, all: readonly unknown[]): Position[] =>
  at % 2 === 0 ? [[value as number, all[at + 1] as number]] : [];

function extentAround(places: readonly Position[]): Extent | null {
  if (places.length === 0) return null;
  let [west, south, east, north] = [180, 90, -180, -90];
  for (const [lon, lat] of places) {
    [west, east] = [Math.min(west, lon), Math.max(east, lon)];
    [south, north] = [Math.min(south, lat), Math.max(north, lat)];
  }
  return boundingExtent([fromLonLat([west, south]), fromLonLat([east, north])]);
}

export function fit(map: OlMap, extent: Extent | null): void {
  if (!extent) return;
  const padding = [MARGIN_PX, MARGIN_PX, MARGIN_PX, MARGIN_PX];
  map.getView().fit(buffer(extent, 1), { padding, maxZoom: 17, size: map.getSize() ?? [600, 400] });
}

function reveal(map: OlMap, place: Position, isClose: boolean): void {
  const view = map.getView();
  if (isClose) view.setZoom(Math.max(CLOSE, view.getZoom() ?? 0));
  const seen = view.calculateExtent(map.getSize() ?? [600, 400]);
  const inner = buffer(seen, -MARGIN_PX * view.getResolution()!);
  const at = fromLonLat(pairOf(place));
  if (isClose || !containsCoordinate(inner, at)) view.setCenter(at);
}
