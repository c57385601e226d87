/** Very many people as dots, drawn straight into the pixels: ten thousand cost less than one street name. */
import Layer from "ol/layer/Layer.js";
import type { FrameState } from "ol/Map.js";
import { fromLonLat } from "ol/proj.js";
import type { Crowd, Severity } from "../model.ts";
import type { Palette } from "./palette.ts";

const DOT = 3;

/** Who is where, in the map's own metres. */
interface Placed {
  readonly x: Float64Array;
  readonly y: Float64Array;
  readonly isStale: Uint8Array;
}

export interface CrowdLayer {
  readonly layer: Layer;
  show(people: Crowd | null, isStale: (at: number) => boolean): void;
  /** Give those with an open alert its severity's mark; the rest stay dots. */
  mark(severities: readonly (Severity | null)[]): void;
  /** The row nearest to a place among those with a mark, no further than so many metres. */
  nearest(place: readonly number[], reach: number): number | null;
  /** Where nearly all of them are: one who is abroad must not turn a country into a globe. */
  extent(): number[];
  dress(palette: Palette): void;
}

export function crowdLayer(): CrowdLayer {
  let people = placed(null, () => false);
  let marks: readonly (Severity | null)[] = [];
  let inks: Inks = { dot: 0, stale: 0, critical: 0, high: 0, medium: 0, low: 0 };
  const canvas = document.createElement("canvas");
  canvas.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none";
  const layer = new Layer({
    visible: false,
    render: (frame) => {
      draw(canvas, frame, people, { marks, inks });
      return canvas;
    },
  });
  return {
    layer,
    show: (shown, isStale) => {
      people = placed(shown, isStale);
      layer.setVisible(shown !== null); // unseen it leaves the layers around it one canvas
      layer.changed();
    },
    mark: (severities) => {
      marks = severities;
      layer.changed();
    },
    nearest: ([x = 0, y = 0], reach) => {
      const away = (row: number): number => Math.hypot(people.x[row]! - x, people.y[row]! - y);
      const near = [...marks.keys()].filter((row) => marks[row] && away(row) <= reach);
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

function placed(people: Crowd | null, isStale: (at: number) => boolean): Placed {
  const count = people?.persons.length ?? 0;
  const there = { x: new Float64Array(count), y: new Float64Array(count), isStale: new Uint8Array(count) };
  for (let row = 0; people && row < count; row += 1) {
    const [x = 0, y = 0] = fromLonLat([people.lon[row]!, people.lat[row]!]);
    there.x[row] = x;
    there.y[row] = y;
    there.isStale[row] = Number(isStale(people.fixedAt[row]!));
  }
  return there;
}

/** Between which values 96 in a hundred lie. */
function within(values: Float64Array): readonly [number, number] {
  const sorted = values.toSorted();
  const at = (share: number): number => sorted[Math.floor(share * (sorted.length - 1))] ?? 0;
  return [at(0.02), at(0.98)];
}

/** `#rrggbb` as the pixel it becomes, little-endian as every machine a browser runs on. */
function packed(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
}

type Mark = Severity | "dot" | "stale";
type Inks = Readonly<Record<Mark, number>>;
/** Lowest first: nobody's alert is hidden under somebody's dot. */
const MARKS: readonly Mark[] = ["stale", "dot", "low", "medium", "high", "critical"];

interface Dress {
  readonly marks: readonly (Severity | null)[];
  readonly inks: Inks;
}

function draw(canvas: HTMLCanvasElement, frame: FrameState, people: Placed, { marks, inks }: Dress): void {
  const width = Math.round(frame.size[0]! * frame.pixelRatio);
  const height = Math.round(frame.size[1]! * frame.pixelRatio);
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  const pen = canvas.getContext("2d");
  if (!pen || width === 0 || height === 0) return;
  pen.clearRect(0, 0, width, height);
  if (people.x.length === 0) return;
  const image = pen.createImageData(width, height);
  const pixels = new Uint32Array(image.data.buffer);
  const [a = 1, , , d = 1, e = 0, f = 0] = frame.coordinateToPixelTransform; // the map is never turned
  const markOf = (row: number): Mark => marks[row] ?? (people.isStale[row] === 1 ? "stale" : "dot");
  for (const mark of MARKS) {
    const [steps, ink, margin] = [offsets(mark, frame.pixelRatio, width), inks[mark], 8 * frame.pixelRatio];
    for (let row = 0; row < people.x.length; row += 1) {
      if (markOf(row) !== mark) continue;
      const x = Math.round((a * people.x[row]! + e) * frame.pixelRatio);
      const y = Math.round((d * people.y[row]! + f) * frame.pixelRatio);
      if (x < margin || y < margin || x >= width - margin || y >= height - margin) continue;
      for (const step of steps) pixels[y * width + x + step] = ink;
    }
  }
  pen.putImageData(image, 0, 0);
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
function offsets(mark: Mark, ratio: number, width: number): number[] {
  const found: number[] = [];
  const reach = Math.floor(7 * ratio);
  for (let y = -reach; y <= reach; y += 1)
    for (let x = -reach; x <= reach; x += 1)
      if (SHAPES[mark](x / ratio, y / ratio)) found.push(y * width + x);
  return found;
}
