"""Where a person truly is at any instant: stays and ways, straight between knots."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from enum import IntEnum
from typing import Final

import numpy as np
import shapely
from numpy.random import Generator
from numpy.typing import NDArray
from shapely import LineString, Polygon

from em_engine.vocabulary import Floats


class Doing(IntEnum):
    """What a person does, as far as a receiver feels it."""

    INDOORS = 0
    ON_FOOT = 1
    BY_BIKE = 2
    DRIVEN = 3
    LINGERING = 4  # outdoors, hardly moving


SPEED_MPS: Final = {Doing.ON_FOOT: 1.35, Doing.BY_BIKE: 4.5, Doing.DRIVEN: 11.0}
FOOT_M_MAX: Final = 1_400.0
BIKE_M_MAX: Final = 3_000.0
BENDS: Final = 8
"""So many ways are tried to keep clear of what must be kept clear of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A whole season of one person: knots in time, and what is done from each to the next."""

    at_s: Floats  # (n,), rising
    xy_m: Floats  # (n, 2)
    doing: NDArray[np.int8]  # (n,) from this knot on

    def where(self, at_s: Floats) -> Floats:
        """(m, 2) metres at these instants."""
        return np.stack([np.interp(at_s, self.at_s, self.xy_m[:, axis]) for axis in (0, 1)], axis=1)

    def activity(self, at_s: Floats) -> NDArray[np.int8]:
        """(m,) what is done at these instants."""
        return self.doing[np.clip(np.searchsorted(self.at_s, at_s, side="right") - 1, 0, None)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """A move along a line: knots in seconds from its start."""

    xy_m: Floats
    after_s: Floats
    doing: Doing

    @property
    def lasts_s(self) -> float:
        """From the first knot to the last."""
        return float(self.after_s[-1])


@dataclass
class Diary:
    """A person's stays and ways as they are written, one after the other."""

    home: Floats
    chance: Generator
    shunned: Sequence[Polygon] = ()
    now_s: float = 0.0
    _knots: list[tuple[Floats, Floats, int]] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.here = self.home
        self._knot(0.0, Doing.INDOORS)

    def way_to(self, there: Floats, *, doing: Doing | None = None) -> Way:
        """A way from here, bent round what is shunned if one of a few bends does it."""
        ways = (plan_way(self.chance, start=self.here, end=there, doing=doing) for _ in range(BENDS))
        first = next(ways)
        if not self.shunned or self._is_clear(first):
            return first
        return next((way for way in ways if self._is_clear(way)), first)

    def _is_clear(self, way: Way) -> bool:
        line = LineString(way.xy_m)
        return not any(area.intersects(line) for area in self.shunned)

    def follow(self, way: Way, depart_s: float, *, then: Doing = Doing.INDOORS) -> None:
        """Stay until then, or go at once if it is past; follow the way; do that at its end."""
        depart_s = max(depart_s, self.now_s + 1.0)
        self._knots.append((depart_s + way.after_s, way.xy_m, way.doing))
        self.here, self.now_s = way.xy_m[-1], depart_s + way.lasts_s
        self._knot(self.now_s + 0.001, then)

    def go(self, there: Floats, depart_s: float, *, then: Doing = Doing.INDOORS) -> None:
        """Go there, leaving at that time."""
        self.follow(self.way_to(there), depart_s, then=then)

    def arrive(self, there: Floats, by_s: float) -> None:
        """Go there so as to arrive at that time, or as soon as can be."""
        way = self.way_to(there)
        self.follow(way, by_s - way.lasts_s)

    def _knot(self, at_s: float, doing: Doing) -> None:
        self._knots.append((np.array([at_s]), self.here[None, :], doing))
        self.now_s = at_s

    def path(self, end_s: float) -> Path:
        """Everything written, up to the end of the season."""
        self._knot(max(end_s, self.now_s + 1.0), Doing.INDOORS)
        at_s = np.concatenate([at for at, _, _ in self._knots])
        doing = np.concatenate([np.full(len(at), what, dtype=np.int8) for at, _, what in self._knots])
        return Path(at_s=at_s, xy_m=np.concatenate([xy for _, xy, _ in self._knots]), doing=doing)


def plan_way(chance: Generator, *, start: Floats, end: Floats, doing: Doing | None) -> Way:
    """A bent line between two places with small turns, at a pace that wavers."""
    apart_m = max(1.0, float(np.hypot(*(end - start))))
    doing = _usual(chance, apart_m) if doing is None else doing
    share = np.linspace(0.0, 1.0, int(np.clip(apart_m / 120.0, 3, 40)))[:, None]
    aside = np.array([-(end - start)[1], (end - start)[0]]) * chance.normal(0.0, 0.18)
    wander_m = np.minimum(30.0, 0.05 * apart_m) * np.sin(np.pi * share)
    curve = start + share * (end - start) + 4.0 * share * (1.0 - share) * aside
    turns = chance.normal(size=curve.shape) * wander_m
    speed_mps = SPEED_MPS[doing] * chance.uniform(0.85, 1.15)
    return along(chance, curve + turns, speed_mps=speed_mps, doing=doing)


def along(chance: Generator, line: Floats, *, speed_mps: float, doing: Doing) -> Way:
    """A line as a way, each stretch of it a little faster or slower than the last."""
    length_m = np.hypot(*np.diff(line, axis=0).T)
    took_s = np.maximum(length_m / (speed_mps * chance.uniform(0.7, 1.3, size=len(length_m))), 0.01)
    return Way(xy_m=line, after_s=np.concatenate([[0.0], np.cumsum(took_s)]), doing=doing)


def _usual(chance: Generator, apart_m: float) -> Doing:
    if apart_m < FOOT_M_MAX:
        return Doing.ON_FOOT
    return Doing.BY_BIKE if apart_m < BIKE_M_MAX and chance.random() < 0.4 else Doing.DRIVEN


def through(area: Polygon, chance: Generator, share: float) -> Floats:
    """A straight line that cuts off that share of an area's outline, beginning and ending 150 m outside."""
    outline = area.exterior
    first = chance.random()
    cut = shapely.line_interpolate_point(outline, np.array([first, (first + share) % 1.0]), normalized=True)
    entry, leave = shapely.get_coordinates(cut)
    ahead = (leave - entry) / max(1e-9, float(np.hypot(*(leave - entry))))
    return np.stack([entry - 150.0 * ahead, entry, leave, leave + 150.0 * ahead])
