/** What hands do on the map: move corners and zones, draw sketches, by pointer and by keys. */
import Collection from "ol/Collection.js";
import type Feature from "ol/Feature.js";
import type OlMap from "ol/Map.js";
import CircleGeometry from "ol/geom/Circle.js";
import type Geometry from "ol/geom/Geometry.js";
import type LineString from "ol/geom/LineString.js";
import type Polygon from "ol/geom/Polygon.js";
import Draw from "ol/interaction/Draw.js";
import type Interaction from "ol/interaction/Interaction.js";
import Modify from "ol/interaction/Modify.js";
import Snap from "ol/interaction/Snap.js";
import Translate from "ol/interaction/Translate.js";
import { PALETTES } from "../../map/palette.ts";
import type { Held } from "./canvas.ts";
import { apart_m } from "./metres.ts";
import type { Corners, Outline, Position } from "./outline.ts";
import { sketchStyle } from "./scene.ts";
import { SKETCHED } from "./toolbox.ts";
import { partsOf, unprojected, type ZoneFeatures } from "./zoneFeatures.ts";

/** What was drawn: a ring or way by its corners, a circle by its middle and radius. */
export interface Sketch {
  readonly corners: Corners;
  readonly radius_m: number | null;
}

/** Whom the hands tell. */
export interface Told {
  readonly redrawn: (zone: string, parts: Outline["parts"]) => void;
  readonly shifted: (zone: string, lon: number, lat: number) => void;
  readonly sketched: (sketch: Sketch) => void;
  /** The sketch as it is so far, without the corner that still follows the pointer; empty when it is over. */
  readonly sketching: (corners: Corners) => void;
}

export interface Hands {
  hold(held: Held): void;
  /** Set a corner in the middle of the map, take the last one back, be done, give up. */
  place(): void;
  takeBack(): void;
  finish(): void;
  abandon(): void;
  close(): void;
}

const REACH_PX = 10;

export function hands(map: OlMap, zones: ZoneFeatures, told: Told): Hands {
  let at: Interaction[] = [];
  let draw: Draw | null = null;
  const drop = (): void => {
    draw?.abortDrawing();
    at.forEach((interaction) => map.removeInteraction(interaction));
    [at, draw] = [[], null];
  };
  const hold = (held: Held): void => {
    drop();
    const kind = SKETCHED[held.tool];
    if (kind !== null) at = [(draw = drawing(kind, zones, held, told))];
    else if (!held.isReadOnly && zones.chosen)
      at = [held.tool === "edit" ? modifying(zones.chosen, told) : shifting(zones.chosen, told)];
    // Last, so that it is asked first and moves the pointer to what it snaps to.
    if (held.isSnapping && held.tool !== "move")
      at.push(new Snap({ source: zones.source, pixelTolerance: REACH_PX }));
    at.forEach((interaction) => map.addInteraction(interaction));
  };
  return {
    hold,
    place: () => draw?.appendCoordinates([map.getView().getCenter()!]),
    takeBack: () => draw?.removeLastPoint(),
    finish: () => void draw?.finishDrawing(),
    abandon: () => draw?.abortDrawing(),
    close: drop,
  };
}

const idOf = (feature: Feature): string => String(feature.getId());

function modifying(feature: Feature, { redrawn }: Told): Modify {
  const modify = new Modify({ features: new Collection([feature]), pixelTolerance: REACH_PX });
  modify.on("modifyend", () => redrawn(idOf(feature), partsOf(feature.getGeometry()!)));
  return modify;
}

function shifting(feature: Feature, { shifted }: Told): Translate {
  const translate = new Translate({ features: new Collection([feature]), hitTolerance: REACH_PX });
  let from: Position | null = null;
  const place = (): Position => partsOf(feature.getGeometry()!)[0]![0]![0]!;
  translate.on("translatestart", () => (from = place()));
  translate.on("translateend", () => {
    const to = place();
    if (from) shifted(idOf(feature), to[0] - from[0], to[1] - from[1]);
  });
  return translate;
}

function drawing(
  kind: "Polygon" | "LineString" | "Circle",
  zones: ZoneFeatures,
  held: Held,
  told: Told,
): Draw {
  const draw = new Draw({
    type: kind,
    stopClick: true,
    trace: () => held.isTracing && kind !== "Circle",
    traceSource: zones.source,
    style: sketchStyle(PALETTES[held.theme]),
  });
  draw.on("drawstart", ({ feature }) => {
    feature.on("change", () => told.sketching(soFar(feature.getGeometry()!)));
  });
  draw.on("drawabort", () => told.sketching([]));
  draw.on("drawend", ({ feature }) => {
    told.sketching([]);
    told.sketched(sketchOf(feature.getGeometry()!));
  });
  return draw;
}

function sketchOf(geometry: Geometry): Sketch {
  if (!(geometry instanceof CircleGeometry)) return { corners: cornersOf(geometry), radius_m: null };
  const middle = unprojected(geometry.getCenter());
  return { corners: [middle], radius_m: apart_m(middle, unprojected(geometry.getLastCoordinate())) };
}

function cornersOf(geometry: Geometry): Corners {
  const isArea = geometry.getType() === "Polygon";
  const row = isArea
    ? (geometry as Polygon).getCoordinates()[0]!.slice(0, -1)
    : (geometry as LineString).getCoordinates();
  return row.map(unprojected);
}

const soFar = (geometry: Geometry): Corners => {
  const { corners, radius_m } = sketchOf(geometry);
  return radius_m === null
    ? corners
    : [corners[0]!, unprojected((geometry as CircleGeometry).getLastCoordinate())];
};
