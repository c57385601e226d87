"""Visits that one fix has shown: told when the next one confirms it, and not when it does not."""

import pytest

from em_engine.vocabulary import Source
from tests.timeline import Breach, Timeline, exclusion, inclusion, place

MIDDLE_M = 2_000.0
"""East of home, the middle of the ban zone, which is 300 m deep."""


def drive(
    *, silence: str, speed_mps: float | None, then_m: float = 2_700.0, after: str = "12:16:00"
) -> Timeline:
    """Beside the ban zone until noon, next heard of in the middle of it, and then beyond."""
    tour = Timeline(exclusion())
    for time in ("11:59:00", "12:00:00"):
        tour.at(time).fix(east_m=1_400, speed_mps=0.1)
    tour.at(silence).fix(east_m=MIDDLE_M, accuracy_m=10, speed_mps=0.1)
    tour.at(after).fix(east_m=then_m, accuracy_m=10, speed_mps=speed_mps)
    tour.at("12:30:00")
    return tour


def test_a_visit_is_told_as_the_next_fix_comes_from_there() -> None:
    tour = drive(silence="12:15:00", speed_mps=12.0)
    assert tour.breaches == [Breach("exclusion.entered", "12:15:00", "12:16:00", "12:15:25.714")]


@pytest.mark.parametrize(
    ("speed_mps", "told"),
    [(None, False), (0.4, False), (11.4, True), (11.2, False)],
    ids=["no word", "at rest", "just fast enough", "too slow"],
)
def test_only_by_the_speed_it_tells(speed_mps: float | None, told: bool) -> None:
    """700 m in a minute, of which both radii grant 20 m."""
    assert drive(silence="12:15:00", speed_mps=speed_mps).types == ["exclusion.entered"] * told


@pytest.mark.parametrize(("after", "told"), [("12:17:30", True), ("12:17:31", False)])
def test_within_a_hundred_and_fifty_seconds(after: str, told: bool) -> None:
    assert drive(silence="12:15:00", speed_mps=12.0, after=after).types == ["exclusion.entered"] * told


def test_a_fix_that_needs_no_company_is_told_at_once_and_only_once() -> None:
    tour = drive(silence="12:01:00", speed_mps=12.0, after="12:02:00")
    assert [(one.type, one.detected) for one in tour.breaches] == [("exclusion.entered", "12:01:00")]


def test_who_comes_and_goes_within_five_minutes_has_crossed_it() -> None:
    tour = drive(silence="12:03:00", speed_mps=12.0, after="12:03:50")
    assert tour.types == ["exclusion.crossed"]


def test_a_leap_of_some_seconds_is_no_visit() -> None:
    """Recorded receivers stray 75 m for seven seconds, whatever speed they tell."""
    tour = Timeline(inclusion())
    for time, metres in (("12:00:00", 10), ("12:00:05", 85), ("12:00:12", 10)):
        tour.at(time).fix(metres_from_home=metres, speed_mps=12.0)
    assert tour.types == []


def test_leaving_an_inclusion_zone_is_told_likewise() -> None:
    tour = Timeline(inclusion())
    tour.at("12:00:00").fix(speed_mps=8.0)
    tour.at("12:02:00").fix(metres_from_home=200, speed_mps=12.0)
    tour.at("12:03:00").fix(metres_from_home=10, speed_mps=8.0)
    assert [(one.type, one.detected) for one in tour.breaches] == [("inclusion.left", "12:03:00")]


def test_two_fixes_there_are_no_visit_of_one() -> None:
    """Of a device that was at rest: the second is no more than the first."""
    tour = Timeline(inclusion())
    for minute in range(10):
        tour.at(f"12:{minute:02}").fix(speed_mps=0.1, accuracy_m=20)
    for time in ("12:10:00", "12:11:00"):
        tour.at(time).fix(metres_from_home=120, accuracy_m=20, speed_mps=0.1)
    tour.at("12:12:00").fix(metres_from_home=10, speed_mps=3.0)
    assert tour.types == []


# A hole in the count -------------------------------------------------------------------------------


def uploaded(*, missing_m: float | None) -> Timeline:
    """One fix within the zone above a hole in the count, one beyond it; what was missing comes 3 s later."""
    tour = Timeline(exclusion())
    tour.at("12:00:00").fix(east_m=1_400, seq=1)
    tour.at("12:05:00").fix(east_m=1_690, accuracy_m=20, measured="12:02:00", seq=2)
    tour.at("12:05:00.1").fix(east_m=1_800, accuracy_m=10, measured="12:03:00", seq=4)
    tour.at("12:05:00.2").fix(east_m=1_640, accuracy_m=10, measured="12:04:00", seq=5)
    tour.at("12:05:03")
    if missing_m is not None:
        tour.at("12:05:03.5").fix(east_m=missing_m, accuracy_m=10, measured="12:02:30", seq=3)
    return tour


def test_one_fix_above_a_hole_is_told_a_minute_later() -> None:
    tour = uploaded(missing_m=None)
    tour.at("12:06:01")
    assert tour.types == []
    tour.at("12:06:03")
    (visit,) = tour.breaches
    assert (visit.type, visit.detected) == ("exclusion.entered", "12:04:00")


