/** Two maps that move together: the zones before and after, what each won told by plus signs, what it lost by
 * minus signs.
 */
import Feature from "ol/Feature.js";
import GeoJSON from "ol/format/GeoJSON.js";
import type OlGeometry from "ol/geom/Geometry.js";
import VectorLayer from "ol/layer/Vector.js";
import VectorSource from "ol/source/Vector.js";
import CircleShape from "ol/style/Circle.js";
import Fill from "ol/style/Fill.js";
import RegularShape from "ol/style/RegularShape.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";
import type { Features } from "../../model.ts";
import { PALETTES, type Palette } from "../../map/palette.ts";
import { plate } from "../../map/shapes.ts";
import type { Theme } from "../../preferences.ts";
import { extentOfAll, fit, groundedMap, ownView, type GroundedMap, type Words } from "./canvas.ts";
import type { Geometry } from "./outline.ts";
import type { ZoneDifference } from "./server.ts";

const FORMAT = new GeoJSON({ dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" });

/** What became of a zone, told without words or colour. */
export const SIGNS: Readonly<Record<ZoneDifference["how"], string>> = {
  added: "+",
  removed: "−",
  changed: "±",
};

export interface Compared {
  readonly zones: readonly ZoneDifference[];
  readonly chosen: string | null;
  /** Alerts that appear, disappear or move, as points. */
  readonly marks: Features | null;
  readonly theme: Theme;
}

export interface Comparison {
  show(compared: Compared): void;
  /** Bring the zone, or all that changed, into view on both. */
  fit(zone: string | null): void;
  close(): void;
}

export function comparison(left: HTMLElement, right: HTMLElement, words: Words): Comparison {
  const view = ownView();
  const sides = [sideOf(left, "before"), sideOf(right, "after")] as const;
  let shown: readonly ZoneDifference[] = [];
  function sideOf(target: HTMLElement, side: Side): GroundedMap & { source: VectorSource; side: Side } {
    const grounded = groundedMap(target, words, view);
    const source = new VectorSource();
    const style = (mark: { get: (key: string) => unknown }): Style => mark.get("dress") as Style;
    grounded.map.addLayer(new VectorLayer({ source, style, declutter: true }));
    return { ...grounded, source, side };
  }
  return {
    show: (compared) => {
      shown = compared.zones;
      for (const { source, side, dress } of sides) {
        dress(compared.theme);
        source.clear(true);
        source.addFeatures(drawnOn(side, compared));
      }
    },
    fit: (name) => {
      const wanted = shown.filter((zone) => name === null || zone.name === name);
      const drawn = wanted.flatMap(({ before, after }) => [before, after]).filter((one) => one !== null);
      fit(sides[0].map, extentOfAll(drawn));
    },
    close: () => sides.forEach(({ close }) => close()),
  };
}

type Side = "before" | "after";

function drawnOn(side: Side, { zones, chosen, marks, theme }: Compared): Feature[] {
  const palette = PALETTES[theme];
  const drawn = zones.flatMap((zone) => outlinesOf(side, zone, zone.name === chosen, palette));
  const points = (marks?.features ?? []).filter(({ properties }) => isOn(side, String(properties?.["kind"])));
  return [
    ...drawn,
    ...points.map((point) => alertMark(point.geometry, String(point.properties?.["kind"]), palette)),
  ];
}

/** What appears is there only afterwards, what disappears only before. */
const isOn = (side: Side, kind: string): boolean =>
  kind === "appears" ? side === "after" : kind === "disappears" ? side === "before" : true;

/** The zone as it is on this side, as it is on the other, dotted, and the ground lost or won. */
function outlinesOf(side: Side, zone: ZoneDifference, isChosen: boolean, palette: Palette): Feature[] {
  const [own, other] = side === "before" ? [zone.before, zone.after] : [zone.after, zone.before];
  const ground =
    side === "before" ? (zone.lost ?? soleOf(zone, "removed")) : (zone.won ?? soleOf(zone, "added"));
  const sign = side === "before" ? "−" : "+";
  const width = isChosen ? 3.5 : 2;
  return [
    ...featureOf(
      other,
      new Style({ stroke: new Stroke({ color: palette.name, width: 1.5, lineDash: [2, 5] }) }),
    ),
    ...featureOf(ground, new Style({ fill: new Fill({ color: signed(sign, palette.ink) }) })),
    ...featureOf(own, outline(palette, width, side === "before" ? [9, 4] : [])),
    ...featureOf(own ?? other, label(zone, isChosen, palette)),
  ];
}

const soleOf = (zone: ZoneDifference, how: ZoneDifference["how"]): Geometry | null =>
  zone.how !== how ? null : how === "removed" ? zone.before : zone.after;

function featureOf(geometry: Geometry | null, dress: Style): Feature[] {
  if (!geometry) return [];
  return [new Feature({ geometry: FORMAT.readGeometry(geometry) as OlGeometry, dress })];
}

const outline = (palette: Palette, width: number, lineDash: number[]): Style =>
  new Style({ stroke: new Stroke({ color: palette.ink, width, lineDash }), zIndex: 3 });

function label({ name, how }: ZoneDifference, isChosen: boolean, palette: Palette): Style {
  const told = `${SIGNS[how]} ${name}`;
  const look = { size: isChosen ? 13 : 11, weight: isChosen ? 600 : 400, overflow: true };
  return new Style({ text: plate(told, { ...look, colour: palette.ink, halo: palette.halo }), zIndex: 9 });
}

/** Ground strewn with the sign: won and lost are told apart without colour. */
function signed(sign: string, colour: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 16;
  const pen = tile.getContext("2d");
  if (!pen) return `${colour}44`;
  pen.fillStyle = `${colour}18`;
  pen.fillRect(0, 0, 16, 16);
  pen.fillStyle = colour;
  pen.fillRect(4, 7, 8, 2);
  if (sign === "+") pen.fillRect(7, 4, 2, 8);
  return pen.createPattern(tile, "repeat") ?? `${colour}44`;
}

function alertMark(geometry: Geometry, kind: string, palette: Palette): Feature {
  const stroke = new Stroke({ color: palette.ink, width: 2 });
  const fill = new Fill({ color: palette.severity.high });
  const shapes = {
    appears: () => new RegularShape({ points: 3, radius: 8, fill, stroke }),
    disappears: () => new RegularShape({ points: 4, radius: 9, radius2: 0, angle: Math.PI / 4, stroke }),
    moves: () => new CircleShape({ radius: 6, stroke }),
  };
  const image = (shapes[kind as keyof typeof shapes] ?? shapes.moves)();
  return new Feature({
    geometry: FORMAT.readGeometry(geometry) as OlGeometry,
    dress: new Style({ image, zIndex: 8 }),
  });
}
