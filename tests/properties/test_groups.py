"""Groups that must not meet: the engine against pair by pair, cut anyhow, restarted, and among others."""

from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.step import Kept
from em_engine.rulebook.models import Person
from em_engine.vocabulary import Change, ChangeKind
from tests.properties.arrivals import with_late_bursts, with_stored_uploads
from tests.properties.bounds import SEEDS, TIMES, bounded
from tests.properties.crowds import crowd
from tests.properties.hearts import PlaneGround, batches, changes, in_arrears, in_time
from tests.properties.test_heart_and_reference import assert_same, by_slot
from tests.properties.worlds import World
from tests.reference.judge import judge
from tests.reference.reports import as_batch

LENGTHS = st.integers(min_value=10, max_value=40)


@bounded(6)
@given(seed=SEEDS, length=LENGTHS)
def test_the_engine_says_what_pair_by_pair_says(seed: int, length: int) -> None:
    small = crowd(seed, length=length)
    told = changes(small.rulebook, small.reports, until=small.until)
    expected = judge(small.rulebook, small.reports, until=small.until, ground=PlaneGround(small.rulebook))
    assert_same(by_slot(in_time(told)), by_slot(expected.told), within=1_000)


@pytest.mark.parametrize(("way", "first"), [(with_stored_uploads, 1), (with_late_bursts, 1)])
def test_whom_what_came_late_shows_to_have_met(way: Callable[[World, int], World], first: int) -> None:
    for seed in range(first, first + TIMES):
        small = way(crowd(seed, length=30), seed)
        told = changes(small.rulebook, small.reports, until=small.until)
        expected = judge(small.rulebook, small.reports, until=small.until, ground=PlaneGround(small.rulebook))
        assert_same(by_slot(in_time(told)), by_slot(expected.told), within=1_000)
        assert_same(by_slot(in_arrears(told)), by_slot(expected.late), within=1_000)
        assert expected.late or seed > first


@pytest.mark.parametrize(("seed", "is_late"), [(5, False), (2, True)])
def test_cuts_and_restarts_change_nothing_told_and_nothing_kept(seed: int, is_late: bool) -> None:
    small = crowd(seed, length=40)
    small = with_stored_uploads(small, seed) if is_late else small
    count = len(small.reports)
    random = np.random.default_rng(seed)
    expected = lived(small, cuts=())
    assert is_late == any(one["late"] for one in expected[0])
    assert expected[0], "a world in which nothing is told proves nothing"
    for cuts in (range(count), range(0, count, 7), random.integers(0, count, 5).tolist()):
        assert lived(small, cuts=cuts) == expected


def lived(small: World, *, cuts: Iterable[int]) -> tuple[list[dict[str, Any]], list[object]]:
    """What is told, as its lines, and which positions are kept; after each cut the state is made anew."""
    heart = Heart(compile_rules(small.rulebook))
    told, kept = list[Change](), list[Kept]()
    for part in batches(small.reports, cuts):
        heart, changed = snapshot.load(snapshot.dump(heart), compile_rules(small.rulebook))
        assert changed == ()
        step = heart.step(as_batch(part), part[-1].received_at)
        told += step.changes
        kept += step.kept
    told += heart.step(None, small.until).changes
    told += heart.conclude().changes
    positions = [
        (int(seat), int(at), bool(in_breach))
        for one in kept
        for seat, at, in_breach in zip(one.seat, one.fixed_at, one.is_in_breach, strict=True)
    ]
    return [one.as_json() for one in told], sorted(positions)


@bounded(3)
@given(seed=SEEDS)
def test_what_others_do_changes_nothing_in_a_group(seed: int) -> None:
    """Reports of other cases and of another group come in between."""
    small, others = crowd(seed, length=20, cases=4), renamed(crowd(seed + 1, length=20, cases=3))
    orders = (*small.rulebook.orders, *others.rulebook.orders)
    reports = sorted((*small.reports, *others.reports), key=lambda one: one.received_at)
    begun, until = reports[0].received_at, reports[-1].received_at
    alone = Heart(compile_rules(small.rulebook))
    said = [*alone.step(None, begun).changes]
    said += alone.step(as_batch(small.reports), small.reports[-1].received_at).changes
    said += alone.step(None, until).changes
    together = changes(replace(small.rulebook, orders=orders), reports, until=until)
    cases = {one.id for one in small.rulebook.orders}
    assert [one for one in in_time(together) if one.case in cases] == in_time(said)


def renamed(small: World) -> World:
    """The same with other names of cases, wearers, devices and groups."""
    orders = [
        replace(
            one,
            id=f"other-{one.id}",
            wearer=Person(
                id=f"other-{one.wearer.id}", devices=tuple(f"other-{device}" for device in one.wearer.devices)
            ),
            conditions=tuple(
                replace(
                    condition,
                    terms=replace(condition.terms, group=f"other-{condition.terms.group}"),
                    phases=(),
                )
                for condition in one.conditions
            ),
        )
        for one in small.rulebook.orders
    ]
    reports = tuple(replace(one, device=f"other-{one.device}") for one in small.reports)
    return World(replace(small.rulebook, orders=tuple(orders)), reports)


def test_the_crowds_are_eventful_enough_to_prove_anything() -> None:
    missing = {
        (type, change)
        for type in ("contact.alert", "contact.warning")
        for change in (ChangeKind.OPENED, ChangeKind.REPEATED, ChangeKind.CLEARED)
    }
    for seed in (5, 14):
        small = crowd(seed, length=40)
        told = changes(small.rulebook, small.reports, until=small.until)
        missing -= {(one.type.value, one.change) for one in told}
    assert not missing
