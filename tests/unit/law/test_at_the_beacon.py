"""Who comes home under a contact ban: the beacon holds the last fix's position, if it was heard beside it."""

import numpy as np
import pytest

from em_engine.vocabulary import SECOND
from tests.timeline import PHONE, Moment, Timeline, contact_ban

FAR_M = 5_000.0
Beat = tuple[int, bool | None]
"""Seconds after the wearer's last fix at noon, and what the heartbeat says of the beacon."""


def after_noon(*beats: Beat, east_m: float = 0.0, until_s: int = 1_800) -> Timeline:
    """The wearer walks up to noon, then only heartbeats, all of them moving; the phone tells every minute."""
    day = Timeline(contact_ban(300))
    day.at("11:59").fix(east_m=east_m + 60.0)
    day.at("11:59").fix(device=PHONE, east_m=FAR_M)
    day.at("12:00").fix(east_m=east_m)
    noon = day.now
    fixes = [(at_s, None, False) for at_s in range(30, until_s, 60)]
    told = [(at_s, beacon, True) for at_s, beacon in beats] + fixes
    for at_s, beacon, is_beat in sorted(told, key=lambda one: one[0]):
        day._step(None, noon + at_s * SECOND)
        moment = Moment(day, day.now)
        if is_beat:
            moment.heartbeat(beacon=beacon, motion=True)
        else:
            moment.fix(device=PHONE, east_m=FAR_M)
    return day


def every_five_minutes(first_s: int) -> list[Beat]:
    return [(first_s + 300 * number, True) for number in range(6)]


@pytest.mark.parametrize(("first_s", "is_known"), [(0, True), (60, True), (61, False)])
def test_home_beside_the_last_fix_is_no_unknown_place(first_s: int, is_known: bool):
    day = after_noon(*every_five_minutes(first_s))
    assert day.types == ([] if is_known else ["contact.unknown"])


@pytest.mark.parametrize(("gap_s", "is_known"), [(599, True), (601, False)])
def test_a_beacon_not_heard_for_ten_minutes_holds_nobody(gap_s: int, is_known: bool):
    """The position lapses ten minutes after it was last held, and stays lapsed when the beacon is heard."""
    day = after_noon((10, True), (10 + gap_s, True), (310 + gap_s, True), (610 + gap_s, True))
    assert day.types == ([] if is_known else ["contact.unknown"])


def test_who_leaves_the_beacon_is_held_no_longer():
    day = after_noon((10, True), (300, True), (400, False), (500, True), (800, True), (1_100, True))
    assert day.types == ["contact.unknown"]
    (unknown,) = day.changes
    assert (unknown.at - day.now) // SECOND == 300 + 600 - 1_770


def test_a_heartbeat_that_says_nothing_of_the_beacon_changes_nothing():
    day = after_noon((10, True), (300, None), (500, True), (1_000, None), (1_050, True), (1_600, True))
    assert day.types == []


def test_the_way_to_the_beacon_is_counted_as_doubt():
    """Walking at 1 m/s for 40 s, and fifty metres of house: his circle has grown by 110 m, once."""
    near = after_noon((40, True), (340, True), east_m=FAR_M - 720.0, until_s=640)
    assert near.types == []
    state, seats = near.heart.rules.watches[0].watch, near.heart.seats
    pair = state.separation(np.array([0]), near.now, seats)
    assert float(pair.error_m[0]) == pytest.approx(5.0 + 50.0 + 1.5 * 40 + 1.5 * (630 - 340), abs=1.0)
