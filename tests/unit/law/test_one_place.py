"""A device that does not leave its place tells one error again and again: what that takes from a suspicion.

Home is a circle of 50 m. A fix 90 m from it with a radius of 30 m lies 40 m beyond.
"""

from math import cos, radians, sin

import pytest

from em_engine.vocabulary import Source
from tests.timeline import PHONE, Timeline, contact_ban, curfew


def indoors(*, speed_mps: float | None = 0.1) -> Timeline:
    """At home until 22:00, a fix every five minutes, someone pottering about."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("20:50").fix()
    for minute in range(30, 60, 5):
        night.at(f"21:{minute}").fix(metres_from_home=minute / 10, accuracy_m=10.0, speed_mps=speed_mps)
        night.at(f"21:{minute}:01").heartbeat(motion=True)
    night.at("22:00").fix(metres_from_home=10, accuracy_m=30.0, source=Source.WIFI)
    night.at("22:00:01").heartbeat(motion=True)
    return night


def seen(
    night: Timeline,
    time: str,
    metres: float,
    accuracy_m: float,
    speed_mps: float | None = 0.1,
    *,
    bearing: float = 90.0,
) -> None:
    """A fix so far from the middle of home, and the heartbeat of the same waking."""
    east_m, north_m = metres * sin(radians(bearing)), metres * cos(radians(bearing))
    night.at(time).fix(east_m=east_m, north_m=north_m, accuracy_m=accuracy_m, speed_mps=speed_mps)
    night.at(f"{time[:5]}:59").heartbeat(motion=True)


# Two fixes of one place ---------------------------------------------------------------------


@pytest.mark.parametrize(
    ("first_mps", "then_mps", "turned", "opens"),
    [
        (0.1, 0.1, 1.0, False),
        (0.1, 1.0, 1.0, True),
        (1.0, 0.1, 1.0, True),
        (0.1, None, 1.0, True),
        (0.1, 0.1, 38.8, False),
        (0.1, 0.1, 39.1, True),
    ],
    ids=["standing", "walking", "walked there", "telling no speed", "their circles meet", "elsewhere"],
)
def test_two_fixes_near_the_line_are_one_witness_where_nothing_tells_of_moving(
    first_mps: float, then_mps: float | None, turned: float, opens: bool
) -> None:
    """Both 40 m beyond with radii of 30 m, which one error explains; seen from home so many degrees apart."""
    night = indoors()
    seen(night, "22:05", 90.0, 30.0, first_mps)
    seen(night, "22:10", 90.0, 30.0, then_mps, bearing=90.0 - turned)
    assert night.types == ["curfew.left"] * opens


def test_who_stands_there_is_told_of_after_a_while() -> None:
    night = indoors()
    for minute in range(5, 60):
        seen(night, f"22:{minute:02}", 90.0 + minute / 1000, 30.0)
    (left,) = night.breaches
    assert (left.type, left.detected) == ("curfew.left", "22:14:00")


def test_who_walks_out_is_told_of_with_the_first_sure_fix() -> None:
    night = indoors()
    seen(night, "22:01", 70.0, 10.0, 1.4)
    seen(night, "22:02", 150.0, 10.0, 1.4)
    (left,) = night.breaches
    assert (left.type, left.detected) == ("curfew.left", "22:01:00")


# The first fix after a long silence ---------------------------------------------------------


def after_silence() -> Timeline:
    """One fix 1 km off, with a radius of 20 m, eleven minutes after the last."""
    night = indoors()
    night.at("22:11").fix(metres_from_home=1_000, accuracy_m=20, speed_mps=0.1)
    return night


def test_a_first_fix_after_a_long_silence_waits_ten_minutes_for_company() -> None:
    night = after_silence()
    night.at("22:20:59")
    assert night.types == []
    night.at("22:21")
    (left,) = night.breaches
    assert (left.type, left.detected) == ("curfew.left", "22:21:00")


def test_the_next_fix_acquits_or_accuses() -> None:
    home, gone = after_silence(), after_silence()
    home.at("22:16").fix(accuracy_m=20, speed_mps=0.1)
    home.at("22:40")
    assert home.types == []
    gone.at("22:12").fix(metres_from_home=1_010, accuracy_m=20, speed_mps=0.1)
    assert gone.types == ["curfew.left"]


# Seen still -----------------------------------------------------------------------------------


@pytest.mark.parametrize(("then", "opens"), [("22:02:30", False), ("22:02:31", True)])
def test_a_router_s_fix_between_hides_no_more_than_none(then: str, opens: bool) -> None:
    """Found at home at 22:00; a speed 150 s later is told as if no fix without one lay between."""
    night = indoors()
    night.at("22:01").fix(metres_from_home=70, accuracy_m=60, source=Source.WIFI)
    seen(night, then, 160.0, 20.0)
    night.at("22:10")
    assert night.types == ["curfew.left"] * opens


def wandering(night: Timeline, *metres: float) -> Timeline:
    """A fix a minute from 22:01 on, 20 m wide."""
    for minute, out_m in enumerate(metres, start=1):
        night.at(f"22:{minute:02}").fix(metres_from_home=out_m, accuracy_m=20.0, speed_mps=0.1)
    return night


def test_looks_of_a_device_that_does_not_move_are_as_vague_as_they_differ() -> None:
    """Out to 180 m beyond, and half an hour later 80 m beyond, on its way home."""
    way = [*range(100, 230, 13), *[230] * 12, *range(230, 90, -13)]
    night = wandering(indoors(), *(float(one) + number / 1000 for number, one in enumerate(way)))
    assert len(way) > 31
    assert night.types == []


def test_who_sits_somewhere_else_is_told_of_after_half_an_hour() -> None:
    night = wandering(indoors(), *(170.0 + 10.0 * (number % 2) for number in range(32)))
    (left,) = night.breaches
    assert (left.type, left.detected) == ("curfew.left", "22:31:00")
    assert left.opened < "22:01"


# A position that wandered --------------------------------------------------------------------


def wandered(*, home_at: str) -> Timeline:
    """At rest while its position was 100 m beyond at 22:06; at home again; then someone turned in bed."""
    night = indoors()
    night.at("22:01").heartbeat(motion=False)
    night.at("22:02").fix(accuracy_m=10, speed_mps=0.1)
    night.at("22:05:50").heartbeat(motion=False)
    night.at("22:06").fix(metres_from_home=150, accuracy_m=20, speed_mps=0.1)
    night.at(home_at).fix(metres_from_home=15, accuracy_m=30, source=Source.WIFI)
    night.at(f"{home_at}:01").heartbeat(motion=True)
    return night


@pytest.mark.parametrize(("home_at", "opens"), [("22:35", False), ("22:36", True)])
def test_a_position_that_wandered_wanders_again_within_half_an_hour(home_at: str, opens: bool) -> None:
    night = wandered(home_at=home_at)
    for minute in (41, 42):
        night.at(f"22:{minute}").fix(metres_from_home=150 + minute / 1000, accuracy_m=20, speed_mps=0.1)
    assert night.types == ["curfew.left"] * opens


@pytest.mark.parametrize("speed_mps", [1.0, None])
def test_but_who_walks_or_tells_no_speed_has_left(speed_mps: float | None) -> None:
    night = wandered(home_at="22:10")
    night.at("22:12").fix(metres_from_home=150, accuracy_m=20, speed_mps=speed_mps)
    night.at("22:13:30")
    assert night.types == ["curfew.left"]


# What the clock learns -----------------------------------------------------------------------


@pytest.mark.parametrize("motion", [True, False])
def test_one_fix_of_a_device_that_was_at_rest_since_the_fix_before_needs_company(motion: bool) -> None:
    """The heartbeat of the same waking comes a second after the fix; at 22:05 he was hardly outside."""
    night = indoors()
    night.at("22:05").fix(metres_from_home=60, accuracy_m=15, speed_mps=0.1)
    night.at("22:05:01").heartbeat(motion=True)
    night.at("22:10").fix(metres_from_home=110, accuracy_m=20, speed_mps=0.1)
    night.at("22:10:01").heartbeat(motion=motion)
    night.at("22:12")
    assert night.types == ["curfew.left"] * motion


# Where two are -------------------------------------------------------------------------------


def two_apart(*, beat: str, speed_mps: float) -> Timeline:
    """The wearer's last fix at 12:00, a heartbeat that tells of motion, then only of rest; the phone tells
    where it is every five minutes."""
    day = Timeline(contact_ban(300))
    day.at("11:59").fix(east_m=5_000, speed_mps=speed_mps)
    day.at("12:00").fix(east_m=5_000, speed_mps=speed_mps)
    day.at(beat).heartbeat(motion=True)
    for minute in range(1, 40):
        day.at(f"12:{minute:02}").fix(device=PHONE)
        if minute % 5 == 0:
            day.at(f"12:{minute:02}").heartbeat(motion=False)
    return day


@pytest.mark.parametrize(
    ("beat", "speed_mps", "is_known"),
    [("12:00:10", 0.2, True), ("12:00:11", 0.2, False), ("12:00:01", 1.0, False)],
    ids=["of one waking", "later", "on the way"],
)
def test_motion_told_with_a_fix_was_before_it(beat: str, speed_mps: float, is_known: bool) -> None:
    day = two_apart(beat=beat, speed_mps=speed_mps)
    assert day.types == ([] if is_known else ["contact.unknown"])
