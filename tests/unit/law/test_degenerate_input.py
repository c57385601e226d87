"""Input at the edge of what input can be, for every kind: nothing, one of each, nowhere, everywhere."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
import shapely

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.evidence import REMEMBERED
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.law.sobriety import SobrietyTerms
from em_engine.monitoring.arrears import OF_POSITION
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition, Rulebook, Zone
from em_engine.vocabulary import (
    HOUR,
    MINUTE,
    NEVER,
    SECOND,
    Batch,
    DeviceEvent,
    Micros,
    ReportKind,
    Source,
    TestResult,
    Tristate,
    blank_reports,
)
from tests.properties.hearts import PlaneGround, changes, in_arrears, in_time
from tests.properties.test_heart_and_reference import MILLISECOND, assert_same, by_slot
from tests.properties.worlds import MIDDLE, NOON
from tests.reference.documents import order, rulebook
from tests.reference.ground import GEOD
from tests.reference.judge import judge
from tests.reference.reports import Report, as_batch

ALWAYS: Any = {"zone": "zone", "weekly": ("daily 00:00-24:00",)}
TERMS: dict[str, Any] = {
    "exclusion": ExclusionTerms(buffer_m=100.0, **ALWAYS),
    "inclusion": InclusionTerms(**ALWAYS),
    "curfew": CurfewTerms(confirm_every=timedelta(days=9), **ALWAYS),
    "contact-ban": ContactBanTerms(with_="P-1", alert_m=300.0),  # type: ignore[arg-type]
    "device-health": DeviceHealthTerms(heartbeat_every=timedelta(hours=3), fix_every=timedelta(hours=3)),
    "attendance": AttendanceTerms(minimum=timedelta(minutes=5), **ALWAYS),
    "sobriety": SobrietyTerms(weekly=("daily 12:00-13:00",)),  # type: ignore[arg-type]
}


def rules(kind: str) -> Rulebook:
    """One case with one condition of that kind; P-1 carries the phone."""
    condition = Condition(id=kind, kind=kind, terms=TERMS[kind])
    zone = Zone(name="zone", geometry=shapely.Point(MIDDLE), radius_m=300.0)
    return rulebook([order("case", condition, devices=("tag",), protected={"P-1": ("phone",)})], [zone])


def fix(minute: float, *, east_m: float = 0.0, device: str = "tag", **given: Any) -> Report:
    """A fix so far east of the zone's middle, 15 minutes before noon and so many minutes on."""
    at: Micros = NOON + round(minute * MINUTE)
    lon, lat, _ = GEOD.fwd(*MIDDLE, 90.0, east_m)
    told = Report(device=device, kind=ReportKind.FIX, at=at, received_at=at, lon=lon, lat=lat, accuracy_m=5.0)
    return replace(told, **given)


def heartbeat(minute: float, **given: Any) -> Report:
    """A heartbeat that says nothing but what is given."""
    at: Micros = NOON + round(minute * MINUTE)
    return Report(device="tag", kind=ReportKind.HEARTBEAT, at=at, received_at=at, **given)


def walk(*east_m: float, **given: Any) -> list[Report]:
    """A fix a minute."""
    return [fix(minute, east_m=metres, **given) for minute, metres in enumerate(east_m)]


IN, OUT = 0.0, 900.0
LONG_AGO = NOON - 8 * 24 * HOUR
AHEAD = 2 * MINUTE
"""The door lets no report in that is further ahead of us."""
POLES = ((0.0, 90.0), (90.0, 90.0), (0.0, -90.0), (7.0, -90.0))
SAID = ((0.0, Tristate.NO), (100.0, Tristate.YES), (10.0, Tristate.UNKNOWN))

