/** How zones and marks look: what is in hand by weight and corners, what is wrong by a cross. */
import Feature, { type FeatureLike } from "ol/Feature.js";
import GeoJSON from "ol/format/GeoJSON.js";
import LineString from "ol/geom/LineString.js";
import MultiPoint from "ol/geom/MultiPoint.js";
import Point from "ol/geom/Point.js";
import Polygon from "ol/geom/Polygon.js";
import { fromLonLat } from "ol/proj.js";
import CircleShape from "ol/style/Circle.js";
import Fill from "ol/style/Fill.js";
import RegularShape from "ol/style/RegularShape.js";
import Stroke from "ol/style/Stroke.js";
import Style, { type StyleFunction } from "ol/style/Style.js";
import type { Palette } from "../../map/palette.ts";
import { writing } from "../../map/shapes.ts";
import { circle } from "./metres.ts";
import {
  positionAt,
  type Corner,
  type Corners,
  type Geometry,
  type Outline,
  type Position,
} from "./outline.ts";

/** What is drawn over the zones. */
export interface Marks {
  readonly corner: Corner | null;
  readonly crossings: readonly Position[];
  /** How repair would draw it. */
  readonly repaired: Geometry | null;
  readonly measured: Corners;
}

const FORMAT = new GeoJSON({ dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" });
const CORNERS_MAX = 3000;
const NAMED_BELOW = 40;
const SPECK_PX = 2.5;
/** How many times larger the map draws the north of the country than it is. */
const STRETCH_MAX = 3;

const at = ([lon, lat]: Position): number[] => fromLonLat([lon, lat]);

/** How each zone is drawn; the one in hand with its corners. */
export function dressed(palette: Palette, chosen: string | null): StyleFunction {
  const speck = [small(palette)];
  return (feature, resolution) => {
    const isChosen = feature.getId() === chosen;
    if (!isChosen && isSmall(feature, resolution)) return speck;
    const area = isChosen ? held(palette) : resting(palette);
    const reach = reachOf(feature, palette, isChosen, resolution);
    const styles = reach
      ? [reach, ...(isChosen ? [corners(palette)] : [])]
      : isChosen
        ? [area, corners(palette)]
        : [area];
    if (resolution > NAMED_BELOW && !isChosen) return styles;
    return [...styles, name(feature, palette, isChosen)];
  };
}

/** A place whose reach is a few pixels: ten thousand of them are drawn at once where one looks from afar. */
function isSmall(feature: FeatureLike, resolution: number): boolean {
  const radius_m = feature.get("radius_m") as number | null;
  const isPlace = feature.getGeometry() instanceof Point;
  return isPlace && radius_m !== null && radius_m * STRETCH_MAX < SPECK_PX * resolution;
}

const small = (palette: Palette): Style =>
  new Style({
    image: new CircleShape({
      radius: SPECK_PX,
      fill: new Fill({ color: `${palette.name}66` }),
      stroke: new Stroke({ color: palette.name, width: 1 }),
      declutterMode: "none",
    }),
    zIndex: 1,
  });

const held = (palette: Palette): Style =>
  new Style({
    stroke: new Stroke({ color: palette.ink, width: 2.5 }),
    fill: new Fill({ color: `${palette.inclusion}33` }),
    zIndex: 3,
  });

const resting = (palette: Palette): Style =>
  new Style({
    stroke: new Stroke({ color: palette.name, width: 1.2, lineDash: [6, 3] }),
    fill: new Fill({ color: `${palette.name}14` }),
    zIndex: 1,
  });

/** What lies within reach of a place or way. The map stretches with the latitude, and so does the stroke. */
function reachOf(
  feature: FeatureLike,
  palette: Palette,
  isChosen: boolean,
  resolution: number,
): Style | null {
  const radius_m = feature.get("radius_m") as number | null;
  const geometry = feature.getGeometry();
  if (radius_m === null || !geometry) return null;
  const look = isChosen ? held(palette) : resting(palette);
  if (geometry instanceof Point) {
    look.setGeometry(new Polygon([around(geometry, radius_m).map(at)]));
    return look;
  }
  const middle = FORMAT.writeGeometryObject(geometry as LineString) as unknown as { coordinates: Position[] };
  const stretch = 1 / Math.cos((middle.coordinates[0]![1] * Math.PI) / 180);
  const width = Math.max(2, (2 * radius_m * stretch) / resolution);
  return new Style({
    stroke: new Stroke({
      color: `${isChosen ? palette.inclusion : palette.name}44`,
      width,
      lineCap: "round",
    }),
    zIndex: isChosen ? 3 : 1,
  });
}

function around(point: Point, radius_m: number): Corners {
  const { coordinates } = FORMAT.writeGeometryObject(point) as unknown as { coordinates: Position };
  const ring = circle(coordinates, radius_m);
  return [...ring, ring[0]!];
}

const corners = (palette: Palette): Style =>
  new Style({
    image: new RegularShape({
      points: 4,
      angle: Math.PI / 4,
      radius: 5,
      fill: new Fill({ color: palette.halo }),
      stroke: new Stroke({ color: palette.ink, width: 1.5 }),
    }),
    geometry: (feature) => cornersIn(feature as Feature),
    zIndex: 5,
  });

function cornersIn(feature: Feature): MultiPoint | Point {
  const geometry = feature.getGeometry()!;
  if (geometry instanceof Point) return geometry;
  const told = (geometry as LineString).getCoordinates() as unknown as never[];
  const flat = geometry instanceof LineString ? told : told.flat(2);
  return new MultiPoint(flat.length > CORNERS_MAX ? [] : (flat as unknown as number[][]));
}

function name(feature: FeatureLike, palette: Palette, isChosen: boolean): Style {
  const text = writing(String(feature.get("title")), {
    size: isChosen ? 13 : 11,
    weight: isChosen ? 600 : 400,
    colour: isChosen ? palette.ink : palette.name,
    halo: palette.halo,
    offsetY: isChosen ? -14 : 0,
    overflow: true,
    isVital: isChosen,
  });
  return new Style({ text, zIndex: isChosen ? 9 : 2 });
}

/** The corner in hand, crosses where the outline is wrong, how it would be repaired, what is measured. */
export function marksOf(marks: Marks, outline: Outline | undefined, palette: Palette): Feature[] {
  const { corner, crossings, repaired, measured } = marks;
  const inHand = corner && outline ? positionAt(outline, corner) : undefined;
  return [
    ...(repaired ? [mark(FORMAT.readGeometry(repaired) as never, dashed(palette))] : []),
    ...(measured.length > 1 ? [mark(new LineString(measured.map(at)), ruled(palette))] : []),
    ...crossings.flatMap((place) => [
      mark(new Point(at(place)), cross(palette.halo, 6)),
      mark(new Point(at(place)), cross(palette.exclusion, 3)),
    ]),
    ...(inHand ? [mark(new Point(at(inHand)), grip(palette))] : []),
  ];
}

function mark(geometry: Point | LineString | Polygon, dress: Style): Feature {
  return new Feature({ geometry, dress });
}

const cross = (color: string, width: number): Style =>
  new Style({
    image: new RegularShape({
      points: 4,
      radius: 11,
      radius2: 0,
      angle: Math.PI / 4,
      stroke: new Stroke({ color, width }),
    }),
    zIndex: 8,
  });

const grip = (palette: Palette): Style =>
  new Style({
    image: new CircleShape({ radius: 9, stroke: new Stroke({ color: palette.ink, width: 3 }) }),
    zIndex: 9,
  });

const dashed = (palette: Palette): Style =>
  new Style({ stroke: new Stroke({ color: palette.inclusion, width: 2, lineDash: [3, 5] }), zIndex: 6 });

const ruled = (palette: Palette): Style =>
  new Style({ stroke: new Stroke({ color: palette.ink, width: 2, lineDash: [10, 4] }), zIndex: 6 });

/** What is being drawn, before it is anything. */
export const sketchStyle = (palette: Palette): Style[] => [
  new Style({ stroke: new Stroke({ color: palette.halo, width: 5 }) }),
  new Style({
    stroke: new Stroke({ color: palette.ink, width: 2, lineDash: [7, 4] }),
    fill: new Fill({ color: `${palette.inclusion}26` }),
    image: new CircleShape({
      radius: 5,
      fill: new Fill({ color: palette.ink }),
      stroke: new Stroke({ color: palette.halo, width: 2 }),
    }),
  }),
];
