"""The engine's heart as the properties drive it, and its ground lent to the reference."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import Any

import numpy as np

from em_engine.law.geodesy import Zones, apart_m, prepare_zones, to_ecef
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Rulebook
from em_engine.vocabulary import Change, Micros
from tests.reference.duty import Told
from tests.reference.reports import Report, as_batch


def changes(
    rulebook: Rulebook, reports: Sequence[Report], *, until: Micros, cuts: Iterable[int] = ()
) -> list[Change]:
    """What the heart says of the reports, handed over in batches that end at `cuts`."""
    heart = Heart(compile_rules(rulebook))
    told: list[Change] = []
    for part in batches(reports, cuts):
        told += heart.step(as_batch(part), part[-1].received_at).changes
    told += heart.step(None, until).changes
    told += heart.conclude().changes
    return told


def batches(reports: Sequence[Report], cuts: Iterable[int]) -> list[Sequence[Report]]:
    """The reports cut at these places; no part is empty."""
    bounds = sorted({0, len(reports), *(cut for cut in cuts if 0 < cut < len(reports))})
    return [reports[first:last] for first, last in pairwise(bounds)]


def in_time(told: Iterable[Change]) -> list[Told]:
    """The changes without their evidence; those found in arrears left out."""
    return [_told(one) for one in told if not one.late]


def in_arrears(told: Iterable[Change]) -> list[Told]:
    """Likewise, of those found in arrears."""
    return [_told(one) for one in told if one.late]


def _told(one: Change) -> Told:
    return Told(one.case, one.condition, one.type, one.change, one.opened_at, one.detected_at, one.cleared_at)


class PlaneGround:
    """The engine's own geometry, one position at a time: for exact agreement of times."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.names = list(rulebook.zones)
        drawn = {name: (zone.geometry, zone.radius_m) for name, zone in rulebook.zones.items()}
        doubt_m = {name: zone.outline_accuracy_m for name, zone in rulebook.zones.items()}
        self.zones = Zones(list(prepare_zones(drawn, outline_accuracy_m=doubt_m).values()))
        self.known: dict[tuple[str, float, float], float] = {}

    def depth_m(self, zone: str, lon: float, lat: float) -> float:
        """Metres inside the zone."""
        key = (zone, lon, lat)
        if key not in self.known:
            number = np.array([self.names.index(zone)])
            self.known[key] = float(self.zones.depth_m(number, _ecef(lon, lat))[0])
        return self.known[key]

    def doubt_m(self, zone: str) -> float:
        """As prepared."""
        return float(self.zones.outline_accuracy_m[self.names.index(zone)])

    def apart_m(self, lon: float, lat: float, other_lon: float, other_lat: float) -> float:
        """Metres apart."""
        return float(apart_m(_ecef(lon, lat), _ecef(other_lon, other_lat))[0])

    def from_the_way_m(self, start: Report, end: Report, share: float, other: Report) -> float:
        """Metres from a place on the way."""
        here, there = _ecef(start.lon, start.lat), _ecef(end.lon, end.lat)
        return float(apart_m(here + share * (there - here), _ecef(other.lon, other.lat))[0])

    def passage(self, zone: str, start: Report, end: Report) -> tuple[float, float, float] | None:
        """The way between two fixes."""
        return self.zones.passage(
            self.names.index(zone), _ecef(start.lon, start.lat)[0], _ecef(end.lon, end.lat)[0]
        )


def _ecef(lon: float, lat: float) -> Any:
    return to_ecef(np.array([lon]), np.array([lat]))
