"""Worlds that aim at the law's numbers: every gap, margin, speed and level lies just beside one of them.

A random walk seldom comes within a twentieth of a threshold, so it cannot tell 90 s from 95 s. Here every fix
is put where some number decides: `beside` a number is a little less, exactly it, or a little more.
`mutants.py` in this folder tries whether a changed number is found out.
"""

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import shapely

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.law.terms import Grace
from em_engine.rulebook.models import Condition, Zone
from em_engine.vocabulary import MINUTE, SECOND, Micros, ReportKind, Source, Tristate
from tests.properties.worlds import MIDDLE, NOON, World, at_levels
from tests.reference.documents import order, rulebook
from tests.reference.ground import GEOD
from tests.reference.reports import Report

KINDS = ("exclusion", "inclusion", "curfew", "contact-ban", "device-health", "attendance")
RADIUS_M = 300.0
GAPS_S = (10.0, 30.0, 60.0, 60.0, 60.0, 90.0, 150.0, 300.0, 600.0)
"""Dwell, correlation, the clock and a usual gap, company, a watch, a crossing, cold."""
RADII_M = (3.0, 8.0, 15.0, 30.0, 100.0)
FACTORS = (-30.0, -3.0, -1.56, -1.0, -0.4, 0.4, 1.0, 1.56, 3.0, 30.0)
"""Margins in radii: whole circles, 99 in 100, as likely as not, and far."""
MEGA = 1_000_000


def beside(random: Any, number: float) -> float:
    """A little less than the number, it, or a little more."""
    return number * float(random.choice([0.93, 0.97, 0.995, 1.0, 1.005, 1.03, 1.07]))


def moment(random: Any, seconds: float) -> Micros:
    """A span beside so many seconds; often to the microsecond."""
    if random.random() < 0.4:
        return round(seconds * SECOND) + int(random.choice([-1, 0, 1]))
    return round(beside(random, seconds) * SECOND)


def aimed(seed: int, *, kind: str, length: int = 40) -> World:
    """The world of that seed: one condition of that kind, and so many steps of its devices."""
    random = np.random.default_rng(seed)
    tell = {"contact-ban": _pair, "device-health": _heartbeats}.get(kind, _looks)
    condition = Condition(id=kind, kind=kind, terms=_terms(random, kind))
    protected = {"P-1": ("phone",)} if kind == "contact-ban" else None
    case = at_levels(order("case", condition, devices=("tag",), protected=protected), seed)
    zone = Zone(name="zone", geometry=shapely.Point(MIDDLE), radius_m=RADIUS_M)
    told = sorted(tell(random, condition.terms, length), key=lambda report: report.received_at)
    return World(rulebook([case], [zone]), tuple(told))


def _terms(random: Any, kind: str) -> Any:
    start, span = 12 * 60 + int(random.integers(0, 20)), int(random.integers(30, 110))
    weekly = (f"daily {start // 60}:{start % 60:02d}-{(start + span) // 60}:{(start + span) % 60:02d}",)
    if kind == "exclusion":
        return ExclusionTerms(zone="zone", buffer_m=float(random.choice([0.0, 50.0])))
    if kind == "inclusion":
        return InclusionTerms(zone="zone", weekly=weekly if random.random() < 0.5 else ())
    if kind == "curfew":
        grace = Grace(late=timedelta(minutes=int(random.choice([0, 5]))), early=timedelta(minutes=2))
        confirm_every = timedelta(minutes=int(random.choice([5, 10, 1_000])))
        return CurfewTerms(zone="zone", weekly=weekly, grace=grace, confirm_every=confirm_every)
    if kind == "attendance":
        return AttendanceTerms(zone="zone", weekly=weekly, minimum=timedelta(minutes=int(span * 0.6)))
    if kind == "contact-ban":
        return ContactBanTerms(with_="P-1", alert_m=500.0)
    return DeviceHealthTerms(heartbeat_every=timedelta(minutes=5), fix_every=timedelta(minutes=10))


