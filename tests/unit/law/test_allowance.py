"""An allowance of absence: what it covers, when it runs out, and that it is granted anew."""

from dataclasses import replace
from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from em_engine.law.schedule import Schedule
from em_engine.law.terms import Allowance
from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import compile_rules
from em_engine.rulebook.models import Condition
from em_engine.vocabulary import ChangeKind, micros
from tests.timeline import Breach, Timeline, curfew, minutes

NIGHT = curfew("19:00", "07:00")
"""Home from seven to seven; 2026-11-20 is a Friday."""


def granting(total: timedelta, per: str = "week", night: Condition = NIGHT) -> Timeline:
    allowance = Allowance(total=total, per=per)  # type: ignore[arg-type]
    return Timeline(replace(night, terms=replace(night.terms, allowance=allowance)))


def out(night: Timeline, gone: str, back: str) -> None:
    """Seen a minute before on the other side, so that each crossing is known to the second."""
    for time, metres in ((gone, 500.0), (back, 0.0)):
        at = datetime.fromisoformat(f"2026-01-01T{time[-5:]}")
        before = f"{time[:-5]}{at - timedelta(minutes=1):%H:%M}"
        night.at(before).fix(metres_from_home=500.0 - metres)
        night.at(time).fix(metres_from_home=metres)
        night.at(f"{time}:30").fix(metres_from_home=metres)


def test_short_absences_are_not_told_while_they_last() -> None:
    night = granting(minutes(60))
    out(night, "20:00", "20:20")
    out(night, "21:00", "21:20")
    night.at("23:00")
    assert night.changes == []


def test_the_absence_that_uses_it_up_opens_when_it_ran_out() -> None:
    night = granting(minutes(60))
    out(night, "20:00", "20:20")
    out(night, "21:00", "21:50")
    (breach,) = night.breaches
    assert breach.type == "curfew.left"
    # Gone at 20:59:06 (50 of 500 m), after 20:48 were spent: 39:12 more.
    assert breach.opened == "21:38:18"
    assert breach.detected == "21:39:18"
    assert breach.cleared.startswith("21:49:5")


@pytest.mark.parametrize(
    ("back", "told"), [("20:58", False), ("21:01", True)], ids=["back in time", "back a minute late"]
)
def test_it_is_told_by_when_he_came_back_not_by_when_that_was_heard(back: str, told: bool) -> None:
    night = granting(minutes(60))
    out(night, "20:00", back)
    assert bool(night.breaches) is told
    if told:
        assert night.breaches[0].opened == "20:59:06"
        assert night.breaches[0].detected == "21:00:06"


def test_nothing_left_is_told_at_once() -> None:
    night = granting(minutes(10))
    out(night, "20:00", "20:30")
    out(night, "21:00", "21:05")
    first, second = night.breaches
    assert (first.opened, second.opened, second.detected) == ("20:09:06", "20:59:06", "21:00:00")


def test_who_does_not_come_back_is_told_by_the_clock() -> None:
    night = granting(minutes(30))
    night.at("19:59").fix(metres_from_home=0)
    night.at("20:00").fix(metres_from_home=500)
    night.at("20:01").fix(metres_from_home=500)
    night.at("20:30:05")
    assert night.changes == []
    night.at("20:30:06")
    assert night.breaches == [Breach("curfew.left", "20:29:06", "20:30:06")]


def test_it_is_granted_anew_every_week_from_monday() -> None:
    night = granting(minutes(30))
    out(night, "20:00", "20:25")
    night.at("2026-11-22T12:00").fix(metres_from_home=0)
    out(night, "2026-11-22T22:00", "2026-11-22T22:20")
    assert len(night.breaches) == 1  # the same week: 25 and 20 minutes
    night.at("2026-11-23T18:00").fix(metres_from_home=0)
    out(night, "2026-11-23T20:00", "2026-11-23T20:25")
    assert len(night.breaches) == 1  # a new one


@pytest.mark.parametrize(("per", "told"), [("day", 0), ("week", 1), ("month", 1)])
def test_a_period_is_one_of_the_calendar(per: str, told: int) -> None:
    night = granting(minutes(30), per)
    out(night, "20:00", "20:25")
    out(night, "2026-11-21T20:00", "2026-11-21T20:25")
    assert len(night.breaches) == told


def test_an_absence_over_the_end_of_a_period_counts_in_each() -> None:
    night = granting(minutes(60))
    night.at("2026-11-22T23:09").fix(metres_from_home=0)
    for time in ("2026-11-22T23:10", "2026-11-22T23:11", "2026-11-23T00:40"):
        night.at(time).fix(metres_from_home=500)
    night.at("2026-11-23T00:50").fix(metres_from_home=0)
    night.at("2026-11-23T00:51").fix(metres_from_home=0)
    assert night.changes == []  # fifty minutes of one week, fifty of the next
    night.at("2026-11-23T02:00").fix(metres_from_home=0)
    out(night, "2026-11-23T03:00", "2026-11-23T03:12")
    assert len(night.breaches) == 1


