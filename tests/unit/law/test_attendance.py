"""An appointment kept, though the position flickers; and one that was not."""

from datetime import timedelta
from typing import Any

import pytest

from em_engine.law.attendance import AttendanceTerms
from em_engine.rulebook.models import Condition
from tests.timeline import Timeline, minutes

TEN = minutes(10)


def appointment(minimum: timedelta = TEN) -> Timeline:
    """Ten minutes within 50 m of the office, between 12:00 and 13:00."""
    weekly: Any = ("daily 12:00-13:00",)
    terms = AttendanceTerms(zone="home", minimum=minimum, weekly=weekly)  # type: ignore[arg-type]
    return Timeline(Condition(id="office", kind="attendance", terms=terms))


def looks(day: Timeline, *metres: float, start: int = 10, accuracy_m: float = 20.0) -> list[str]:
    """A fix a minute, so far from the middle of the office; what was told a minute after the window."""
    for minute, away_m in enumerate(metres, start):
        day.at(f"12:{minute:02}").fix(metres_from_home=away_m, accuracy_m=accuracy_m)
    day.at("13:01")
    return day.types


AWAY = 500.0


@pytest.mark.parametrize(("count", "missed"), [(9, False), (8, True)])
def test_the_time_from_the_last_look_elsewhere_to_the_next_counts(count: int, missed: bool) -> None:
    told = looks(appointment(), AWAY, *[10.0] * count, AWAY)
    assert told == ["attendance.missed"] * missed


def test_what_is_undetermined_between_two_looks_inside_counts() -> None:
    inside, beside = 10.0, 60.0
    assert looks(appointment(), AWAY, *[inside, beside] * 4, inside, AWAY) == []


@pytest.mark.parametrize(("away_m", "missed"), [(70.1, True), (69.9, False)])
def test_a_look_surely_outside_between_them_takes_its_time(away_m: float, missed: bool) -> None:
    """Eleven minutes from look to look, of which two lie beside that one."""
    told = looks(appointment(), AWAY, *[10.0] * 4, away_m, 30, away_m, *[10.0] * 3, AWAY)
    assert told == []
    told = looks(appointment(), AWAY, *[10.0] * 4, away_m, 60, away_m, *[10.0] * 3, AWAY)
    assert told == ["attendance.missed"] * missed


@pytest.mark.parametrize(("first", "missed"), [("12:09:59", False), ("12:10:01", True)])
def test_silence_counts_for_ten_minutes_on_either_side_of_a_look(first: str, missed: bool) -> None:
    """He is seen on the way at `first`, once in the office, and not again."""
    day = appointment(minimum=minutes(20))
    day.at(first).fix(metres_from_home=AWAY)
    day.at("12:20").fix(metres_from_home=10)
    day.at("13:01")
    assert day.types == ["attendance.missed"] * missed


def test_who_was_there_before_the_window_is_there_from_its_start() -> None:
    day = appointment()
    day.at("11:55").fix(metres_from_home=10)
    assert looks(day, 10, 10, AWAY, start=8) == []


def test_who_never_came_missed_it() -> None:
    assert looks(appointment(), *[AWAY] * 12) == ["attendance.missed"]


def test_a_position_that_cannot_tell_is_no_coming() -> None:
    assert looks(appointment(), *[60.0] * 12) == ["attendance.missed"]


# What comes late ----------------------------------------


def cut_off(upload_at: str) -> Timeline:
    """Elsewhere at 12:05 and at 12:40, and what the tag stored in the office from 12:10 to 12:30 comes when
    it says."""
    day = appointment()
    day.at("12:05").fix(metres_from_home=AWAY)
    day.at("12:40").fix(metres_from_home=AWAY)
    day.at(upload_at)
    for minute in range(10, 31):
        day.at(upload_at).fix(metres_from_home=10, measured=f"12:{minute}")
    day.at("13:30")
    return day


@pytest.mark.parametrize("upload_at", ["12:45", "12:59:59"])
def test_what_was_stored_counts_if_it_comes_before_the_window_is_over(upload_at: str) -> None:
    assert cut_off(upload_at).changes == []


def test_what_comes_after_the_telling_takes_it_back_with_its_reason() -> None:
    told = cut_off("13:20").changes
    assert [one.change.value for one in told] == ["opened", "cleared", "withdrawn"]
    assert len({one.alert for one in told}) == 1
    assert told[-1].evidence["because"] == "late positions show that the appointment was kept"
    assert (told[0].evidence["present_s"], told[-1].evidence["present_s"]) == (0.0, 2_100.0)


def test_late_looks_elsewhere_show_that_it_was_missed() -> None:
    """One look in the office that silence surrounds; what the tag stored says that he left at once."""
    day = appointment()
    day.at("12:20").fix(metres_from_home=10)
    for minute in (19, 21):
        day.at("12:45").fix(metres_from_home=AWAY, measured=f"12:{minute}")
    day.at("13:01")
    assert day.types == ["attendance.missed"]


def test_a_long_window_is_counted_in_parts() -> None:
    """A window of four hours is counted in 128 parts: the first look of each decides."""
    weekly: Any = ("daily 12:00-16:00",)
    terms = AttendanceTerms(zone="home", minimum=minutes(60), weekly=weekly)  # type: ignore[arg-type]
    day = Timeline(Condition(id="office", kind="attendance", terms=terms))
    for minute in range(61):
        day.at(f"{12 + (minute + 30) // 60}:{(minute + 30) % 60:02}").fix(metres_from_home=10)
    day.at("13:31").fix(metres_from_home=AWAY)
    day.at("16:01")
    assert day.types == []
