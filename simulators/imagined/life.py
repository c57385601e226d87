"""A life by the days of an order: out when it may be, home when it must, and now and then not."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import numpy as np
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from em_engine.law.windows import Span
from em_engine.vocabulary import HOUR, MINUTE, SECOND, Floats, Micros, Times, instant, micros
from simulators.imagined.people import Somebody

ON_FOOT_MPS: Final = 1.4
BY_TRAM_MPS: Final = 5.5
WALK_MAX_M: Final = 1_500.0
# How often in a day somebody does what an order is there for. Far too often for any real programme: a rule
# shows what it does only where somebody comes near it.
LATE, LURED, OUT_AT_NIGHT, SILENT = 0.35, 0.5, 0.12, 0.15


class Life:
    """Where somebody is at any time of a span; the same chance gives the same life."""

    def __init__(self, who: Somebody, span: Span, chance: np.random.Generator) -> None:
        self.who, self.span, self.chance = who, span, chance
        self._at: list[Micros] = [span[0]]
        self._place: list[Floats] = [who.home]
        self.moves: list[Span] = []
        for day in self._days():
            self._live(day)
        self.silences = tuple(self._silences())

    def where(self, times: Times) -> Floats:
        """(n, 2) metres, of these times."""
        places = np.array(self._place)
        at = np.array(self._at, dtype=np.float64)
        return np.stack([np.interp(times, at, places[:, axis]) for axis in (0, 1)], axis=1)

    def _live(self, day: Span) -> None:
        free = self._free(day)
        if free is None:
            return
        leave, back = free[0] + self._minutes(10, 50), free[1] - self._minutes(20, 50)
        if self._happens(LATE):
            back = free[1] + self._minutes(-10, 45)
        visits = [visit for visit in self.who.visits if leave < visit[0][0] and visit[0][1] < back]
        for (start, end), place in visits:
            self._go(place, by=start - 5 * MINUTE)
            self._stay(end + 2 * MINUTE)
        if not visits and back - leave > 3 * HOUR:
            self._stay(leave)
            self._go(self.who.work)
            self._stay(back - self._minutes(90, 150))
        if self.who.lures and self._happens(LURED):
            self._go(self._lure())
            self._stay(self._now + self._minutes(2, 20))
        self._go(self.who.home, by=back)
        if self.who.curfews and self._happens(OUT_AT_NIGHT):
            self._stay(free[1] + self._minutes(60, 180))
            self._go(self.who.home + self.chance.uniform(-300.0, 300.0, 2))
            self._stay(self._now + self._minutes(5, 30))
            self._go(self.who.home)

    # Times -----------------------------------------------------------------------------------------

    def _days(self) -> Iterator[Span]:
        """Each civil day in which one goes out, from half past six to half past ten in the evening."""
        zone = ZoneInfo(self.who.time_zone)
        day = instant(self.span[0]).astimezone(zone).date()
        while True:
            start = datetime(day.year, day.month, day.day, 6, 30, tzinfo=zone)
            end = start.replace(hour=22)
            if micros(start) >= self.span[1]:
                return
            yield max(self.span[0], micros(start)), min(self.span[1], micros(end))
            day += timedelta(days=1)

    def _free(self, day: Span) -> Span | None:
        """The longest stretch of the day in which no curfew holds; None where all do."""
        at, found = day[0], list[Span]()
        for start, end in self.who.curfews:
            if end > at and start < day[1]:
                found.append((at, start))
                at = max(at, end)
        found.append((at, day[1]))
        start, end = max(found, key=lambda one: one[1] - one[0])
        start = max(start, self._now)
        return (start, end) if end - start > HOUR else None

    def _silences(self) -> Iterator[Span]:
        for day in self._days():
            if self._happens(SILENT):
                start = day[0] + self._minutes(0, 600)
                yield start, start + self._minutes(10, 60)

    def _minutes(self, low: float, high: float) -> Micros:
        return int(self.chance.uniform(low, high) * MINUTE)

    def _happens(self, share: float) -> bool:
        return bool(self.chance.random() < share)

    # Ways ------------------------------------------------------------------------------------------

    @property
    def _now(self) -> Micros:
        return self._at[-1]

    def _stay(self, until: Micros) -> None:
        if until > self._now:
            self._at.append(until)
            self._place.append(self._place[-1])

    def _go(self, place: Floats, by: Micros | None = None) -> None:
        """Along the straight line, at once or so as to be there in time."""
        away_m = float(np.hypot(*(place - self._place[-1])))
        speed_mps = ON_FOOT_MPS if away_m < WALK_MAX_M else BY_TRAM_MPS
        takes = max(int(away_m / speed_mps * SECOND), SECOND)
        self._stay(self._now if by is None else by - takes)
        self.moves.append((self._now, self._now + takes))
        self._at.append(self._now + takes)
        self._place.append(np.asarray(place, dtype=np.float64))

    def _lure(self) -> Floats:
        """A place about the edge of what is forbidden, or of the ring around it, or within."""
        area, ring_m = self.who.lures[int(self.chance.integers(len(self.who.lures)))]
        from_it_m = self.chance.uniform(-60.0, max(1.3 * ring_m, 80.0))
        near: BaseGeometry = area.buffer(from_it_m)
        # What is so small that nothing is left of it has its middle for a depth.
        edge = area.representative_point() if near.is_empty else near.boundary
        way = shapely.shortest_line(edge, Point(self._place[-1]))
        return np.array(way.coords[0])
