"""Who leaves has to move: what speeds and motion say of a position that wandered out of home.

Home is a circle of 50 m. A fix 150 m from it with a radius of 20 m lies 100 m beyond.
"""

import pytest

from em_engine.vocabulary import Source
from tests.timeline import Timeline, curfew, exclusion, minutes

OUT_M, A_M = 150.0, 20.0


def at_home(*, speed_mps: float | None = None, motion: bool | None = None) -> Timeline:
    """A curfew night, begun at home: a fix a minute from 21:50 to 22:00, a heartbeat every five minutes."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("20:50").fix()
    for minute in range(50, 60):
        if minute % 5 == 0:
            night.at(f"21:{minute}").heartbeat(motion=motion)
        night.at(f"21:{minute}").fix(metres_from_home=minute / 100, accuracy_m=A_M, speed_mps=speed_mps)
    night.at("22:00").heartbeat(motion=motion)
    night.at("22:00").fix(accuracy_m=A_M, speed_mps=speed_mps)
    return night


def out(night: Timeline, time: str, *, metres: float = OUT_M, speed_mps: float | None = None) -> None:
    """A fix beyond home, never twice in the same place to the last digit."""
    aside_m = int(time.replace(":", "")) % 97 / 1000
    night.at(time).fix(metres_from_home=metres + aside_m, accuracy_m=A_M, speed_mps=speed_mps)


def test_without_a_word_of_motion_one_clear_fix_is_enough() -> None:
    night = at_home()
    out(night, "22:01")
    assert night.types == ["curfew.left"]


@pytest.mark.parametrize(("speed_mps", "opens"), [(1.0, True), (0.9, False)], ids=["a walk", "not a walk"])
def test_a_walk_shows_in_the_speed(speed_mps: float, opens: bool) -> None:
    night = at_home(speed_mps=0.1, motion=False)
    out(night, "22:01", speed_mps=speed_mps)
    assert night.types == ["curfew.left"] * opens


def test_who_walked_at_his_last_fix_at_home_has_moved() -> None:
    night = at_home(speed_mps=0.1, motion=False)
    night.at("22:01").fix(metres_from_home=1, accuracy_m=A_M, speed_mps=1.2)
    out(night, "22:02", speed_mps=0.0)
    assert night.types == ["curfew.left"]


def test_a_device_at_rest_accuses_nobody_however_long_its_position_wanders() -> None:
    night = at_home(motion=False)
    for minute in range(1, 60):
        out(night, f"22:{minute:02}")
        if minute % 5 == 0:
            night.at(f"22:{minute:02}").heartbeat(motion=False)
    assert night.types == []


def one_leap(*, motion: bool | None) -> Timeline:
    """Two minutes after the last fix at home one 1.4 km off, and a heartbeat on either side of it."""
    night = at_home(motion=motion)
    out(night, "22:02", metres=1_400.0)
    night.at("22:02:01").heartbeat(motion=motion)
    return night


def test_one_leap_of_a_device_at_rest_needs_company() -> None:
    night = one_leap(motion=False)
    night.at("22:30")
    assert night.types == []
    night = one_leap(motion=False)
    out(night, "22:03", metres=1_405.0)
    assert night.types == ["curfew.left"]


def test_one_leap_of_a_device_that_moves_is_told_by_the_clock() -> None:
    night = one_leap(motion=True)
    night.at("22:04")
    assert night.types == ["curfew.left"]


@pytest.mark.parametrize(("then", "opens"), [("22:10:00", False), ("22:10:01", True)])
def test_a_heartbeat_vouches_for_rest_for_ten_minutes(then: str, opens: bool) -> None:
    night = at_home(motion=False)
    out(night, then)
    night.at("22:21")
    assert night.types == ["curfew.left"] * opens


def test_motion_ends_rest() -> None:
    night = at_home(motion=False)
    night.at("22:00:30").heartbeat(motion=True)
    out(night, "22:01")
    assert night.types == ["curfew.left"]


def astray(night: Timeline, first: int, last: int, *, speed_mps: float | None = None) -> Timeline:
    """A position that wandered off at 22:01, at rest; then someone turned in bed; fixes beyond home since."""
    out(night, "22:01")
    night.at("22:01:30").heartbeat(motion=True)
    for minute in range(first, last + 1):
        out(night, f"22:{minute:02}", speed_mps=speed_mps)
    return night


def test_who_turns_in_bed_while_his_position_wanders_has_not_left_before_it_has_lasted_half_an_hour() -> None:
    assert astray(at_home(motion=False), 2, 31).types == []
    (left,) = astray(at_home(motion=False), 2, 32).breaches
    assert (left.type, left.detected) == ("curfew.left", "22:32:00")


def test_who_walks_while_his_position_wanders_has_left() -> None:
    assert astray(at_home(motion=False), 2, 2, speed_mps=1.0).types == ["curfew.left"]


def test_a_position_that_was_home_again_wanders_no_more() -> None:
    night = astray(at_home(motion=False), 2, 2)
    night.at("22:03").fix(accuracy_m=A_M)
    out(night, "22:04")
    assert night.types == ["curfew.left"]


@pytest.mark.parametrize(("speed_mps", "opens"), [(0.33, False), (0.34, True)])
def test_who_creeps_away_shows_it_in_some_minutes(speed_mps: float, opens: bool) -> None:
    """The speed of the last minutes is nought at 21:50 and 0.89 of that at 22:01 as long as it is told."""
    night = at_home(speed_mps=speed_mps, motion=True)
    out(night, "22:01", speed_mps=speed_mps)
    assert night.types == ["curfew.left"] * opens


@pytest.mark.parametrize(("motion", "opens"), [(True, True), (False, False)])
def test_who_creeps_has_a_motion_sensor_that_says_so(motion: bool, opens: bool) -> None:
    night = at_home(speed_mps=0.1)
    night.at("22:00:20").heartbeat()
    night.at("22:00:40").heartbeat(motion=motion)
    for minute in (1, 2, 3):
        out(night, f"22:0{minute}", speed_mps=0.6)
    assert night.types == ["curfew.left"] * opens


def test_one_speed_is_no_pace() -> None:
    night = at_home(speed_mps=0.1)
    out(night, "22:01", speed_mps=0.7)
    out(night, "22:02", speed_mps=0.1)
    assert night.types == []


@pytest.mark.parametrize("motion", [True, False])
def test_the_clock_asks_again_whether_the_device_was_at_rest(motion: bool) -> None:
    """What a tag stored comes newest first: the fix of 22:05 before the heartbeat of 22:04."""
    night = at_home(motion=False)
    night.at("22:03").heartbeat(motion=True)
    night.at("22:04").fix(accuracy_m=A_M)
    out(night, "22:08")
    night.at("22:08:30").heartbeat(motion=motion, measured="22:07")
    night.at("22:10")
    assert night.types == ["curfew.left"] * motion


def test_rest_that_began_after_he_was_last_found_at_home_says_nothing() -> None:
    """But for the ten seconds of one waking, in which fix and heartbeat are told together."""
    assert rest_since("22:00:10.001").types == ["curfew.left"]
    assert rest_since("22:00:10").types == []


def rest_since(time: str) -> Timeline:
    """Found at home at 22:00; the first heartbeat that vouches for rest says so from `time` on."""
    night = at_home()
    night.at(time).heartbeat()
    night.at("22:00:50").heartbeat(motion=False)
    out(night, "22:01")
    return night


def test_rest_begins_with_the_heartbeat_before_the_first_that_tells_of_it() -> None:
    night = at_home()
    night.at("22:00:50").heartbeat(motion=False)
    out(night, "22:01")
    assert night.types == []


@pytest.mark.parametrize(("metres", "opens"), [(490.1, True), (489.9, False)])
def test_no_position_wanders_further_than_400_m_and_two_radii(metres: float, opens: bool) -> None:
    night = at_home(speed_mps=0.1, motion=False)
    out(night, "22:01", metres=metres, speed_mps=0.1)
    assert night.types == ["curfew.left"] * opens


def test_seen_still_the_evidence_must_last_half_an_hour() -> None:
    night = at_home(speed_mps=0.1)
    for minute in range(1, 31):
        out(night, f"22:{minute:02}", speed_mps=0.1)
    assert night.types == []
    out(night, "22:31", speed_mps=0.1)
    (left,) = night.breaches
    assert (left.type, left.detected) == ("curfew.left", "22:31:00")
    assert left.opened < "22:01"


def test_the_clock_does_not_open_what_was_seen_still() -> None:
    night = at_home(speed_mps=0.1)
    out(night, "22:01", speed_mps=0.1)
    night.at("22:20")
    assert night.types == []


@pytest.mark.parametrize(("then", "opens"), [("22:02:30", False), ("22:02:31", True)])
def test_between_speeds_more_than_150_s_apart_someone_may_have_gone(then: str, opens: bool) -> None:
    night = at_home(speed_mps=0.1)
    out(night, then, speed_mps=0.1)
    night.at("22:04")
    assert night.types == ["curfew.left"] * opens


def test_a_fix_without_a_speed_neither_breaks_nor_makes_the_watch() -> None:
    night = at_home(speed_mps=0.1)
    night.at("22:01").fix(accuracy_m=A_M, source=Source.WIFI)
    out(night, "22:02", speed_mps=0.1)
    out(night, "22:03", speed_mps=0.1)
    assert night.types == []


def test_a_window_does_not_open_on_a_position_that_wandered() -> None:
    night = Timeline(curfew("22:00", "07:00"))
    for minute in range(50, 58):
        night.at(f"21:{minute}").fix(accuracy_m=A_M, speed_mps=0.1)
    out(night, "21:58", speed_mps=0.1)
    out(night, "21:59", speed_mps=0.1)
    night.at("22:00:30")
    assert night.types == []


@pytest.mark.parametrize(("accuracy_m", "opens"), [(64.0, True), (66.0, False)])
def test_a_window_opens_on_a_sure_fix(accuracy_m: float, opens: bool) -> None:
    """115 m beyond, of which he may have walked 15 m home since: 2.33 sigma of 100 m are 0.99."""
    night = Timeline(curfew("22:00", "07:00"))
    night.at("21:59:40").fix(metres_from_home=OUT_M + 15.0, accuracy_m=accuracy_m)
    night.at("21:59:50").fix(metres_from_home=OUT_M + 15.0, accuracy_m=accuracy_m)
    night.at("22:00:10")
    assert night.types == ["curfew.late"] * opens


def test_one_fix_of_wifi_is_never_enough_and_a_second_a_minute_later_is() -> None:
    night = at_home()
    night.at("22:01").fix(metres_from_home=2_000, accuracy_m=40, source=Source.WIFI)
    night.at("22:05")
    assert night.types == []
    night.at("22:11").fix(metres_from_home=2_000, accuracy_m=40, source=Source.WIFI)
    assert night.types == ["curfew.left"]


@pytest.mark.parametrize(("metres", "opens"), [(1_051.0, True), (1_049.0, False)])
def test_the_circle_of_a_cell_fix_counts_double(metres: float, opens: bool) -> None:
    night = at_home()
    for minute in range(1, 60):
        night.at(f"22:{minute:02}").fix(metres_from_home=metres, accuracy_m=500, source=Source.CELL)
    assert night.types == ["curfew.left"] * opens


def test_fixes_that_lean_home_end_a_suspicion() -> None:
    night = at_home()
    night.at("22:02").fix(metres_from_home=120, accuracy_m=45)  # clear, but for a belief of 0.99
    for second in (10, 20, 30):
        night.at(f"22:02:{second}").fix(metres_from_home=30, accuracy_m=30)  # 20 m inside, of 30
    night.every(minutes(1), until="22:10", metres_from_home=70, accuracy_m=45)
    assert night.types == []


def test_a_late_fix_does_not_forget_that_the_device_was_at_rest() -> None:
    night = at_home(motion=False)
    for minute in range(1, 30):
        if minute != 20:
            out(night, f"22:{minute:02}")
        if minute % 5 == 0:
            night.at(f"22:{minute:02}").heartbeat(motion=False)
    night.at("22:29:10").fix(metres_from_home=OUT_M, accuracy_m=A_M, measured="22:20:00")
    night.at("22:31")
    assert night.types == []
    assert night.late_types == []


def test_a_position_that_wanders_into_a_zone_from_rest_was_not_there() -> None:
    walk = Timeline(exclusion())
    for minute in range(10):
        walk.at(f"12:{minute:02}").fix(east_m=1_650, accuracy_m=A_M, speed_mps=0.0)
    walk.at("12:10").fix(east_m=1_760, accuracy_m=A_M, speed_mps=0.1)
    walk.at("12:12").fix(east_m=1_650, accuracy_m=A_M, speed_mps=0.1)
    assert walk.types == []
