"""Ordinary days: work, errands and walks that keep every order, so that what an operator sees was meant."""

from collections.abc import Iterator, Mapping
from datetime import date, datetime, timedelta
from typing import Final

import numpy as np
from shapely import Point

from em_engine.vocabulary import HOUR, MINUTE, Booleans, Floats, Micros, instant, micros
from simulators.demo.cast import Member
from simulators.world import Itinerary, Leg, NoWayError, Streets

TERRITORY_M: Final = 900.0  # a protected person of the demo stays this near home
SPARE_M: Final = 200.0
ON_FOOT_MPS: Final = 1.4
BY_TRAM_MPS: Final = 5.5
WALK_MAX_M: Final = 1_500.0
HOME_BEFORE: Final = 30 * MINUTE
OUT_AFTER: Final = 12 * MINUTE
Span = tuple[Micros, Micros]


class Everyday:
    """The life of one person, planned day by day; the same seed gives the same life."""

    def __init__(
        self, member: Member, streets: Streets, homes: Mapping[str, Floats], *, seed: int, start: Micros
    ) -> None:
        self._member, self._streets = member, streets
        self._chance = np.random.default_rng((seed, *member.id.encode()))
        self._closed = _closed(member, streets, homes)
        self._home = self._settle(homes)
        self._day = instant(start).astimezone(member.zone).date() - timedelta(days=1)
        self._works = self._chance.random() < 0.7
        self._work = self._place(1_500.0, 6_000.0)
        self.itinerary = Itinerary(origin=streets.nodes[self._home])

    def foresee(self, until: Micros) -> None:
        """Plan every day that begins before an instant."""
        while self._begin(self._day) < until:
            self._live(self._day)
            self._day += timedelta(days=1)

    def _live(self, day: date) -> None:
        for start, end in list(self._free(day)):
            visits = [
                span for span in self._appointed(day) if start + HOUR < span[0] and span[1] + HOUR < end
            ]
            if visits:
                self._visit(self._nearest_open(self._member.appointments[0].place), *visits[0], end)
            elif self._works and day.weekday() < 5 and end - start > 6 * HOUR:
                self._visit(self._work, start + self._minutes(35, 70), end - self._minutes(35, 60), end)
            else:
                self._errands(start, end)

    def _errands(self, start: Micros, end: Micros) -> None:
        at = start + self._minutes(10, 100)
        while at + HOUR < end:
            place, stay = self._place(250.0, 1_200.0), self._minutes(15, 60)
            self._visit(place, at + 20 * MINUTE, at + 20 * MINUTE + stay, end)
            at = max(at, self.itinerary.free_from()) + self._minutes(50, 200)

    def _visit(self, place: int, arrive: Micros, leave: Micros, back_by: Micros) -> None:
        """Go, stay and come back, if there is a way and the time for it."""
        try:
            line = self._streets.way(self._home, place, closed=self._closed)
        except NoWayError:
            return
        there = Leg(start=0, line=line, speed_mps=_speed_mps(line))
        start, end = arrive - there.end, min(leave, back_by - there.end)
        if len(line) > 1 and start >= self.itinerary.free_from() and end > arrive:
            self.itinerary.add(Leg(start=start, line=line, speed_mps=there.speed_mps))
            self.itinerary.add(Leg(start=end, line=line[::-1], speed_mps=there.speed_mps))

    def _free(self, day: date) -> Iterator[Span]:
        """The stretches of a day in which no curfew holds, with time to spare at both ends."""
        at, night = self._begin(day), self._begin(day + timedelta(days=1))
        for start, end in sorted(self._bound(day)):
            if at < min(start, night):
                yield at, min(start - HOME_BEFORE, night)
            at = max(at, end + OUT_AFTER)
        if at < night:
            yield at, night

    def _bound(self, day: date) -> Iterator[Span]:
        for curfew in self._member.curfew:
            for shift in (-1, 0, 1):
                yield from curfew.of(day + timedelta(days=shift))

    def _appointed(self, day: date) -> list[Span]:
        spans = [span for a in self._member.appointments for span in a.windows.of(day)]
        return [(start - 5 * MINUTE, end + 2 * MINUTE) for start, end in spans]

    def _begin(self, day: date) -> Micros:
        return micros(datetime(day.year, day.month, day.day, tzinfo=self._member.zone))

    def _settle(self, homes: Mapping[str, Floats]) -> int:
        """The node of the home the order names, or one far from everybody this person must not meet."""
        if self._member.home is not None:
            return self._streets.nearest(self._member.home)
        shunned = [homes[other] for other, _ in self._member.apart_from]
        far = ~self._closed
        for home in shunned:
            far &= np.hypot(*(self._streets.nodes - home).T) > 4_000.0
        return int(self._chance.choice(np.flatnonzero(far)))

    def _place(self, near_m: float, far_m: float) -> int:
        """Somewhere open at that distance from home; home itself where there is no such place."""
        away_m = np.hypot(*(self._streets.nodes - self._streets.nodes[self._home]).T)
        found = np.flatnonzero(~self._closed & (away_m > near_m) & (away_m < far_m))
        return int(self._chance.choice(found)) if len(found) else self._home

    def _nearest_open(self, place: Floats) -> int:
        away_m = np.hypot(*(self._streets.nodes - place).T)
        return int(np.where(self._closed, np.inf, away_m).argmin())

    def _minutes(self, least: int, most: int) -> Micros:
        return int(self._chance.uniform(least, most) * MINUTE)


def _closed(member: Member, streets: Streets, homes: Mapping[str, Floats]) -> Booleans:
    """The crossings this person never passes."""
    closed = np.zeros(len(streets.nodes), dtype=np.bool_)
    for zone, buffer_m in member.keep_out:
        closed |= streets.within(zone.buffer(buffer_m + SPARE_M))
    for zone in member.keep_in:
        closed |= ~streets.within(zone.buffer(-40.0))
    for other, warn_m in member.apart_from:
        closed |= streets.within(Point(homes[other]).buffer(TERRITORY_M + warn_m + SPARE_M))
    if not member.is_wearer and member.home is not None:
        closed |= ~streets.within(Point(member.home).buffer(TERRITORY_M))
    return closed


def _speed_mps(line: Floats) -> float:
    return ON_FOOT_MPS if np.hypot(*np.diff(line, axis=0).T).sum() < WALK_MAX_M else BY_TRAM_MPS
