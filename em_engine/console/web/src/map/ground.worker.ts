/** Draws the ground away from the page, and hands over one picture after the other. */
import OlMap from "ol/Map.js";
import View from "ol/View.js";
import { groundLayers } from "./basemap.ts";
import type { Cut, Order, Picture } from "./ground.ts";
import { PALETTES } from "./palette.ts";

const { layers, dress } = groundLayers();
// What is asked for is drawn as it was asked, without a say in how far one may zoom.
const view = new View({ enableRotation: false, multiWorld: true, minResolution: 0.01, maxResolution: 1e6 });
let map: OlMap | null = null;
let cut: Cut | null = null;

function made(ratio: number): OlMap {
  // All layers share a canvas of their own; the one OpenLayers would gather them on is not needed.
  const target = new OffscreenCanvas(1, 1);
  let canvas: OffscreenCanvas | null = null;
  const one = new OlMap({ target, layers: [...layers], view, pixelRatio: ratio });
  for (const layer of layers)
    layer.on("postrender", ({ context }) => (canvas = context?.canvas as unknown as OffscreenCanvas));
  one.on("postrender", () => canvas && hand(canvas));
  return one;
}

function hand(canvas: OffscreenCanvas): void {
  if (cut === null || canvas.width === 0) return;
  const attributions = layers.flatMap((layer) => layer.getAttributions(view));
  const picture = canvas.transferToImageBitmap();
  const drawn: Picture = { cut, picture, attributions: [...new Set(attributions)] };
  postMessage(drawn, { transfer: [picture] });
}

function draw(asked: Cut): void {
  cut = asked;
  map ??= made(asked.ratio);
  map.setSize([...asked.size]);
  view.setCenter([...asked.center]);
  view.setResolution(asked.resolution);
  map.renderSync();
}

onmessage = ({ data }: MessageEvent<Order>): void => {
  if (data.kind === "draw") draw(data.cut);
  else dress(PALETTES[data.theme]);
};