def test_what_ends_with_the_window_is_over() -> None:
    night = granting(minutes(60))
    night.at("06:39").fix(metres_from_home=0)
    night.at("06:40").fix(metres_from_home=500)
    night.at("06:41").fix(metres_from_home=500)
    night.at("09:00").fix(metres_from_home=500)
    assert night.changes == []
    night.at("18:00").fix(metres_from_home=0)
    out(night, "20:00", "20:50")
    assert [one.opened for one in night.breaches] == ["20:38:12"]  # 20:54 of the morning, then 39:06


def test_who_comes_home_late_spends_it_too() -> None:
    night = granting(minutes(30))
    night.at("18:59").fix(metres_from_home=500)
    night.at("19:00")
    night.at("19:05").fix(metres_from_home=500)
    night.at("19:20").fix(metres_from_home=0)
    night.at("19:21").fix(metres_from_home=0)
    assert night.changes == []
    out(night, "21:00", "21:30")
    assert [one.type for one in night.breaches] == ["curfew.left"]


def test_the_evidence_tells_of_the_allowance() -> None:
    night = granting(minutes(30))
    out(night, "20:00", "20:45")
    opened = next(one for one in night.changes if one.change is ChangeKind.OPENED)
    assert opened.evidence["allowance_s"] == 1800.0
    assert opened.evidence["allowance_per"] == "week"
    assert opened.evidence["away_since"] == "2026-11-20T18:59:06.000Z"


def test_a_restart_forgets_nothing_of_it() -> None:
    night = granting(minutes(60))
    out(night, "20:00", "20:20")
    night.at("20:59").fix(metres_from_home=0)
    night.at("21:00").fix(metres_from_home=500)
    night.at("21:01").fix(metres_from_home=500)
    blob = snapshot.dump(night.heart)
    night.heart, told = snapshot.load(blob, compile_rules(night.heart.rules.rulebook))
    assert told == ()
    night.at("22:00")
    assert [one.opened for one in night.breaches] == ["21:38:18"]


def test_an_absence_that_is_held_back_is_not_withdrawn_with_its_condition() -> None:
    night = granting(minutes(60))
    night.at("20:59").fix(metres_from_home=0)
    night.at("21:00").fix(metres_from_home=500)
    night.at("21:01").fix(metres_from_home=500)
    book = night.heart.rules.rulebook
    other = replace(
        book, revision="other", orders=(replace(book.orders[0], conditions=(replace(NIGHT, id="x"),)),)
    )
    _, told = snapshot.load(snapshot.dump(night.heart), compile_rules(other), night.now)
    assert [one for one in told if one.change is ChangeKind.WITHDRAWN] == []


def test_who_was_on_his_way_home_as_the_window_began_gains_no_time_by_it() -> None:
    """Away at its start by the fix before; the way between that and the next one crosses earlier."""
    night = granting(minutes(10))
    night.at("18:57").fix(metres_from_home=70, accuracy_m=5)
    night.at("19:04").fix(metres_from_home=0, accuracy_m=5)
    night.at("19:05").fix(metres_from_home=0, accuracy_m=5)
    out(night, "20:00", "20:10")  # 10:48
    assert [one.type for one in night.breaches] == ["curfew.left"]


@pytest.mark.parametrize(
    ("at", "per", "start", "end"),
    [
        ("2026-11-22T23:59", "day", "2026-11-22T00:00", "2026-11-23T00:00"),
        ("2026-03-29T12:00", "day", "2026-03-29T00:00", "2026-03-30T00:00"),
        ("2026-11-22T23:59", "week", "2026-11-16T00:00", "2026-11-23T00:00"),
        ("2026-11-23T00:00", "week", "2026-11-23T00:00", "2026-11-30T00:00"),
        ("2026-12-31T12:00", "month", "2026-12-01T00:00", "2027-01-01T00:00"),
        ("2026-02-28T12:00", "month", "2026-02-01T00:00", "2026-03-01T00:00"),
    ],
)
def test_periods_are_civil(at: str, per: str, start: str, end: str) -> None:
    oslo = ZoneInfo("Europe/Oslo")

    def utc(text: str) -> int:
        return micros(datetime.fromisoformat(text).replace(tzinfo=oslo))

    assert Schedule(zone=oslo).period(utc(at), per) == (utc(start), utc(end))
