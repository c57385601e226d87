"""How people come from door to door: on foot, by bike, car, bus, train, ferry, along the ways of a town."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
import shapely
from numpy.random import Generator
from shapely import LineString

from em_engine.vocabulary import Booleans, Floats
from simulators.season.town import STATION_EVERY_M, Town
from simulators.season.way import Doing

SPEED_MPS: Final = {
    Doing.ON_FOOT: 1.35,
    Doing.BY_BIKE: 4.5,
    Doing.DRIVEN: 11.0,
    Doing.BY_BUS: 8.5,
    Doing.BY_TRAIN: 24.0,
    Doing.BY_FERRY: 6.0,
}
FOOT_M_MAX: Final = 1_400.0
BIKE_M_MAX: Final = 4_000.0
NEXT_DOOR_M: Final = 250.0
STATION_WALK_M: Final = 1_800.0
QUAY_WALK_M: Final = 2_500.0
STOP_EVERY_NODES: Final = 2
BUS_STOP_S: Final = (10.0, 40.0)
STATION_STOP_S: Final = (30.0, 60.0)
WAIT_S: Final = (30.0, 480.0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A move along a line, or a wait: knots in seconds from its start."""

    xy_m: Floats
    after_s: Floats
    doing: Doing

    @property
    def lasts_s(self) -> float:
        """From the first knot to the last."""
        return float(self.after_s[-1])


def trip(
    chance: Generator,
    town: Town,
    ends: tuple[Floats, Floats],
    *,
    doing: Doing | None = None,
    shunned: Sequence[Booleans] = (),
) -> list[Way]:
    """The legs from one place to another, as somebody would take them who keeps clear of what is shunned."""
    start, end = ends
    apart_m = float(np.hypot(*(end - start)))
    if apart_m < NEXT_DOOR_M and town.is_land((start + end) / 2.0):
        return [along(chance, np.stack([start, end]), doing=Doing.ON_FOOT)]
    doing = _usual(chance, town, ends) if doing is None else doing
    match doing:
        case Doing.BY_TRAIN:
            stops = (town.station(start), town.station(end))
            line, stands_s = _rails(chance, town, stops)
        case Doing.BY_FERRY:
            stops = _quays(town, start)
            line, stands_s = np.stack(stops), np.zeros(2)
        case _:
            line = town.along_streets(start, end, shunned=shunned)
            return [along(chance, line, doing=doing, stands_s=_bus_stops(chance, line, doing))]
    walks = [town.along_streets(*pair, shunned=shunned) for pair in ((start, stops[0]), (stops[1], end))]
    ride = along(chance, line, doing=doing, stands_s=stands_s)
    return [
        _on_foot(chance, walks[0]),
        wait(stops[0], chance.uniform(*WAIT_S)),
        ride,
        _on_foot(chance, walks[1]),
    ]


def along(
    chance: Generator,
    line: Floats,
    *,
    doing: Doing,
    speed_mps: float | None = None,
    stands_s: Floats | None = None,
) -> Way:
    """A line as a way, each stretch of it a little faster or slower than the last, standing where it says."""
    usual_mps = SPEED_MPS[doing] * chance.uniform(0.85, 1.15) if speed_mps is None else speed_mps
    length_m = np.hypot(*np.diff(line, axis=0).T)
    took_s = np.maximum(length_m / (usual_mps * chance.uniform(0.7, 1.3, size=len(length_m))), 0.01)
    arrives_s = np.concatenate([[0.0], np.cumsum(took_s)])
    if stands_s is None or not stands_s.any():
        return Way(xy_m=line, after_s=arrives_s, doing=doing)
    stood_s = np.concatenate([[0.0], np.cumsum(stands_s)])
    arrives_s = arrives_s + stood_s[:-1]
    knots_s = np.stack([arrives_s, arrives_s + np.maximum(stands_s, 0.001)], axis=1).reshape(-1)
    return Way(xy_m=np.repeat(line, 2, axis=0), after_s=knots_s, doing=doing)


def wait(place: Floats, lasts_s: float) -> Way:
    """A while at a stop or a quay."""
    return Way(xy_m=np.stack([place, place]), after_s=np.array([0.0, lasts_s]), doing=Doing.LINGERING)


def through(area: shapely.Polygon, chance: Generator, share: float) -> Floats:
    """A straight line that cuts off that share of an area's outline, beginning and ending 150 m outside."""
    outline = area.exterior
    first = chance.random()
    cut = shapely.line_interpolate_point(outline, np.array([first, (first + share) % 1.0]), normalized=True)
    entry, leave = shapely.get_coordinates(cut)
    ahead = (leave - entry) / max(1e-9, float(np.hypot(*(leave - entry))))
    return np.stack([entry - 150.0 * ahead, entry, leave, leave + 150.0 * ahead])


def _usual(chance: Generator, town: Town, ends: tuple[Floats, Floats]) -> Doing:
    apart_m, draw = float(np.hypot(*(ends[1] - ends[0]))), chance.random()
    if LineString(ends).intersects(town.fjord):  # a long way round, or the ferry
        quays = _quays(town, ends[0])
        is_near = all(np.hypot(*(quay - end)) < QUAY_WALK_M for quay, end in zip(quays, ends, strict=True))
        return Doing.BY_FERRY if is_near and draw < 0.6 else Doing.DRIVEN
    if apart_m < FOOT_M_MAX:
        return Doing.ON_FOOT
    if draw < 0.3 and apart_m < BIKE_M_MAX:
        return Doing.BY_BIKE
    if draw < 0.5 and _has_trains(town, ends):
        return Doing.BY_TRAIN
    return Doing.BY_BUS if draw < 0.65 else Doing.DRIVEN


def _has_trains(town: Town, ends: tuple[Floats, Floats]) -> bool:
    here, there = stations = [town.station(end) for end in ends]
    is_near = all(
        np.hypot(*(station - end)) < STATION_WALK_M for station, end in zip(stations, ends, strict=True)
    )
    return is_near and not np.array_equal(here, there)


def _rails(chance: Generator, town: Town, stops: tuple[Floats, Floats]) -> tuple[Floats, Floats]:
    """The line between two stations with those on the way, and how long the train stands at each point."""
    line = town.by_rail(*stops)
    marks = np.concatenate([[0.0], np.cumsum(np.hypot(*np.diff(line, axis=0).T))])
    between = np.arange(STATION_EVERY_M, marks[-1] - 1.0, STATION_EVERY_M)
    every = np.union1d(marks, between)
    points = np.stack([np.interp(every, marks, line[:, axis]) for axis in (0, 1)], axis=1)
    stands_s = np.where(np.isin(every, between), chance.uniform(*STATION_STOP_S, len(every)), 0.0)
    return points, stands_s


def _quays(town: Town, start: Floats) -> tuple[Floats, Floats]:
    one, other = town.quays
    is_near = np.hypot(*(one - start)) <= np.hypot(*(other - start))
    return (one, other) if is_near else (other, one)


def _bus_stops(chance: Generator, line: Floats, doing: Doing) -> Floats | None:
    if doing is not Doing.BY_BUS:
        return None
    stands_s = np.zeros(len(line))
    stands_s[1:-1:STOP_EVERY_NODES] = chance.uniform(*BUS_STOP_S, len(stands_s[1:-1:STOP_EVERY_NODES]))
    return stands_s


def _on_foot(chance: Generator, line: Floats) -> Way:
    return along(chance, line, doing=Doing.ON_FOOT)
