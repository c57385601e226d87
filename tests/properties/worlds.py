"""Small random worlds: a rulebook of a few cases of every kind, and what its devices report for some hours.

A world follows from a seed, so that hypothesis shrinks one number and a length, and a failure can be kept as
a line of a table.
"""

import math
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import shapely

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.certainty import Certainty
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.law.sobriety import SobrietyTerms
from em_engine.law.terms import Grace, Leave, OneOff
from em_engine.rulebook.models import Condition, Order, Phase, Rulebook, Zone
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    SECOND,
    DeviceEvent,
    Micros,
    ReportKind,
    Source,
    TestResult,
    Tristate,
    micros,
)
from tests.reference.documents import order, rulebook
from tests.reference.reports import Report

MIDDLE = (10.75, 59.91)
METRES_PER_DEGREE = 111_400.0
NOON: Micros = micros(datetime(2026, 11, 18, 11, 0, tzinfo=UTC))
"""A Wednesday, noon in Oslo."""
CIVIL_NOON: Any = datetime(2026, 11, 18, 12, 0)  # noqa: DTZ001  civil
KINDS = ("exclusion", "inclusion", "curfew", "contact-ban", "device-health", "attendance", "sobriety")
OF_BELIEF = ("exclusion", "inclusion", "curfew", "non-association")
LEVELS = (Certainty.LIKELY, Certainty.PROVED, Certainty.CONVINCING)
OF_PLACE = ("exclusion", "inclusion", "curfew", "attendance")
PLACES_M = {"home": (0.0, 0.0), "ban": (900.0, 100.0), "office": (-200.0, 700.0), "route": (300.0, -500.0)}
EVENTS = (
    DeviceEvent.STRAP_OPEN,
    DeviceEvent.STRAP_CLOSED,
    DeviceEvent.CASE_OPEN,
    DeviceEvent.CASE_CLOSED,
    DeviceEvent.JAMMING,
    DeviceEvent.JAMMING_ENDED,
    DeviceEvent.SHIELDING,
    DeviceEvent.FALL,
    DeviceEvent.PANIC,
    DeviceEvent.POWERED_OFF,
    DeviceEvent.SOBRIETY_TEST,
    DeviceEvent.SOBRIETY_TEST,
)


@dataclass(frozen=True)
class World:
    """A rulebook and everything that is reported under it, in order of arrival."""

    rulebook: Rulebook
    reports: tuple[Report, ...]

    @property
    def until(self) -> Micros:
        return self.reports[-1].received_at + 90 * MINUTE


def degrees(east_m: float, north_m: float) -> tuple[float, float]:
    """Metres from the middle as longitude and latitude."""
    lon, lat = MIDDLE
    scale = METRES_PER_DEGREE * math.cos(math.radians(lat))
    return lon + east_m / scale, lat + north_m / METRES_PER_DEGREE


def world(seed: int, *, length: int, kinds: Sequence[str] = KINDS, cases: int = 2) -> World:
    """The world of that seed: `length` reports a device, conditions of these kinds."""
    random = np.random.default_rng(seed)
    zones = [_doubted(_zone(random, name), seed, number) for number, name in enumerate(PLACES_M)]
    orders = [at_levels(_order(random, f"case-{k}", kinds, length), seed + k) for k in range(cases)]
    devices = [
        device for one in orders for person in (one.wearer, *one.protected) for device in person.devices
    ]
    told = [report for device in devices for report in Walk(random, device).reports(length)]
    told.sort(key=lambda report: report.received_at)
    return World(rulebook(orders, zones), tuple(told))


# The rulebook ----------------------------------------