INPUTS: dict[str, list[Report]] = {
    "one fix": walk(IN),
    "one fix outside": walk(OUT),
    "one heartbeat that says nothing": [heartbeat(0)],
    "one event that is none": [replace(heartbeat(0), kind=ReportKind.EVENT)],
    "a stranger alone": [replace(one, device="somebody's") for one in walk(IN, OUT, IN)],
    "the protected person alone": [replace(one, device="phone") for one in walk(IN, OUT, IN)],
    "nowhere": [fix(0, lon=0.0, lat=0.0), fix(1, lon=-9e-7, lat=9e-7), fix(2, lon=0.0, lat=-0.0)],
    "nowhere between": [*walk(OUT, OUT), fix(2, lon=0.0, lat=0.0), fix(3, east_m=OUT), fix(4)],
    "poles": [fix(k, lon=lon, lat=lat) for k, (lon, lat) in enumerate(POLES)],
    "round the antimeridian": [
        fix(k, lon=lon, lat=-17.0) for k, lon in enumerate([180.0, -180.0, 179.9999, -179.9999])
    ],
    "one place, told all day": walk(*[IN] * 30),
    "in and out each minute": walk(*[IN, OUT] * 15),
    "on the boundary": walk(*[300.0, 299.999999, 300.000001] * 5),
    "as exact as can be": walk(IN, OUT, OUT, IN, IN, accuracy_m=0.001),
    "as vague as can be": walk(IN, OUT, OUT, IN, IN, accuracy_m=1e6),
    "a microsecond apart": [
        fix(0, at=NOON + k, received_at=NOON + k, east_m=OUT * (k % 2)) for k in range(9)
    ],
    "all at one instant": [fix(0, east_m=OUT * (k % 2)) for k in range(9)],
    "newest first": [
        fix(20 - k, received_at=NOON + 20 * MINUTE + k, east_m=OUT * (k % 3)) for k in range(18)
    ],
    "ahead of us": [replace(one, at=one.at + AHEAD) for one in walk(IN, OUT, OUT, IN, OUT, OUT)],
    "an hour behind us": [replace(one, at=one.at - HOUR) for one in walk(IN, OUT, OUT, IN, OUT, OUT)],
    "before anybody was watched": [*walk(IN), fix(1, at=LONG_AGO, east_m=OUT), fix(2, east_m=IN)],
    "one that is ahead": [
        *walk(OUT, OUT),
        fix(2, at=NOON + 2 * MINUTE + AHEAD),
        *[fix(3 + k) for k in range(4)],
    ],
    "every event at once": [
        replace(heartbeat(0), kind=ReportKind.EVENT, event=event, result=TestResult.FAIL)
        for event in DeviceEvent
    ],
    "a heartbeat that says all": [
        heartbeat(
            k,
            battery_pct=pct,
            charging=said,
            strap_closed=said,
            case_closed=said,
            beacon_in_range=said,
            motion=said,
        )
        for k, (pct, said) in enumerate(SAID)
    ],
}  # fmt: skip
for _source in Source:
    INPUTS[f"no accuracy from {_source.name.lower()}"] = walk(
        IN, OUT, OUT, IN, IN, accuracy_m=None, source=_source
    )


@pytest.mark.parametrize("given", INPUTS)
@pytest.mark.parametrize("kind", TERMS)
def test_the_heart_reads_the_law_s_page_of_it(kind: str, given: str) -> None:
    rules_, reports = rules(kind), INPUTS[given]
    until = reports[-1].received_at + 90 * MINUTE
    told = changes(rules_, reports, until=until)
    expected = judge(rules_, reports, until=until, ground=PlaneGround(rules_))
    assert_same(by_slot(in_time(told)), by_slot(expected.told), within=MILLISECOND)
    assert_same(by_slot(in_arrears(told)), by_slot(expected.late), within=MILLISECOND)


SAY_NOTHING = (
    "one fix", "one heartbeat that says nothing", "one event that is none", "a stranger alone", "nowhere",
    "on the boundary", "as vague as can be",
)  # fmt: skip


@pytest.mark.parametrize("given", SAY_NOTHING)
@pytest.mark.parametrize("kind", ["inclusion", "curfew", "contact-ban"])
def test_what_says_nothing_accuses_nobody(kind: str, given: str) -> None:
    told = changes(rules(kind), INPUTS[given], until=NOON + 2 * HOUR)
    assert [one for one in told if one.type in OF_POSITION] == []


@pytest.mark.parametrize("kind", TERMS)
def test_an_empty_batch_is_time_and_nothing_else(kind: str) -> None:
    heart, other = Heart(compile_rules(rules(kind))), Heart(compile_rules(rules(kind)))
    for devices in ((), ("tag", "phone"), ("somebody's",)):
        nothing = Batch(devices=devices, rows=blank_reports(0))
        assert heart.step(nothing, NOON).changes == other.step(None, NOON).changes
        assert heart.next_wake == other.next_wake
    assert heart.step(as_batch([]), NOON + HOUR).changes == other.step(None, NOON + HOUR).changes


def test_no_condition_at_all_is_judged_in_no_time() -> None:
    nobody = Heart(compile_rules(rulebook([], [])))
    step = nobody.step(as_batch(walk(IN, OUT)), NOON + HOUR)
    assert (step.changes, list(step.unknown), nobody.next_wake) == ((), [0, 1], NEVER)


def counts(reports: Sequence[Report], again: Report) -> tuple[int, int]:
    """Of one more report after these: whether it was a duplicate, and whether it was late."""
    heart = Heart(compile_rules(rules("inclusion")))
    heart.step(as_batch(reports), reports[-1].received_at)
    step = heart.step(as_batch([again]), again.received_at)
    return step.duplicates, step.late


@pytest.mark.parametrize(("back", "is_remembered"), [(REMEMBERED, True), (REMEMBERED + 1, False)])
def test_sixteen_fixes_are_remembered(back: int, is_remembered: bool) -> None:
    reports = walk(*[IN] * 20)
    again = replace(reports[-back], received_at=NOON + 20 * MINUTE)
    assert REMEMBERED == 16
    assert counts(reports, again) == ((1, 0) if is_remembered else (0, 1))


@pytest.mark.parametrize(("degrees", "is_position"), [(0.9e-6, False), (1.1e-6, True)])
def test_nowhere_is_a_millionth_of_a_degree(degrees: float, is_position: bool) -> None:
    """Told again, a position is a duplicate; what is none is forgotten."""
    there = fix(0, lon=degrees, lat=0.0)
    assert counts([there], replace(there, received_at=NOON + SECOND))[0] == int(is_position)
