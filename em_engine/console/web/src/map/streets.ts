/** How streets, tracks and ferries are drawn at each zoom, as on a printed map. */
import type { FeatureLike } from "ol/Feature.js";
import Stroke from "ol/style/Stroke.js";
import Style, { type StyleFunction } from "ol/style/Style.js";
import type { Palette } from "./palette.ts";
import { writing } from "./shapes.ts";

interface Way {
  readonly rank: number; // what lies above what
  readonly from: number; // the zoom it appears at
  readonly width: number; // pixels at zoom 13
  readonly named: number; // the zoom its name appears at
  readonly dash?: number[];
}

const WAYS: Readonly<Record<string, Way>> = {
  ferry: { rank: 0, from: 10, width: 1, named: 14, dash: [4, 5] },
  path: { rank: 1, from: 13.2, width: 0.9, named: 16, dash: [2, 3] },
  street: { rank: 2, from: 12, width: 1.5, named: 14.6 },
  rail: { rank: 3, from: 9, width: 1.2, named: 15, dash: [7, 3] },
  tram: { rank: 4, from: 12.4, width: 0.9, named: 16 },
  metro: { rank: 4, from: 11.5, width: 1.1, named: 16 },
  secondary: { rank: 5, from: 11, width: 2.2, named: 13.8 },
  primary: { rank: 6, from: 9.5, width: 2.8, named: 13.2 },
  motorway: { rank: 7, from: 8, width: 3.4, named: 12.4 },
};

const zoomOf = (resolution: number): number => Math.log2(156_543.034 / resolution);

/** The style of everything in the street file, ways and places, for one theme. */
export function streetStyle(palette: Palette): StyleFunction {
  const kept = new Map<string, Style[]>();
  return (feature, resolution) => {
    const zoom = Math.round(zoomOf(resolution) * 4) / 4;
    if (feature.getGeometry()?.getType() === "Point") return placeStyle(palette, feature, zoom);
    const name = String(feature.get("class"));
    const way = WAYS[name];
    if (!way || zoom < way.from) return undefined;
    const key = `${name} ${zoom}`;
    const lines = kept.get(key) ?? linesOf(palette, name, way, zoom);
    kept.set(key, lines);
    return zoom >= way.named && feature.get("name") ? [...lines, label(palette, feature, way)] : lines;
  };
}

function linesOf(palette: Palette, name: string, way: Way, zoom: number): Style[] {
  const width = Math.min(14, Math.max(0.6, way.width * 1.42 ** (zoom - 13)));
  const color = palette.road[name] ?? palette.road["street"]!;
  const dash = way.dash ? { lineDash: way.dash } : {};
  const line = new Style({
    stroke: new Stroke({ color, width, lineCap: way.dash ? "butt" : "round", ...dash }),
    zIndex: 10 + way.rank,
  });
  if (way.dash || width < 2.5) return [line];
  const casing = new Style({
    stroke: new Stroke({ color: palette.casing, width: width + 2 }),
    zIndex: way.rank,
  });
  return [casing, line];
}

function label(palette: Palette, feature: FeatureLike, way: Way): Style {
  const text = writing(String(feature.get("name")), {
    size: 11,
    colour: palette.name,
    halo: palette.halo,
    alongLine: true,
  });
  return new Style({ text, zIndex: 30 + way.rank });
}

function placeStyle(palette: Palette, feature: FeatureLike, zoom: number): Style | undefined {
  if (zoom < 13 || !feature.get("name")) return undefined;
  return new Style({
    text: writing(String(feature.get("name")), {
      size: 12,
      colour: palette.name,
      halo: palette.halo,
      weight: 600,
    }),
    zIndex: 50,
  });
}