# Beside a zone ----------------------------------------


def _looks(random: Any, terms: Any, length: int) -> Iterator[Report]:
    """One tag: mostly looks at the zone; now and then a way through it, a leap, a beacon."""
    at = NOON + int(random.integers(0, 15)) * MINUTE
    line = getattr(terms, "buffer_m", 0.0) * float(random.choice([0.0, 1.0]))
    last: Report | None = None
    tells_speed, feels_nothing = random.random() < 0.6, random.random() < 0.3
    for _ in range(length):
        step = random.random()
        if step < 0.1:
            passing = list(_passing(random, at))
            yield from passing
            last = passing[-1]
        elif step < 0.18 and last is not None:
            last = _leap(random, last, moment(random, float(random.choice([10.0, 60.0]))))
            yield last
            for _ in range(int(random.choice([0, 0, 1, 3, 11]))):  # it goes on, for minutes
                at = last.at + moment(random, float(random.choice([10.0, 60.0, 60.0])))
                last = replace(last, at=at, received_at=at, lat=last.lat + float(random.choice([0.0, 1e-6])))
                yield last
        elif step < 0.21 and last is not None:
            stuck = list(_stuck(random, last))
            yield from stuck
            last = stuck[-1]
        elif step < 0.25:
            yield _heartbeat(at, beacon_in_range=Tristate(int(random.integers(0, 2))))
        elif step < (0.5 if feels_nothing else 0.28):
            yield _heartbeat(at, motion=Tristate.NO if random.random() < 0.95 else Tristate.YES)
        else:
            radius_m = beside(random, float(random.choice(RADII_M)))
            margin_m = radius_m * beside(random, float(random.choice(FACTORS)))
            if random.random() < 0.1:
                margin_m = (400.0 + 2.0 * radius_m) * beside(random, float(random.choice([-1.0, 1.0])))
            last = _fix("tag", at, _out(RADIUS_M + line + margin_m), radius_m)
            last = replace(last, source=Source(int(random.choice([1, 2, 3], p=[0.9, 0.05, 0.05]))))
            if tells_speed and random.random() < 0.95:
                last = replace(
                    last,
                    speed_mps=float(
                        random.choice([0.0, 0.5, 0.98, 1.0, 1.02], p=[0.4, 0.4, 0.1, 0.05, 0.05])
                    ),
                )
            yield last
        at = (at if last is None else max(at, last.at)) + moment(random, float(random.choice(GAPS_S)))


def _passing(random: Any, at: Micros) -> list[Report]:
    """From one side of the zone to the other, the way as deep in it as the error is large, or nearly."""
    radii_m = [float(random.choice(RADII_M)) for _ in range(2)]
    offset_m = RADIUS_M - beside(random, max(radii_m))
    ends = [(-500.0, offset_m), (500.0, offset_m)]
    gap = moment(random, float(random.choice([60.0, 300.0])))
    return [
        _fix("tag", at + k * gap, _placed(*ends[k]), radii_m[k])
        for k in range(2)
    ]  # fmt: skip


def _stuck(random: Any, last: Report) -> Iterator[Report]:
    """A receiver that repeats the last place, beside what its speeds, or the heartbeats, make impossible."""
    if random.random() < 0.5:
        speed_mps = float(random.choice([0.98, 1.0, 1.02, 3.0]))
        gap = moment(random, 30.0 / speed_mps)
        at = last.at + gap
        yield replace(last, at=at, received_at=at, speed_mps=speed_mps)
        return
    first = last.at + SECOND
    for count in range(3):
        yield _heartbeat(first + count * moment(random, 290.0), motion=Tristate.YES)
    at = first + moment(random, 600.0)
    yield replace(last, at=at, received_at=at, speed_mps=None)


