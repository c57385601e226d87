/** The zones as the map holds them, one feature each, changed only where their outline was. */
import Feature from "ol/Feature.js";
import type Geometry from "ol/geom/Geometry.js";
import LineString from "ol/geom/LineString.js";
import MultiPolygon from "ol/geom/MultiPolygon.js";
import Point from "ol/geom/Point.js";
import { fromLonLat, toLonLat } from "ol/proj.js";
import VectorSource from "ol/source/Vector.js";
import { titleOf, type Drawing, type Zone } from "./drawing.ts";
import { covered_m2 } from "./metres.ts";
import type { Corners, Outline, Position } from "./outline.ts";

export class ZoneFeatures {
  readonly source = new VectorSource();
  /** The zone in hand, if any. */
  chosen: Feature | null = null;
  readonly #shown = new Map<string, { zone: Zone; feature: Feature }>();

  show(drawing: Drawing, chosen: string | null): void {
    const wanted = new Set(drawing.map(({ id }) => id));
    for (const [id, { feature }] of [...this.#shown]) {
      if (wanted.has(id)) continue;
      this.source.removeFeature(feature);
      this.#shown.delete(id);
    }
    this.source.addFeatures(drawing.flatMap((zone) => this.#put(zone) ?? []));
    this.chosen = (chosen !== null && this.#shown.get(chosen)?.feature) || null;
  }

  /** The hand moved what is on the map: draw it anew from what it became. */
  forget(id: string): void {
    const kept = this.#shown.get(id);
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
