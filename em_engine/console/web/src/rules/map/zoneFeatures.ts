/**
 * The zones as the map holds them: an outline each, changed only where it was drawn otherwise; and of places
 * that are far away, or so many that nobody could tell them apart, only specks.
 */
import Feature from "ol/Feature.js";
import { buffer, containsCoordinate, getHeight, getWidth, type Extent } from "ol/extent.js";
import type Geometry from "ol/geom/Geometry.js";
import LineString from "ol/geom/LineString.js";
import MultiPolygon from "ol/geom/MultiPolygon.js";
import Point from "ol/geom/Point.js";
import { fromLonLat, toLonLat } from "ol/proj.js";
import VectorSource from "ol/source/Vector.js";
import { titleOf, type Drawing, type Zone } from "./drawing.ts";
import { covered_m2 } from "./metres.ts";
import type { Corners, Outline, Position } from "./outline.ts";
import { specks, type Places } from "./specks.ts";

/** A place that reaches farther is drawn as it is, from wherever one looks. */
const PLACE_M_MAX = 500;
/** Of places whose reach is smaller on the screen one sees no more than that they are there. */
const SEEN_PX = 4;
/** How many times larger the map draws the north of the country than it is. */
const STRETCH_MAX = 3;
const OUTLINES_MAX = 400;

/** What of the map is before the eye, in its own plane. */
export interface View {
  readonly extent: Extent;
  readonly resolution: number;
}

export class ZoneFeatures {
  readonly source = new VectorSource();
  readonly specks = specks();
  /** The zone in hand, if any. */
  chosen: Feature | null = null;
  #drawing: Drawing = [];
  #chosen: string | null = null;
  #view: View = { extent: [0, 0, 0, 0], resolution: Infinity };
  #isForgotten = false;
  #seenNear: ReadonlySet<Zone> = new Set();
  readonly #shown = new Map<string, { zone: Zone; feature: Feature }>();

  show(drawing: Drawing, chosen: string | null): void {
    if (drawing === this.#drawing && chosen === this.#chosen && !this.#isForgotten) return;
    [this.#drawing, this.#chosen, this.#isForgotten] = [drawing, chosen, false];
    this.#part();
    this.chosen = (chosen !== null && this.#shown.get(chosen)?.feature) || null;
  }

  /** The eye has moved. */
  see(view: View): void {
    this.#view = view;
    if (!isSame(this.#near(), this.#seenNear)) this.#part();
  }

  /** Which zones have an outline from here, and which are specks. */
  #part(): void {
    const near = (this.#seenNear = this.#near());
    const isFar = (zone: Zone): boolean => isPlace(zone) && zone.id !== this.#chosen && !near.has(zone);
    const far = this.#drawing.filter(isFar);
    const outlined = this.#drawing.filter((zone) => !isFar(zone));
    this.#outline(outlined);
    this.specks.show(placesOf(far));
  }

  /** The places that are large enough to be seen from here; none where there are too many. */
  #near(): ReadonlySet<Zone> {
    const { extent, resolution } = this.#view;
    const around = buffer(extent, Math.max(getWidth(extent), getHeight(extent)) / 2);
    const isNear = (zone: Zone): boolean =>
      isPlace(zone) &&
      zone.outline.radius_m! * STRETCH_MAX > SEEN_PX * resolution &&
      containsCoordinate(around, spotOf(zone));
    const found = Number.isFinite(resolution) ? this.#drawing.filter(isNear) : [];
    return new Set(found.length > OUTLINES_MAX ? [] : found);
  }

  #outline(drawing: Drawing): void {
    const wanted = new Set(drawing.map(({ id }) => id));
    for (const [id, { feature }] of [...this.#shown]) {
      if (wanted.has(id)) continue;
      this.source.removeFeature(feature);
      this.#shown.delete(id);
    }
    this.source.addFeatures(drawing.flatMap((zone) => this.#put(zone) ?? []));
  }

  /** The hand moved what is on the map: draw it anew from what it became. */
  forget(id: string): void {
    const kept = this.#shown.get(id);
    this.#isForgotten = true;
    if (kept) this.#shown.set(id, { ...kept, zone: { ...kept.zone, outline: { ...kept.zone.outline } } });
  }

  /** The zone's feature as the zone now is; told where it is new to the map. */
  #put(zone: Zone): Feature | null {
    const kept = this.#shown.get(zone.id);
    if (kept?.zone === zone) return null;
    const feature = kept?.feature ?? new Feature();
    feature.setId(zone.id);
    feature.set("title", titleOf(zone), true);
    feature.set("radius_m", zone.outline.radius_m, true);
    feature.set("size_m2", covered_m2(zone.outline), true);
    if (kept?.zone.outline !== zone.outline) feature.setGeometry(drawn(zone.outline));
    else feature.changed();
    this.#shown.set(zone.id, { zone, feature });
    return kept ? null : feature;
  }
}

export const isPlace = ({ outline: { parts, radius_m } }: Zone): boolean =>
  radius_m !== null && radius_m <= PLACE_M_MAX && parts[0]?.[0]?.length === 1;

const SPOTS = new WeakMap<Zone, Pair>();

/** Where a place is in the map's plane; reckoned once for each drawing of it. */
export function spotOf(zone: Zone): Pair {
  const known = SPOTS.get(zone);
  if (known) return known;
  const spot = projected(zone.outline.parts[0]![0]![0]!);
  SPOTS.set(zone, spot);
  return spot;
}

function placesOf(zones: Drawing): Places {
  const [x, y] = [new Float64Array(zones.length), new Float64Array(zones.length)];
  const ids = new Array<string>(zones.length);
  for (let row = 0; row < zones.length; row += 1) {
    const zone = zones[row]!;
    const spot = spotOf(zone);
    [ids[row], x[row], y[row]] = [zone.id, spot[0], spot[1]];
  }
  return { ids, x, y };
}

const isSame = (one: ReadonlySet<Zone>, other: ReadonlySet<Zone>): boolean =>
  one.size === other.size && [...one].every((zone) => other.has(zone));

type Pair = [number, number];
const projected = ([lon, lat]: Position): Pair => fromLonLat([lon, lat]) as Pair;
const ringOf = (corners: Corners): Pair[] => [...corners, ...corners.slice(0, 1)].map(projected);

/** The outline in the map's own plane; of a place or way only its middle, its reach is drawn round it. */
export function drawn({ parts, radius_m }: Outline): Geometry {
  const way = parts[0]?.[0] ?? [];
  if (radius_m === null) return new MultiPolygon(parts.map((rings) => rings.map(ringOf)));
  return way.length === 1 ? new Point(projected(way[0]!)) : new LineString(way.map(projected));
}

/** The corners the hand left on the map, in degrees. */
export function partsOf(geometry: Geometry): Outline["parts"] {
  if (geometry instanceof Point) return [[[unprojected(geometry.getCoordinates())]]];
  if (geometry instanceof LineString) return [[geometry.getCoordinates().map(unprojected)]];
  const parts = (geometry as MultiPolygon).getCoordinates();
  return parts.map((rings) => rings.map((ring) => ring.slice(0, -1).map(unprojected)));
}

export const unprojected = (place: readonly number[]): Position =>
  toLonLat([...place]) as unknown as Position;
