/**
 * The ground under the map, drawn in a worker: its streets and names cost more than the list may wait for.
 *
 * What the worker drew last is shifted and scaled with the map until its next picture is there.
 */
import type { FrameState } from "ol/Map.js";
import Layer from "ol/layer/Layer.js";
import Source from "ol/source/Source.js";
import type { Theme } from "../preferences.ts";
import { basemap } from "./basemap.ts";
import { PALETTES } from "./palette.ts";
import { tileLayer } from "./tiles.ts";

declare const GROUND_WORKER: string;

/** Which part of the ground is asked for: its middle and metres a pixel, over so many pixels. */
export interface Cut {
  readonly center: readonly number[];
  readonly resolution: number;
  readonly size: readonly number[];
  readonly ratio: number;
}

export type Order =
  { readonly kind: "dress"; readonly theme: Theme } | { readonly kind: "draw"; readonly cut: Cut };

/** A picture of a part of the ground, and whose data are in it. */
export interface Picture {
  readonly cut: Cut;
  readonly picture: ImageBitmap;
  readonly attributions: readonly string[];
}

export interface Ground {
  readonly layers: readonly Layer[];
  dress(theme: Theme): void;
  close(): void;
}

/** The ground for one map: from a worker where the browser lets one draw, else from the page itself. */
export function ground(): Ground {
  return typeof OffscreenCanvas === "undefined" ? drawnHere() : drawnApart();
}

function drawnHere(): Ground {
  const { layers, dress } = basemap();
  return { layers, dress: (theme) => dress(PALETTES[theme]), close: () => undefined };
}

function drawnApart(): Ground {
  const worker = new Worker(GROUND_WORKER, { type: "module" });
  const order = (wanted: Order): void => worker.postMessage(wanted);
  const layer = pictureLayer((cut) => order({ kind: "draw", cut }));
  worker.onmessage = ({ data }: MessageEvent<Picture>) => layer.take(data);
  return {
    layers: [layer.layer, tileLayer()],
    dress: (theme) => order({ kind: "dress", theme }),
    close: () => worker.terminate(),
  };
}

interface PictureLayer {
  readonly layer: Layer;
  take(drawn: Picture): void;
}

/** A layer that asks for a picture of what is in view, one at a time, and shows the last there is. */
function pictureLayer(ask: (cut: Cut) => void): PictureLayer {
  const { box, canvas, pen } = frameFor();
  const source = new Source({ attributions: () => [...attributions] });
  let attributions: readonly string[] = [];
  let view: Cut | null = null;
  let shown: Cut | null = null;
  let asked: Cut | null = null;
  const place = (): void => void (view && shown && (canvas.style.transform = shift(shown, view)));
  const askFor = (wanted: Cut): void => ask((asked = wanted));
  const layer = new Layer({
    source,
    render: (frame) => {
      view = cutOf(frame);
      if (asked === null && !(shown && isSame(shown, view))) askFor(view);
      place();
      return box;
    },
  });
  const take = ({ cut, picture, attributions: told }: Picture): void => {
    pen.transferFromImageBitmap(picture);
    Object.assign(canvas.style, { width: `${cut.size[0]}px`, height: `${cut.size[1]}px` });
    shown = cut;
    place();
    if (told.join() !== attributions.join()) source.setAttributions((attributions = told) as string[]);
    // A picture that the worker drew unasked (a file has come, the theme is another) answers nothing.
    if (asked !== null && isSame(asked, cut)) asked = null;
    if (asked === null && view !== null && !isSame(view, cut)) askFor(view);
  };
  return { layer, take };
}

interface Frame {
  readonly box: HTMLElement;
  readonly canvas: HTMLCanvasElement;
  readonly pen: ImageBitmapRenderingContext;
}

function frameFor(): Frame {
  const [box, canvas] = [document.createElement("div"), document.createElement("canvas")];
  box.style.cssText = "position:absolute;inset:0;overflow:hidden;pointer-events:none";
  canvas.style.cssText = "position:absolute;left:0;top:0";
  box.append(canvas);
  return { box, canvas, pen: canvas.getContext("bitmaprenderer")! };
}

const cutOf = ({ viewState, size, pixelRatio }: FrameState): Cut => ({
  center: [...viewState.center],
  resolution: viewState.resolution,
  size: [...size],
  ratio: pixelRatio,
});

const isSame = (one: Cut, other: Cut): boolean => JSON.stringify(one) === JSON.stringify(other);

/** Where a picture of `cut` lies in a view of `view`. */
function shift(cut: Cut, view: Cut): string {
  const [[x = 0, y = 0], [ownX = 0, ownY = 0]] = [view.center, cut.center];
  const [[width = 0, height = 0], [ownWidth = 0, ownHeight = 0]] = [view.size, cut.size];
  const right = (width - ownWidth) / 2 + (ownX - x) / view.resolution;
  const down = (height - ownHeight) / 2 - (ownY - y) / view.resolution;
  return `translate(${right}px, ${down}px) scale(${cut.resolution / view.resolution})`;
}
