"""What other systems get wrong, each confirmed by running or reading them: one test a line.

The lines on webhooks, queues and lookups belong to the alert queue's and the transports' own tests.
"""

from datetime import timedelta

import pytest

from tests.timeline import (
    PHONE,
    Breach,
    Timeline,
    contact_ban,
    curfew,
    device_health,
    exclusion,
    inclusion,
    minutes,
)

SECONDS = timedelta(seconds=1)


# A spatial database with fences ----------------------------------------


def test_137_metres_apart_is_no_breach_of_a_100_metre_ban_though_each_coordinate_is_within_97() -> None:
    pair = Timeline(contact_ban(100, warn_m=120))
    for second in range(0, 50, 10):
        pair.at(f"12:00:{second:02d}").fix(device=PHONE)
        pair.at(f"12:00:{second + 5:02d}").fix(east_m=97, north_m=97)
    assert pair.types == []


def test_97_metres_apart_is_told() -> None:
    pair = Timeline(contact_ban(100, warn_m=120))
    for second in range(0, 50, 10):
        pair.at(f"12:00:{second:02d}").fix(device=PHONE, accuracy_m=3)
        pair.at(f"12:00:{second + 5:02d}").fix(east_m=60, accuracy_m=3)
    assert sorted(pair.types) == ["contact.alert", "contact.warning"]


def test_a_pair_that_stays_together_is_told_once() -> None:
    pair = Timeline(contact_ban(100))
    for minute in range(30):
        pair.at(f"12:{minute:02d}").fix(device=PHONE)
        pair.at(f"12:{minute:02d}:30").fix(east_m=20)
    assert sorted(pair.types) == ["contact.alert", "contact.warning"]
    assert pair.is_open("contact.alert")


def test_a_late_fix_changes_nothing_that_is_newer() -> None:
    walk = Timeline(exclusion())
    walk.at("12:00:00").fix(east_m=1_000)
    walk.at("12:00:20").fix(east_m=1_000)
    walk.at("12:00:21").fix(east_m=1_700, measured="12:00:10")
    walk.at("12:00:30").fix(east_m=1_000)
    walk.at("12:30:00")
    assert walk.types == []
    assert not walk.is_open("exclusion.entered")


def test_from_one_side_of_a_zone_to_the_other_over_a_long_gap_nothing_is_told() -> None:
    walk = Timeline(exclusion())
    walk.at("12:00").fix(east_m=1_400)
    walk.at("12:01").fix(east_m=1_400)
    walk.at("12:21").fix(east_m=2_600)
    walk.at("12:22").fix(east_m=2_600)
    walk.at("13:00")
    assert walk.breaches == []


def test_from_one_side_of_a_zone_to_the_other_in_a_minute_it_was_crossed() -> None:
    drive = Timeline(exclusion())
    drive.at("12:00").fix(east_m=1_400)
    drive.at("12:01").fix(east_m=2_600)
    assert drive.breaches == [Breach("exclusion.crossed", "12:00:15", "12:01:00", "12:00:45")]


def test_one_fix_that_cannot_be_true_raises_nothing() -> None:
    evening = Timeline(inclusion())
    evening.at("19:00").fix()
    evening.every(minutes(1), until="19:10")
    evening.at("19:10").fix(metres_from_home=6_000)
    evening.every(minutes(1), until="19:30")
    assert evening.breaches == []


def test_a_drift_of_75_metres_for_seven_seconds_raises_nothing() -> None:
    evening = Timeline(inclusion())
    evening.at("19:00:00").fix()
    evening.every(SECONDS, until="19:00:30")
    evening.every(SECONDS, until="19:00:37", metres_from_home=75)
    evening.every(SECONDS, until="19:02:00")
    assert evening.breaches == []


def test_a_zone_drawn_round_a_device_already_inside_is_broken_from_its_beginning() -> None:
    visit = Timeline(exclusion(), valid=("12:00", ""))
    visit.at("11:50").fix(east_m=2_000)
    visit.every(minutes(1), until="12:05", east_m=2_000)
    assert visit.breaches == [Breach("exclusion.entered", "12:00:00", "12:00:00")]


