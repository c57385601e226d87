"""The fast heart says what the slow reading of the law says, over random rulebooks and tracks."""

from collections import defaultdict
from collections.abc import Callable, Iterable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from em_engine.vocabulary import Micros
from tests.properties import aimed
from tests.properties.arrivals import with_late_bursts, with_late_fixes, with_stored_uploads
from tests.properties.bounds import SEEDS, TIMES, bounded
from tests.properties.calendared import with_calendars
from tests.properties.granted import with_allowances
from tests.properties.hearts import PlaneGround, changes, in_arrears, in_time
from tests.properties.worlds import KINDS, World, world
from tests.reference.duty import Told
from tests.reference.judge import judge

MILLISECOND: Micros = 1_000
AIMED = 12
"""Worlds a kind that aim at the law's numbers."""

Slot = tuple[str, str, str]
Slots = dict[Slot, list[Told]]


def by_slot(told: Iterable[Told]) -> Slots:
    """What was told of each alert type of each condition, in order."""
    slots: Slots = defaultdict(list)
    for one in told:
        slots[one.case, one.condition, one.type].append(one)
    return slots


def is_same(one: Told, other: Told, *, within: Micros) -> bool:
    """Whether both say the same, give or take the last digits of an interpolation."""
    pairs = (
        (one.opened_at, other.opened_at),
        (one.detected_at, other.detected_at),
        (one.cleared_at or 0, other.cleared_at or 0),
    )
    return one.change == other.change and all(abs(a - b) <= within for a, b in pairs)


def assert_agree(small: World, *, on_own_ground: bool = False, within: Micros = MILLISECOND) -> None:
    told = changes(small.rulebook, small.reports, until=small.until)
    ground = None if on_own_ground else PlaneGround(small.rulebook)
    expected = judge(small.rulebook, small.reports, until=small.until, ground=ground)
    assert_same(by_slot(in_time(told)), by_slot(expected.told), within=within)
    assert_same(by_slot(in_arrears(told)), by_slot(expected.late), within=within)


def assert_same(told: Slots, expected: Slots, *, within: Micros) -> None:
    for slot in sorted(told.keys() | expected.keys()):
        pairs = list(zip(told[slot], expected[slot], strict=False))
        agree = len(told[slot]) == len(expected[slot]) and all(
            is_same(*pair, within=within) for pair in pairs
        )
        assert agree, f"{slot}\n  heart:     {told[slot]}\n  reference: {expected[slot]}"


@pytest.mark.parametrize("kind", KINDS)
@bounded(15)
@given(seed=SEEDS, length=st.integers(min_value=1, max_value=120))
def test_one_kind_at_a_time(kind: str, seed: int, length: int) -> None:
    assert_agree(world(seed, length=length, kinds=(kind,), cases=1))


@bounded(30)
@given(
    seed=SEEDS, length=st.integers(min_value=20, max_value=100), cases=st.integers(min_value=1, max_value=3)
)
def test_all_kinds_together(seed: int, length: int, cases: int) -> None:
    assert_agree(world(seed, length=length, cases=cases))


@pytest.mark.parametrize("way", [with_late_fixes, with_late_bursts, with_stored_uploads])
@bounded(5)
@given(seed=SEEDS, length=st.integers(min_value=20, max_value=80))
def test_late_fixes_and_what_they_prove(way: Callable[[World, int], World], seed: int, length: int) -> None:
    kinds = ("exclusion", "inclusion", "curfew", "contact-ban", "attendance")
    assert_agree(way(world(seed, length=length, kinds=kinds, cases=1), seed))


@bounded(4)
@given(seed=SEEDS)
def test_calendars_and_schedules(seed: int) -> None:
    kinds = ("exclusion", "inclusion", "curfew", "attendance", "sobriety")
    assert_agree(with_calendars(world(seed, length=50, kinds=kinds, cases=1), seed))


@bounded(3)
@given(seed=SEEDS, length=st.integers(min_value=40, max_value=80))
def test_so_much_absence_is_granted(seed: int, length: int) -> None:
    assert_agree(with_allowances(world(seed, length=length, kinds=("curfew",), cases=1), seed))


@pytest.mark.parametrize("seed", [5, 6, 18])
def test_what_devices_kept_of_themselves(seed: int) -> None:
    """A case closed before it was open, a test failed under an order that is over: as they were uploaded."""
    assert_agree(with_stored_uploads(world(seed, length=80, cases=1), seed))


@pytest.mark.parametrize("kind", aimed.KINDS)
def test_beside_every_number_of_the_law(kind: str) -> None:
    """The first worlds of each kind, so that `mutants` can try the very same."""
    for seed in range(AIMED * TIMES):
        assert_agree(aimed.aimed(seed, kind=kind))


@bounded(5)
@given(seed=SEEDS)
def test_with_no_geometry_in_common(seed: int) -> None:
    """Brute force on the ellipsoid gives depths millimetres apart, so crossings parts of a second apart."""
    kinds = ("exclusion", "inclusion", "curfew", "attendance")
    assert_agree(world(seed, length=25, kinds=kinds, cases=1), on_own_ground=True, within=500 * MILLISECOND)


EVENTFUL = {
    "exclusion": ("exclusion.approach", "exclusion.entered", "exclusion.crossed"),
    "inclusion": ("inclusion.left",),
    "curfew": ("curfew.late", "curfew.left", "curfew.early", "curfew.unconfirmed"),
    "contact-ban": ("contact.warning", "contact.alert", "contact.unknown"),
    "device-health": (
        "device.silent", "device.no-fix", "device.battery-low", "device.battery-critical", "device.strap",
        "device.case", "device.jamming", "device.shielding",
    ),
    "attendance": ("attendance.missed",),
    "sobriety": ("sobriety.failed", "sobriety.missed"),
}  # fmt: skip


FIRST = {"exclusion": (4, 1), "curfew": (4, 8), "device-health": (1,), "sobriety": (11,), "late": (10,)}
"""Seeds of eventful worlds, to be tried before the others: so the tests need not go through so many."""


def test_the_worlds_with_late_fixes_find_something_in_arrears() -> None:
    found = set()
    for seed in (*FIRST["late"], *range(40)):
        small = with_late_bursts(world(seed, length=60, kinds=("exclusion", "inclusion"), cases=1), seed)
        late = in_arrears(changes(small.rulebook, small.reports, until=small.until))
        found |= {one.type.value for one in late}
        if found >= {"exclusion.entered", "inclusion.left"}:
            return
    raise AssertionError(f"in arrears only {found}")


@pytest.mark.parametrize("kind", KINDS)
def test_the_worlds_are_eventful_enough_to_prove_anything(kind: str) -> None:
    missing = {(type, change) for type in EVENTFUL[kind] for change in ("opened", "cleared")}
    for seed in (*FIRST.get(kind, ()), *range(60)):
        small = world(seed, length=120, kinds=(kind,), cases=2)
        missing -= {
            (one.type.value, one.change.value)
            for one in in_time(changes(small.rulebook, small.reports, until=small.until))
        }
        if not missing:
            return
    raise AssertionError(f"never told in sixty worlds: {missing}")
