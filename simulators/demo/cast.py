"""Who is in the demo, read from its rulebook: people, devices, homes, and what each of them must heed."""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import numpy as np
from shapely import transform
from shapely.geometry.base import BaseGeometry

import em_engine
from em_engine.law.attendance import AttendanceTerms
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.law.weekly import DAY_MIN, parse_weekly
from em_engine.rulebook.loader import load
from em_engine.rulebook.models import Order, Person, Rulebook, Zone
from em_engine.vocabulary import MINUTE, Floats, Micros, micros
from simulators.world import FRAME

_PACKAGE: Final = Path(em_engine.__file__).parent
HEARTBEAT_EVERY: Final = 15 * MINUTE  # the longest silence of devices no order speaks of
_MICROSECOND: Final = timedelta(microseconds=1)


def demo_rules() -> Path:
    """The demo's rulebook: beside the package in a checkout, inside it once installed."""
    beside = _PACKAGE.parent / "rules" / "demo-oslo"
    return beside if beside.is_dir() else _PACKAGE / "shipped_rules" / "demo-oslo"


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """Weekly windows of one time zone."""

    weekly: tuple[str, ...]
    zone: ZoneInfo

    def of(self, day: date) -> Iterator[tuple[Micros, Micros]]:
        """The windows that begin on a day."""
        for window in map(parse_weekly, self.weekly):
            if day.weekday() in window.days:
                past_midnight = window.start_min + window.length_min >= DAY_MIN
                end = day + timedelta(days=past_midnight)
                yield self._instant(day, window.start_min, 0), self._instant(end, window.end_min % DAY_MIN, 1)

    def _instant(self, day: date, minute: int, fold: int) -> Micros:
        """A civil time; of an hour that comes twice the first or the second."""
        return micros(datetime.combine(day, time(minute // 60, minute % 60, fold=fold), self.zone))


@dataclass(frozen=True, slots=True, kw_only=True)
class Appointment:
    """A place to be at, every week."""

    place: Floats
    windows: Windows


@dataclass(frozen=True, slots=True, kw_only=True)
class Member:
    """One person of the demo. Places and areas are in metres."""

    id: str
    device: str
    zone: ZoneInfo
    is_wearer: bool
    home: Floats | None  # where the curfew holds; None: the simulation finds a place to live
    curfew: tuple[Windows, ...] = ()
    keep_out: tuple[tuple[BaseGeometry, float], ...] = ()  # each with its buffer
    keep_in: tuple[BaseGeometry, ...] = ()
    apart_from: tuple[tuple[str, float], ...] = ()  # protected persons, each with its warn_m
    appointments: tuple[Appointment, ...] = ()
    heartbeat_every: Micros = HEARTBEAT_EVERY


def read_cast(rules: Path) -> tuple[Member, ...]:
    """Everyone in the orders of a rulebook folder, in the orders' order. Raises RulebookRefused."""
    rulebook = load(rules)
    areas = {name: _area(zone) for name, zone in rulebook.zones.items()}
    return tuple(member for order in rulebook.orders for member in _members(order, rulebook, areas))


def _members(order: Order, rulebook: Rulebook, areas: dict[str, BaseGeometry]) -> Iterator[Member]:
    yield _wearer(order, rulebook, areas)
    yield from (_protected(person, ZoneInfo(order.time_zone), areas) for person in order.protected)


def _wearer(order: Order, rulebook: Rulebook, areas: dict[str, BaseGeometry]) -> Member:
    zone = ZoneInfo(order.time_zone)
    terms: dict[type, list[Any]] = {}
    for condition in order.conditions:
        terms.setdefault(type(condition.terms), []).append(condition.terms)
    curfews, health = terms.get(CurfewTerms, []), terms.get(DeviceHealthTerms, [])
    every = [h.heartbeat_every // _MICROSECOND for h in health if h.heartbeat_every]

    def windows(of: Any) -> Windows:
        return Windows(weekly=tuple(rulebook.scheduled(of).weekly), zone=zone)

    return Member(
        id=order.wearer.id,
        device=order.wearer.devices[0],
        zone=zone,
        is_wearer=True,
        home=_middle(areas[curfews[0].zone]) if curfews else None,
        curfew=tuple(map(windows, curfews)),
        keep_out=tuple((areas[t.zone], t.buffer_m) for t in terms.get(ExclusionTerms, [])),
        keep_in=tuple(areas[t.zone] for t in terms.get(InclusionTerms, [])),
        apart_from=tuple((t.with_, t.warn_m or 2 * t.alert_m) for t in terms.get(ContactBanTerms, [])),
        appointments=tuple(
            Appointment(place=_middle(areas[t.zone]), windows=windows(t))
            for t in terms.get(AttendanceTerms, [])
        ),
        heartbeat_every=min(every, default=HEARTBEAT_EVERY),
    )


def _protected(person: Person, zone: ZoneInfo, areas: dict[str, BaseGeometry]) -> Member:
    home = areas[f"p{int(person.id.removeprefix('P-')):02d}-home"]
    return Member(id=person.id, device=person.devices[0], zone=zone, is_wearer=False, home=_middle(home))


def _area(zone: Zone) -> BaseGeometry:
    area = transform(zone.geometry, FRAME.to_metres)
    return area.buffer(zone.radius_m) if zone.radius_m is not None else area


def _middle(area: BaseGeometry) -> Floats:
    return np.array(area.centroid.coords[0])