def test_or_by_what_was_missing() -> None:
    tour = uploaded(missing_m=1_750.0)
    tour.at("12:10:00")
    (visit,) = tour.breaches
    assert (visit.type, visit.opened < "12:02:30") == ("exclusion.entered", True)


def test_however_many_impossible_fixes_came_between() -> None:
    """More than a seat remembers; what the visit rests on is told all the same."""
    tour = Timeline(exclusion())
    tour.at("12:00:00").fix(east_m=1_400, speed_mps=0.1)
    tour.at("12:15:00").fix(east_m=MIDDLE_M, accuracy_m=10, speed_mps=0.1)
    for second in range(1, 31):
        tour.at(f"12:15:{second:02}").fix(east_m=90_000 * second, accuracy_m=10, speed_mps=12.0)
    tour.at("12:16:00").fix(east_m=2_700, accuracy_m=10, speed_mps=12.0)
    (visit,) = tour.breaches
    assert (visit.type, visit.detected) == ("exclusion.entered", "12:16:00")
    evidence = tour.changes[0].evidence
    assert evidence["fix"]["fixed_at"] == "2026-11-20T11:15:00.000Z"
    assert evidence["fix"]["lon"] == pytest.approx(place(MIDDLE_M, 0.0)[0], abs=1e-6)
    assert evidence["next_fix_at"] == "2026-11-20T11:16:00.000Z"


# Who stands near a line ----------------------------------------------------------------------------


def by_routers(*more: tuple[str, float, Source], until: int = 5) -> Timeline:
    """Comes by car to 45 m within the ring of 500 m, where there are only routers of 30 m, a fix a minute."""
    stay = Timeline(exclusion(buffer_m=500))
    stay.at("12:00:00").fix(east_m=900, speed_mps=9.0)
    for time, depth_m, source in more:
        stay.at(time).fix(east_m=1_200 + depth_m, accuracy_m=10, speed_mps=0.1, source=source)
    for minute in range(2, until + 1):
        stay.at(f"12:{minute:02}:00").fix(east_m=1_245, accuracy_m=30, source=Source.WIFI)
    return stay


def test_routers_near_the_line_accuse_when_they_have_lasted() -> None:
    assert [(one.type, one.detected) for one in by_routers().breaches] == [("exclusion.approach", "12:05:00")]
    assert by_routers(until=4).types == []


def test_silence_after_them_opens_nothing() -> None:
    stay = by_routers(until=2)
    stay.at("12:30:00")
    assert stay.types == []


@pytest.mark.parametrize(("depth_m", "told"), [(-5.0, False), (9.0, False), (11.0, True)])
def test_satellites_of_the_same_stay_take_their_word_from_them(depth_m: float, told: bool) -> None:
    stay = by_routers(("12:01:00", depth_m, Source.GNSS), until=12)
    assert stay.types == ["exclusion.approach"] * told


def test_out_of_a_ring_is_who_is_out_of_it_with_his_whole_circle() -> None:
    """He stands 20 m within it; one vague fix in between leans out of it."""
    stay = Timeline(exclusion(buffer_m=500))
    stay.at("12:00:00").fix(east_m=1_150, speed_mps=1.5)
    stay.at("12:01:00").fix(east_m=1_215, accuracy_m=20, speed_mps=1.5)
    stay.at("12:02:00").fix(east_m=1_195, accuracy_m=25, speed_mps=0.1)
    stay.at("12:03:00").fix(east_m=1_221, accuracy_m=6, speed_mps=0.1)
    assert [(one.type, one.detected) for one in stay.breaches] == [("exclusion.approach", "12:03:00")]


@pytest.mark.parametrize(
    ("out_m", "accuracy_m", "told"), [(201.0, 5.0, True), (199.0, 5.0, False), (201.0, 16.0, False)]
)
def test_a_sharp_position_far_off_does_not_wander(out_m: float, accuracy_m: float, told: bool) -> None:
    """Home is 50 m wide."""
    stay = Timeline(inclusion())
    for minute in range(10):
        stay.at(f"12:{minute:02}").fix(speed_mps=0.1)
    for minute in (10, 11):
        stay.at(f"12:{minute}").fix(
            metres_from_home=out_m + minute / 1000, accuracy_m=accuracy_m, speed_mps=0.1
        )
    assert stay.types == ["inclusion.left"] * told


def test_an_alert_ends_when_its_wearer_left_for_the_last_time() -> None:
    """Out at 12:03, doubtfully in again at 12:04, out for good at 12:05."""
    walk = Timeline(exclusion())
    for time, east_m, accuracy_m in (
        ("12:00", 1_400, 5), ("12:01", 2_000, 5), ("12:02", 1_760, 5),
        ("12:03", 1_698, 10), ("12:04", 1_705, 10), ("12:05", 1_640, 10), ("12:06", 1_500, 5),
    ):  # fmt: skip
        walk.at(time).fix(east_m=east_m, accuracy_m=accuracy_m)
    (breach,) = walk.breaches
    assert "12:04" < breach.cleared < "12:05"
