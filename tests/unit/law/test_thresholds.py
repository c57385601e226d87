"""Every number of the law's page from both sides: just enough, and just not."""

from collections.abc import Callable

import pytest

from em_engine.law.certainty import Certainty
from em_engine.vocabulary import DeviceEvent
from tests.timeline import (
    PHONE,
    Breach,
    Timeline,
    at_level,
    contact_ban,
    curfew,
    device_health,
    exclusion,
    inclusion,
    minutes,
)

DEEP_M = 2_000.0
"""The middle of the ban zone, 300 m inside it."""


def arrive(
    *, before: str, first: str, then: str = "", accuracy_m: float = 5.0, depth_m: float = 300.0
) -> Timeline:
    """A wearer who was beside the ban zone and is then seen that deep in it, once or twice; it takes 0.99."""
    walk = Timeline(at_level(exclusion(), Certainty.CONVINCING))
    walk.at(before).fix(east_m=1_400)
    walk.at(first).fix(east_m=1_700 + depth_m, accuracy_m=accuracy_m)
    if then:
        walk.at(then).fix(east_m=1_700 + depth_m, accuracy_m=accuracy_m)
    return walk


@pytest.mark.parametrize(
    ("before", "first", "stands"),
    [
        ("12:00:00", "12:00:10", True),
        ("12:00:00", "12:00:09.999", False),
        ("12:00:00", "12:01:30", True),
        ("12:00:00", "12:01:30.001", False),
    ],
)
def test_one_fix_stands_alone_from_ten_to_ninety_seconds_after_the_one_before(
    before: str, first: str, stands: bool
) -> None:
    assert arrive(before=before, first=first).types == ["exclusion.entered"] * stands


@pytest.mark.parametrize(
    ("then", "opens"), [("12:00:19", True), ("12:00:18.999", False)], ids=["ten seconds", "not quite"]
)
def test_evidence_lasts_ten_seconds(then: str, opens: bool) -> None:
    walk = Timeline(exclusion())
    walk.at("12:00:00").fix(east_m=1_400)
    for second in ("12:00:09", "12:00:14", then):
        walk.at(second).fix(east_m=DEEP_M)
    assert walk.types == ["exclusion.entered"] * opens


def test_nothing_said_for_sixty_seconds_does_not_acquit() -> None:
    walk = arrive(before="12:00:00", first="12:05:00")
    walk.at("12:05:59.999999")
    assert walk.types == []
    walk.at("12:06:00")
    assert [(one.type, one.opened, one.detected) for one in walk.breaches] == [
        ("exclusion.entered", "12:02:30", "12:06:00")
    ]


def test_a_compliant_fix_before_that_acquits() -> None:
    walk = arrive(before="12:00:00", first="12:05:00")
    walk.at("12:05:59").fix(east_m=1_300)
    walk.at("13:00:00")
    assert walk.types == []


def test_an_undetermined_fix_neither_acquits_nor_accuses() -> None:
    walk = arrive(before="12:00:00", first="12:05:00")
    walk.at("12:05:30").fix(east_m=1_690, accuracy_m=50)
    walk.at("12:06:00")
    assert walk.types == ["exclusion.entered"]


@pytest.mark.parametrize(
    ("depth_m", "accuracy_m", "opens"),
    # 0.001 + 0.998 Phi(z) = 0.99 at z = 2.3655, which is a margin of 1.5614 radii.
    [(47.1, 30.0, True), (46.6, 30.0, False), (15.7, 10.0, True), (15.5, 10.0, False)],
)
def test_one_fix_convinces_where_ninety_nine_in_a_hundred_are_right(
    depth_m: float, accuracy_m: float, opens: bool
) -> None:
    walk = arrive(before="12:00:00", first="12:01:00", accuracy_m=accuracy_m, depth_m=depth_m)
    assert walk.types == ["exclusion.entered"] * opens


@pytest.mark.parametrize(("then", "opens"), [("12:02:00", True), ("12:01:10", False)])
def test_two_doubtful_fixes_convince_if_they_are_not_too_close_to_be_two(then: str, opens: bool) -> None:
    """Log odds 3.49 each, of 4.6 needed: again 0.86 times after a minute, 0.28 times after ten seconds."""
    walk = arrive(before="12:00:00", first="12:01:00", then=then, accuracy_m=30, depth_m=37.5)
    assert walk.types == ["exclusion.entered"] * opens


@pytest.mark.parametrize(("depth_m", "opens"), [(31.0, True), (29.0, False)])
def test_the_whole_error_circle_must_be_inside(depth_m: float, opens: bool) -> None:
    walk = Timeline(exclusion())
    walk.at("12:00:00").fix(east_m=1_400)
    for minute in range(1, 9):
        walk.at(f"12:0{minute}:00").fix(east_m=1_700 + depth_m, accuracy_m=30)
    assert walk.types == ["exclusion.entered"] * opens


@pytest.mark.parametrize(("end", "crossed"), [("12:05:00", True), ("12:05:00.001", False)])
def test_a_zone_is_crossed_within_three_hundred_seconds(end: str, crossed: bool) -> None:
    drive = Timeline(exclusion())
    drive.at("12:00:00").fix(east_m=1_400)
    drive.at(end).fix(east_m=2_600)
    assert drive.types == ["exclusion.crossed"] * crossed


