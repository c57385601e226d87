"""Where a device's count shows that messages are missing, what follows waits two seconds for them, and an
accusation a minute.

The ban is 300 m round a place 2 km east of home; home is 50 m wide.
"""

import numpy as np
import pytest

from em_engine.monitoring import snapshot
from em_engine.monitoring.patience import PATIENCE
from em_engine.monitoring.waiting import Waiting
from em_engine.vocabulary import MINUTE
from tests.timeline import Timeline, curfew, device_health, exclusion, minutes


def past_the_ban(*, seq: int) -> Timeline:
    """A fix on either side of it, the second under that number."""
    day = Timeline(exclusion())
    day.at("12:00").fix(east_m=1_500.0, seq=1)
    day.at("12:01").fix(east_m=2_500.0, seq=seq)
    return day


def test_a_way_through_is_told_at_once_where_nothing_is_missing() -> None:
    assert past_the_ban(seq=2).types == ["exclusion.crossed"]


@pytest.mark.parametrize(("until", "told"), [("12:02:01.999", []), ("12:02:02", ["exclusion.crossed"])])
def test_a_way_over_a_hole_waits_a_minute_for_what_is_missing(until: str, told: list[str]) -> None:
    day = past_the_ban(seq=3)
    day.at(until)
    assert day.types == told


def test_a_hole_of_a_minute_ago_is_waited_for_no_more() -> None:
    day = Timeline(exclusion())
    day.at("12:00").fix(east_m=1_500.0, seq=1)
    day.at("12:01").heartbeat(seq=3)
    day.at("12:02").fix(east_m=2_500.0, seq=4)
    assert day.types == ["exclusion.crossed"]


def test_a_hole_that_was_filled_is_none() -> None:
    day = Timeline(exclusion())
    day.at("12:00").fix(east_m=1_500.0, seq=1)
    day.at("12:00:30").heartbeat(seq=3)
    day.at("12:00:31").heartbeat(seq=2, measured="12:00:20")
    day.at("12:01").fix(east_m=2_500.0, seq=4)
    assert day.types == ["exclusion.crossed"]


def test_a_late_fix_that_shows_a_way_round_takes_the_way_back() -> None:
    day = past_the_ban(seq=3)
    day.at("12:01:02").fix(east_m=2_000.0, north_m=700.0, seq=2, measured="12:00:30")
    day.at("12:03")
    assert day.types == day.late_types == []


def test_a_late_fix_on_the_way_makes_one_stay_of_it() -> None:
    day = past_the_ban(seq=3)
    day.at("12:01:02").fix(east_m=2_000.0, seq=2, measured="12:00:30")
    day.at("12:03")
    (stay,) = day.breaches
    assert (stay.type, day.late_types) == ("exclusion.entered", ["exclusion.entered"])
    assert stay.opened < "12:00:30" < stay.cleared


def test_a_late_fix_before_the_zone_leaves_the_rest_of_the_way_as_it_was() -> None:
    """The past finds the passage between the late fix and the last."""
    day = past_the_ban(seq=3)
    day.at("12:01:02").fix(east_m=1_600.0, seq=2, measured="12:00:20")
    day.at("12:03")
    assert (day.types, day.late_types) == ([], ["exclusion.crossed"])


def test_a_way_that_waits_survives_a_snapshot() -> None:
    day = past_the_ban(seq=3)
    again, _ = snapshot.load(snapshot.dump(day.heart), Timeline(exclusion()).heart.rules)
    told = again.step(None, day.now + PATIENCE + MINUTE).changes
    assert [(one.type.value, one.change.value) for one in told] == [
        ("exclusion.crossed", "opened"),
        ("exclusion.crossed", "cleared"),
    ]
    assert dict(told[0].evidence)["zone"] == "ban"