def test_it_is_so_though_no_fix_comes_after() -> None:
    visit = Timeline(exclusion(), valid=("12:00", ""))
    visit.at("11:57").fix(east_m=2_000)
    visit.at("11:58").fix(east_m=2_000)
    visit.at("12:00:00")
    assert visit.breaches == [Breach("exclusion.entered", "12:00:00", "12:00:00")]


def test_a_partner_who_has_not_been_seen_for_long_is_not_compared_but_told_as_unknown() -> None:
    pair = Timeline(contact_ban(100))
    pair.at("12:00").fix(device=PHONE, east_m=5_000)
    pair.at("12:00").fix(east_m=9_000)
    pair.at("12:15").fix(east_m=5_000)
    pair.at("12:16").fix(east_m=5_007)
    assert pair.types == ["contact.unknown"]


def test_a_device_that_falls_silent_inside_is_told_and_its_breach_stays_open() -> None:
    visit = Timeline(exclusion(), device_health(heartbeat_every=minutes(5), fix_every=minutes(3)))
    visit.at("12:00").fix(east_m=1_000)
    visit.at("12:01").fix(east_m=1_500)
    visit.at("12:02").fix(east_m=2_000)
    visit.at("18:00")
    assert visit.types == ["exclusion.entered", "device.no-fix", "device.silent"]
    assert visit.is_open("exclusion.entered")


# A rule engine's schedules ----------------------------------------


def is_broken_at(timeline: Timeline, at: str, *, since: str) -> bool:
    """Whether a wearer who has been out since then breaks his curfew at that instant."""
    timeline.at(since).fix(metres_from_home=3_000)
    for before in (20, 15, 10, 5, 4, 3, 2, 1):
        moment = f"{at[:11]}{int(at[11:13]) * 60 + int(at[14:16]) - before}"
        timeline.at(_clock(moment)).fix(metres_from_home=3_000)
    timeline.at(at).fix(metres_from_home=3_000)
    timeline.at(at)
    return any(not one.cleared for one in timeline.breaches if one.type.startswith("curfew."))


def _clock(moment: str) -> str:
    day, minute = moment[:11], int(moment[11:])
    return f"{day}{minute // 60:02d}:{minute % 60:02d}"


@pytest.mark.parametrize(
    ("at", "is_active"),
    [
        ("2026-10-25T18:30", False),
        ("2026-10-25T06:30", True),
        ("2027-03-28T19:30", True),
        ("2027-03-28T07:30", False),
    ],
)
def test_on_the_days_the_clock_changes_the_curfew_is_that_of_the_wall_clock(at: str, is_active: bool) -> None:
    london = Timeline(curfew("19:00", "07:00"), day=at[:10], time_zone="Europe/London")
    assert is_broken_at(london, at, since=f"{at[:10]}T05:00") is is_active


@pytest.mark.parametrize("opening", ["19:00:00", "00:00:00"])
def test_a_window_begins_at_its_first_instant(opening: str) -> None:
    night = Timeline(curfew(opening[:5], "07:00"), day="2026-11-19")
    away = f"{int(opening[:2]) - 1 if opening != '00:00:00' else 23}:59:00"
    night.at(away).fix(metres_from_home=3_000)
    night.at(opening).fix(metres_from_home=3_000)
    assert night.breaches == [Breach("curfew.late", opening, opening)]


def test_the_midnight_within_a_night_is_inside_it() -> None:
    night = Timeline(curfew("19:00", "07:00"), day="2026-11-19")
    night.at("19:00").fix()
    night.at("23:59:00").fix()
    night.at("00:00:00").fix(metres_from_home=600)
    night.at("00:01:00").fix(metres_from_home=1_200)
    assert night.types == ["curfew.left"]


