"""The demo's rulebook: clean as it ships, and clean when it is staged for any hour."""

from datetime import timedelta
from pathlib import Path

import pytest
from shapely import Point

from em_engine.rulebook.loader import check, load
from em_engine.rulebook.models import ProgrammeName
from em_engine.vocabulary import MINUTE, SECOND, instant, parse_rfc3339
from simulators.demo.cast import Windows, demo_rules, read_cast
from simulators.demo.stage import OSLO, evening_curfew_from, stage_rulebook

HOURS = {
    "an evening": "2026-11-22T18:03:20Z",
    "just before midnight": "2026-11-22T22:58:40Z",
    "on the minute": "2026-11-22T18:03:00Z",
    "new year's eve": "2026-12-31T22:59:30Z",
    "in the hour that comes twice": "2026-10-25T00:30:10Z",
    "just before the hour that is skipped": "2027-03-28T00:58:30Z",
    "the noon before the clocks change": "2027-03-27T11:00:00Z",
}


def test_the_rulebook_has_no_error_and_no_warning():
    assert check(demo_rules())[1] == ()


def test_forty_wearers_are_under_all_seven_programmes():
    orders = load(demo_rules()).orders
    assert len({order.wearer.id for order in orders}) >= 40
    assert {order.programme for order in orders} == set(ProgrammeName)


def test_every_protected_person_carries_a_device_of_their_own():
    people = [person for order in load(demo_rules()).orders for person in order.protected]
    assert len(people) >= 10
    assert len({device for person in people for device in person.devices}) == len(people)


def test_every_wearer_lives_where_the_order_lets_him():
    for member in read_cast(demo_rules()):
        if member.is_wearer and member.home is not None:
            home = Point(member.home)
            assert all(area.contains(home) for area in member.keep_in), member.id
            assert all(area.distance(home) > buffer_m for area, buffer_m in member.keep_out), member.id


@pytest.mark.parametrize("now", [parse_rfc3339(at) for at in HOURS.values()], ids=list(HOURS))
def test_staged_at_any_hour_it_is_clean_and_the_curfew_begins_within_two_minutes(tmp_path: Path, now: int):
    stage_rulebook(demo_rules(), tmp_path, now)
    assert check(tmp_path)[1] == ()
    curfew = next(member for member in read_cast(tmp_path) if member.id == "W-03").curfew[0]
    begin = evening_curfew_from(now)
    assert 60 * SECOND <= begin - now <= 120 * SECOND
    day = instant(begin).astimezone(curfew.zone).date()
    assert begin in [start for start, _ in curfew.of(day)]


@pytest.mark.parametrize("now", [parse_rfc3339(at) for at in HOURS.values()], ids=list(HOURS))
def test_the_curfew_of_the_tram_rider_is_out_of_the_way(tmp_path: Path, now: int):
    stage_rulebook(demo_rules(), tmp_path, now)
    curfew = next(member for member in read_cast(tmp_path) if member.id == "W-02").curfew[0]
    day = instant(now).astimezone(curfew.zone).date()
    spans = [span for shift in range(-1, 2) for span in curfew.of(day + timedelta(days=shift))]
    assert not any(start <= now + 24 * 60 * MINUTE and now <= end for start, end in spans)


def test_a_night_is_as_long_as_the_clocks_make_it():
    night = Windows(weekly=("sat 21:00-06:00",), zone=OSLO)
    hours = {
        day: [(end - start) / (60 * MINUTE) for start, end in night.of(instant(parse_rfc3339(day)).date())]
        for day in ("2026-11-21T12:00Z", "2026-10-24T12:00Z", "2027-03-27T12:00Z")
    }
    assert list(hours.values()) == [[9.0], [10.0], [8.0]]
