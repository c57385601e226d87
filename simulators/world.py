"""The streets and the ways along them: where people can be, and how they come from one place to another."""

import heapq
import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from functools import cached_property
from math import cos, radians
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from shapely import LineString, STRtree, get_coordinates, points, segmentize, union_all
from shapely.geometry.base import BaseGeometry

import em_engine
from em_engine.vocabulary import SECOND, Booleans, Floats, Indices, Micros

STREETS: Final = Path(em_engine.__file__).parent / "console" / "web" / "basemap" / "oslo-streets.geojson"
ON_FOOT: Final = frozenset({"primary", "secondary", "street", "path"})
BY_CAR: Final = frozenset({"motorway", "primary", "secondary", "street"})
METRES_PER_DEGREE: Final = 111_195.0
NODE_EVERY_M: Final = 60.0  # nobody lives further than half of this from a node
JOIN_M: Final = 2.0  # line ends of a drawing that meet within this are one crossing


@dataclass(frozen=True, slots=True, kw_only=True)
class Frame:
    """Local metres around a middle: east and north. Good to a few metres in a thousand over one city."""

    lon: float
    lat: float

    def to_metres(self, degrees: Floats) -> Floats:
        """(n, 2) longitude, latitude becomes (n, 2) metres east, north."""
        return (np.asarray(degrees, dtype=np.float64) - (self.lon, self.lat)) * self._scale()

    def to_degrees(self, metres: Floats) -> Floats:
        """(n, 2) metres east, north becomes (n, 2) longitude, latitude."""
        return np.asarray(metres, dtype=np.float64) / self._scale() + (self.lon, self.lat)

    def _scale(self) -> tuple[float, float]:
        return METRES_PER_DEGREE * cos(radians(self.lat)), METRES_PER_DEGREE


FRAME: Final = Frame(lon=10.75, lat=59.92)


class NoWayError(LookupError):
    """There is no way along the streets between two places."""


@dataclass(frozen=True)
class Streets:
    """Crossings and the stretches between them, in metres; everything hangs together."""

    nodes: Floats  # (n, 2)
    neighbours: list[list[tuple[int, float]]] = field(repr=False)

    @classmethod
    def from_file(cls, path: Path = STREETS, classes: frozenset[str] = ON_FOOT) -> "Streets":
        """The streets of these classes on a map; what hangs loose from the rest is left out."""
        features = json.loads(path.read_text(encoding="utf-8"))["features"]
        ways = [f["geometry"]["coordinates"] for f in features if f["properties"]["class"] in classes]
        return cls.from_lines(LineString(FRAME.to_metres(np.array(way))) for way in ways)

    @classmethod
    def from_lines(cls, lines: Iterable[LineString]) -> "Streets":
        """The net that these lines make, with a node wherever two of them cross and every 60 metres."""
        net = segmentize(union_all(list(lines)), NODE_EVERY_M)
        coordinates, owner = get_coordinates(getattr(net, "geoms", [net]), return_index=True)
        nodes, at = np.unique(np.round(coordinates / JOIN_M) * JOIN_M, axis=0, return_inverse=True)
        at = at.reshape(-1)
        same = owner[:-1] == owner[1:]
        return cls(*_largest_part(nodes, at[:-1][same], at[1:][same]))

    def nearest(self, place: Floats) -> int:
        """The node nearest to a place in metres."""
        return int(self._tree.nearest(points(np.asarray(place, dtype=np.float64))))

    def way(self, start: int, end: int, *, closed: Booleans | None = None) -> Floats:
        """The shortest way from node to node as (n, 2) metres, round the closed nodes. Raises NoWayError."""
        shut = [False] * len(self.nodes) if closed is None else closed.tolist()
        bee_line_m = np.hypot(*(self.nodes[end] - self.nodes).T).tolist()
        came_from: dict[int, int] = {}
        best = {start: 0.0}
        queue = [(bee_line_m[start], start)]
        while queue:
            _, node = heapq.heappop(queue)
            if node == end:
                return self.nodes[_trail(came_from, end)]
            for other, length_m in self.neighbours[node]:
                reached_m = best[node] + length_m
                if not shut[other] and reached_m < best.get(other, np.inf):
                    best[other], came_from[other] = reached_m, node
                    heapq.heappush(queue, (reached_m + bee_line_m[other], other))
        raise NoWayError(f"no way from node {start} to node {end}")

    def within(self, area: BaseGeometry) -> Booleans:
        """Which nodes lie in an area given in metres, its edge included."""
        inside = np.zeros(len(self.nodes), dtype=np.bool_)
        inside[self._tree.query(area, predicate="intersects")] = True
        return inside

    @cached_property
    def _tree(self) -> STRtree:
        return STRtree(np.asarray(points(self.nodes)))