def test_a_window_ends_before_its_last_instant() -> None:
    morning = Timeline(curfew("19:00", "07:00"))
    morning.at("06:58:00").fix()
    morning.at("06:59:00").fix()
    morning.at("07:00:00").fix(metres_from_home=1_500)
    morning.at("07:01:00").fix(metres_from_home=3_000)
    assert morning.breaches == []


def test_the_night_of_friday_is_active_on_saturday_at_two_and_not_on_friday_at_two() -> None:
    for at, is_active in (("2026-11-21T02:00", True), ("2026-11-20T02:00", False)):
        friday = Timeline(curfew("19:00", "07:00", days="fri"), day=at[:10])
        assert is_broken_at(friday, at, since=f"{at[:10]}T01:00") is is_active


def test_the_first_fix_of_a_device_outside_says_nothing_of_leaving() -> None:
    walk = Timeline(exclusion(buffer_m=200))
    walk.at("12:00").fix(east_m=1_000)
    walk.at("12:30")
    assert walk.breaches == []


# A tracking server ----------------------------------------


def test_proximity_is_told_when_the_other_comes_near_between_two_fixes() -> None:
    pair = Timeline(contact_ban(300))
    pair.at("12:00:00").fix(device=PHONE, east_m=2_000)
    pair.at("12:00:05").fix()
    pair.at("12:01:00").fix(device=PHONE, east_m=1_000)
    pair.at("12:01:30").fix(device=PHONE, east_m=30)
    assert sorted(pair.types) == ["contact.alert", "contact.warning"]


def test_the_wearer_s_next_fix_tells_it_too_where_the_other_s_own_could_not() -> None:
    pair = Timeline(contact_ban(300))
    pair.at("12:00:00").fix(device=PHONE, east_m=2_000)
    pair.at("12:00:05").fix()
    pair.at("12:04:00").fix(device=PHONE, east_m=30)
    assert pair.types == ["contact.warning"]  # he may have walked 350 m since
    pair.at("12:04:05").fix()
    assert pair.types == ["contact.warning", "contact.alert"]


def test_a_whole_day_is_the_civil_day() -> None:
    wednesday = Timeline(inclusion("wed 00:00-24:00"), day="2026-11-17")
    wednesday.at("2026-11-17T22:58:00Z").fix(metres_from_home=500)
    wednesday.at("2026-11-17T22:59:00Z").fix(metres_from_home=500)
    wednesday.at("2026-11-17T23:01:00Z").fix(metres_from_home=500)
    wednesday.at("2026-11-18T22:59:00Z").fix(metres_from_home=500)
    wednesday.at("2026-11-18T23:30:00Z")
    assert wednesday.breaches == [Breach("inclusion.left", "00:00:00", "00:00:00", "00:00:00")]


def test_who_left_before_the_window_and_is_still_out_at_its_start_is_told_then() -> None:
    night = Timeline(curfew("19:00", "07:00"))
    night.at("18:40").fix()
    night.at("18:50").fix(metres_from_home=800)
    night.at("18:59").fix(metres_from_home=3_000)
    night.at("19:00:00")
    assert night.breaches == [Breach("curfew.late", "19:00:00", "19:00:00")]


def test_one_bad_fix_that_was_taken_does_not_reject_all_the_good_ones_after_it() -> None:
    walk = Timeline(exclusion())
    walk.at("12:00:00").fix(east_m=-400_000)
    walk.at("12:01:00").fix(east_m=2_000)
    walk.at("12:02:00").fix(east_m=2_000)
    walk.at("12:03:00").fix(east_m=2_000)
    assert walk.types == ["exclusion.entered"]


def test_a_breach_that_arrives_an_hour_after_it_was_measured_is_told_all_the_same() -> None:
    walk = Timeline(exclusion())
    walk.at("12:00").fix(east_m=1_000)
    walk.at("13:05:00").fix(east_m=1_500, measured="12:01")
    walk.at("13:05:01").fix(east_m=2_000, measured="12:02")
    assert [(one.type, one.detected) for one in walk.breaches] == [("exclusion.entered", "12:02:00")]
