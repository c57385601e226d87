/** The ground of a map server, where the installation names one; under it the map that is built in stays. */
import TileLayer from "ol/layer/Tile.js";
import XYZ from "ol/source/XYZ.js";
import * as api from "../api.ts";

/** An empty layer that fills once the server has said where tiles are; one that fails shows what is below. */
export function tileLayer(): TileLayer<XYZ> {
  const layer = new TileLayer<XYZ>();
  void api.mapSource().then(
    ({ url, attribution, zoom_max }) => {
      if (url !== null) layer.setSource(new XYZ({ url, attributions: attribution, maxZoom: zoom_max }));
    },
    () => null, // the map as it is built in is a map
  );
  return layer;
}
