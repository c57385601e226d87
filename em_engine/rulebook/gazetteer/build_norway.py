"""Makes norway.json from the sources NOTICE names: `python build_norway.py KOMMUNER FYLKER COUNTRIES`.

KOMMUNER is Kommuner-S.topojson, FYLKER Fylker-S.geojson, COUNTRIES countries-10m.json. The result is kept
beside this file, so that nobody who uses the engine needs them.
"""

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import shapely

HERE = Path(__file__).parent
GRID_DEGREES = 1e-4
"""11 m north, 5 m east at 60 degrees: far finer than the outlines are right."""
NEIGHBOURS = ("Sweden", "Finland", "Russia", "Denmark")
NEAR_DEGREES = 0.6
"""How far from Norway neighbours' land is kept: as far as waters are ever drawn."""

Json = dict[str, Any]


def main(towns: Path, counties: Path, countries: Path) -> None:
    """Write norway.json."""
    source = json.loads(towns.read_text("utf-8"))
    west, south = (float(one) for one in source["bbox"][:2])
    items = source["objects"]["Kommuner"]["geometries"]
    told = {
        "grid": {"degrees": GRID_DEGREES, "west": west, "south": south},
        "arcs": [list(steps(np.array(arc), west=west, south=south)) for arc in source["arcs"]],
        "municipalities": [municipality(item) for item in sorted(items, key=number_of)],
        "counties": sorted(county_names(json.loads(counties.read_text("utf-8"))), key=lambda row: row[0]),
        "abroad": abroad(json.loads(countries.read_text("utf-8")), box=source["bbox"]),
    }
    lines = ",\n".join(f"{json.dumps(key)}: {compact(value)}" for key, value in told.items())
    (HERE / "norway.json").write_text(f"{{{lines}}}\n", "utf-8")


def compact(value: Any) -> str:
    """Without blanks; letters as they are."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def number_of(item: Json) -> str:
    """The official number, by which the list is sorted."""
    return str(item["properties"]["kommunenummer"])


def municipality(item: Json) -> list[Any]:
    """Number, name as registered, and the arcs of its polygons; a reversed arc is ~n."""
    polygons = [item["arcs"]] if item["type"] == "Polygon" else item["arcs"]
    return [number_of(item), item["properties"]["kommunenavn"], polygons]


def county_names(source: Json) -> Iterator[list[str]]:
    """Number and name as registered."""
    for feature in source["features"]:
        yield [feature["properties"]["fylkesnummer"], feature["properties"]["fylkesnavn"]]


def steps(degrees: Any, *, west: float, south: float) -> Iterator[int]:
    """Positions on the grid, each told as the step from the one before: east, north, east, north …"""
    on_grid = np.round((degrees[:, :2] - (west, south)) / GRID_DEGREES).astype(int)
    moved = np.diff(on_grid, axis=0, prepend=[[0, 0]])
    kept = (moved != 0).any(axis=1)
    kept[[0, -1]] = True
    return (int(one) for one in moved[kept].ravel())


def abroad(world: Json, *, box: list[float]) -> list[list[int]]:
    """The outer rings of other countries' land about Norway, as steps on the grid."""
    arcs = [np.cumsum(np.array(arc), axis=0) for arc in world["arcs"]]
    scale, shift = (np.array(world["transform"][name]) for name in ("scale", "translate"))
    degrees = [arc * scale + shift for arc in arcs]
    west, south, east, north = box
    near = shapely.box(west, south, east, north).buffer(NEAR_DEGREES)
    rings = []
    for item in world["objects"]["countries"]["geometries"]:
        if item["properties"]["name"] in NEIGHBOURS:
            polygons = [item["arcs"]] if item["type"] == "Polygon" else item["arcs"]
            rings += [ring_of(polygon[0], degrees) for polygon in polygons]
    land = shapely.union_all([shapely.make_valid(shapely.Polygon(ring)) for ring in rings]).intersection(near)
    parts = [part for part in shapely.get_parts(land) if part.geom_type == "Polygon"]
    outlines = (shapely.get_coordinates(part.exterior) for part in parts)
    return [list(steps(outline, west=west, south=south)) for outline in outlines]


def ring_of(arcs: list[int], degrees: list[Any]) -> Any:
    """The ring's positions, its arcs laid end to end."""
    pieces = [degrees[one] if one >= 0 else degrees[~one][::-1] for one in arcs]
    ring = np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])])
    if np.ptp(ring[:, 0]) > 180.0:  # Russia reaches over the antimeridian
        ring[:, 0] %= 360.0
    return ring


if __name__ == "__main__":
    main(*(Path(argument) for argument in sys.argv[1:4]))