def _trail(came_from: dict[int, int], end: int) -> list[int]:
    trail = [end]
    while trail[-1] in came_from:
        trail.append(came_from[trail[-1]])
    return trail[::-1]


def _largest_part(
    nodes: Floats, start: Indices, end: Indices
) -> tuple[Floats, list[list[tuple[int, float]]]]:
    """The nodes and neighbours of the largest connected part, numbered anew."""
    neighbours: list[dict[int, float]] = [{} for _ in nodes]
    for a, b, length_m in zip(start, end, np.hypot(*(nodes[end] - nodes[start]).T), strict=True):
        if a != b:
            neighbours[a][int(b)] = neighbours[b][int(a)] = float(length_m)
    parts = _parts(neighbours)
    kept = np.flatnonzero(parts == np.bincount(parts).argmax())
    renamed = {int(old): new for new, old in enumerate(kept)}
    return nodes[kept], [[(renamed[o], m) for o, m in sorted(neighbours[k].items())] for k in kept]


def _parts(neighbours: list[dict[int, float]]) -> NDArray[np.int64]:
    """Which connected part each node belongs to."""
    part = np.full(len(neighbours), -1, dtype=np.int64)
    for first in range(len(neighbours)):
        waiting = [first] if part[first] < 0 else []
        while waiting:
            node = waiting.pop()
            part[node] = first
            waiting += [other for other in neighbours[node] if part[other] < 0]
    return part


@dataclass(frozen=True)
class Leg:
    """One move along a line at an even speed."""

    start: Micros
    line: Floats  # (n, 2) metres
    speed_mps: float

    @cached_property
    def milestones_m(self) -> Floats:
        """How far along each point of the line lies."""
        return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(self.line, axis=0).T))])

    @cached_property
    def end(self) -> Micros:
        """When the last point is reached."""
        return self.start + int(self.milestones_m[-1] / self.speed_mps * SECOND)

    def where(self, at: Micros) -> Floats:
        """The place at an instant: the first point before the start, the last after the end."""
        gone_m = (at - self.start) / SECOND * self.speed_mps
        return np.array([np.interp(gone_m, self.milestones_m, self.line[:, axis]) for axis in (0, 1)])


@dataclass
class Itinerary:
    """Where one person is at any instant: still, or on a leg. Legs are added in order and never overlap."""

    origin: Floats
    legs: list[Leg] = field(default_factory=list)

    def add(self, leg: Leg) -> None:
        """Go on with another leg, which must not start before the last has ended."""
        assert not self.legs or leg.start >= self.legs[-1].end, "two legs at once"
        self.legs.append(leg)

    def where(self, at: Micros) -> Floats:
        """The place at an instant."""
        begun = self._begun(at)
        return begun.where(at) if begun else self.origin

    def speed_mps(self, at: Micros) -> float:
        """How fast the person moves at an instant; 0 when still."""
        begun = self._begun(at)
        return begun.speed_mps if begun and at < begun.end else 0.0

    def free_from(self) -> Micros:
        """When the last leg ends; long ago where there is none."""
        return self.legs[-1].end if self.legs else 0

    def _begun(self, at: Micros) -> Leg | None:
        return next((leg for leg in reversed(self.legs) if leg.start <= at), None)
