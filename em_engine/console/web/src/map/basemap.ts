/** The ground: land and water, municipalities, Oslo's districts, streets and names, all from files of our
 * own.
 */
import Feature from "ol/Feature.js";
import GeoJSON from "ol/format/GeoJSON.js";
import TopoJSON from "ol/format/TopoJSON.js";
import Point from "ol/geom/Point.js";
import type AnyLayer from "ol/layer/Layer.js";
import VectorLayer from "ol/layer/Vector.js";
import { fromLonLat } from "ol/proj.js";
import VectorSource from "ol/source/Vector.js";
import Fill from "ol/style/Fill.js";
import Style from "ol/style/Style.js";
import type { Palette } from "./palette.ts";
import { stroked, writing } from "./shapes.ts";
import { streetStyle } from "./streets.ts";
import { tileLayer } from "./tiles.ts";

declare const BASEMAP: Readonly<Record<string, string>>;

const PROJECTIONS = { dataProjection: "EPSG:4326", featureProjection: "EPSG:3857" };
const KARTVERKET = "© Kartverket";
const OSM = "© OpenStreetMap contributors";
const OSLO = "© Oslo kommune";

/** All names of the ground make room for one another. */
const NAMES = "names";

type Layer = VectorLayer<VectorSource>;
type Dress = (palette: Palette) => void;

/** The zoom a resolution (metres a pixel) amounts to. */
export const zoomOf = (resolution: number): number => Math.log2(156_543.034 / resolution);

/** The layers of the ground with a map server's above them, and what gives them a theme's colours. */
export function basemap(): { layers: readonly AnyLayer[]; dress: Dress } {
  const { layers, dress } = groundLayers();
  return { layers: [...layers, tileLayer()], dress };
}

/** The layers of the ground, lowest first. */
export function groundLayers(): { layers: readonly Layer[]; dress: Dress } {
  const grounds = [country(), fjord(), districts(), streets()].map(([layer, dress]) => ({ layer, dress }));
  const names = placeNames(grounds.map(({ layer }) => layer));
  return {
    layers: [...grounds.map(({ layer }) => layer), names[0]],
    dress: (palette) => [...grounds.map(({ dress }) => dress), names[1]].forEach((dress) => dress(palette)),
  };
}

type Ground = readonly [Layer, Dress];

function country(): Ground {
  const layer = layerOf("norge", new TopoJSON({ dataProjection: "EPSG:4326" }), KARTVERKET);
  return [
    layer,
    (palette) => {
      const land = new Style({
        fill: new Fill({ color: palette.land }),
        stroke: stroked(palette.land, 1).getStroke()!,
      });
      const border = stroked(palette.border, 1, [6, 4]);
      // Oslo's own outline is 46 points here, across the harbour: the fjord's land draws it.
      layer.setStyle((feature) =>
        !feature.get("name") ? border : feature.get("name") === "Oslo" ? undefined : land,
      );
    },
  ];
}

function fjord(): Ground {
  const layer = layerOf("oslofjord", new GeoJSON(), OSM);
  return [layer, (palette) => layer.setStyle(new Style({ fill: new Fill({ color: palette.land }) }))];
}

function districts(): Ground {
  const layer = layerOf("oslo-districts", new GeoJSON(), OSLO);
  layer.setMaxResolution(80);
  return [
    layer,
    (palette) => {
      // The source knows half of the districts: filled, they would look like a stain on the city.
      layer.setStyle(stroked(palette.district, 1));
    },
  ];
}

function streets(): Ground {
  const layer = layerOf("oslo-streets", new GeoJSON(), null);
  layer.setMaxResolution(200);
  return [layer, (palette) => layer.setStyle(streetStyle(palette))];
}

/** A layer read from one of the map's files; without the file there is simply nothing on it. */
function layerOf(name: string, format: GeoJSON | TopoJSON, attributions: string | null): Layer {
  const url = BASEMAP[name];
  const source = new VectorSource(attributions && url ? { attributions } : {});
  if (url) void load(url, format, source);
  return new VectorLayer({ source, declutter: NAMES, renderBuffer: 32, updateWhileInteracting: false });
}

interface GroundFile {
  readonly attribution?: string;
}

async function load(url: string, format: GeoJSON | TopoJSON, source: VectorSource): Promise<void> {
  const told = fetch(url).then((reply) => (reply.ok ? (reply.json() as Promise<GroundFile>) : null));
  const document = await told.catch(() => null); // the way may break off in the midst of a file, too
  if (document === null) return; // the map without one of its layers is still a map
  if (document.attribution) source.setAttributions(document.attribution);
  source.addFeatures(format.readFeatures(document, PROJECTIONS));
}

/** Names of municipalities from afar, of districts and places from near by. */
function placeNames(grounds: readonly Layer[]): Ground {
  const source = new VectorSource();
  for (const ground of grounds.slice(0, 3)) {
    ground.getSource()!.on("addfeature", ({ feature }) => {
      const at = feature?.get("at") as [number, number] | undefined;
      if (at && feature)
        source.addFeature(labelled(feature.get("name") as string, at, ground === grounds[0]));
    });
  }
  const layer = new VectorLayer({ source, declutter: NAMES });
  return [
    layer,
    (palette) =>
      layer.setStyle((feature, resolution) => nameStyle(palette, feature as Feature, zoomOf(resolution))),
  ];
}

function labelled(name: string, at: [number, number], isMunicipality: boolean): Feature {
  return new Feature({ geometry: new Point(fromLonLat(at)), name: name.split(" - ")[0], isMunicipality });
}

function nameStyle(palette: Palette, feature: Feature, zoom: number): Style | undefined {
  const isMunicipality = feature.get("isMunicipality") as boolean;
  const [from, to] = isMunicipality ? [6.5, 11.8] : [11.2, 13];
  if (zoom < from || zoom > to) return undefined;
  const name = feature.get("name") as string;
  const isCapital = name === "Oslo";
  const dress = { colour: isMunicipality ? palette.name : palette.faintName, halo: palette.halo };
  const size = isCapital ? 15 : isMunicipality ? 12 : 11;
  return new Style({
    text: writing(isMunicipality ? name : name.toLocaleUpperCase(), {
      ...dress,
      size,
      weight: isCapital ? 600 : 400,
    }),
    zIndex: isCapital ? 2 : isMunicipality ? 1 : 0,
  });
}
