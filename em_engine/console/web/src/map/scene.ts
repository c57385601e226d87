/**
 * How the case is drawn: zones, trail, fixes with their error circles, the other person, the metres between.
 */
import type Feature from "ol/Feature.js";
import type { FeatureLike } from "ol/Feature.js";
import { getCenter } from "ol/extent.js";
import { circular } from "ol/geom/Polygon.js";
import type Geometry from "ol/geom/Geometry.js";
import LineString from "ol/geom/LineString.js";
import Point from "ol/geom/Point.js";
import { toLonLat } from "ol/proj.js";
import { getLength } from "ol/sphere.js";
import Fill from "ol/style/Fill.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";
import type Text from "ol/style/Text.js";
import type { Alert, Severity } from "../model.ts";
import { clockTime, metres } from "../time.ts";
import { words } from "../words/index.ts";
import type { Palette } from "./palette.ts";
import { dot, hatched, plate, severityMark, squareMark, stroked, writing } from "./shapes.ts";

/** What the drawing must know of a feature besides its own properties. */
export interface Setting {
  readonly palette: Palette;
  readonly alert: Alert | null;
  readonly severityOf: (wearer: string) => Severity | null;
  readonly isStale: (at: string) => boolean;
  readonly zoom: number;
  /** Too many to write everybody's name. */
  readonly isCrowd: boolean;
}

type Draw = (feature: Feature, setting: Setting) => Style[];

const ROLES: Readonly<Record<string, Draw>> = {
  zone: drawZone,
  exclusion: drawZone,
  inclusion: drawZone,
  buffer: (_, { palette }) => [stroked(palette.exclusion, 1.5, [5, 5])],
  trail: drawTrail,
  fix: drawFix,
  "other-fix": drawOther,
  pair: drawPair,
  wearer: drawPerson,
  position: drawPerson,
  protected: drawOther,
};

export function drawn(feature: FeatureLike, setting: Setting): Style[] {
  const draw = ROLES[String(feature.get("role"))];
  return draw ? draw(feature as Feature, setting) : [];
}

function isForbidden(feature: Feature, alert: Alert | null): boolean {
  const kind = (feature.get("kind") ?? feature.get("role")) as string;
  return kind === "exclusion" || (kind === "zone" && alert?.type.startsWith("exclusion.") === true);
}

const patterns = new Map<string, CanvasPattern | string>();

function drawZone(feature: Feature, { palette, alert, zoom }: Setting): Style[] {
  const forbidden = isForbidden(feature, alert);
  const colour = forbidden ? palette.exclusion : palette.inclusion;
  const pattern = patterns.get(colour) ?? hatched(colour);
  patterns.set(colour, pattern);
  const ground = stroked(colour, alert ? 2 : 1.2); // one of many is drawn finer than the one in question
  ground.setFill(new Fill({ color: forbidden ? pattern : `${colour}14` }));
  ground.setZIndex(forbidden ? 2 : 1);
  const name = String(feature.get("title") ?? feature.get("name") ?? "");
  if (name && (alert !== null || zoom >= 13)) {
    const text = writing(name, {
      size: 12,
      colour,
      halo: palette.halo,
      weight: 600,
      offsetY: -9,
      isVital: alert !== null,
    });
    return [ground, new Style({ geometry: northernmost(feature), text, zIndex: 30 })];
  }
  return [ground];
}

/** Where a zone's name stands: at its northern edge, out of the way of what happens within. */
function northernmost(feature: Feature): Point {
  const [west = 0, , east = 0, north = 0] = feature.getGeometry()!.getExtent();
  return new Point([(west + east) / 2, north]);
}

function drawTrail(_: Feature, { palette }: Setting): Style[] {
  return [stroked(`${palette.halo}cc`, 5), stroked(`${palette.trail}cc`, 2)].map(
    (style, index) => (style.setZIndex(10 + index), style),
  );
}

/** A fix: a dot, larger and with its circle and time where it is the newest, in colour where it was in
 * breach.
 */
function drawFix(feature: Feature, setting: Setting): Style[] {
  const { palette, alert } = setting;
  const inBreach = feature.get("in_breach") === true;
  const colour = inBreach && alert ? palette.severity[alert.severity] : palette.trail;
  if (!feature.get("newest")) {
    return [
      ...errorCircle(feature, colour, "08"),
      new Style({ image: dot(inBreach ? 4 : 3, colour, palette.halo, 1), zIndex: 20 }),
    ];
  }
  const time = plate(clockTime(String(feature.get("fixed_at"))), {
    size: 12,
    colour: palette.ink,
    halo: palette.halo,
    weight: 600,
    offsetY: beside(feature),
  });
  const mark =
    inBreach && alert
      ? severityMark(alert.severity, colour, palette.halo)
      : dot(6.5, palette.wearer, palette.halo, 2);
  return [...errorCircle(feature, colour, "26"), new Style({ image: mark, text: time, zIndex: 60 })];
}

