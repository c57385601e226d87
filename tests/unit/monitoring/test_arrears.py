"""How far back the past goes that late fixes may bring up."""

from datetime import datetime

import pytest

from em_engine.law.geofence import ExclusionTerms
from em_engine.rulebook.models import Condition, Phase
from em_engine.vocabulary import ReportKind, Source, parse_rfc3339
from tests.properties.hearts import changes
from tests.reference.reports import Report
from tests.timeline import HOME, Timeline, curfew, exclusion, inclusion, place


@pytest.mark.parametrize(
    ("second", "told"), [("00", ["exclusion.entered"]), ("01", [])], ids=["31 days", "a second more"]
)
def test_a_late_fix_of_more_than_a_month_ago_is_not_judged(second: str, told: list[str]):
    """One fix deep in the zone on 20 November at 12:02, which nothing contradicts."""
    day = Timeline(exclusion(), day="2026-12-21")
    day.at("12:00").fix()
    day.at("12:01").fix()
    day.at(f"12:02:{second}").fix(east_m=2_000.0, measured="2026-11-20T12:02")
    assert day.late_types == told


def test_a_clock_that_was_reset_brings_up_nothing():
    """A fix of 1970 under a nightly curfew: half a century of windows is not lived again."""
    day = Timeline(curfew("00:00", "24:00"))
    day.at("12:00").fix()
    day.at("12:01").fix()
    for second in ("00", "50"):
        day.at(f"12:02:{second}").fix(east_m=2_000.0, measured=f"1970-01-02T00:00:{second}")
    assert day.late_types == []


def in_bed(*later: int) -> Timeline:
    """Home at 22:00 by Wi-Fi; then a position astray, with speeds of one who lies still, a fix a minute.

    Those of the minutes in `later` come when the others are there.
    """
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:00").fix(source=Source.WIFI)
    for minute in range(1, 9):
        if minute not in later:
            night.at(f"22:0{minute}").fix(metres_from_home=150 + minute, accuracy_m=20.0, speed_mps=0.1)
    for minute in later:
        measured = f"22:0{minute}"
        night.at("22:08:01").fix(
            metres_from_home=150 + minute, accuracy_m=20.0, speed_mps=0.1, measured=measured
        )
    night.at("22:10")
    return night


def test_who_is_seen_still_by_late_fixes_alone_is_seen_still():
    """With three minutes missing someone may have gone and stopped unseen; the clock would tell."""
    assert in_bed(1).types == []
    assert in_bed(1, 2, 3, 4, 5, 6, 7).types == in_bed(1, 2, 3, 4, 5, 6, 7).late_types == []


def test_late_fixes_that_were_judged_are_neighbours_of_later_ones():
    """Uploads of three, the newest first: what the second shows begins with the first, and that at home."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:00").fix(source=Source.WIFI, seq=0)
    for upload in ((3, 2, 1), (6, 5, 4)):
        for second, minute in enumerate(upload):
            night.at(f"22:0{upload[0]}:0{second}").fix(
                metres_from_home=150 + minute,
                accuracy_m=20.0,
                speed_mps=0.1,
                measured=f"22:0{minute}",
                seq=minute,
            )
    night.at("22:09")
    assert night.types == night.late_types == []


@pytest.mark.parametrize(
    "first_from", ["11:00", "12:30"], ids=["second part in force", "first part in force"]
)
def test_a_stay_that_goes_on_is_asked_of_the_part_that_is_in_force(first_from: str):
    """One condition of two parts, which differ in their ring; he has been in the zone since 12:00:30."""
    phase = Phase(from_=datetime.fromisoformat(f"2026-11-20T{first_from}"), terms=banned(50.0))
    ban = Condition(id="keep-out", kind="exclusion", terms=banned(0.0), phases=(phase,))
    day = Timeline(ban)
    day.at("12:00").fix()
    day.at("12:05").fix(east_m=2_000.0)
    day.at("12:05:01").fix(east_m=1_990.0, measured="12:02")
    day.at("12:05:02").fix(east_m=1_995.0, measured="12:02:50")
    day.at("12:05:30")
    stays = [one for one in day.breaches if one.type == "exclusion.entered"]
    assert [one.cleared for one in stays] == [""]
    assert "exclusion.entered" not in day.late_types


def banned(buffer_m: float) -> ExclusionTerms:
    """Out of the ban."""
    return ExclusionTerms(zone="ban", buffer_m=buffer_m)  # type: ignore[arg-type]


def test_late_fixes_are_judged_in_their_time_however_the_reports_are_cut():
    """A stay proved at 22:05:06, before the clock would tell it at 22:06, and a report long after both."""
    lon, lat = place(150.0, 0.0)
    fixes = [("22:00", "22:00", HOME), ("22:05", "22:05", (lon, lat)), ("22:01", "22:05:01", (lon, lat))]
    fixes += [("22:02", "22:05:01", place(151.0, 0.0)), ("22:20", "22:20", place(152.0, 0.0))]
    reports = [
        Report(
            device="tag",
            kind=ReportKind.FIX,
            at=_utc(at),
            received_at=_utc(received_at),
            lon=where[0],
            lat=where[1],
            accuracy_m=5.0,
        )
        for at, received_at, where in fixes
    ]
    rules = Timeline(inclusion()).rulebook
    whole = changes(rules, reports, until=_utc("22:30"))
    assert [(one.change.value, one.at) for one in whole] == [("opened", _utc("22:05:06"))]
    assert changes(rules, reports, until=_utc("22:30"), cuts=range(1, 5)) == whole


def _utc(time: str) -> int:
    return parse_rfc3339(f"2026-11-20T{time}{':00' * (len(time) == 5)}Z")
