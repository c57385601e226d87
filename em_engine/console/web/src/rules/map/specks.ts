/** Places seen from afar, drawn straight into the pixels: ten thousand homes cost less than one outline. */
import Layer from "ol/layer/Layer.js";
import type { Palette } from "../../map/palette.ts";
import { packed, painted, sheetOf, type Paint } from "../../map/sheet.ts";

const REACH_PX = 3;

/** Places in the map's own plane, each by its zone's id. */
export interface Places {
  readonly ids: readonly string[];
  readonly x: Float64Array;
  readonly y: Float64Array;
}

export interface Specks {
  readonly layer: Layer;
  show(places: Places): void;
  /** The one nearest to a place of the map's plane, no further than so many metres of it. */
  nearest(place: readonly number[], reach: number): string | null;
  dress(palette: Palette): void;
}

export function specks(): Specks {
  let places: Places = { ids: [], x: new Float64Array(), y: new Float64Array() };
  let [edge, middle] = [0, 0];
  const sheet = sheetOf();
  const layer = new Layer({
    render: (frame) => {
      painted(sheet, frame, (on) => draw(on, places, edge, middle));
      return sheet.canvas;
    },
  });
  return {
    layer,
    show: (shown) => {
      places = shown;
      layer.changed();
    },
    nearest: ([x = 0, y = 0], reach) => {
      let [found, least]: [string | null, number] = [null, reach];
      for (const [row, id] of places.ids.entries()) {
        const away = Math.hypot(places.x[row]! - x, places.y[row]! - y);
        if (away <= least) [found, least] = [id, away];
      }
      return found;
    },
    dress: ({ name, halo }) => {
      [edge, middle] = [packed(name), packed(halo)];
      layer.changed();
    },
  };
}

function draw(
  { pixels, width, ratio, at: pixelOf }: Paint,
  places: Places,
  edge: number,
  middle: number,
): void {
  const { ids, x, y } = places;
  const reach = Math.ceil(REACH_PX * ratio);
  const ring = steps(width, ratio, (away) => away <= REACH_PX);
  const inner = steps(width, ratio, (away) => away <= REACH_PX - 1.2);
  for (let row = 0; row < ids.length; row += 1) {
    const at = pixelOf(x[row]!, y[row]!, reach);
    if (at < 0) continue;
    for (let step = 0; step < ring.length; step += 1) pixels[at + ring[step]!] = edge;
    for (let step = 0; step < inner.length; step += 1) pixels[at + inner[step]!] = middle;
  }
}

/** The pixels of a speck around its middle, as steps in the picture's row of pixels. */
function steps(width: number, ratio: number, isPart: (away: number) => boolean): Int32Array {
  const found: number[] = [];
  const reach = Math.ceil(REACH_PX * ratio);
  for (let y = -reach; y <= reach; y += 1)
    for (let x = -reach; x <= reach; x += 1) if (isPart(Math.hypot(x, y) / ratio)) found.push(y * width + x);
  return Int32Array.from(found);
}
