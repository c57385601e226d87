"""What the heart promises of itself: cuts, repeats, neighbours, weeks and restarts change nothing."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition, Order, Rulebook
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    SECOND,
    AlertType,
    Change,
    ChangeKind,
    Micros,
    ReportKind,
)
from tests.properties.arrivals import with_late_bursts
from tests.properties.bounds import SEEDS, bounded
from tests.properties.hearts import batches, changes, in_time
from tests.properties.worlds import World, world
from tests.reference.duty import Told
from tests.reference.reports import Report, as_batch

WEEK: Micros = 7 * 24 * 3600 * SECOND
LENGTHS = st.integers(min_value=10, max_value=60)


def told(small: World, *, cuts: Iterable[int] = ()) -> list[Change]:
    return changes(small.rulebook, small.reports, until=small.until, cuts=cuts)


# Cuts ----------------------------------------


@bounded(5)
@given(seed=SEEDS, length=LENGTHS, late=st.booleans())
def test_batches_of_one_seven_or_any_size_say_the_same_to_the_last_byte(
    seed: int, length: int, late: bool
) -> None:
    small = world(seed, length=length, cases=3)
    small = with_late_bursts(small, seed) if late else small
    count = len(small.reports)
    random = np.random.default_rng(seed)
    expected = [one.as_json() for one in told(small)]
    for cuts in (range(count), range(0, count, 7), random.integers(0, count, 5).tolist()):
        assert [one.as_json() for one in told(small, cuts=cuts)] == expected


@bounded(8)
@given(seed=SEEDS, length=LENGTHS, late=st.booleans())
def test_waking_at_any_time_between_changes_nothing(seed: int, length: int, late: bool) -> None:
    small = world(seed, length=length)
    small = with_late_bursts(small, seed) if late else small
    heart = Heart(compile_rules(small.rulebook))
    woken: list[Change] = []
    for one in small.reports:
        while heart.next_wake <= one.received_at and heart.next_wake < NEVER:
            woken += heart.step(None, heart.next_wake).changes
        woken += heart.step(as_batch([one]), one.received_at).changes
    woken += heart.step(None, small.until).changes
    woken += heart.conclude().changes
    assert [one.as_json() for one in woken] == [one.as_json() for one in told(small)]


# Repeats ----------------------------------------


@bounded(8)
@given(seed=SEEDS, length=LENGTHS)
def test_what_is_delivered_twice_changes_nothing(seed: int, length: int) -> None:
    small = world(seed, length=length)
    random = np.random.default_rng(seed)
    again = []
    for place, one in enumerate(small.reports):
        again.append(one)
        if random.random() < 0.3:  # at once, or something from a while ago
            earlier = small.reports[max(0, place - int(random.integers(0, 12)))]
            again.append(replace(earlier, received_at=one.received_at))
    assert in_time(changes(small.rulebook, again, until=small.until)) == in_time(told(small))


@bounded(8)
@given(seed=SEEDS, length=LENGTHS)
def test_fixes_delivered_twice_change_nothing_though_the_device_does_not_count(
    seed: int, length: int
) -> None:
    small = world(
        seed, length=length, kinds=("exclusion", "inclusion", "curfew", "contact-ban", "attendance")
    )
    uncounted = tuple(replace(one, seq=-1) for one in small.reports)
    twice = [one for report in uncounted for one in (report, report)]
    once = changes(small.rulebook, uncounted, until=small.until)
    assert changes(small.rulebook, twice, until=small.until) == once


# Neighbours ----------------------------------------


@bounded(6)
@given(seed=SEEDS, length=LENGTHS)
def test_a_case_is_judged_the_same_alone_and_among_others(seed: int, length: int) -> None:
    small = world(seed, length=length, cases=3)
    together = told(small)
    begun = small.reports[0].received_at
    for order in small.rulebook.orders:
        alone = tuple(one for one in small.reports if one.device.startswith(order.id))
        heart = Heart(compile_rules(replace(small.rulebook, orders=(order,))))
        said = [*heart.step(None, begun).changes]
        said += heart.step(as_batch(alone), alone[-1].received_at).changes
        said += heart.step(None, small.until).changes
        said += heart.conclude().changes
        assert in_time(said) == [one for one in in_time(together) if one.case == order.id]


@bounded(6)
@given(seed=SEEDS, length=LENGTHS)
def test_what_arrives_in_one_instant_may_arrive_in_any_order_across_cases(seed: int, length: int) -> None:
    small = world(seed, length=length, cases=3)
    by_second = [
        replace(one, received_at=one.received_at // (60 * SECOND) * 60 * SECOND) for one in small.reports
    ]
    random = np.random.default_rng(seed)
    priority = {order.id: random.random() for order in small.rulebook.orders}
    other = sorted(by_second, key=lambda one: (one.received_at, priority[one.device.rsplit("-", 1)[0]]))
    one_way = in_time(changes(small.rulebook, by_second, until=small.until))
    other_way = in_time(changes(small.rulebook, other, until=small.until))
    assert by_case(one_way) == by_case(other_way)


def by_case(changes: Sequence[Told]) -> dict[str, list[Told]]:
    cases: dict[str, list[Told]] = {}
    for one in changes:
        cases.setdefault(one.case, []).append(one)
    return cases


# Late fixes ----------------------------------------


@bounded(8)
@given(seed=SEEDS, length=LENGTHS)
def test_late_fixes_take_away_only_what_they_would_have_in_time(seed: int, length: int) -> None:
    """The fixes come once without late ones between them and once with: copies moved in space and time.

    What is told without them is told with them too, and ends where it did; or it would not have been told
    either if they had come in time, since they contradict it.
    """
    small = world(seed, length=length, kinds=("exclusion", "inclusion"))
    random = np.random.default_rng(seed)
    plain = [replace(one, seq=-1) for one in small.reports]
    mixed: list[Report] = []
    for one in plain:
        mixed.append(one)
        if one.kind == ReportKind.FIX and random.random() < 0.2:
            earlier = one.at - int(random.integers(1, 400)) * SECOND - 1
            mixed.append(replace(one, at=earlier, lat=one.lat + 0.003))
    prompt = sorted((replace(one, received_at=one.at) for one in mixed), key=lambda one: one.received_at)
    with_late, in_their_time = (
        stays(changes(small.rulebook, reports, until=small.until)) for reports in (mixed, prompt)
    )
    for one in stays(changes(small.rulebook, plain, until=small.until)):
        same = [other for other in with_late if other.touches(one)]
        if not same:
            assert not any(other.touches(one) for other in in_their_time), one
        elif not one.is_late:
            assert one.cleared_at in {other.cleared_at for other in same}, one


@dataclass(kw_only=True)
class Stay:
    """An alert from its opening to its end."""

    of: tuple[str, str, AlertType]
    opened_at: Micros
    is_late: bool
    cleared_at: Micros = NEVER

    def touches(self, other: "Stay") -> bool:
        is_together = self.opened_at <= other.cleared_at and other.opened_at <= self.cleared_at
        return self.of == other.of and is_together


def stays(told: Iterable[Change]) -> list[Stay]:
    found: dict[str, Stay] = {}
    for one in told:
        if one.change is ChangeKind.OPENED:
            of = (one.case, one.condition, one.type)
            found[one.alert] = Stay(of=of, opened_at=one.opened_at, is_late=one.late)
        elif one.change is ChangeKind.CLEARED and one.cleared_at is not None:
            found[one.alert].cleared_at = one.cleared_at
    return [*found.values()]


# Time ----------------------------------------


@bounded(6)
@given(seed=SEEDS, length=LENGTHS, weeks=st.integers(min_value=1, max_value=10))
def test_whole_weeks_away_from_clock_changes_move_times_and_nothing_else(
    seed: int, length: int, weeks: int
) -> None:
    small = world(seed, length=length)
    later = replace(
        small,
        rulebook=moved_rulebook(small.rulebook, weeks),
        reports=tuple(moved(one, weeks * WEEK) for one in small.reports),
    )
    expected = [
        one._replace(
            opened_at=one.opened_at + weeks * WEEK,
            detected_at=one.detected_at + weeks * WEEK,
            cleared_at=None if one.cleared_at is None else one.cleared_at + weeks * WEEK,
        )
        for one in in_time(told(small))
    ]
    assert in_time(told(later)) == expected


def moved(report: Report, by: Micros) -> Report:
    return replace(
        report, at=report.at + by, received_at=report.received_at + by, sent_at=report.sent_at + by
    )


def moved_rulebook(rulebook: Rulebook, weeks: int) -> Rulebook:
    return replace(rulebook, orders=tuple(moved_order(order, weeks) for order in rulebook.orders))


def moved_order(order: Order, weeks: int) -> Order:
    return replace(
        order,
        valid_from=BEFORE_ALL if order.valid_from == BEFORE_ALL else order.valid_from + weeks * WEEK,
        valid_to=NEVER if order.valid_to == NEVER else order.valid_to + weeks * WEEK,
        conditions=tuple(moved_condition(one, timedelta(weeks=weeks)) for one in order.conditions),
    )


def moved_condition(condition: Condition, by: timedelta) -> Condition:
    return replace(
        moved_stretch(condition, by),
        terms=moved_terms(condition.terms, by),
        phases=tuple(
            replace(one, from_=one.from_ + by, terms=moved_terms(one.terms, by)) for one in condition.phases
        ),
    )


def moved_terms(terms: Any, by: timedelta) -> Any:
    stretches = {name: getattr(terms, name, ()) for name in ("once", "leave", "allow")}
    moved = {name: tuple(moved_stretch(one, by) for one in some) for name, some in stretches.items() if some}
    return replace(terms, **moved)


def moved_stretch(stretch: Any, by: timedelta) -> Any:
    """Whatever is written `from_` and `to`, where it is."""
    return replace(
        stretch,
        from_=None if stretch.from_ is None else stretch.from_ + by,
        to=None if stretch.to is None else stretch.to + by,
    )


# Restarts ----------------------------------------


@bounded(8)
@given(
    seed=SEEDS, length=LENGTHS, late=st.booleans(), cuts=st.lists(st.integers(0, 200), min_size=1, max_size=4)
)
def test_a_snapshot_and_a_fresh_start_in_the_middle_change_nothing(
    seed: int, length: int, late: bool, cuts: list[int]
) -> None:
    small = world(seed, length=length)
    small = with_late_bursts(small, seed) if late else small
    heart = Heart(compile_rules(small.rulebook))
    said: list[Change] = []
    for part in batches(small.reports, cuts):
        heart, withdrawn = snapshot.load(snapshot.dump(heart), compile_rules(small.rulebook))
        assert withdrawn == ()
        said += heart.step(as_batch(part), part[-1].received_at).changes
    heart, _ = snapshot.load(snapshot.dump(heart), compile_rules(small.rulebook))
    said += heart.step(None, small.until).changes
    said += heart.conclude().changes
    assert [one.as_json() for one in said] == [one.as_json() for one in told(small, cuts=cuts)]


@pytest.mark.parametrize("seed", range(3))
def test_a_step_that_is_not_kept_leaves_no_trace(seed: int) -> None:
    """Recovery replays a step on the state before it: the same inputs, the same changes."""
    small = world(seed, length=60)
    half = len(small.reports) // 2
    heart = Heart(compile_rules(small.rulebook))
    heart.step(as_batch(small.reports[:half]), small.reports[half - 1].received_at)
    kept = snapshot.dump(heart)
    rest = as_batch(small.reports[half:])
    once = heart.step(rest, small.until).changes
    again, _ = snapshot.load(kept, compile_rules(small.rulebook))
    assert again.step(rest, small.until).changes == once
