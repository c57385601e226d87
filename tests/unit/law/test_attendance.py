"""An appointment kept, though the position flickers; and one that was not."""

import pytest

from em_engine.law.attendance import AttendanceTerms
from em_engine.rulebook.models import Condition
from tests.timeline import Timeline, minutes

TEN = minutes(10)


def appointment() -> Timeline:
    """Ten minutes within 50 m of the office, between 12:00 and 13:00."""
    terms = AttendanceTerms(zone="home", minimum=TEN, weekly=("daily 12:00-13:00",))  # type: ignore[arg-type]
    return Timeline(Condition(id="office", kind="attendance", terms=terms))


def looks(day: Timeline, *metres: float, start: int = 10, accuracy_m: float = 20.0) -> list[str]:
    """A fix a minute, so far from the middle of the office; what was told when the window is over."""
    for minute, away_m in enumerate(metres, start):
        day.at(f"12:{minute:02}").fix(metres_from_home=away_m, accuracy_m=accuracy_m)
    day.at("13:01")
    return day.types


@pytest.mark.parametrize(("count", "missed"), [(11, False), (10, True)])
def test_the_time_from_the_first_to_the_last_look_counts(count: int, missed: bool) -> None:
    assert looks(appointment(), *[10.0] * count) == ["attendance.missed"] * missed


def test_what_is_undetermined_between_two_looks_inside_counts() -> None:
    inside, beside = 10.0, 60.0
    assert looks(appointment(), *[inside, beside] * 5, inside) == []


@pytest.mark.parametrize(("away_m", "missed"), [(70.1, True), (69.9, False)])
def test_a_look_surely_outside_between_them_breaks_the_stay(away_m: float, missed: bool) -> None:
    assert looks(appointment(), *[10.0] * 5, away_m, *[10.0] * 5) == ["attendance.missed"] * missed


@pytest.mark.parametrize(("then", "missed"), [("12:20:00", False), ("12:20:01", True)])
def test_silence_of_more_than_ten_minutes_breaks_the_stay(then: str, missed: bool) -> None:
    day = appointment()
    day.at("12:10").fix(metres_from_home=10)
    day.at(then).fix(metres_from_home=10)
    day.at("13:01")
    assert day.types == ["attendance.missed"] * missed


def test_who_was_there_before_the_window_is_there_from_its_start() -> None:
    day = appointment()
    day.at("11:55").fix(metres_from_home=10)
    assert looks(day, 10, 10, 10, 10, 10, 10, start=5) == []


def test_who_never_came_missed_it() -> None:
    assert looks(appointment(), *[500.0] * 12) == ["attendance.missed"]
