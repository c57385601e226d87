/** A picture that is drawn pixel by pixel, as large as the map: for what there is ten thousand times. */
import type { FrameState } from "ol/Map.js";

/** What is drawn on, kept from one drawing to the next: its pixels are megabytes. */
export interface Sheet {
  readonly canvas: HTMLCanvasElement;
  image: ImageData | null;
}

export function sheetOf(): Sheet {
  const canvas = document.createElement("canvas");
  canvas.style.cssText = "position:absolute;inset:0;width:100%;height:100%;pointer-events:none";
  return { canvas, image: null };
}

/** The pixels of a sheet as large as the frame, all clear; null where there is nothing to draw on. */
export function cleared(sheet: Sheet, { size, pixelRatio }: FrameState): ImageData | null {
  const [width = 0, height = 0] = size.map((side) => Math.round(side * pixelRatio));
  const { canvas } = sheet;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  if (width === 0 || height === 0) return null;
  if (sheet.image?.width === width && sheet.image.height === height) sheet.image.data.fill(0);
  else sheet.image = new ImageData(width, height);
  return sheet.image;
}

/** `#rrggbb` as the pixel it becomes, little-endian as every machine a browser runs on. */
export function packed(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
}
