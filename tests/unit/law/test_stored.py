"""What is remembered of members of groups: which fix of a minute, how long, and who was near whom when."""

import numpy as np
import pytest

from em_engine.law.members import ENTRY
from em_engine.law.stored import Stored
from em_engine.vocabulary import MINUTE, SECOND, Micros
from tests.properties.worlds import NOON, degrees

EVERYONE = np.arange(2)


def remember(
    stored: Stored, member: int, at: Micros, *, east_m: float = 0.0, radius_m: float = 5.0, late: bool = False
) -> None:
    entry = np.zeros(1, dtype=ENTRY)
    entry["member"], entry["known"]["at"], entry["known"]["radius_m"] = member, at, radius_m
    entry["known"]["lonlat"] = degrees(east_m, 0.0)
    stored.remember(entry, np.array([late]))


def remembered(stored: Stored, member: int = 0) -> list[Micros]:
    return [int(at) for at in stored.between(np.array([member]), 0)[1]["at"]]


@pytest.mark.parametrize(("radius_m", "stays"), [(4.9, 1), (5.0, 0), (5.1, 0)])
def test_the_surest_fix_of_a_minute_is_kept_and_the_first_of_equals(radius_m: float, stays: int) -> None:
    stored, ats = Stored(2, 1), (NOON, NOON + 59 * SECOND)
    remember(stored, 0, ats[0])
    remember(stored, 0, ats[1], radius_m=radius_m)
    assert remembered(stored) == [ats[stays]]


@pytest.mark.parametrize(("minutes", "count"), [(511, 2), (512, 1), (700, 1)])
def test_a_minute_is_forgotten_when_the_newest_is_512_later(minutes: int, count: int) -> None:
    stored = Stored(2, 1)
    remember(stored, 0, NOON)
    remember(stored, 0, NOON + minutes * MINUTE)
    assert len(remembered(stored)) == count
    remember(stored, 0, NOON, late=True)
    assert len(remembered(stored)) == count


@pytest.mark.parametrize(("apart", "is_near"), [(10 * MINUTE, True), (10 * MINUTE + 1, False)])
@pytest.mark.parametrize("sign", [-1, 1])
def test_ten_minutes_before_and_after_are_asked(apart: Micros, is_near: bool, sign: int) -> None:
    stored = Stored(2, 1)
    remember(stored, 0, NOON, late=True)
    remember(stored, 1, NOON + sign * apart, east_m=40.0)
    assert stored.near_late(EVERYONE, 50.0) == ({(0, 1)} if is_near else set())


@pytest.mark.parametrize("east_m", [-49.0, 49.0, -51.0, 51.0, 5_000.0])
def test_who_is_nearer_than_the_reach_is_found(east_m: float) -> None:
    stored = Stored(2, 1)
    remember(stored, 0, NOON, late=True)
    remember(stored, 1, NOON + MINUTE, east_m=east_m)
    assert stored.near_late(EVERYONE, 50.0) == ({(0, 1)} if abs(east_m) < 50.0 else set())


def test_what_was_judged_is_late_no_more_and_two_in_time_are_not_asked() -> None:
    stored = Stored(2, 1)
    remember(stored, 0, NOON, late=True)
    remember(stored, 1, NOON)
    stored.wait(np.array([0]), np.array([NOON + MINUTE]))
    assert stored.due.tolist() == [NOON + MINUTE + 5 * SECOND]
    stored.settle(0, EVERYONE)
    assert stored.near_late(EVERYONE, 50.0) == set()
    assert stored.late_at(EVERYONE) == {}
