"""Invented towns: a fjord, streets that go round it, a bridge, a railway with stations, and a ferry.

No map of ours reaches beyond Oslo, so towns are drawn from a seed: a grid bent as old streets are, with gaps,
wider roads among them, and a fjord that nothing crosses but the bridge, the railway's viaduct and the ferry.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property, lru_cache
from typing import Any, Final

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import Polygon
from shapely.geometry.base import BaseGeometry

from em_engine.vocabulary import Booleans, Floats
from simulators.world import NoWayError, Streets

HALF_M: Final = 20_000.0
BLOCK_M: Final = 300.0
MAIN_EVERY: Final = 5
GAPS: Final = 0.12
STATION_EVERY_M: Final = 2_400.0
LAND_M: Final = 30.0


@dataclass(frozen=True, kw_only=True)
class Town:
    """Where people can be and go, in metres around its middle."""

    fjord: Polygon
    streets: Streets
    railway: Floats  # (n, 2)
    stations: Floats  # (m, 2), along the railway
    quays: tuple[Floats, Floats]

    def nearest(self, place: Floats) -> Floats:
        """The crossing next to a place."""
        return np.asarray(self.streets.nodes[self.streets.nearest(place)])

    def is_land(self, place: Floats) -> bool:
        """Whether a place lies ashore."""
        return not bool(shapely.intersects_xy(self._water, place[0], place[1]))

    def along_streets(self, start: Floats, end: Floats, *, shunned: Sequence[Booleans] = ()) -> Floats:
        """(n, 2) the way on streets from door to door, round the first of what is shunned that it can."""
        first, last = self.streets.nearest(start), self.streets.nearest(end)
        for closed in shunned:
            try:
                between = self.streets.way(first, last, closed=closed)
                break
            except NoWayError:
                continue
        else:
            between = self.streets.way(first, last)
        return np.concatenate([start[None, :], between, end[None, :]])

    def by_rail(self, start: Floats, end: Floats) -> Floats:
        """(n, 2) the railway from the station next to one place to that next to another."""
        here, there = (self.railway_place(place) for place in (start, end))
        marks = self._rail_marks
        between = (marks > min(here, there)) & (marks < max(here, there))
        ends = np.array([np.interp([here, there], marks, self.railway[:, axis]) for axis in (0, 1)]).T
        line = self.railway[between] if here < there else self.railway[between][::-1]
        return np.concatenate([ends[:1], line, ends[1:]])

    def railway_place(self, place: Floats) -> float:
        """How far along the railway the station next to a place lies."""
        away_m = np.hypot(*(self.stations - place).T)
        return float(STATION_EVERY_M * (1 + int(away_m.argmin())))

    def station(self, place: Floats) -> Floats:
        """The station next to a place."""
        return np.asarray(self.stations[int(np.hypot(*(self.stations - place).T).argmin())])

    def closed(self, areas: Iterable[BaseGeometry]) -> Booleans:
        """The crossings in these areas, or so near that a street from one to the next might cut a corner."""
        closed = np.zeros(len(self.streets.nodes), dtype=np.bool_)
        for area in areas:
            closed |= self.streets.within(area.buffer(BLOCK_M * 0.7))
        return closed

    @cached_property
    def _rail_marks(self) -> Floats:
        return np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(self.railway, axis=0).T))])

    @cached_property
    def _water(self) -> BaseGeometry:
        water = self.fjord.buffer(LAND_M)
        shapely.prepare(water)
        return water


@lru_cache(maxsize=16)
def town_of(number: int) -> Town:
    """A town by its number: the same whatever else a season holds."""
    chance = np.random.default_rng((number, 7))
    axis, fjord = _fjord(chance)
    bridge = _across(axis, 0.8)
    streets = _streets(chance, fjord, bridge)
    quays = _across(axis, 0.88)
    railway = _railway(chance)
    marks = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(railway, axis=0).T))])
    at_m = np.arange(STATION_EVERY_M, marks[-1], STATION_EVERY_M)
    stations = np.stack([np.interp(at_m, marks, railway[:, side]) for side in (0, 1)], axis=1)
    return Town(fjord=fjord, streets=streets, railway=railway, stations=stations, quays=(quays[0], quays[1]))


def _fjord(chance: Generator) -> tuple[Floats, Polygon]:
    """An arm of the sea from the edge to near the middle: its axis, and its outline."""
    bearing = chance.uniform(0.0, 2.0 * np.pi)
    ahead = np.array([np.cos(bearing), np.sin(bearing)])
    share = np.linspace(0.0, 1.0, 25)[:, None]
    aside = np.array([-ahead[1], ahead[0]])
    winds_m = 900.0 * np.sin(2.5 * np.pi * share + chance.uniform(0.0, 6.0)) * (1.0 - share)
    axis = ahead * (1.3 * HALF_M * (1.0 - share) + 800.0 * share) + aside * winds_m
    half_m = 250.0 + 700.0 * (1.0 - share[:, 0]) * chance.uniform(0.8, 1.2, len(share))
    side = np.gradient(axis, axis=0)[:, ::-1] * (-1.0, 1.0)
    side /= np.hypot(*side.T)[:, None]
    outline = np.concatenate([axis + half_m[:, None] * side, (axis - half_m[:, None] * side)[::-1]])
    return axis, shapely.make_valid(Polygon(outline)).buffer(60.0).buffer(-30.0)


def _across(axis: Floats, share: float) -> Floats:
    """(2, 2) from shore to shore, well ashore on both, where the fjord has run that far."""
    place = int(share * (len(axis) - 1))
    ahead = axis[place + 1] - axis[place]
    side = np.array([-ahead[1], ahead[0]]) / max(1e-9, float(np.hypot(*ahead)))
    reach_m = 420.0 + 860.0 * (1.0 - share)
    return np.stack([axis[place] - reach_m * side, axis[place] + reach_m * side])


def _streets(chance: Generator, fjord: Polygon, bridge: Floats) -> Streets:
    count = 2 * int(HALF_M / BLOCK_M) + 1
    across, up = np.meshgrid(np.arange(count), np.arange(count), indexing="ij")
    plain = BLOCK_M * np.stack([across, up], axis=2).reshape(-1, 2) - HALF_M
    nodes = plain + _bends(chance, plain) + chance.normal(0.0, 25.0, plain.shape)
    number = np.arange(count * count).reshape(count, count)
    pairs = np.concatenate([
        np.stack([number[:-1].ravel(), number[1:].ravel()], axis=1),
        np.stack([number[:, :-1].ravel(), number[:, 1:].ravel()], axis=1),
    ])  # fmt: skip
    is_main = np.concatenate(
        [(up[:-1] % MAIN_EVERY == 0).ravel(), (across[:, :-1] % MAIN_EVERY == 0).ravel()]
    )
    kept = (chance.random(len(pairs)) >= GAPS) | is_main
    shapely.prepare(fjord)
    kept &= ~shapely.intersects(fjord, shapely.linestrings(nodes[pairs]))
    ends = [int(np.hypot(*(nodes - shore).T).argmin()) for shore in bridge]
    return _joined(nodes, np.concatenate([pairs[kept], [ends]]))


def _bends(chance: Generator, plain: NDArray[Any]) -> Floats:
    """How far the streets of a town that grew are from a grid."""
    waves = []
    for _ in range(2):
        towards = chance.normal(0.0, 1.0 / 2_500.0, (3, 2))
        waves.append(np.sin(plain @ towards.T * 2.0 * np.pi + chance.uniform(0.0, 6.0, 3)).sum(axis=1))
    return 110.0 * np.stack(waves, axis=1)


def _joined(nodes: Floats, pairs: Floats) -> Streets:
    """What hangs together with the middle of the town."""
    neighbours: list[list[tuple[int, float]]] = [[] for _ in nodes]
    lengths_m = np.hypot(*(nodes[pairs[:, 0]] - nodes[pairs[:, 1]]).T)
    for (one, other), length_m in zip(pairs.tolist(), lengths_m.tolist(), strict=True):
        neighbours[one].append((other, length_m))
        neighbours[other].append((one, length_m))
    reached = _reached(neighbours, int(np.hypot(*nodes.T).argmin()))
    new = {old: place for place, old in enumerate(reached)}
    return Streets(nodes[reached], [[(new[other], m) for other, m in neighbours[old]] for old in reached])


def _reached(neighbours: list[list[tuple[int, float]]], first: int) -> list[int]:
    seen, waiting = {first}, [first]
    while waiting:
        for other, _ in neighbours[waiting.pop()]:
            if other not in seen:
                seen.add(other)
                waiting.append(other)
    return sorted(seen)


def _railway(chance: Generator) -> Floats:
    """One line through the town from edge to edge, a little bent."""
    bearing = chance.uniform(0.0, np.pi)
    ahead = np.array([np.cos(bearing), np.sin(bearing)])
    along_m = np.linspace(-HALF_M, HALF_M, 60)[:, None]
    aside = np.array([-ahead[1], ahead[0]])
    bend_m = 700.0 * np.sin(along_m / 5_000.0 + chance.uniform(0.0, 6.0)) + chance.uniform(-600.0, 600.0)
    return np.asarray(ahead * along_m + aside * bend_m)
