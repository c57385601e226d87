/** The marks of the map: the same shapes for severity as in the list. */
import CircleShape from "ol/style/Circle.js";
import Fill from "ol/style/Fill.js";
import RegularShape from "ol/style/RegularShape.js";
import Stroke from "ol/style/Stroke.js";
import Style from "ol/style/Style.js";
import Text from "ol/style/Text.js";
import type { Severity } from "../model.ts";

export const FONT = '"Inter", "Segoe UI", "Noto Sans", "DejaVu Sans", system-ui, sans-serif';

export const SHAPES: Readonly<Record<Severity, { points: number; angle: number }>> = {
  critical: { points: 4, angle: 0 },
  high: { points: 3, angle: 0 },
  medium: { points: 4, angle: Math.PI / 4 },
  low: { points: 24, angle: 0 },
};

export function severityMark(severity: Severity, colour: string, edge: string): RegularShape {
  return new RegularShape({
    ...SHAPES[severity],
    radius: 9,
    declutterMode: "none",
    fill: new Fill({ color: colour }),
    stroke: new Stroke({ color: edge, width: 1.5 }),
  });
}

export function dot(radius: number, fill: string | null, edge: string, width = 1.5): CircleShape {
  const options = { radius, declutterMode: "none" as const, stroke: new Stroke({ color: edge, width }) };
  return new CircleShape(fill === null ? options : { ...options, fill: new Fill({ color: fill }) });
}

export function squareMark(colour: string, edge: string): RegularShape {
  return new RegularShape({
    points: 4,
    angle: Math.PI / 4,
    radius: 9,
    declutterMode: "none",
    fill: new Fill({ color: colour }),
    stroke: new Stroke({ color: edge, width: 2 }),
  });
}

interface Writing {
  readonly size: number;
  readonly colour: string;
  readonly halo: string;
  readonly weight?: number;
  readonly offsetX?: number;
  readonly offsetY?: number;
  readonly alongLine?: boolean;
  readonly overflow?: boolean;
  /** Whether it stands even where it covers another name. */
  readonly isVital?: boolean;
}

export function writing(text: string, how: Writing): Text {
  const { size, colour, halo, weight = 400, offsetX = 0, offsetY = 0 } = how;
  return new Text({
    text,
    offsetX,
    offsetY,
    font: `${weight} ${size}px ${FONT}`,
    fill: new Fill({ color: colour }),
    stroke: new Stroke({ color: halo, width: 3 }),
    overflow: how.overflow ?? false,
    placement: how.alongLine ? "line" : "point",
    declutterMode: how.isVital ? "none" : "declutter",
  });
}

/** A name that must be read, on a plate of its own above whatever lies there. */
export function plate(text: string, how: Omit<Writing, "isVital">): Text {
  const written = writing(text, { ...how, isVital: true });
  written.setBackgroundFill(new Fill({ color: `${how.halo}d9` }));
  written.setPadding([2, 5, 1, 5]);
  return written;
}

/** Slanting lines in the colour, for ground that is forbidden: told without relying on the colour. */
export function hatched(colour: string): CanvasPattern | string {
  const tile = document.createElement("canvas");
  tile.width = tile.height = 10;
  const pen = tile.getContext("2d");
  if (!pen) return `${colour}22`;
  pen.fillStyle = `${colour}1c`;
  pen.fillRect(0, 0, 10, 10);
  pen.strokeStyle = `${colour}55`;
  for (const shift of [-10, 0, 10]) {
    pen.beginPath();
    pen.moveTo(shift, 10);
    pen.lineTo(shift + 10, 0);
    pen.stroke();
  }
  return pen.createPattern(tile, "repeat") ?? `${colour}22`;
}

export const stroked = (color: string, width: number, lineDash?: number[]): Style =>
  new Style({ stroke: new Stroke(lineDash ? { color, width, lineDash } : { color, width }) });