@pytest.mark.parametrize(("north_m", "crossed"), [(290.0, True), (296.0, False)])
def test_a_zone_is_crossed_as_deep_as_the_larger_error(north_m: float, crossed: bool) -> None:
    drive = Timeline(exclusion())
    drive.at("12:00:00").fix(east_m=1_400, north_m=north_m, accuracy_m=3)
    drive.at("12:01:00").fix(east_m=2_600, north_m=north_m, accuracy_m=7)
    assert drive.types == ["exclusion.crossed"] * crossed


def test_one_look_tells_one_way_through() -> None:
    """Seen in the zone, in doubt beside it, then beyond it: told is the way from before that, alone."""
    dash = Timeline(exclusion())
    dash.at("12:00:00").fix(east_m=1_600)
    dash.at("12:01:35").fix(east_m=2_000)
    dash.at("12:01:40").fix(east_m=1_690, accuracy_m=30)
    dash.at("12:02:00").fix(east_m=2_400)
    assert dash.types == ["exclusion.crossed"]


@pytest.mark.parametrize(("metres", "is_possible"), [(4_209.0, True), (4_211.0, False)])
def test_nobody_travels_faster_than_seventy_metres_a_second(metres: float, is_possible: bool) -> None:
    """Sixty seconds are 4,200 m, and both radii, 5 m each, are granted."""
    outing = Timeline(inclusion())
    outing.at("12:00:00").fix()
    outing.at("12:01:00").fix(metres_from_home=metres, accuracy_m=5)
    assert outing.types == ["inclusion.left"] * is_possible


@pytest.mark.parametrize(("seen", "opens"), [("11:50:00", True), ("11:49:59.999", False)])
def test_what_was_seen_ten_minutes_ago_holds_at_the_start_of_a_window(seen: str, opens: bool) -> None:
    outing = Timeline(inclusion(), valid=("12:00", ""))
    outing.at("11:49").fix(metres_from_home=9_000)
    outing.at(seen).fix(metres_from_home=9_000)
    outing.at("12:00:00")
    assert outing.types == ["inclusion.left"] * opens


@pytest.mark.parametrize(
    ("gone", "type"), [("05:59:00", "curfew.left"), ("06:01:00", "curfew.early")], ids=["left", "early"]
)
def test_who_goes_in_the_last_hour_has_gone_early(gone: str, type: str) -> None:
    night = Timeline(curfew("19:00", "07:00"), day="2026-11-19")
    night.at("19:30").fix()
    night.at("05:55:00").fix()
    night.at(gone).fix()
    night.at(f"{gone[:5]}:30").fix(metres_from_home=3_000 / 2)
    assert night.types == [type]


def test_who_is_not_home_after_the_grace_is_late() -> None:
    night = Timeline(curfew("19:00", "07:00", grace=minutes(15)))
    night.at("18:58").fix(metres_from_home=400)
    night.at("19:07").fix(metres_from_home=400)
    night.at("19:14").fix(metres_from_home=400)
    night.at("19:14:59.999999")
    assert night.types == []
    night.at("19:15:00")
    assert night.breaches == [Breach("curfew.late", "19:15:00", "19:15:00")]


def test_back_home_within_grace_is_no_curfew_breach() -> None:
    night = Timeline(curfew("19:00", "07:00", grace=minutes(15)))
    night.at("18:58").fix(metres_from_home=400)
    night.at("19:12").fix(metres_from_home=0)
    night.at("23:00")
    assert night.breaches == []


def test_a_beacon_in_range_ends_a_breach_at_once() -> None:
    night = Timeline(curfew("19:00", "07:00"))
    night.at("18:58").fix(metres_from_home=400)
    night.at("18:59").fix(metres_from_home=400)
    night.at("19:20:00").heartbeat(beacon=True)
    assert night.breaches == [Breach("curfew.late", "19:00:00", "19:00:00", "19:20:00")]


SILENCES: list[tuple[Callable[[Timeline], None], str]] = [
    (lambda line: line.at("12:00:00").heartbeat(), "device.silent"),
    (lambda line: line.at("12:00:00").fix(), "device.no-fix"),
]


@pytest.mark.parametrize(("sign", "type"), SILENCES, ids=["silent", "no-fix"])
def test_a_silence_is_forbidden_the_instant_after_what_is_allowed(
    sign: Callable[[Timeline], None], type: str
) -> None:
    every = minutes(5)
    allowed = {"heartbeat_every": every} if type == "device.silent" else {"fix_every": every}
    watch = Timeline(device_health(**allowed))
    sign(watch)
    watch.at("12:05:00")
    assert watch.types == []
    watch.at("12:05:00.000001")
    assert watch.breaches == [Breach(type, "12:05:00", "12:05:00")]


