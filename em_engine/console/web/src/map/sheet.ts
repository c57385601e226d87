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
function cleared(sheet: Sheet, { size, pixelRatio }: FrameState): ImageData | null {
  const [width = 0, height = 0] = size.map((side) => Math.round(side * pixelRatio));
  const { canvas } = sheet;
  if (canvas.width !== width || canvas.height !== height) Object.assign(canvas, { width, height });
  if (width === 0 || height === 0) return null;
  if (sheet.image?.width === width && sheet.image.height === height) sheet.image.data.fill(0);
  else sheet.image = new ImageData(width, height);
  return sheet.image;
}

/** Where to paint: pixels in rows of `width`, `ratio` of them to one of the page's. */
export interface Paint {
  readonly pixels: Uint32Array;
  readonly width: number;
  readonly ratio: number;
  /** The pixel of a place of the map's plane; -1 nearer to the picture's edge than `margin` pixels. */
  at(x: number, y: number, margin: number): number;
}

/** Paints a sheet anew as the frame shows the map; not where there is nothing to draw on. */
export function painted(sheet: Sheet, frame: FrameState, paint: (on: Paint) => void): void {
  const [image, pen] = [cleared(sheet, frame), sheet.canvas.getContext("2d")];
  if (!image || !pen) return;
  const { pixelRatio: ratio, coordinateToPixelTransform } = frame;
  const { width, height } = image;
  const [a = 1, , , d = 1, e = 0, f = 0] = coordinateToPixelTransform; // the map is never turned
  const at = (x: number, y: number, margin: number): number => {
    const left = Math.round((a * x + e) * ratio);
    const top = Math.round((d * y + f) * ratio);
    const isOut = left < margin || top < margin || left >= width - margin || top >= height - margin;
    return isOut ? -1 : top * width + left;
  };
  paint({ pixels: new Uint32Array(image.data.buffer), width, ratio, at });
  pen.putImageData(image, 0, 0);
}

/** `#rrggbb` as the pixel it becomes, little-endian as every machine a browser runs on. */
export function packed(colour: string): number {
  const [red, green, blue] = [1, 3, 5].map((at) => parseInt(colour.slice(at, at + 2), 16));
  return ((255 << 24) | (blue! << 16) | (green! << 8) | red!) >>> 0;
}
