/** Very many people as dots, drawn straight into the pixels: ten thousand cost less than one street name. */
import Layer from "ol/layer/Layer.js";
import type { Crowd, Severity } from "../model.ts";
import type { Palette } from "./palette.ts";
import { packed, painted, sheetOf, type Paint } from "./sheet.ts";

const DOT = 3;

export interface CrowdLayer {
  readonly layer: Layer;
  show(people: Crowd | null, isStale: (at: number) => boolean): void;
  /** Give those with an open alert its severity's mark; the rest stay dots. */
  mark(severities: ReadonlyMap<number, Severity>): void;
  /** The row nearest to a place among those with a mark, no further than so many metres. */
  nearest(place: readonly number[], reach: number): number | null;
  /** Where nearly all of them are: one who is abroad must not turn a country into a globe. */
  extent(): number[];
  dress(palette: Palette): void;
}

type Mark = Severity | "dot" | "stale";
type Inks = Readonly<Record<Mark, number>>;
/** Lowest first: nobody's alert is hidden under somebody's dot. */
const MARKS: readonly Mark[] = ["stale", "dot", "low", "medium", "high", "critical"];
const NOBODY: Crowd = {
  lon: new Float64Array(),
  lat: new Float64Array(),
  x: new Float64Array(),
  y: new Float64Array(),
  fixedAt: new Float64Array(),
  persons: [],
};

export function crowdLayer(): CrowdLayer {
  let people = NOBODY;
  let unmarked: Uint8Array = new Uint8Array();
  let marks: ReadonlyMap<number, Severity> = new Map();
  let inks: Inks = { dot: 0, stale: 0, critical: 0, high: 0, medium: 0, low: 0 };
  const sheet = sheetOf();
  const layer = new Layer({
    visible: false,
    render: (frame) => {
      const codes = unmarked.slice();
      for (const [row, severity] of marks) codes[row] = MARKS.indexOf(severity);
      painted(sheet, frame, (on) => draw(on, people, codes, inks));
      return sheet.canvas;
    },
  });
  return {
    layer,
    show: (shown, isStale) => {
      people = shown ?? NOBODY;
      unmarked = Uint8Array.from(people.fixedAt, (at) => MARKS.indexOf(isStale(at) ? "stale" : "dot"));
      layer.setVisible(shown !== null); // unseen it leaves the layers around it one canvas
      layer.changed();
    },
    mark: (severities) => {
      marks = severities;
      layer.changed();
    },
    nearest: ([x = 0, y = 0], reach) => {
      const away = (row: number): number => Math.hypot(people.x[row]! - x, people.y[row]! - y);
      const near = [...marks.keys()].filter((row) => away(row) <= reach);
      return near.toSorted((a, b) => away(a) - away(b))[0] ?? null;
    },
    extent: () => {
      const [[west, east], [south, north]] = [within(people.x), within(people.y)];
      return [west, south, east, north];
    },
    dress: ({ wearer, faintName, severity: { critical, high, medium, low } }) => {
      const colours = { dot: wearer, stale: faintName, critical, high, medium, low };
      const pixels = Object.entries(colours).map(([name, colour]) => [name, packed(colour)]);
      inks = Object.fromEntries(pixels) as Inks;
      layer.changed();
    },
  };
}

/** Between which values 96 in a hundred lie. */
function within(values: Float64Array): readonly [number, number] {
  const sorted = values.toSorted();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return [at(0.02), at(0.98)];
}

function draw({ pixels, width, ratio, at }: Paint, people: Crowd, codes: Uint8Array, inks: Inks): void {
  const margin = 8 * ratio;
  for (const [code, mark] of MARKS.entries()) {
    const [steps, ink] = [offsets(mark, ratio, width), inks[mark]];
    for (let row = 0; row < codes.length; row += 1) {
      if (codes[row] !== code) continue;
      const middle = at(people.x[row]!, people.y[row]!, margin);
      if (middle < 0) continue;
      for (let step = 0; step < steps.length; step += 1) pixels[middle + steps[step]!] = ink;
    }
  }
}

/** Whether a pixel so far from the middle belongs to the mark: the shapes are those of the list. */
const SHAPES: Readonly<Record<Mark, (x: number, y: number) => boolean>> = {
  dot: (x, y) => Math.hypot(x, y) <= DOT,
  stale: (x, y) => Math.hypot(x, y) <= DOT && Math.hypot(x, y) > DOT - 1.2,
  low: (x, y) => Math.hypot(x, y) <= 6,
  medium: (x, y) => Math.max(Math.abs(x), Math.abs(y)) <= 5,
  high: (x, y) => y <= 5 && y >= -6 && Math.abs(x) <= (y + 7) / 2,
  critical: (x, y) => Math.abs(x) + Math.abs(y) <= 7,
};

/** The pixels of a mark around its middle, as steps in the picture's row of pixels. */
function offsets(mark: Mark, ratio: number, width: number): Int32Array {
  const found: number[] = [];
  const reach = Math.floor(7 * ratio);
  for (let y = -reach; y <= reach; y += 1)
    for (let x = -reach; x <= reach; x += 1)
      if (SHAPES[mark](x / ratio, y / ratio)) found.push(y * width + x);
  return Int32Array.from(found);
}
