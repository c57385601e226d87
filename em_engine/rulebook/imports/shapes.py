"""Help for who draws zones: areas put together, taken apart, measured, and held against the rules.

Metres are metres from Lindesnes to Svalbard: what is widened is widened in a plane that touches the Earth
amid the drawing, what is measured is measured on the ellipsoid.
"""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, Final

import shapely
from shapely import LineString, MultiPolygon, Point, Polygon
from shapely.geometry.base import BaseGeometry
from shapely.ops import split

from em_engine.rulebook import polygons
from em_engine.rulebook.coded import Coded
from em_engine.rulebook.imports import coordinates
from em_engine.rulebook.polygons import Unusable
from em_engine.rulebook.zone_edit import drawn

REACH_M_MAX: Final = 200_000.0
_REACH_KM_MAX: Final = round(REACH_M_MAX / 1000)
_AREAS: Final = ("Polygon", "MultiPolygon")
_AT: Final = re.compile(r"\[(-?[0-9.]+), (-?[0-9.]+)\]")


class ShapeRefused(Coded):
    """What was asked for cannot be drawn; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """What is wrong with a drawing, and where, in degrees; None where it is wrong as a whole."""

    code: str
    message: str
    hint: str
    at: tuple[float, float] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """A drawing measured and held against the rules; `repaired` is what a repair would make of it."""

    geometry: BaseGeometry
    figures: dict[str, Any]
    faults: tuple[Fault, ...]
    repaired: BaseGeometry | None


def read_shape(geometry: Any) -> BaseGeometry:
    """The geometry of a GeoJSON value. Raises EditRefused."""
    shape: BaseGeometry = shapely.geometry.shape(drawn(geometry))
    west, south, east, north = shape.bounds
    if min(west, south) < -180 or max(east, north) > 180 or south < -90 or north > 90:
        raise ShapeRefused("shape.no_degrees", "these are no degrees: longitude first, then latitude")
    return shape


def looked_at(shape: BaseGeometry, *, radius_m: float | None = None) -> Shape:
    """The drawing with its figures and faults; of a Point or LineString with a reach, those of the area."""
    faults, repaired = _faults(shape)
    return Shape(geometry=shape, figures=measured(shape, radius_m=radius_m), faults=faults, repaired=repaired)


def widened(shape: BaseGeometry, by_m: float) -> BaseGeometry:
    """The area within so many metres; inwards where negative."""
    if abs(by_m) > REACH_M_MAX:
        raise ShapeRefused("shape.too_far", f"at most {_REACH_KM_MAX} km around", _REACH_KM_MAX)
    return _area(coordinates.widened(_sound(shape), by_m))


def circle(centre: Sequence[float], radius_m: float) -> BaseGeometry:
    """The area within so many metres of a place."""
    return widened(Point(*centre), radius_m)


def cut(shape: BaseGeometry, away: BaseGeometry) -> BaseGeometry:
    """The area without the other."""
    return _area(shapely.difference(_sound(shape), _sound(away)))


def together(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """Everything that any of the areas covers."""
    return _area(shapely.union_all([_sound(one) for one in shapes]))


def in_common(shapes: Sequence[BaseGeometry]) -> BaseGeometry:
    """What all of the areas cover."""
    return _area(shapely.intersection_all([_sound(one) for one in shapes]))


def parted(shape: BaseGeometry, line: LineString) -> list[BaseGeometry]:
    """The area cut in two or more along a line."""
    whole = _sound(shape)
    parts = [part for one in shapely.get_parts(whole) for part in split(one, line).geoms]
    return [one for one in parts if one.geom_type == "Polygon" and one.area > 0]


def simpler(shape: BaseGeometry, by_m: float) -> BaseGeometry:
    """The drawing with fewer corners, its outline nowhere moved by more than so many metres."""
    return coordinates.fewer_corners(shape, by_m)


def legs_m(line: Sequence[Sequence[float]]) -> list[float]:
    """How long each leg of a way is, on the ground."""
    return [round(coordinates.length_m(LineString(leg)), 2) for leg in pairwise(line)]


def measured(shape: BaseGeometry, *, radius_m: float | None = None) -> dict[str, Any]:
    """Areas and lengths on the ground, corners, parts, holes, the middle and the box."""
    covered = _sound(shape if radius_m is None else coordinates.widened(shape, radius_m))
    is_area = covered.geom_type in _AREAS
    middle = shapely.get_coordinates(shapely.point_on_surface(covered))[0]
    return {
        "area_m2": round(coordinates.area_m2(covered), 1) if is_area else 0.0,
        "perimeter_m": round(coordinates.length_m(covered), 2) if is_area else 0.0,
        "length_m": round(coordinates.length_m(shape), 2) if shape.geom_type == "LineString" else 0.0,
        "corners": _corners(shape),
        "parts": int(shapely.get_num_geometries(shape)),
        "holes": sum(len(part.interiors) for part in shapely.get_parts(shape) if part.geom_type == "Polygon"),
        "centre": [round(float(one), 7) for one in middle],
        "bbox": [round(float(one), 7) for one in covered.bounds],
    }


def _corners(shape: BaseGeometry) -> int:
    """Corners as people count them: the first of a ring is not counted again at its end."""
    rings = sum(1 + len(part.interiors) for part in shapely.get_parts(shape) if part.geom_type == "Polygon")
    return int(shapely.get_num_coordinates(shape)) - rings


def _faults(shape: BaseGeometry) -> tuple[tuple[Fault, ...], BaseGeometry | None]:
    """What the rulebook would say of it, and what a repair would make of it."""
    if not isinstance(shape, Polygon | MultiPolygon):
        return (), None
    repaired = None
    if not shape.is_valid:
        whole = shapely.make_valid(shape, method="structure", keep_collapsed=False)
        repaired = None if whole.is_empty or whole.geom_type not in _AREAS else whole
    try:
        notice = polygons.usable(shape).notice
        polygons.refuse_half_the_earth(shape)
    except Unusable as error:
        wrong = error.wrong
        return (_fault(wrong.code, wrong.message, wrong.hint),), repaired
    return ((_fault("polygon.repaired", notice, ""),) if notice else ()), repaired


def _fault(code: str, message: str, hint: str) -> Fault:
    found = _AT.search(message)
    at = (float(found[1]), float(found[2])) if found else None
    return Fault(code=code, message=message, hint=hint, at=at)


def _sound(shape: BaseGeometry) -> BaseGeometry:
    """The shape as geometry can be done with it: what crosses itself is repaired as the rulebook would."""
    if shape.geom_type in _AREAS and not shape.is_valid:
        return shapely.make_valid(shape, method="structure", keep_collapsed=False)
    return shape


def _area(shape: BaseGeometry) -> BaseGeometry:
    """What of it is area: edges and points that two shapes share are none."""
    areas = [one for one in shapely.get_parts(shape) if one.geom_type == "Polygon" and one.area > 0]
    if not areas:
        raise ShapeRefused("shape.nothing_left", "nothing is left of it")
    return areas[0] if len(areas) == 1 else MultiPolygon(areas)
