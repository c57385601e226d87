"""Makes the base map from the openly licensed sources named in NOTICE: `python build_basemap.py SOURCES`.

SOURCES is a folder holding `basemap/` and `polygons/` as NOTICE names them. The results are kept beside this
file, so the page's build needs neither the sources nor shapely.
"""

import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from shapely import make_valid, unary_union
from shapely.geometry import Polygon, box, mapping, shape
from shapely.geometry.base import BaseGeometry

HERE = Path(__file__).parent
GRID_DEGREES = 1e-5  # 1.1 m north, 0.5 m east at 60 degrees: finer than the sources
FJORD = box(10.2, 59.0, 11.3, 60.2)  # what the sources' clip of the land polygons covers

Json = dict[str, Any]


def main(sources: Path) -> None:
    """Write the three files of the base map."""
    towns = read(sources / "basemap" / "kommuner-S.topojson")
    districts = read(sources / "polygons" / "oslo_delbydeler.geojson")
    islands = read(sources / "basemap" / "land-10m-oslofjord.geojson")
    finer = read(sources / "polygons" / "kommuner.geojson")
    write("norge.json", municipalities(towns))
    write("oslofjord.json", fjord_land(islands, districts, finer))
    write("oslo-districts.json", district_names(districts))


def municipalities(source: Json) -> Json:
    """All municipalities as quantised TopoJSON, the borders they share, and where each name is written."""
    items = source["objects"]["Kommuner"]["geometries"]
    shared = [index for index, uses in Counter(arcs_of(items)).items() if uses > 1]
    west, south = source["bbox"][:2]
    return {
        "type": "Topology",
        "transform": {"scale": [GRID_DEGREES, GRID_DEGREES], "translate": [west, south]},
        "objects": {
            "municipalities": {
                "type": "GeometryCollection",
                "geometries": [named(item, source["arcs"]) for item in items],
            },
            "borders": {"type": "MultiLineString", "arcs": [[index] for index in shared]},
        },
        "arcs": [list(delta_coded(arc, west=west, south=south)) for arc in source["arcs"]],
    }


def arcs_of(items: Iterable[Json]) -> Iterator[int]:
    """Every use of an arc by a polygon; a reversed arc (~n) is the same arc."""
    for item in items:
        polygons = [item["arcs"]] if item["type"] == "Polygon" else item["arcs"]
        for index in (index for polygon in polygons for ring in polygon for index in ring):
            yield index if index >= 0 else ~index


def delta_coded(arc: list[list[float]], *, west: float, south: float) -> Iterator[list[int]]:
    """The arc on the grid, each point told as the step from the one before."""
    last = (0, 0)
    for lon, lat in arc:
        here = (round((lon - west) / GRID_DEGREES), round((lat - south) / GRID_DEGREES))
        yield [here[0] - last[0], here[1] - last[1]]
        last = here


def named(item: Json, arcs: list[list[list[float]]]) -> Json:
    """The municipality with its Norwegian name and a point inside its largest part, for the label."""
    polygons = [item["arcs"]] if item["type"] == "Polygon" else item["arcs"]
    parts = [Polygon(stitch(polygon[0], arcs)) for polygon in polygons]
    at = make_valid(max(parts, key=lambda part: part.area)).representative_point()
    # The register lists Sami, Norwegian and Kven names in one field; all of them are official.
    properties = {"name": item["properties"]["name"], "at": [round(at.x, 3), round(at.y, 3)]}
    return {"type": item["type"], "arcs": item["arcs"], "properties": properties}


def stitch(ring: list[int], arcs: list[list[list[float]]]) -> list[list[float]]:
    """The ring's points, its arcs laid end to end."""
    points: list[list[float]] = []
    for index in ring:
        arc = arcs[index] if index >= 0 else arcs[~index][::-1]
        points += arc[1:] if points else arc
    return points


def fjord_land(islands: Json, districts: Json, finer: Json) -> Json:
    """Land around the Oslofjord, finer than the municipalities, which have 46 points for all of Oslo."""
    coarse = unary_union([make_valid(shape(item["geometry"])) for item in islands["features"]])
    # The source was cut into tiles and thinned tile by tile, which left triangular holes inland.
    filled = unary_union([Polygon(part.exterior) for part in polygons_of(coarse)])
    exact = [make_valid(shape(item["geometry"])) for item in (*districts["features"], *finer["features"])]
    near = [area.intersection(FJORD) for area in exact if area.intersects(FJORD)]
    land = unary_union([filled, *near]).simplify(2e-5)
    whole = [Polygon(part.exterior) for part in polygons_of(land) if part.area > 2e-8]
    return {"type": "FeatureCollection", "features": [feature(part, {}) for part in whole]}


def polygons_of(area: BaseGeometry) -> Iterator[Polygon]:
    """The polygons an area consists of, whatever else it holds."""
    for part in getattr(area, "geoms", [area]):
        if part.geom_type == "Polygon":
            yield part
        elif hasattr(part, "geoms"):
            yield from polygons_of(part)


def district_names(source: Json) -> Json:
    """Oslo's sub-districts: outline, and where the name is written."""
    features = []
    for item in source["features"]:
        area = make_valid(shape(item["geometry"]))
        at = max(polygons_of(area), key=lambda part: part.area).representative_point()
        properties = {"name": item["properties"]["name"], "at": [round(at.x, 4), round(at.y, 4)]}
        features.append(feature(area.simplify(5e-5), properties))
    return {"type": "FeatureCollection", "features": features}


def feature(area: BaseGeometry, properties: Json) -> Json:
    """A GeoJSON feature with five decimals and no third coordinate."""
    return {"type": "Feature", "properties": properties, "geometry": rounded(mapping(area))}


def rounded(geometry: Json) -> Json:
    """The geometry on the grid."""
    return {"type": geometry["type"], "coordinates": rounded_numbers(geometry["coordinates"])}


def rounded_numbers(nested: Any) -> Any:
    """Positions cut to five decimals, lists of them the same."""
    if isinstance(nested[0], float | int):
        return [round(value, 5) for value in nested[:2]]
    return [rounded_numbers(inner) for inner in nested]


def read(path: Path) -> Json:
    """The JSON document at `path`."""
    document: Json = json.loads(path.read_text(encoding="utf-8"))
    return document


def write(name: str, document: Json) -> None:
    """Keep the document beside this file, without a space too many."""
    text = json.dumps(document, ensure_ascii=False, separators=(",", ":"))
    (HERE / name).write_text(text + "\n", encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]))
