"""An outline that may be off by metres nobody knows: within them a position proves neither side, ever."""

from dataclasses import replace
from datetime import timedelta

import pytest

from tests.timeline import Timeline, curfew, exclusion, inclusion, minutes

SECONDS_15 = timedelta(seconds=15)


def still_there(timeline: Timeline, *, since: str, until: str, east_m: float) -> list[str]:
    """Four fixes a minute from the same place."""
    timeline.at(since).fix(east_m=east_m)
    timeline.every(SECONDS_15, until=until, east_m=east_m)
    timeline.at(until)
    return timeline.types


@pytest.mark.parametrize(
    ("east_m", "told"),
    [
        (240.0, []),  # 190 m outside of the drawn border
        (256.0, ["inclusion.left"]),  # 206 m, 5 m of them the position's own error
    ],
)
def test_nobody_has_left_a_zone_while_the_border_may_run_farther_out(east_m: float, told: list[str]) -> None:
    day = Timeline(inclusion(), outline_accuracy_m=200.0)
    day.at("09:00").fix(east_m=0.0)
    assert still_there(day, since="09:05", until="10:05", east_m=east_m) == told


def test_hours_of_fixes_within_the_doubt_add_up_to_nothing() -> None:
    day = Timeline(inclusion(), outline_accuracy_m=200.0)
    assert still_there(day, since="09:00", until="13:00", east_m=249.0) == []


def test_the_same_fixes_accuse_where_the_outline_is_exact() -> None:
    day = Timeline(inclusion())
    assert still_there(day, since="09:00", until="09:05", east_m=249.0) == ["inclusion.left"]


def test_a_breach_does_not_end_within_the_doubt() -> None:
    day = Timeline(inclusion(), outline_accuracy_m=30.0)
    day.at("09:00").fix(east_m=0.0)
    still_there(day, since="09:05", until="09:10", east_m=300.0)
    still_there(day, since="09:11", until="09:30", east_m=30.0)
    assert day.is_open("inclusion.left")
    still_there(day, since="09:31", until="09:35", east_m=0.0)
    assert not day.is_open("inclusion.left")


def test_nobody_is_in_a_forbidden_zone_whose_border_may_run_farther_in() -> None:
    day = Timeline(exclusion(), outline_accuracy_m=100.0)
    assert still_there(day, since="09:00", until="10:00", east_m=2_000.0 - 205.0) == []
    assert still_there(day, since="10:01", until="10:05", east_m=2_000.0 - 190.0) == ["exclusion.entered"]


@pytest.mark.parametrize(("north_m", "told"), [(150.0, ["exclusion.crossed"]), (210.0, [])])
def test_a_way_has_led_through_where_it_ran_deeper_than_the_doubt(north_m: float, told: list[str]) -> None:
    day = Timeline(exclusion(), outline_accuracy_m=100.0)
    day.at("09:00").fix(east_m=1_200.0, north_m=north_m)
    day.at("09:02").fix(east_m=2_800.0, north_m=north_m)
    assert day.types == told


def test_at_the_start_of_a_window_the_doubt_accuses_nobody() -> None:
    night = Timeline(curfew("19:00", "07:00"), outline_accuracy_m=200.0)
    night.at("18:59").fix(east_m=240.0)
    night.at("19:30")
    assert night.types == []


def test_who_may_be_at_home_is_known_to_be_somewhere() -> None:
    home = curfew("19:00", "23:00")
    asking = replace(home, terms=replace(home.terms, confirm_every=minutes(30)))
    night = Timeline(asking, outline_accuracy_m=200.0)
    night.at("18:55").fix(east_m=100.0)
    night.every(minutes(10), until="22:00", east_m=100.0)
    assert night.types == []
    night.at("22:50")
    assert night.types == ["curfew.unconfirmed"]