function drawOther(feature: Feature, { palette, alert, zoom }: Setting): Style[] {
  const at = feature.get("fixed_at") as string | undefined;
  if (alert === null)
    return [
      new Style({
        image: squareMark(palette.other, palette.halo),
        ...named(feature, palette, zoom),
        zIndex: 49,
      }),
    ];
  if (!feature.get("newest"))
    return [new Style({ image: dot(3, palette.other, palette.halo, 1), zIndex: 20 })];
  const told = `${words().map.protected}${at ? ` ${clockTime(at)}` : ""}`;
  const text = plate(told, {
    size: 12,
    colour: palette.other,
    halo: palette.halo,
    weight: 600,
    offsetY: beside(feature),
  });
  return [
    ...ring(feature, alert.evidence["alert_m"], palette.other),
    ...errorCircle(feature, palette.other, "26"),
    new Style({ image: squareMark(palette.other, palette.halo), text, zIndex: 59 }),
  ];
}

/** How near the order lets the wearer come, around where the protected person is. */
function ring(feature: Feature, radius_m: unknown, colour: string): Style[] {
  const geometry = around(feature, Number(radius_m));
  const edge = new Stroke({ color: `${colour}b3`, width: 1.5, lineDash: [3, 6] });
  return geometry ? [new Style({ geometry, fill: new Fill({ color: `${colour}0a` }), stroke: edge })] : [];
}

function named(feature: Feature, { other: colour, halo }: Palette, zoom: number): { text?: Text } {
  if (zoom < 12.5) return {};
  return { text: writing(String(feature.get("person") ?? ""), { size: 11, colour, halo, offsetY: 17 }) };
}

const beside = (feature: Feature): number => (feature.get("label") === "above" ? -22 : 23);

/** The circle that holds the true position with 68 % probability, of that many metres on the ground. */
function errorCircle(feature: Feature, colour: string, opacity: string): Style[] {
  const geometry = around(feature, Number(feature.get("accuracy_m")));
  if (!geometry) return [];
  const edge = new Stroke({ color: `${colour}${opacity === "08" ? "30" : "99"}`, width: 1 });
  return [new Style({ geometry, fill: new Fill({ color: colour + opacity }), stroke: edge, zIndex: 12 })];
}

/** The circle of so many metres on the ground around a point. */
function around(feature: Feature, radius_m: number): Geometry | null {
  const at = feature.getGeometry();
  if (!(radius_m > 0) || !(at instanceof Point)) return null;
  return circular(toLonLat(at.getCoordinates()), radius_m, 72).transform("EPSG:4326", "EPSG:3857");
}

function drawPair(feature: Feature, { palette }: Setting): Style[] {
  const told = feature.get("distance_m") as unknown;
  const length = typeof told === "number" ? told : getLength(feature.getGeometry() as Geometry);
  const line = stroked(palette.other, 2, [8, 6]);
  line.setZIndex(40);
  const [west = 0, south = 0, east = 0, north = 0] = feature.getGeometry()!.getExtent();
  const aside = east - west > north - south ? { offsetY: -18 } : { offsetX: 42 };
  const text = plate(metres(length), {
    size: 13,
    colour: palette.ink,
    halo: palette.halo,
    weight: 700,
    ...aside,
  });
  return [line, new Style({ geometry: middleOf(feature), text, zIndex: 61 })];
}

function middleOf(feature: Feature): Point {
  const line = feature.getGeometry();
  return new Point(line instanceof LineString ? line.getCoordinateAt(0.5) : getCenter(line!.getExtent()));
}

/** A wearer on the overview: a calm dot, or the severity's shape where an alert is open; hollow where it is
 * old.
 */
function drawPerson(feature: Feature, setting: Setting): Style[] {
  const { palette, severityOf, isStale, zoom, isCrowd } = setting;
  if (feature.get("role") === "protected") return drawOther(feature, setting);
  const wearer = String(feature.get("person") ?? "");
  const severity = severityOf(wearer);
  const stale = isStale(String(feature.get("fixed_at") ?? ""));
  const mark = severity
    ? severityMark(severity, palette.severity[severity], palette.halo)
    : dot(5, stale ? null : palette.wearer, stale ? palette.faintName : palette.halo);
  const style = new Style({ image: mark, zIndex: severity ? 70 : 50 });
  if (zoom >= 12.5 || (severity && !isCrowd) || severity === "critical") {
    style.setText(
      writing(wearer, {
        size: 11,
        colour: palette.ink,
        halo: palette.halo,
        weight: severity ? 700 : 400,
        offsetY: 16,
      }),
    );
  }
  return [style];
}
