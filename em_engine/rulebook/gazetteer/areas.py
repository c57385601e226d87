"""Municipalities, counties and the country: their names, their numbers, and their outlines."""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from functools import cache
from importlib.resources import files
from typing import Any, Final

import numpy as np
import shapely
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from em_engine.vocabulary import Floats

SHIPPED_ACCURACY_M: Final = 1_500.0
"""How far an outline that ships may be from the true border. Between the 143 pairs of neighbours that both
have finer outlines to measure by, it is 17 m in the median, 226 m at the 95th percentile, 1,161 m at most;
the finer ones keep 5 % of the surveyed corners where these keep 1.5, and may be a third as far off again."""
_COUNTRY: Final = ("NO", ("Norge", "Noreg", "Norway", "Norga", "Vuodna", "Nöörje", "Norja"))


class Level(StrEnum):
    """What kind of area."""

    MUNICIPALITY = "municipality"
    COUNTY = "county"
    COUNTRY = "country"


@dataclass(frozen=True, slots=True, kw_only=True)
class Origin:
    """Where an outline or an address comes from, and what its owner asks for."""

    source: str
    licence: str
    date: str  # of the data, as the source writes it
    accuracy_m: float = 0.0  # how far outlines may be off
    is_of_land: bool = False  # outlines end at the coast, and leave islands out


SHIPPED: Final = Origin(
    source="Kartverket, simplified by robhop/fylker-og-kommuner (S)",
    licence="CC BY 4.0",
    date="2024",
    accuracy_m=SHIPPED_ACCURACY_M,
    is_of_land=True,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Area:
    """One area by its official number; `names` in all its languages, the registered one first."""

    level: Level
    number: str
    names: tuple[str, ...]
    county: str = ""  # the name of the county a municipality lies in
    origin: Origin

    @property
    def title(self) -> str:
        """The name as people say it, with its number."""
        where = f", {self.county}" if self.county and self.county not in self.names else ""
        return f"{self.names[0]}{where} ({self.number})"


def names_of(registered: str) -> tuple[str, ...]:
    """The registered name and each of its languages: Sami, Norwegian and Kven stand in one field."""
    parts = [part.strip() for part in registered.split(" - ") if part.strip()]
    return (registered, *parts) if len(parts) > 1 else (registered,)


def short_name(names: tuple[str, ...]) -> str:
    """In the first of its languages."""
    return names[0].split(" - ")[0]


def county_number(municipality: str) -> str:
    """A municipality's number begins with its county's."""
    return municipality[:2]


@cache
def shipped_areas() -> tuple[Area, ...]:
    """Everything that ships, without outlines."""
    told = _shipped()
    counties = {number: names_of(name) for number, name in told["counties"]}
    return (
        Area(level=Level.COUNTRY, number=_COUNTRY[0], names=_COUNTRY[1], origin=SHIPPED),
        *(Area(level=Level.COUNTY, number=one, names=n, origin=SHIPPED) for one, n in counties.items()),
        *(
            Area(
                level=Level.MUNICIPALITY,
                number=number,
                names=names_of(name),
                county=short_name(counties[county_number(number)]),
                origin=SHIPPED,
            )
            for number, name, _ in told["municipalities"]
        ),
    )


def shipped_outline(level: Level, number: str) -> BaseGeometry:
    """The outline on land, in degrees; a county and the country are their municipalities together."""
    numbers = [one for one in _polygons() if level is Level.COUNTRY or one.startswith(number)]
    assert numbers, f"no outline for {level} {number}"
    return _one_area(shapely.union_all([shipped_land(one) for one in numbers]))


@cache
def shipped_land(municipality: str) -> BaseGeometry:
    """A municipality's outline on land."""
    arcs = _arcs()
    polygons = [
        shapely.Polygon(_ring(outer, arcs), [_ring(hole, arcs) for hole in holes])
        for outer, *holes in _polygons()[municipality]
    ]
    return _one_area(shapely.make_valid(shapely.union_all([shapely.make_valid(one) for one in polygons])))


def shipped_municipalities() -> Iterable[str]:
    """Their numbers."""
    return _polygons()


@cache
def abroad() -> BaseGeometry:
    """Land of other countries near Norway."""
    grid = _shipped()["grid"]
    outlines = [shapely.Polygon(_positions(steps, grid)) for steps in _shipped()["abroad"]]
    return shapely.union_all([shapely.make_valid(one) for one in outlines])


@cache
def _shipped() -> Mapping[str, Any]:
    told: dict[str, Any] = json.loads((files(__package__) / "norway.json").read_text("utf-8"))
    return told


@cache
def _polygons() -> Mapping[str, list[list[list[int]]]]:
    return {number: polygons for number, _, polygons in _shipped()["municipalities"]}


@cache
def _arcs() -> list[Floats]:
    grid = _shipped()["grid"]
    return [_positions(steps, grid) for steps in _shipped()["arcs"]]


def _positions(steps: list[int], grid: Mapping[str, float]) -> Floats:
    on_grid = np.cumsum(np.array(steps).reshape(-1, 2), axis=0)
    degrees = on_grid * grid["degrees"] + (grid["west"], grid["south"])
    return np.asarray(degrees.round(7))


def _ring(arcs: list[int], known: list[Floats]) -> Floats:
    pieces = [known[one] if one >= 0 else known[~one][::-1] for one in arcs]
    return np.vstack([pieces[0], *(piece[1:] for piece in pieces[1:])])


def _one_area(shape: BaseGeometry) -> BaseGeometry:
    """What of a repaired shape is area."""
    parts = list(_areas(shape))
    return parts[0] if len(parts) == 1 else shapely.MultiPolygon(parts)


def _areas(shape: BaseGeometry) -> Iterator[Polygon]:
    for part in shapely.get_parts(shape):
        if isinstance(part, Polygon):
            yield part
        elif part.geom_type in ("MultiPolygon", "GeometryCollection"):
            yield from _areas(part)