def _doubted(zone: Zone, seed: int, number: int) -> Zone:
    """In every third world some outlines are off by metres that nobody knows."""
    doubt_m = (0.0, 15.0, 60.0)[(seed // 3 + number) % 3] if seed % 3 == 0 else 0.0
    return replace(zone, outline_accuracy_m=doubt_m)


def at_levels(one: Order, seed: int) -> Order:
    """In every second world orders ask to be more, or less, sure; in some of these from a phase on."""
    if seed % 2 == 0:
        return one
    level = LEVELS[seed // 2 % 3]
    later = LEVELS[seed // 6 % 3]
    return replace(one, conditions=tuple(_at_levels(each, level, later) for each in one.conditions))


def _at_levels(one: Condition, level: Certainty, later: Certainty) -> Condition:
    if one.kind not in OF_BELIEF:
        return one
    phases = tuple(replace(each, terms=replace(each.terms, certainty=later)) for each in one.phases)
    return replace(one, terms=replace(one.terms, certainty=level), phases=phases)


def _zone(random: Any, name: str) -> Zone:
    east_m, north_m = PLACES_M[name]
    size_m = {"home": 60.0, "ban": 250.0, "office": 90.0, "route": 120.0}[name]
    if name == "route":
        line = shapely.LineString(
            [degrees(east_m + step * 150.0, north_m + step * 80.0) for step in range(4)]
        )
        return Zone(name=name, geometry=line, radius_m=size_m)
    if random.random() < 0.4:
        return Zone(name=name, geometry=shapely.Point(degrees(east_m, north_m)), radius_m=size_m)
    corners = int(random.integers(3, 12))
    turns = np.linspace(0.0, 2.0 * math.pi, corners, endpoint=False)
    ring = [
        degrees(east_m + reach * math.cos(turn), north_m + reach * math.sin(turn))
        for turn, reach in zip(turns, size_m * random.uniform(0.6, 1.4, corners), strict=True)
    ]
    return Zone(name=name, geometry=shapely.Polygon(ring))


def _order(random: Any, id: str, kinds: Sequence[str], length: int) -> Order:
    chosen = random.choice(list(kinds), size=int(random.integers(1, 4)))
    conditions = [_condition(random, f"{kind}-{k}", str(kind)) for k, kind in enumerate(chosen)]
    valid_from, valid_to = BEFORE_ALL, NEVER
    if random.random() < 0.3:
        valid_from = NOON + int(random.integers(-60, 120)) * MINUTE
    if random.random() < 0.3:
        valid_to = max(valid_from, NOON) + int(random.integers(10, 300)) * MINUTE
    has_contact = "contact-ban" in chosen
    has_two_tags = not {"device-health", "sobriety"} & set(chosen) and random.random() < 0.15
    return order(
        id,
        *conditions,
        devices=(f"{id}-tag", f"{id}-spare") if has_two_tags else (f"{id}-tag",),
        protected={"P-1": (f"{id}-phone",)} if has_contact else None,
        valid_from=valid_from,
        valid_to=valid_to,
    )


def _condition(random: Any, id: str, kind: str) -> Condition:
    """Some hold for a part of the order only; some are eased, in their times or altogether."""
    terms, phases, part = _terms(random, kind), [], (None, None)
    if kind in OF_PLACE and random.random() < 0.2:
        part = (_soon(random), None) if random.random() < 0.5 else (None, _soon(random))
    if kind in OF_PLACE and random.random() < 0.25:
        times = {"weekly": _weekly(random) or ("daily 13:00-15:00",), "leave": _leave(random)}
        eased = replace(terms, **times) if random.random() < 0.6 else _terms(random, kind)
        phases.append(Phase(from_=_soon(random), terms=eased))
    return Condition(id=id, kind=kind, terms=terms, from_=part[0], to=part[1], phases=tuple(phases))


def _soon(random: Any) -> Any:
    return CIVIL_NOON + timedelta(minutes=int(random.integers(-30, 150)))


def _terms(random: Any, kind: str) -> Any:
    if kind == "device-health":
        return DeviceHealthTerms(
            heartbeat_every=timedelta(minutes=int(random.integers(2, 15))) if random.random() < 0.8 else None,
            fix_every=timedelta(minutes=int(random.integers(1, 15))) if random.random() < 0.8 else None,
        )
    when = {"weekly": _weekly(random), "once": _once(random), "leave": _leave(random)}
    if kind == "exclusion":
        zone = str(random.choice(["ban", "office", "route"]))
        but_for = ("route",) if random.random() < 0.25 and zone != "route" else ()
        buffer_m = float(random.choice([0.0, 80.0, 300.0]))
        return ExclusionTerms(zone=zone, buffer_m=buffer_m, except_=but_for, allow=_leave(random), **when)
    if kind == "inclusion":
        return InclusionTerms(zone=str(random.choice(["home", "ban", "route"])), **when)
    if kind == "contact-ban":
        return ContactBanTerms(with_="P-1", alert_m=float(random.choice([100.0, 300.0])), **when)
    if not (when["weekly"] or when["once"]) and kind != "sobriety":
        when["weekly"] = ("daily 12:30-13:30",)
    if kind == "sobriety":
        return SobrietyTerms(**when)
    if kind == "attendance":
        return AttendanceTerms(zone="office", minimum=timedelta(minutes=int(random.integers(0, 20))), **when)
    grace = Grace(
        late=timedelta(minutes=int(random.integers(0, 12))),
        early=timedelta(minutes=int(random.integers(0, 6))),
    )
    return CurfewTerms(
        zone="home", grace=grace, confirm_every=timedelta(minutes=int(random.integers(5, 40))), **when
    )


def _weekly(random: Any) -> tuple[str, ...]:
    if random.random() < 0.35:
        return ()
    windows, minute = [], int(random.integers(11 * 60, 13 * 60))
    for _ in range(int(random.integers(1, 4))):
        end = minute + int(random.integers(5, 120))
        windows.append(f"daily {minute // 60:02d}:{minute % 60:02d}-{end // 60 % 24:02d}:{end % 60:02d}")
        minute = end + int(random.choice([0, 10, 45]))
    return tuple(windows)


def _leave(random: Any) -> tuple[Leave, ...]:
    if random.random() < 0.7:
        return ()
    start = CIVIL_NOON + timedelta(minutes=int(random.integers(0, 120)))
    return (Leave(from_=start, to=start + timedelta(minutes=int(random.integers(3, 60)))),)


def _once(random: Any) -> tuple[OneOff, ...]:
    if random.random() < 0.8:
        return ()
    start = CIVIL_NOON + timedelta(minutes=int(random.integers(-20, 120)))
    return (OneOff(from_=start, to=start + timedelta(minutes=int(random.integers(3, 60)))),)


# The devices ----------------------------------------


class Walk:
    """One device on its way between the places that matter, reporting well and badly."""

    def __init__(self, random: Any, device: str) -> None:
        self.random, self.device = random, device
        self.east_m, self.north_m = 0.0, 0.0
        self.east_m, self.north_m = self._goal()
        self.goal = self._goal()
        self.speed_mps = 1.5
        self.pace_s = 60
        self.at = NOON + int(random.integers(0, 20 * 60)) * SECOND
        self.stalled_until = 0
        self.seq = 0
        self.tells_speed = random.random() < 0.6
        self.feels_nothing = random.random() < 0.3  # a motion sensor that says "still" nearly always
        self.clock_off = 0

    def reports(self, length: int) -> list[Report]:
        """So many reports, in the order in which the device measured and sent them."""
        told = []
        received_at = 0
        for _ in range(length):
            self._go_on()
            report = self._report()
            received_at = max(received_at, self._arrival(report.at))
            self.seq += 1
            if self.random.random() < 0.03:  # its clock is set, rightly or wrongly
                self.clock_off = int(self.random.choice([0, -400, 290, 310, 3600])) * SECOND
            told.append(
                replace(report, received_at=received_at, seq=self.seq, sent_at=report.at + self.clock_off)
            )
        return told

    def _goal(self) -> tuple[float, float]:
        place = np.asarray(PLACES_M[str(self.random.choice(list(PLACES_M)))])
        if self.random.random() < 0.25:  # beyond the place: the way there may lead through it
            place = place + (place - (self.east_m, self.north_m)) * 0.8
        spread_m = float(self.random.choice([5.0, 60.0, 250.0]))
        east_m, north_m = place + self.random.normal(0.0, spread_m, 2)
        return float(np.clip(east_m, -2_000.0, 2_000.0)), float(np.clip(north_m, -2_000.0, 2_000.0))

    def _go_on(self) -> None:
        if self.random.random() < 0.1:
            usual_s = [1, 5, 9, 10, 30, 60, 60, 88, 93, 180, 290]
            self.pace_s = int(self.random.choice([*usual_s, int(self.random.integers(1, 330))]))
        if self.random.random() < 0.08:
            self.goal, self.speed_mps = self._goal(), float(self.random.choice([0.3, 1.5, 5.0, 15.0, 30.0]))
        seconds = self.pace_s if self.random.random() < 0.96 else int(self.random.choice([400, 650, 1500]))
        self.at += seconds * SECOND
        step = np.asarray(self.goal) - (self.east_m, self.north_m)
        share = min(1.0, self.speed_mps * seconds / max(float(np.hypot(*step)), 1e-9))
        self.east_m, self.north_m = (float(x) for x in np.asarray((self.east_m, self.north_m)) + step * share)

    def _arrival(self, at: Micros) -> Micros:
        if self.random.random() < 0.02:
            self.stalled_until = at + int(self.random.integers(60, 1500)) * SECOND
        delay_us = int(self.random.choice([-2 * SECOND, 0, 300_000, 2 * SECOND], p=[0.03, 0.2, 0.57, 0.2]))
        return max(at + delay_us, self.stalled_until)

    def _report(self) -> Report:
        kind = self.random.choice(["fix", "heartbeat", "event"], p=[0.78, 0.17, 0.05])
        blank = Report(device=self.device, kind=ReportKind.FIX, at=self.at, received_at=0)
        return {"fix": self._fix, "heartbeat": self._heartbeat, "event": self._event}[str(kind)](blank)

    def _fix(self, blank: Report) -> Report:
        if self.random.random() < 0.01:
            return replace(blank, lon=0.0, lat=0.0)
        accuracy_m = self.random.choice(
            [3.0, 8.0, 15.0, 30.0, 80.0, 300.0, None], p=[0.2, 0.3, 0.2, 0.15, 0.07, 0.03, 0.05]
        )
        error_m = 0.6 * (15.0 if accuracy_m is None else float(accuracy_m))
        if self.random.random() < 0.02:
            error_m = float(self.random.choice([400.0, 9_000.0]))
        off = self.random.normal(0.0, error_m, 2)
        lon, lat = degrees(self.east_m + float(off[0]), self.north_m + float(off[1]))
        source = Source(int(self.random.choice([1, 2, 3], p=[0.9, 0.06, 0.04])))
        speed_mps = self._speed_mps() if self.tells_speed else None
        return replace(blank, lon=lon, lat=lat, accuracy_m=accuracy_m, source=source, speed_mps=speed_mps)

    def _speed_mps(self) -> float | None:
        """Mostly a receiver's wavering about nothing, though somebody may be walking."""
        said = self.random.random()
        if said < 0.1:
            return None
        return float(self.random.choice([0.0, 0.2, 0.9])) if said < 0.9 else self.speed_mps

    def _heartbeat(self, blank: Report) -> Report:
        is_home = math.hypot(self.east_m, self.north_m) < 60.0
        beacon = Tristate.YES if is_home and self.random.random() < 0.7 else Tristate.NO
        return replace(
            blank,
            kind=ReportKind.HEARTBEAT,
            battery_pct=float(self.random.integers(0, 60)) if self.random.random() < 0.5 else None,
            beacon_in_range=beacon if self.random.random() < 0.8 else Tristate.UNKNOWN,
            strap_closed=self._mostly_closed(),
            case_closed=self._mostly_closed(),
            motion=self._motion(),
        )

    def _motion(self) -> Tristate:
        if self.feels_nothing and self.random.random() < 0.95:
            return Tristate.NO
        return Tristate(int(self.random.integers(-1, 2)))

    def _mostly_closed(self) -> Tristate:
        return Tristate(int(self.random.choice([1, 0, -1], p=[0.8, 0.05, 0.15])))

    def _event(self, blank: Report) -> Report:
        event = DeviceEvent(int(self.random.choice([int(one) for one in EVENTS])))
        result = TestResult.NONE
        if event == DeviceEvent.SOBRIETY_TEST:
            result = TestResult(int(self.random.choice([1, 1, 2, 3, 4])))
        return replace(blank, kind=ReportKind.EVENT, event=event, result=result)
