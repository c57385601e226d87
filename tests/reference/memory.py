"""Section 5, contact-ban: where both sides have been."""

from dataclasses import dataclass

from em_engine.vocabulary import MINUTE, Micros
from tests.reference.reports import Report
from tests.reference.seat import COLD_AFTER, strays_m
from tests.reference.slot import told_radius_m

REMEMBERED_MINUTES = 512


@dataclass(frozen=True, kw_only=True)
class Place:
    """Where somebody was, as it is remembered."""

    at: Micros
    held_at: Micros  # when it last held
    lon: float
    lat: float
    radius_m: float
    speed_mps: float
    extra_m: float  # by which a mast's circle is too small

    def grown_m(self, at: Micros) -> float:
        return self.radius_m + strays_m(self.speed_mps, abs(at - self.held_at))

    def reach_m(self, at: Micros) -> float:
        """As it counts beside other places."""
        return self.grown_m(at) + self.extra_m


class Memory:
    """The surest fix of each minute, of the last eight hours and a half."""

    def __init__(self) -> None:
        self.places: dict[int, Place] = {}

    def remember(self, fix: Report, speed_mps: float) -> None:
        number = fix.at // MINUTE % REMEMBERED_MINUTES
        known = self.places.get(number)
        if known is not None:
            if fix.at // MINUTE < known.at // MINUTE:
                return
            if fix.at // MINUTE == known.at // MINUTE and fix.radius_m >= known.radius_m:
                return
        self.places[number] = Place(
            at=fix.at,
            held_at=fix.at,
            lon=round(fix.lon * 1e7) / 1e7,
            lat=round(fix.lat * 1e7) / 1e7,
            radius_m=fix.radius_m,
            speed_mps=speed_mps,
            extra_m=told_radius_m(fix) - fix.radius_m,
        )

    def forget_before(self, at: Micros) -> None:
        """The place that minute's fix would take, if it is older."""
        number = at // MINUTE % REMEMBERED_MINUTES
        if number in self.places and self.places[number].at // MINUTE < at // MINUTE:
            del self.places[number]

    def about(self, at: Micros) -> list[Place]:
        """Those of the ten minutes before and after, the oldest first."""
        near = [one for one in self.places.values() if abs(at - one.at) <= COLD_AFTER]
        return sorted(near, key=lambda one: one.at)