def test_a_strap_opened_twice_is_one_breach() -> None:
    evening = Timeline(device_health())
    evening.at("20:00:00").event(DeviceEvent.STRAP_OPEN)
    evening.at("20:00:05").event(DeviceEvent.STRAP_OPEN)
    evening.at("20:01:00").event(DeviceEvent.STRAP_CLOSED)
    assert evening.breaches == [Breach("device.strap", "20:00:00", "20:00:00", "20:01:00")]
    assert [one.change.value for one in evening.changes] == ["opened", "repeated", "cleared"]


@pytest.mark.parametrize(("seen", "looks"), [("12:10:00", True), ("12:10:00.001", False)])
def test_a_position_ten_minutes_old_is_the_oldest_that_is_compared(seen: str, looks: bool) -> None:
    pair = Timeline(contact_ban(500))
    pair.at("12:00:00").fix(device=PHONE)
    pair.at(seen).fix(east_m=10)
    assert ("contact.warning" in pair.types) is looks


def test_of_an_old_position_a_person_may_have_walked_away_since() -> None:
    """Four minutes at 1.5 m/s are 360 m: 300 m apart proves nothing of a 500 m ban, and all of a 1 km one."""
    for alert_m, types in ((500, ["contact.warning"]), (1_000, ["contact.warning", "contact.alert"])):
        pair = Timeline(contact_ban(alert_m))
        pair.at("12:00:00").fix(device=PHONE)
        pair.at("12:04:00").fix(east_m=300)
        assert pair.types == types


@pytest.mark.parametrize(
    ("apart_m", "unknown_at"), [(9_000.0, "12:10:00"), (20_014.2, "12:15:00")], ids=["near", "far"]
)
def test_not_knowing_is_told_when_they_could_have_met(apart_m: float, unknown_at: str) -> None:
    """After ten minutes, or the time a car needs to the warning distance: for 18 km more, 900 s."""
    pair = Timeline(contact_ban(1_000, warn_m=2_000))
    pair.at("12:00:00").fix(device=PHONE, accuracy_m=10)
    pair.at("12:00:00").fix(east_m=apart_m, accuracy_m=10)
    pair.at("13:00:00")
    unknown = [one for one in pair.breaches if one.type == "contact.unknown"]
    assert [one.opened[:8] for one in unknown] == [unknown_at]


def test_the_protected_person_s_key_is_an_alert_by_itself() -> None:
    pair = Timeline(contact_ban(100))
    pair.at("12:00:00").event(DeviceEvent.PANIC, device=PHONE)
    pair.at("12:00:10").event(DeviceEvent.PANIC, device="tag")
    assert [one for one in pair.types if one == "person.panic"] == ["person.panic"]


@pytest.mark.parametrize(
    ("pressed", "heard", "cleared"),
    [("13:59", "13:59", "14:00:00"), ("13:59", "14:05", "14:00:00"), ("14:05", "14:06", "14:05:00")],
    ids=["in time", "heard too late", "pressed too late"],
)
def test_a_key_clears_with_the_order_or_at_once(pressed: str, heard: str, cleared: str) -> None:
    day = Timeline(contact_ban(500), valid=("12:00", "14:00"))
    day.at(heard).event(DeviceEvent.PANIC, device=PHONE, happened=pressed)
    day.at("15:00")
    told = [(one.type, one.opened, one.cleared) for one in day.breaches if one.type == "person.panic"]
    assert told == [("person.panic", f"{pressed}:00", cleared)]


def test_what_both_stored_ends_a_silence_once() -> None:
    """Both are cut off from 12:00; their fixes of 12:04 to 12:20 come in one burst, by turns."""
    day = Timeline(contact_ban(500))
    for device, east_m in (("tag", 0.0), (PHONE, 3_000.0)):
        day.at("12:00").fix(device=device, east_m=east_m)
    for minute in range(4, 21):
        for device, east_m in (("tag", 0.0), (PHONE, 3_000.0)):
            day.at("12:20:30").fix(device=device, east_m=east_m, measured=f"12:{minute:02}")
    unknown = [one.change.value for one in day.changes if one.type == "contact.unknown"]
    assert unknown == ["opened", "cleared"]


@pytest.mark.parametrize(
    ("apart_m", "told"), [(435.0, True), (445.0, False)], ids=["p 0.96", "circle reaches out"]
)
def test_one_clear_look_tells_of_a_contact(apart_m: float, told: bool) -> None:
    walk = Timeline(contact_ban(500, warn_m=501))
    walk.at("12:00:00").fix(device=PHONE, accuracy_m=5)
    walk.at("12:00:00").fix(east_m=apart_m, accuracy_m=59)
    assert ("contact.alert" in walk.types) is told


@pytest.mark.parametrize(("seconds", "speed_mps"), [(60, 10.0), (20, 30.0)], ids=["a bus", "a train"])
def test_an_entry_tells_how_fast_the_wearer_went(seconds: int, speed_mps: float) -> None:
    walk = Timeline(exclusion())
    walk.at("12:00:00").fix(east_m=1_400)
    walk.at("12:00:20" if seconds == 20 else "12:01:00").fix(east_m=2_000)
    (entered,) = walk.changes
    assert entered.evidence["speed_mps"] == pytest.approx(speed_mps, abs=0.1)
