"""Who lies still has one error, however often it is told; what a window's beginning asks; what came first.

Home is a circle of 50 m. A fix 150 m from it with a radius of 20 m lies 100 m beyond.
"""

from typing import Any

import pytest

from em_engine.law.attendance import AttendanceTerms
from em_engine.rulebook.models import Condition
from em_engine.vocabulary import Source
from tests.timeline import Breach, Timeline, curfew, exclusion, minutes

A_M = 20.0


def after_a_turn_in_bed(*, motion_at_the_end: bool = False) -> Timeline:
    """At home by Wi-Fi at 22:01; something moved before 22:05, nothing from then to 22:10."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("21:59").fix(accuracy_m=A_M)
    night.at("22:00").heartbeat(motion=False)
    night.at("22:01").fix(metres_from_home=20, accuracy_m=30, source=Source.WIFI)
    night.at("22:05").heartbeat(motion=True)
    night.at("22:06").fix(metres_from_home=20, accuracy_m=900, source=Source.CELL)
    night.at("22:10").heartbeat(motion=motion_at_the_end)
    return night


def out(night: Timeline, time: str, metres: float = 150.0) -> None:
    """Never twice in the same place to the last digit."""
    aside_m = int(time.replace(":", "")) % 97 / 1000
    night.at(time).fix(metres_from_home=metres + aside_m, accuracy_m=A_M, speed_mps=0.1)


@pytest.mark.parametrize("moves", [True, False])
def test_one_fix_of_a_device_that_lies_still_is_not_told_by_the_clock(moves: bool) -> None:
    night = after_a_turn_in_bed(motion_at_the_end=moves)
    out(night, "22:11")
    night.at("22:30")
    assert night.types == ["curfew.left"] * moves


def test_two_more_in_two_minutes_are_enough_where_they_are_far_beyond() -> None:
    night = after_a_turn_in_bed()
    out(night, "22:11")
    out(night, "22:12")
    assert night.types == []
    out(night, "22:13")
    assert night.types == ["curfew.left"]


@pytest.mark.parametrize(("metres", "told_after"), [(89.5, 8), (91.0, 4)], ids=["within 2 a", "beyond"])
def test_near_the_line_it_takes_longer(metres: float, told_after: int) -> None:
    night = after_a_turn_in_bed()
    told = []
    for minute in range(11, 50):
        if minute % 5 == 0:
            night.at(f"22:{minute}").heartbeat(motion=False)
        out(night, f"22:{minute}", metres)
        told += [minute - 10] * (night.types != [] and told == [])
    assert told == [told_after]


@pytest.mark.parametrize(("metres", "opens"), [(129.0, False), (131.0, True)])
def test_what_a_routers_error_explains_it_explains_all_evening(metres: float, opens: bool) -> None:
    """Its radius is 40 m, home's 50 m."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("21:59").fix(accuracy_m=A_M)
    for minute in range(60):
        night.at(f"22:{minute:02}").fix(metres_from_home=metres, accuracy_m=40, source=Source.WIFI)
    assert night.types == ["curfew.left"] * opens


def before_the_window(*times: str, metres: float) -> Timeline:
    """Seen so far from home at these times, before he must be there at 22:00."""
    night = Timeline(curfew("22:00", "07:00"))
    for time in times:
        night.at(time).fix(metres_from_home=metres, accuracy_m=A_M)
    return night


@pytest.mark.parametrize(("metres", "opens"), [(442.0, True), (440.0, False)])
def test_at_the_start_he_may_have_walked_home_since(metres: float, opens: bool) -> None:
    """Four minutes at 1.5 m/s are 360 m: of 391 m beyond home 31 m are left, and these are 0.99."""
    night = before_the_window("21:55", "21:56", metres=metres)
    night.at("22:00:10")
    assert night.types == ["curfew.late"] * opens
    night.at("22:01").fix(metres_from_home=metres, accuracy_m=A_M)
    night.at("22:02").fix(metres_from_home=metres, accuracy_m=A_M)
    assert night.breaches == [Breach("curfew.late", "22:00:00", "22:00:00" if opens else "22:02:00")]


