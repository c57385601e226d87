"""Geometry help for who draws zones: metres come out right wherever in the country the drawing is."""

from collections.abc import Callable
from typing import Annotated, Any

from fastapi import APIRouter
from pydantic import Field
from shapely import LineString
from shapely.geometry.base import BaseGeometry
from starlette.responses import Response

from em_engine.console.api.answers import json_answer
from em_engine.console.api.models import Strict
from em_engine.console.api.rules_door import PREFIX, Reader
from em_engine.console.api.rules_models import Coded, Geometry
from em_engine.console.problems import Problem
from em_engine.console.workbench.views import in_words
from em_engine.rulebook.imports import shapes
from em_engine.rulebook.imports.shapes import Fault, Shape, ShapeRefused, looked_at, read_shape
from em_engine.rulebook.zone_edit import drawn

router = APIRouter(prefix=f"{PREFIX}/geometry", tags=["geometry"])
Radius = Annotated[float, Field(gt=0, le=100_000)]
Position = Annotated[list[float], Field(min_length=2, max_length=3)]
Way = Annotated[list[Position], Field(min_length=2, max_length=100_000)]


class Drawn(Strict):
    """A drawing; a Point or LineString with how far it reaches."""

    geometry: Geometry
    radius_m: Radius | None = None


class Buffered(Drawn):
    """How far around; inwards where negative."""

    by_m: Annotated[float, Field(ge=-100_000, le=100_000)]


class Ringed(Drawn):
    """How long help takes, and how fast a wearer may come meanwhile."""

    minutes: Annotated[float, Field(gt=0, le=600)]
    speed_kmh: Annotated[float, Field(gt=0, le=250)]


class Cut(Strict):
    """An area, and what goes of it."""

    geometry: Geometry
    away: Geometry


class Several(Strict):
    """Several areas."""

    geometries: Annotated[list[Geometry], Field(min_length=1, max_length=200)]


class Split(Strict):
    """An area, and the line it is cut along."""

    geometry: Geometry
    line: Geometry


class Circle(Strict):
    """A place, and how far around it."""

    centre: Position
    radius_m: Radius


class Corridor(Strict):
    """A way, and how far to its sides."""

    line: Geometry
    radius_m: Radius


class Simplified(Strict):
    """A drawing, and how far its outline may move."""

    geometry: Geometry
    by_m: Annotated[float, Field(gt=0, le=10_000)]


class Measured(Strict):
    """A way to be measured."""

    line: Way


class FaultView(Strict):
    """What is wrong, and where; null: as a whole."""

    code: str
    message: str
    message_code: Coded | None
    hint: str
    hint_code: Coded | None
    at: list[float] | None


class ShapeView(Strict):
    """A drawing with its figures and faults, and how a repair would look."""

    geometry: Geometry
    figures: dict[str, Any]
    is_valid: bool
    problems: list[FaultView]
    repaired: Geometry | None
    repaired_figures: dict[str, Any] | None


class RingView(ShapeView):
    """The same, and how far the ring reaches."""

    reach_m: float


class Parts(Strict):
    """What an area was cut into."""

    parts: list[ShapeView]


class Legs(Strict):
    """The legs of a way, and all of it."""

    legs_m: list[float]
    total_m: float


@router.post("/check", response_model=ShapeView)
def check(sent: Drawn, _session: Reader) -> Response:
    """Whether the drawing can be a zone, where it crosses itself, and how large it is."""
    return json_answer(_done(lambda: _view(looked_at(read_shape(sent.geometry), radius_m=sent.radius_m))))


@router.post("/buffer", response_model=ShapeView)
def buffer(sent: Buffered, _session: Reader) -> Response:
    """The area within so many metres."""
    by_m = sent.by_m + (sent.radius_m or 0.0)
    return _made(lambda: shapes.widened(read_shape(sent.geometry), by_m))


