"""Rings of positions into polygons: what is wrong with them, and where; repair where nothing is in doubt."""

import re
from dataclasses import dataclass
from itertools import chain
from typing import Any, Final

import numpy as np
import shapely
from shapely import MultiPolygon, Polygon

from em_engine.law.geodesy import to_ecef
from em_engine.rulebook.coded import Said
from em_engine.rulebook.problems import Path

_STEP_DEGREES: Final = 5.0
_NEAR_SIDE_M: Final = 1_000_000.0
"""A middle nearer than this to that of the Earth is no nearer to one side of it than to the other."""
SAME_AREA: Final = 1e-4
"""How much of a zone's area repair may leave in doubt.

The 16 invalid municipalities and 2 districts we have leave at most 0.8e-4 of it (rings that touch or cross
themselves by metres, from simplification); shapes drawn wrongly (a bow-tie, a ring run twice) leave tenths.
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wrong:
    """What is wrong with coordinates: where below them, which problem it is, and what would be right."""

    path: Path
    code: str
    message: str
    hint: str = ""


class Unusable(Exception):
    """Coordinates of which no geometry can be made."""

    def __init__(self, path: Path, code: str, message: str, hint: str = "") -> None:
        self.wrong = Wrong(path=path, code=code, message=message, hint=hint)
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Repaired:
    """A polygon that may be used, and what the author should know of its repair."""

    geometry: Polygon | MultiPolygon
    notice: str = ""


def polygon(coordinates: Any, path: Path = ()) -> Polygon:
    """The polygon of an outer ring and its holes. Raises Unusable."""
    rings = [_ring(ring, (*path, index)) for index, ring in enumerate(_listed(coordinates, path, "rings"))]
    return Polygon(rings[0], rings[1:])


def multi_polygon(coordinates: Any) -> MultiPolygon:
    """The polygons of a MultiPolygon. Raises Unusable."""
    return MultiPolygon(
        [polygon(part, (index,)) for index, part in enumerate(_listed(coordinates, (), "polygons"))]
    )


def positions(coordinates: Any, path: Path = ()) -> np.ndarray[Any, np.dtype[np.float64]]:
    """A list of positions as rows of longitude and latitude. Raises Unusable at the first that is none."""
    listed = _listed(coordinates, path, "positions")
    rows = _plain_rows(listed)
    if rows is not None:
        return rows
    return np.array([position(one, (*path, index)) for index, one in enumerate(listed)], dtype=np.float64)


def _plain_rows(listed: list[Any]) -> np.ndarray[Any, np.dtype[np.float64]] | None:
    """The rows of positions that are all in order, quickly; None where one must be looked at."""
    if set(map(type, listed)) != {list} or min(map(len, listed)) < 2:
        return None
    pairs = [one[:2] for one in listed]
    if not set(map(type, chain.from_iterable(listed))) <= {int, float}:
        return None
    if not max(map(abs, chain.from_iterable(pairs))) <= 180:
        return None
    rows = np.array(pairs, dtype=np.float64)
    return rows if np.abs(rows[:, 1]).max() <= 90 else None


def position(one: Any, path: Path = ()) -> tuple[float, float]:
    """Longitude and latitude, in degrees; a height is left aside. Raises Unusable."""
    if not isinstance(one, list) or len(one) < 2 or not all(type(part) in (int, float) for part in one):
        message = Said("position", "a position should be [longitude, latitude] in degrees")
        raise Unusable(path, "coordinates.type", message)
    # JSON knows no largest number; past any measure the size no longer matters.
    lon, lat = (min(max(float(part), -1e18), 1e18) if abs(part) < 1e300 else 1e18 for part in one[:2])
    if abs(lon) <= 180 and abs(lat) <= 90:
        return lon, lat
    if abs(lon) <= 90 and abs(lat) <= 180:
        message = Said("position.swapped", "latitude {:g} is beyond 90: the coordinates look swapped", lat)
        hint = Said("hint.coordinates.swapped", "write the longitude first: {}", "[10.75, 59.91]")
        raise Unusable(path, "coordinates.swapped", message, hint)
    if abs(lon) > 360 or abs(lat) > 360:
        told = "{} are no degrees: the coordinates look projected, in metres"
        message = Said("position.projected", told, f"[{_short(lon)}, {_short(lat)}]")
        convert = "convert them to WGS 84 longitude and latitude (em rules import does)"
        raise Unusable(path, "coordinates.projected", message, Said("hint.position.projected", convert))
    message = Said("position.range", "{} lies beyond 180 or 90 degrees", f"[{lon:g}, {lat:g}]")
    cut = "cut the zone at the antimeridian into a MultiPolygon (RFC 7946, section 3.1.9)"
    raise Unusable(path, "coordinates.range", message, Said("hint.position.range", cut))


def usable(geometry: Polygon | MultiPolygon) -> Repaired:
    """The geometry, repaired where that leaves nothing in doubt. Raises Unusable where it does.

    Rules of filling differ in what they make of rings that cross: each crossing counts, all rings together
    count, or only the sign of the turn. Where these agree on the area the drawing had one meaning, and any of
    them may be taken; where they do not, nobody but the author knows what was meant.
    """
    if not geometry.is_valid:
        return _repaired(geometry)
    if geometry.area == 0:
        raise Unusable((), "polygon.area", Said("polygon.area", "the polygon encloses no area"))
    return Repaired(geometry=geometry)


def _repaired(geometry: Polygon | MultiPolygon) -> Repaired:
    signed = geometry.area
    filled = shapely.make_valid(geometry, method="structure", keep_collapsed=False)
    crossed = shapely.make_valid(geometry, method="linework")
    in_doubt = abs(filled.area - signed) + abs(filled.area - crossed.area)
    reason, at = _why_invalid(geometry)
    if filled.area == 0:
        message = Said("polygon.no-area", "the polygon encloses no area ({}{})", reason, at)
        raise Unusable((), "polygon.area", message)
    share = in_doubt / max(filled.area, signed)
    if share > SAME_AREA or not isinstance(filled, Polygon | MultiPolygon):
        told = "the polygon is not valid: {}{}; repair would change its area by {:.2f}%"
        message = Said("polygon.crosses", told, reason, at, round(100 * min(share, 1), 2))
        raise Unusable((), "polygon.crosses", message, _REDRAW)
    # The wider of the readings is taken: what any ring encloses, less the holes.
    notice = Said("polygon.repaired", "the polygon was repaired: {}{}", reason, at)
    return Repaired(geometry=filled, notice=notice)


_REDRAW: Final = Said("hint.polygon.crosses", "draw it so that no boundary crosses or covers another")
_REASONS: Final = {
    "Self-intersection": Said("crosses.itself", "its boundary crosses itself"),
    "Ring Self-intersection": Said("crosses.touches", "a ring touches itself"),
    "Nested shells": Said("crosses.nested", "one of its polygons lies in another"),
    "Holes are nested": Said("crosses.holes", "a hole lies in another"),
    "Hole lies outside shell": Said("crosses.outside", "a hole lies outside"),
    "Interior is disconnected": Said("crosses.apart", "a hole cuts its inside apart"),
    "Duplicate Rings": Said("crosses.twice", "two of its rings are the same"),
    "Too few points in geometry component": Said("crosses.few", "a ring has too few different positions"),
}


def _why_invalid(geometry: Polygon | MultiPolygon) -> tuple[str, str]:
    """The reason GEOS gives, in words, and where."""
    told = re.fullmatch(r"(?P<reason>[^\[]+)\[(?P<lon>\S+) (?P<lat>\S+)\]", shapely.is_valid_reason(geometry))
    if told is None:
        return Said("crosses.other", "its rings do not fit together"), ""
    at = Said("crosses.at", " at {}", f"[{float(told['lon']):.6f}, {float(told['lat']):.6f}]")
    return _REASONS.get(told["reason"], told["reason"].lower()), at


def _ring(ring: Any, path: Path) -> np.ndarray[Any, np.dtype[np.float64]]:
    rows = positions(ring, path)
    if len(rows) < 4:
        told = "a ring needs four positions, the last being the first again; this has {}"
        message = Said("ring.short", told, len(rows))
        raise Unusable(path, "ring.short", message)
    if not np.array_equal(rows[0], rows[-1]):
        hint = Said("hint.ring.open", "repeat its first position at its end")
        message = Said("ring.open", "the ring is not closed")
        raise Unusable((*path, len(rows) - 1), "ring.open", message, hint)
    _take_sides(rows)
    refuse_leaps(rows, path, "ring")
    return rows


def refuse_leaps(rows: np.ndarray[Any, np.dtype[np.float64]], path: Path, what: str) -> None:
    """Two positions more than half the Earth apart in longitude: the short way crosses the antimeridian.

    Raises Unusable.
    """
    leaps = np.flatnonzero(np.abs(np.diff(rows[:, 0])) > 180)
    if len(leaps):
        message, into = _LEAPS[what]
        hint = Said("hint.antimeridian", "cut it there into {} (RFC 7946, section 3.1.9)", into)
        raise Unusable((*path, int(leaps[0]) + 1), f"{what}.antimeridian", message, hint)


_LEAPS: Final = {
    "ring": (
        Said("ring.antimeridian", "the ring crosses the antimeridian"),
        Said("a.multipolygon", "a MultiPolygon"),
    ),
    "line": (
        Said("line.antimeridian", "the line crosses the antimeridian"),
        Said("two-zones", "two zones, one on each side"),
    ),
}


def refuse_half_the_earth(geometry: Any) -> None:
    """A zone that reaches further than a quarter of the way round from its middle. Raises Unusable.

    Distances are measured in one plane a zone, and no plane holds more. Edges are looked along, as one may
    run round the Earth between two positions.
    """
    degrees = shapely.get_coordinates(shapely.segmentize(geometry, _STEP_DEGREES))
    around = to_ecef(degrees[:, 0], degrees[:, 1])
    middle = (around.min(axis=0) + around.max(axis=0)) / 2.0
    if np.linalg.norm(middle) < _NEAR_SIDE_M or (around @ middle).min() < 0.0:
        told = "the zone reaches round half the Earth: distances to it cannot be measured"
        message = Said("zone.half-the-earth", told)
        draw = "draw the part of it that matters; what holds everywhere needs no zone"
        hint = Said("hint.half-the-earth", draw)
        raise Unusable((), "zone.half-the-earth", message, hint)


def _take_sides(rows: np.ndarray[Any, np.dtype[np.float64]]) -> None:
    """180 and -180 are one meridian: of a ring cut there, its positions take the sign of the others."""
    at_cut = np.abs(rows[:, 0]) == 180
    if not at_cut.any():
        return
    sides = np.unique(np.sign(rows[~at_cut & (rows[:, 0] != 0), 0]))
    if len(sides) == 1:
        rows[at_cut, 0] = 180 * sides[0]


def _listed(coordinates: Any, path: Path, what: str) -> list[Any]:
    if not isinstance(coordinates, list):
        message = Said("list.missing", "a list of {} should stand here", _MANY[what])
        raise Unusable(path, "coordinates.type", message)
    if not coordinates:
        raise Unusable(path, "coordinates.empty", Said("list.empty", "the list of {} is empty", _MANY[what]))
    return coordinates


_MANY: Final = {
    "rings": Said("many.rings", "rings"),
    "polygons": Said("many.polygons", "polygons"),
    "positions": Said("many.positions", "positions"),
}


def _short(number: float) -> str:
    return f"{number:.0f}" if abs(number) < 1e9 else f"{number:.3g}"