def test_the_first_fix_after_a_long_silence_does_not_accuse_at_the_start() -> None:
    night = before_the_window("21:59", metres=1_450)
    night.at("22:00:30").fix(accuracy_m=A_M)
    assert night.breaches == []


def test_a_heartbeat_from_home_says_nothing_of_the_fixes_before_it() -> None:
    """What a tag has stored may come newest first: home again, then the outing."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("21:58").fix(accuracy_m=A_M, speed_mps=0.1)
    night.at("21:59").fix(metres_from_home=30, accuracy_m=A_M, speed_mps=1.4)
    night.at("22:04").heartbeat(beacon=True, measured="22:03")
    night.at("22:04:01").fix(metres_from_home=150, accuracy_m=A_M, speed_mps=0.2, measured="22:00")
    assert night.types == ["curfew.left"]
    night.at("22:05").heartbeat(beacon=True)
    assert not night.is_open("curfew.left")


def appointment(*, speed_mps: float | None) -> Timeline:
    """Half an hour at the office between 12:00 and 13:00: he comes, then his position wanders off for ten
    minutes."""
    weekly: Any = ("daily 12:00-13:00",)
    terms = AttendanceTerms(zone="home", minimum=minutes(30), weekly=weekly)
    day = Timeline(Condition(id="office", kind="attendance", terms=terms))
    for minute in range(10, 35):
        is_astray = 18 <= minute < 28
        day.at(f"12:{minute}").fix(
            metres_from_home=(200.0 if is_astray else 10.0) + minute / 100,
            accuracy_m=A_M,
            speed_mps=speed_mps,
        )
    day.at("12:36").fix(metres_from_home=500, accuracy_m=A_M, speed_mps=1.4)
    day.at("13:02")
    return day


def test_who_has_not_moved_has_not_left_the_office() -> None:
    assert appointment(speed_mps=0.1).types == []


def test_who_may_have_walked_out_of_it_may_have_left() -> None:
    assert appointment(speed_mps=1.1).types == ["attendance.missed"]


@pytest.mark.parametrize(
    ("router_says_m", "told"),
    [(1_560.5, False), (1_561.5, True), (1_590.0, True)],
    ids=["sure", "nearly", "leaning"],
)
def test_a_router_that_only_leans_out_of_an_exclusion_excuses_nobody(
    router_says_m: float, told: bool
) -> None:
    """Somebody lay down 15 m within the ring at 22:05; a router says otherwise, give or take 39 m."""
    night = Timeline(exclusion(buffer_m=100.0))
    night.at("22:00").fix(east_m=900.0, accuracy_m=A_M)
    night.at("22:05").heartbeat(motion=True)
    night.at("22:06").fix(east_m=router_says_m, accuracy_m=39.0, source=Source.WIFI)
    for minute in range(10, 59):
        if minute % 5 == 0:
            night.at(f"22:{minute}").heartbeat(motion=False)
        night.at(f"22:{minute}:01").fix(east_m=1_615.0 + minute / 1000, accuracy_m=5.0, speed_mps=0.1)
    assert night.types == ["exclusion.approach"] * told


def test_but_at_home_he_may_be() -> None:
    """Fifteen metres beyond his zone by satellites, within it by his router: he lies in bed."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:05").heartbeat(motion=True)
    night.at("22:06").fix(metres_from_home=45.0, accuracy_m=39.0, source=Source.WIFI)
    for minute in range(10, 59):
        if minute % 5 == 0:
            night.at(f"22:{minute}").heartbeat(motion=False)
        night.at(f"22:{minute}:01").fix(metres_from_home=65.0 + minute / 1000, accuracy_m=5.0, speed_mps=0.1)
    assert night.types == []
