"""Our own deafness is held against nobody, and what is forgotten decides nothing: engine and reference agree.

The seeds are of worlds in which it matters: without a minute anew, or with the old places, other things are
told.
"""

from collections.abc import Callable, Sequence

import pytest

from em_engine.monitoring.heart import Heart
from tests.properties.bounds import TIMES
from tests.properties.crowds import crowd
from tests.properties.granted import with_allowances
from tests.properties.hearts import PlaneGround, in_arrears, in_time
from tests.properties.interrupted import interrupted, lived, with_a_silent_day
from tests.properties.test_heart_and_reference import assert_same, by_slot
from tests.properties.worlds import World, world
from tests.reference.doings import Doing
from tests.reference.judge import judge

OF_PLACE = ("exclusion", "inclusion", "curfew")
OF_PAST = ("exclusion", "inclusion", "contact-ban")


def granted(seed: int) -> World:
    return with_allowances(world(seed, length=60, kinds=("curfew",), cases=1), seed)


DEAF: dict[str, tuple[int, Callable[[int], World]]] = {
    "a suspicion's minute": (10, lambda seed: world(seed, length=60, kinds=OF_PLACE, cases=1)),
    "an absence's minute": (13, granted),
    "silences and not knowing": (4, lambda seed: world(seed, length=40, cases=1)),
    "two people": (12, lambda seed: world(seed, length=20, kinds=("contact-ban",), cases=1)),
    "devices": (5, lambda seed: world(seed, length=40, kinds=("device-health",), cases=1)),
    "groups": (7, lambda seed: crowd(seed, length=16, cases=4)),
}


def assert_agree(small: World, doings: Sequence[Doing]) -> None:
    told = lived(small, doings)
    ground = PlaneGround(small.rulebook)
    expected = judge(small.rulebook, small.reports, until=small.until, ground=ground, doings=doings)
    assert_same(by_slot(in_time(told)), by_slot(expected.told), within=1_000)
    assert_same(by_slot(in_arrears(told)), by_slot(expected.late), within=1_000)


@pytest.mark.parametrize("what", DEAF)
def test_what_we_could_not_hear_is_held_against_nobody(what: str) -> None:
    seed, make = DEAF[what]
    for one in range(seed, seed + TIMES):
        assert_agree(*interrupted(make(one), one))


def test_what_is_forgotten_is_nobody_s_place_any_more() -> None:
    for seed in range(9, 9 + TIMES):
        assert_agree(*with_a_silent_day(world(seed, length=40, kinds=OF_PAST, cases=1), seed))


def test_a_group_forgets_likewise() -> None:
    for seed in range(TIMES):
        assert_agree(*with_a_silent_day(crowd(seed, length=16, cases=4), seed))


def test_these_worlds_tell_the_difference(monkeypatch: pytest.MonkeyPatch) -> None:
    make = world(9, length=40, kinds=OF_PAST, cases=1)
    small, doings = with_a_silent_day(make, 9)
    expected = [one.as_json() for one in lived(small, doings)]
    monkeypatch.setattr(Heart, "forget", lambda *_: None)
    assert [one.as_json() for one in lived(small, doings)] != expected