def _leap(random: Any, last: Report, gap: Micros) -> Report:
    """As far from the last fix as anybody could travel, or nearly."""
    radius_m = float(random.choice(RADII_M))
    slack_m = float(random.choice([0.97, 1.03])) * 70.0 * gap / MEGA + last.radius_m + radius_m
    lon, lat, _ = GEOD.fwd(last.lon, last.lat, float(random.choice([90.0, 270.0])), slack_m)
    return _fix("tag", last.at + gap, (lon, lat), radius_m)


def _out(metres: float) -> tuple[float, float]:
    """A place so far east of the zone's middle."""
    return _placed(metres, 0.0)


def _placed(east_m: float, north_m: float) -> tuple[float, float]:
    turn = math.degrees(math.atan2(east_m, north_m))
    lon, lat, _ = GEOD.fwd(*MIDDLE, turn, math.hypot(east_m, north_m))
    return lon, lat


# Two people ----------------------------------------


def _pair(random: Any, terms: Any, length: int) -> Iterator[Report]:
    """Tag and phone by turns; the tag as far from where the phone was as its grown error makes doubtful."""
    at, phone = NOON, _fix("phone", NOON, MIDDLE, 10.0)
    speed_mps = 0.0
    yield phone
    for _ in range(length):
        gap = moment(random, float(random.choice([10.0, 60.0, 60.0, 240.0, 600.0])))
        at += gap
        if random.random() < 0.35:
            speed_mps = float(random.choice([0.0, 1.2, 5.0, 38.0, 44.0]))
            metres = speed_mps * (at - phone.at) / MEGA
            lon, lat, _ = GEOD.fwd(phone.lon, phone.lat, float(random.choice([90.0, 270.0])), metres)
            speed_mps = 0.0 if at - phone.at > 10 * MINUTE else speed_mps
            phone = _fix("phone", at, (lon, lat), 10.0)
            yield phone
        else:
            radius_m = float(random.choice((*RADII_M, 101.0, 900.0)))
            grown_m = 10.0 + min(max(1.5, speed_mps), 40.0) * (at - phone.at) / MEGA
            line_m = terms.alert_m * float(random.choice([1.0, 1.0, 2.0, 40.0]))
            error_m = math.hypot(radius_m, grown_m) * beside(random, float(random.choice(FACTORS)))
            lon, lat, _ = GEOD.fwd(phone.lon, phone.lat, 0.0, max(line_m + error_m, 0.0))
            yield _fix("tag", at, (lon, lat), radius_m)
        if random.random() < 0.1:
            motion = Tristate(int(random.integers(0, 2)))
            yield replace(_heartbeat(at + 1, motion=motion), device=str(random.choice(["tag", "phone"])))


# A device ----------------------------------------


def _heartbeats(random: Any, terms: Any, length: int) -> Iterator[Report]:
    """Signs of life about as rare as is allowed, charges about the levels."""
    at = NOON
    for _ in range(length):
        at += moment(random, float(random.choice([60.0, 300.0, 300.0, 600.0])))
        if random.random() < 0.4:
            yield _fix("tag", at, MIDDLE, 10.0)
        else:
            level_pct = float(random.choice([10.0, 15.0, 20.0, 25.0])) + float(
                random.choice([-0.2, 0.0, 0.2])
            )
            beacon = Tristate(int(random.integers(-1, 2)))
            yield _heartbeat(at, battery_pct=level_pct, beacon_in_range=beacon)


def _fix(device: str, at: Micros, place: Sequence[float], radius_m: float) -> Report:
    lon, lat = place
    kind = ReportKind.FIX
    return Report(
        device=device,
        kind=kind,
        at=at,
        received_at=at,
        lon=lon,
        lat=lat,
        accuracy_m=float(np.float32(radius_m)),
    )


def _heartbeat(at: Micros, **said: Any) -> Report:
    return Report(device="tag", kind=ReportKind.HEARTBEAT, at=at, received_at=at, **said)