def leaving(*, seq: int) -> Timeline:
    """From home to 150 m beyond it, under that number."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:00").fix(seq=1)
    night.at("22:01").fix(metres_from_home=150, seq=seq)
    return night


def test_a_departure_over_a_hole_is_told_by_the_clock() -> None:
    assert leaving(seq=2).types == ["curfew.left"]
    night = leaving(seq=3)
    assert night.types == []
    night.at("22:02:02")
    (left,) = night.breaches
    assert (left.type, left.detected) == ("curfew.left", "22:02:02")


def test_a_stream_that_loses_all_the_time_does_not_put_it_off() -> None:
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:00").fix(seq=1)
    for step in range(1, 9):
        night.at(f"22:0{step // 6}:{step % 6}0").fix(metres_from_home=150 + step / 10, seq=1 + 2 * step)
    (left,) = night.breaches
    assert (left.type, left.detected) == ("curfew.left", "22:01:12")


def test_what_comes_late_proves_it_before_the_minute_is_over() -> None:
    night = leaving(seq=3)
    night.at("22:01:02").fix(metres_from_home=120, seq=2, measured="22:00:40")
    night.at("22:01:08")
    assert night.types == ["curfew.left"]


# The first two seconds ----------------------------------------


def shuffled() -> Timeline:
    """Out of the flat and back within a burst that arrives anyhow; nothing of it comes twice."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:00").fix(seq=1)
    night.at("22:06").fix(metres_from_home=150, seq=3, measured="22:02")
    night.at("22:06:00.5").fix(metres_from_home=150, seq=4, measured="22:03")
    night.at("22:06:01").fix(seq=2, measured="22:01")
    return night


def test_a_shuffled_upload_is_judged_in_order_and_nothing_of_it_is_late() -> None:
    night = shuffled()
    (left,) = night.breaches
    assert (left.type, left.detected, night.late_types) == ("curfew.left", "22:02:00", [])
    assert "22:01" < left.opened < "22:02"


def an_upload(*, lost: int) -> Timeline:
    """Five minutes at once, three minutes after they ended, and one message of them is lost for good: home,
    twice 150 m from it, and home again."""
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:00").fix(seq=1)
    stored = {
        2: ("22:01", 0.0),
        3: ("22:02", 0.0),
        4: ("22:03", 150.0),
        5: ("22:04", 150.1),
        6: ("22:05", 0.1),
    }
    for seq, (measured, metres) in stored.items():
        if seq != lost:
            night.at(f"22:08:0{seq}").fix(metres_from_home=metres, seq=seq, measured=measured)
    night.at("22:30")
    return night


@pytest.mark.parametrize(("lost", "told"), [(0, True), (2, True), (3, True), (6, True), (4, False)], ids=str)
def test_an_outing_in_an_upload_is_told_though_a_message_of_it_is_lost(lost: int, told: bool) -> None:
    """What is missing below a fix was taken before it; what is missing between two takes their word away."""
    assert an_upload(lost=lost).types == ["curfew.left"] * told


def test_what_waits_is_a_sign_of_life_at_once() -> None:
    day = Timeline(device_health(heartbeat_every=minutes(5)))
    day.at("12:00").heartbeat(seq=1)
    day.at("12:04:59").heartbeat(seq=3)
    day.at("12:05:00.5")
    assert day.types == []


def test_what_waits_is_looked_at_before_a_deadline() -> None:
    """He is home half a second before the grace ends, and the message before that one never came."""
    night = Timeline(curfew("21:00", "07:00", grace=minutes(10)))
    night.at("20:00").fix(metres_from_home=3_000, seq=1)
    night.at("21:09:59.5").fix(seq=3)
    night.at("21:09:59.9")
    night.at("21:15")
    assert night.types == []


def test_what_waits_survives_a_snapshot() -> None:
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:00").fix(seq=1)
    night.at("22:01").fix(metres_from_home=150, seq=3)
    again, _ = snapshot.load(snapshot.dump(night.heart), Timeline(curfew("21:00", "07:00")).heart.rules)
    told = again.step(None, night.now + PATIENCE + MINUTE).changes
    assert [one.type.value for one in told] == ["curfew.left"]


def test_what_waited_of_an_order_that_is_no_more_takes_nothing_from_the_others() -> None:
    night = Timeline(curfew("21:00", "07:00"))
    night.at("22:00").fix(seq=1)
    night.at("22:01").fix(metres_from_home=150, seq=3)
    ((order, waits),) = night.heart.waiting.dump()
    again = Waiting(night.heart.rules)
    again.load([[order, waits], ["of last year", waits]])
    assert again.among(np.array([0])).tolist() == [0]