@router.post("/cut", response_model=ShapeView)
def cut(sent: Cut, _session: Reader) -> Response:
    """The area without another."""
    return _made(lambda: shapes.cut(read_shape(sent.geometry), read_shape(sent.away)))


@router.post("/union", response_model=ShapeView)
def union(sent: Several, _session: Reader) -> Response:
    """Everything that any of the areas covers."""
    return _made(lambda: shapes.together([read_shape(one) for one in sent.geometries]))


@router.post("/common", response_model=ShapeView)
def common(sent: Several, _session: Reader) -> Response:
    """What all of the areas cover."""
    return _made(lambda: shapes.in_common([read_shape(one) for one in sent.geometries]))


@router.post("/split", response_model=Parts)
def split(sent: Split, _session: Reader) -> Response:
    """The area cut along a line."""

    def parts() -> dict[str, Any]:
        found = shapes.parted(read_shape(sent.geometry), _line(sent.line))
        return {"parts": [_view(looked_at(one)) for one in found]}

    return json_answer(_done(parts))


@router.post("/circle", response_model=ShapeView)
def circle(sent: Circle, _session: Reader) -> Response:
    """The area within so many metres of a place."""
    place = {"type": "Point", "coordinates": sent.centre}
    return _made(lambda: shapes.widened(read_shape(place), sent.radius_m))


@router.post("/corridor", response_model=ShapeView)
def corridor(sent: Corridor, _session: Reader) -> Response:
    """The area within so many metres of a way."""
    return _made(lambda: shapes.widened(_line(sent.line), sent.radius_m))


@router.post("/ring", response_model=RingView)
def ring(sent: Ringed, _session: Reader) -> Response:
    """A zone with all that a wearer can cross while help is on its way."""
    reach_m = sent.minutes / 60.0 * sent.speed_kmh * 1000.0

    def made() -> dict[str, Any]:
        area = shapes.widened(read_shape(sent.geometry), reach_m + (sent.radius_m or 0.0))
        return {**_view(looked_at(area)), "reach_m": round(reach_m, 1)}

    return json_answer(_done(made))


@router.post("/simplify", response_model=ShapeView)
def simplify(sent: Simplified, _session: Reader) -> Response:
    """The drawing with fewer corners."""
    return _made(lambda: shapes.simpler(read_shape(sent.geometry), sent.by_m))


@router.post("/measure", response_model=Legs)
def measure(sent: Measured, _session: Reader) -> Response:
    """How long a way is, leg by leg."""

    def legs() -> dict[str, Any]:
        read_shape({"type": "LineString", "coordinates": sent.line})
        found = shapes.legs_m([one[:2] for one in sent.line])
        return {"legs_m": found, "total_m": round(sum(found), 2)}

    return json_answer(_done(legs))


def _made(make: Callable[[], BaseGeometry]) -> Response:
    return json_answer(_done(lambda: _view(looked_at(make()))))


def _done(make: Callable[[], dict[str, Any]]) -> dict[str, Any]:
    try:
        return make()
    except ShapeRefused as refused:
        raise Problem(422, str(refused), code=refused.code, values=list(refused.values)) from None


def _line(geometry: Geometry) -> LineString:
    shape = read_shape(geometry)
    if not isinstance(shape, LineString):
        raise ShapeRefused("shape.no_line", "`line` should be a LineString")
    return shape


def _view(shape: Shape) -> dict[str, Any]:
    return {
        "geometry": drawn(shape.geometry.__geo_interface__),
        "figures": shape.figures,
        "is_valid": not shape.faults,
        "problems": [_fault(one) for one in shape.faults],
        "repaired": None if shape.repaired is None else drawn(shape.repaired.__geo_interface__),
        "repaired_figures": None if shape.repaired is None else shapes.measured(shape.repaired),
    }


def _fault(fault: Fault) -> dict[str, Any]:
    at = None if fault.at is None else list(fault.at)
    return {"code": fault.code, **in_words(fault), "at": at}
