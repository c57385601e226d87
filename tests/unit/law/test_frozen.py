"""A receiver that repeats one place to the last digit although the device moves tells nothing."""

import pytest

from em_engine.vocabulary import SECOND, Source
from tests.timeline import Moment, Timeline, contact_ban, device_health, inclusion, minutes

AWAY_M = 3_000.0


def at_second(day: Timeline, after_noon_s: int) -> Moment:
    """So many seconds after noon."""
    day._step(None, day._civil("2026-11-20T12:00") + after_noon_s * SECOND)
    return Moment(day, day.now)


def told_place_at(day: Timeline) -> int:
    """How many seconds after noon the tag's position is from."""
    return (int(day.heart.seats["at"][0]) - day._civil("2026-11-20T12:00")) // SECOND


@pytest.mark.parametrize(
    ("speed_mps", "after_s", "is_news"),
    [
        (1.0, 29, True),
        (1.0, 30, False),
        (0.99, 60, True),
        (3.0, 9, True),
        (3.0, 10, False),
        (None, 600, True),
    ],
)
def test_who_has_gone_thirty_metres_is_not_where_he_was(
    speed_mps: float | None, after_s: int, is_news: bool
) -> None:
    day = Timeline(inclusion())
    at_second(day, 0).fix(speed_mps=speed_mps)
    at_second(day, after_s).fix(speed_mps=speed_mps)
    assert told_place_at(day) == (after_s if is_news else 0)


def test_the_way_is_counted_from_when_the_place_was_first_told() -> None:
    """At a fix a second no single step is long."""
    day = Timeline(inclusion())
    for second in range(60):
        at_second(day, second).fix(speed_mps=1.5)
    assert told_place_at(day) == 19


@pytest.mark.parametrize(
    ("source", "east_m", "is_news"),
    [
        (Source.GNSS, 0.0, False),
        (Source.WIFI, 0.0, True),
        (Source.CELL, 0.0, True),
        (Source.GNSS, 0.02, True),
    ],
)
def test_only_a_satellite_fix_that_repeats_the_place_to_the_last_digit_is_frozen(
    source: Source, east_m: float, is_news: bool
) -> None:
    day = Timeline(inclusion())
    at_second(day, 0).fix(speed_mps=2.0)
    at_second(day, 60).fix(speed_mps=2.0, source=source, east_m=east_m)
    assert told_place_at(day) == (60 if is_news else 0)


def test_a_new_place_ends_it() -> None:
    day = Timeline(inclusion())
    at_second(day, 0).fix(speed_mps=2.0)
    at_second(day, 60).fix(speed_mps=2.0)
    at_second(day, 61).fix(speed_mps=2.0, east_m=1.0)
    at_second(day, 75).fix(speed_mps=2.0, east_m=1.0)
    assert told_place_at(day) == 75


@pytest.mark.parametrize(("fix_s", "is_news"), [(599, True), (600, False)])
def test_ten_minutes_of_nothing_but_motion_are_not_spent_in_one_place(fix_s: int, is_news: bool) -> None:
    day = Timeline(inclusion())
    at_second(day, 0).fix()
    for second in (0, 200, 400):
        at_second(day, second).heartbeat(motion=True)
    at_second(day, fix_s).fix()
    assert told_place_at(day) == (fix_s if is_news else 0)


@pytest.mark.parametrize(
    ("beats", "is_news"),
    [
        ([(0, True), (300, True), (600, True)], False),
        ([(0, True), (300, False), (600, True)], True),
        ([(0, True), (300, None), (600, True)], False),
        ([(-100, True), (300, True), (600, True)], False),
        ([(-301, True), (300, True), (600, True)], True),
        ([(0, True), (50, True)], False),
        ([(0, True), (49, True)], True),
    ],
)
def test_every_heartbeat_must_say_so_and_lately(beats: list[tuple[int, bool | None]], is_news: bool) -> None:
    day = Timeline(inclusion())
    at_second(day, -400).fix()
    for second, motion in beats:
        at_second(day, second).heartbeat(motion=motion)
    at_second(day, 650).fix()
    assert told_place_at(day) == (650 if is_news else -400)


def test_a_frozen_receiver_acquits_nobody() -> None:
    """One fix at home after a silence is not enough to end it, however often it is repeated."""
    away = Timeline(inclusion())
    for second in range(0, 600, 60):
        at_second(away, second).fix(east_m=AWAY_M)
    at_second(away, 660).fix()
    for second in range(720, 1_200, 60):
        at_second(away, second).fix(speed_mps=1.5)
    assert away.is_open("inclusion.left")


def test_what_tells_nothing_new_is_no_fix_for_the_order() -> None:
    day = Timeline(device_health(fix_every=minutes(5)))
    for second in range(0, 601, 60):
        at_second(day, second).fix(speed_mps=2.0)
    assert day.types == ["device.no-fix"]


def test_where_a_protected_person_s_wearer_is_becomes_unknown() -> None:
    day = Timeline(contact_ban(300))
    for second in range(0, 900, 60):
        at_second(day, second).fix(speed_mps=2.0)
        at_second(day, second + 30).fix(device="phone", east_m=AWAY_M + second / 10)
    assert day.types == ["contact.unknown"]
