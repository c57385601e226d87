"""Leaps nobody makes: what they must outlast to be believed, and that until then they judge nothing."""

import pytest

from em_engine.vocabulary import SECOND, Source
from tests.timeline import Moment, Timeline, exclusion, inclusion

FAR_M = 300_000.0
"""Farther than anybody comes in an hour at 70 m/s."""


def at_home_until(day: Timeline, until_s: int, *, every_s: int = 60, source: Source = Source.GNSS) -> None:
    """At home since noon, for so many seconds; the last fix is of that source."""
    day.at("12:00")
    tell(day, *range(0, until_s, every_s))
    tell(day, until_s, source=source)


def tell(day: Timeline, *after_noon_s: int, east_m: float = 0.0, source: Source = Source.GNSS) -> Timeline:
    """A fix there at each of these seconds after noon."""
    noon = day._civil("2026-11-20T12:00")
    for second in after_noon_s:
        day._step(None, noon + second * SECOND)
        Moment(day, day.now).fix(east_m=east_m, source=source)
    return day


def test_a_spoofer_of_half_a_minute_accuses_nobody() -> None:
    day = Timeline(inclusion())
    at_home_until(day, 1_200, every_s=10)
    tell(day, 1_210, 1_220, 1_230, 1_240, east_m=90_000.0)
    tell(day, *range(1_250, 1_500, 10))
    assert day.types == []


@pytest.mark.parametrize(
    ("stood_s", "lasted_s", "is_believed"),
    [(300, 299, False), (300, 300, True), (1_800, 599, False), (1_800, 600, True)],
)
def test_suspects_must_outlast_what_stood_before_them_or_ten_minutes(
    stood_s: int, lasted_s: int, is_believed: bool
) -> None:
    day = Timeline(inclusion())
    at_home_until(day, stood_s)
    first_s = stood_s + 60
    tell(day, *range(first_s, first_s + lasted_s - 59, 60), first_s + lasted_s, east_m=FAR_M)
    assert day.types == (["inclusion.left"] if is_believed else [])


@pytest.mark.parametrize(("silence_s", "is_believed"), [(600, False), (601, True)])
def test_after_a_long_silence_two_are_enough(silence_s: int, is_believed: bool) -> None:
    """Somebody may have flown; one that is wrong comes alone."""
    day = Timeline(inclusion())
    at_home_until(day, 1_800)
    tell(day, 1_800 + silence_s, east_m=FAR_M)
    assert day.types == []
    tell(day, 1_860 + silence_s, east_m=FAR_M)
    assert day.types == (["inclusion.left"] if is_believed else [])


@pytest.mark.parametrize(("gap_s", "is_believed"), [(600, False), (601, True)])
def test_the_first_fix_after_a_long_silence_stands_for_nothing(gap_s: int, is_believed: bool) -> None:
    day = Timeline(inclusion())
    at_home_until(day, 0)
    tell(day, gap_s)
    tell(day, gap_s + 10, gap_s + 20, east_m=FAR_M)
    tell(day, gap_s + 30, east_m=FAR_M)
    assert day.types == (["inclusion.left"] if is_believed else [])


@pytest.mark.parametrize(("source", "is_believed"), [(Source.WIFI, True), (Source.GNSS, False)])
def test_a_router_that_moved_house_stands_for_nothing(source: Source, is_believed: bool) -> None:
    day = Timeline(inclusion())
    at_home_until(day, 900, source=source)
    tell(day, 960, 1_020, east_m=FAR_M)
    assert day.types == (["inclusion.left"] if is_believed else [])


@pytest.mark.parametrize(("back_at_m", "is_overruled"), [(0.0, True), (4_050.0, False)])
def test_a_fix_that_was_the_odd_one_is_overruled_by_the_second_that_says_so(
    back_at_m: float, is_overruled: bool
) -> None:
    """A lone fix in the zone, 2 km away, a minute later; then home again at once, or as far on beyond."""
    day = Timeline(exclusion())
    at_home_until(day, 1_140)
    tell(day, 1_200, east_m=2_000.0)
    tell(day, 1_205, 1_210, 1_220, east_m=back_at_m)
    tell(day, 1_230, east_m=2_000.0)
    (opened, *rest) = day.changes
    assert opened.type == "exclusion.entered"
    assert [(one.change.value, one.detected_at) for one in rest] == (
        [("cleared", day.now - 10 * SECOND)] if is_overruled else []
    )


def test_a_leap_home_acquits_nobody() -> None:
    day = Timeline(inclusion())
    day.at("12:00")
    tell(day, *range(0, 1_200, 60), east_m=FAR_M)
    assert day.types == ["inclusion.left"]
    tell(day, *range(1_200, 1_740, 60))
    assert day.is_open("inclusion.left")
    tell(day, 1_740, 1_800, 1_860)
    assert not day.is_open("inclusion.left")


def test_suspects_that_do_not_follow_each_other_begin_anew() -> None:
    day = Timeline(inclusion())
    at_home_until(day, 120)
    for second in range(180, 900, 60):
        tell(day, second, east_m=FAR_M * (1 if second % 120 else -1))
    assert day.types == []


def test_who_can_have_got_there_by_now_has() -> None:
    """2 km in ten seconds is impossible, in half a minute it is not."""
    day = Timeline(inclusion())
    at_home_until(day, 1_200)
    tell(day, 1_210, 1_220, east_m=2_000.0)
    assert day.types == []
    tell(day, 1_230, east_m=2_000.0)
    assert day.types == ["inclusion.left"]
