"""Draws the demo's map of Oslo: `map/oslo.txt`, written by hand, becomes the console's GeoJSON.

Run `python -m simulators.demo.draw_map` after editing the drawing. The same drawing gives the same bytes.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass
from math import cos, radians, sin
from pathlib import Path
from typing import Any, Final
from zlib import crc32

import numpy as np
from shapely import LineString, MultiLineString, Point, Polygon, STRtree, line_merge, to_wkb

import em_engine
from em_engine.vocabulary import Floats
from simulators.world import FRAME

DRAWING: Final = Path(__file__).parent / "map" / "oslo.txt"
MAP: Final = Path(em_engine.__file__).parent / "console" / "web" / "basemap" / "oslo-streets.geojson"
ATTRIBUTION: Final = "Skjematisk kart, tegnet for demoen / Schematic map drawn for the demo"
ALLEY_M: Final = 38.0  # a local street nearer than this to a named one would be the same street
JOIN_M: Final = 130.0  # a local street that ends so near another one leads into it
GAPS: Final = 0.14  # the share of blocks that have grown together


@dataclass(frozen=True, slots=True, kw_only=True)
class Stroke:
    """One line of the drawing: what it is, what it is called, and its points in degrees."""

    kind: str
    name: str
    detail: tuple[str, ...]
    points: Floats  # (n, 2): longitude, latitude


def main() -> None:
    """Draw the map and write it where the console serves it."""
    MAP.parent.mkdir(parents=True, exist_ok=True)
    MAP.write_text(draw(DRAWING.read_text(encoding="utf-8")), encoding="utf-8")


def draw(drawing: str) -> str:
    """The map as GeoJSON text, one feature a line."""
    strokes = [_stroke(line) for line in drawing.splitlines() if line and not line.startswith("#")]
    ways = [stroke for stroke in strokes if stroke.kind not in ("fill", "place")]
    features = [_feature("LineString", way.points, name=way.name, **{"class": way.kind}) for way in ways]
    features += [
        _feature("LineString", points, name="", **{"class": "street"})
        for points in _local_streets([s for s in strokes if s.kind == "fill"], ways)
    ]
    features += [
        _feature("Point", s.points[0], name=s.name, **{"class": "place", "kind": s.detail[0]})
        for s in strokes
        if s.kind == "place"
    ]
    head = json.dumps({"type": "FeatureCollection", "attribution": ATTRIBUTION}, ensure_ascii=False)[:-1]
    rows = ",\n".join(json.dumps(f, ensure_ascii=False, separators=(",", ":")) for f in features)
    return f'{head}, "features": [\n{rows}\n]}}\n'


def _stroke(line: str) -> Stroke:
    kind, name, *detail, points = line.split("|")
    numbers = np.array(points.split(), dtype=np.float64).reshape(-1, 2)
    return Stroke(kind=kind, name=name, detail=tuple(detail), points=numbers / 10_000 + (10.0, 59.0))


def _feature(shape: str, points: Floats, **properties: str) -> dict[str, Any]:
    geometry = {"type": shape, "coordinates": np.round(points, 5).tolist()}
    return {"type": "Feature", "properties": properties, "geometry": geometry}


def _local_streets(fills: list[Stroke], ways: list[Stroke]) -> Iterator[Floats]:
    """The nameless streets of every area, in degrees; each gives way to what is drawn already."""
    roads = [way for way in ways if way.kind not in ("rail", "tram", "ferry")]
    drawn = [LineString(FRAME.to_metres(road.points)) for road in roads]
    for fill in fills:
        tree = STRtree(drawn)
        lines = [_joined(line, tree) for line in sorted(_grid(fill, tree), key=to_wkb)]
        yield from (FRAME.to_degrees(np.asarray(line.coords)) for line in lines)
        drawn += lines


def _grid(fill: Stroke, drawn: STRtree) -> list[LineString]:
    """Two bent families of lines through an area, block by block, without those beside a drawn street."""
    turn, spacing_m = radians(float(fill.detail[0])), float(fill.detail[1])
    outline = Polygon(FRAME.to_metres(fill.points))
    chance = np.random.default_rng(crc32(fill.name.encode()))
    middle = np.asarray(outline.centroid.coords[0])
    reach = int(outline.length / 4 / spacing_m) + 2
    bend = chance.uniform(0.5, 1.5, size=2)

    def corner(across: int, along: int) -> Floats:
        x = across * spacing_m + 0.15 * spacing_m * sin(along * bend[0])
        y = along * spacing_m * 1.5 + 0.15 * spacing_m * sin(across * bend[1])
        turned: Floats = middle + np.array([x * cos(turn) - y * sin(turn), x * sin(turn) + y * cos(turn)])
        return turned

    steps = [(a, b) for a in range(-reach, reach) for b in range(-reach, reach)]
    sides = [((a, b), (a + da, b + db)) for a, b in steps for da, db in ((1, 0), (0, 1))]
    blocks = [LineString([corner(*start), corner(*end)]) for start, end in sides]
    kept = [b for b in blocks if outline.contains(b) and _is_free(b, drawn) and chance.random() > GAPS]
    merged = line_merge(MultiLineString(kept))
    return list(getattr(merged, "geoms", [merged])) if kept else []


def _joined(line: LineString, drawn: STRtree) -> LineString:
    """The line with each end led on to a drawn street, where one is near."""
    ends = [_nearest(Point(line.coords[at]), drawn) for at in (0, -1)]
    first, last = ([end] if Point(end).distance(line) < JOIN_M else [] for end in ends)
    return LineString([*first, *line.coords, *last])


def _nearest(spot: Point, drawn: STRtree) -> tuple[float, float]:
    street: Any = drawn.geometries.take(int(drawn.nearest(spot)))
    x, y = street.interpolate(street.project(spot)).coords[0]
    return x, y


def _is_free(block: LineString, drawn: STRtree) -> bool:
    """Whether both the middle and the quarters of a block lie clear of every drawn street."""
    spots = [block.interpolate(share, normalized=True) for share in (0.25, 0.5, 0.75)]
    return all(_distance_m(spot, drawn) > ALLEY_M * 0.6 for spot in spots) and (
        _distance_m(spots[1], drawn) > ALLEY_M
    )


def _distance_m(spot: Point, drawn: STRtree) -> float:
    return float(spot.distance(drawn.geometries[drawn.nearest(spot)]))


if __name__ == "__main__":
    main()
