"""Promise 3: what a case is told does not hang on how its reports came, but for what is told late.

Fixes come in blocks, as a tag sends them that was cut off: a block in order, or newest first, or anyhow; told
once or twice. Nobody is accused who would not be with the fixes in order, and no breach is missed.
"""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
import pytest
from hypothesis import given

from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition
from em_engine.vocabulary import MINUTE, SECOND, AlertType, Change, Micros, ReportKind
from tests.properties.bounds import SEEDS, bounded
from tests.properties.hearts import changes
from tests.properties.worlds import NOON, World, degrees, world
from tests.reference.documents import order, rulebook
from tests.reference.reports import Report, as_batch

BAN: Any = {"zone": "ban"}
Span = tuple[Micros, Micros]
Block = Sequence[Report]


def outing(seed: int, *, length: int = 60) -> World:
    """A wearer who strolls about the ban and his home, a good fix every 10 to 50 s."""
    random = np.random.default_rng(seed)
    zones = world(seed, length=1, cases=1).rulebook.zones.values()
    case = order(
        "case",
        Condition(id="keep-out", kind="exclusion", terms=ExclusionTerms(**BAN)),
        Condition(id="stay", kind="inclusion", terms=InclusionTerms(**BAN)),
        devices=("tag",),
    )
    place, goal, at, told = np.array([900.0, 100.0]), np.array([900.0, 100.0]), NOON, []
    for seq in range(length):
        if random.random() < 0.12:
            goal = np.array([900.0, 100.0]) + random.normal(0.0, 500.0, 2)
        place = place + (goal - place) * 0.35
        lon, lat = degrees(*(place + random.normal(0.0, 3.0, 2)).tolist())
        at += int(random.integers(10, 50)) * SECOND
        told.append(
            Report(
                device="tag",
                kind=ReportKind.FIX,
                at=at,
                received_at=at,
                seq=seq,
                lon=lon,
                lat=lat,
                accuracy_m=5.0,
            )
        )
    return World(rulebook([case], list(zones)), tuple(told))


def in_blocks(small: World, seed: int, way: Callable[[Any, Block], Iterable[Report]]) -> World:
    """The first reports as they came, the others in blocks of up to eight, when the last was measured."""
    random, rest = np.random.default_rng(seed), list(small.reports[3:])
    told = list(small.reports[:3])
    while rest:
        count = int(random.integers(1, 9))
        block, rest = rest[:count], rest[count:]
        told += [replace(one, received_at=block[-1].at) for one in way(random, block)]
    return replace(small, reports=tuple(told))


WAYS: dict[str, Callable[[Any, Block], Iterable[Report]]] = {
    "in order": lambda _, block: block,
    "newest first": lambda _, block: block[::-1],
    "anyhow": lambda random, block: [block[int(k)] for k in random.permutation(len(block))],
    "anyhow, and twice": lambda random, block: [
        replace(block[int(k)], seq=-1) for k in random.permutation([*range(len(block))] * 2)
    ],
}


def spans(told: Iterable[Change], *, until: Micros) -> dict[str, list[Span]]:
    """From when to when each condition was broken; a way through a zone and a stay in it alike."""
    found: dict[str, dict[str, Span]] = {}
    for one in told:
        end = until if one.cleared_at is None else one.cleared_at
        found.setdefault(one.condition, {})[one.alert] = (one.opened_at, end)
    return {key: sorted(breaches.values()) for key, breaches in found.items()}


def is_met(breach: Span, others: Iterable[Span], *, within: Micros = 0) -> bool:
    """Whether one of the others comes so near to the breach."""
    return any(start <= breach[1] + within and breach[0] <= end + within for start, end in others)


@pytest.mark.parametrize("way", WAYS)
@bounded(3)
@given(seed=SEEDS)
def test_no_breach_of_a_minute_is_missed_whatever_way_its_fixes_come(way: str, seed: int) -> None:
    small = outing(seed)
    other = in_blocks(small, seed, WAYS[way])
    ordered = spans(changes(small.rulebook, small.reports, until=small.until), until=small.until)
    told = spans(changes(other.rulebook, other.reports, until=small.until), until=small.until)
    for condition, breaches in ordered.items():
        lasting = [one for one in breaches if one[1] - one[0] >= MINUTE]
        assert all(is_met(one, told.get(condition, [])) for one in lasting)


@pytest.mark.parametrize("way", WAYS)
@bounded(3)
@given(seed=SEEDS)
def test_nobody_is_accused_who_would_not_be_with_the_fixes_in_order(way: str, seed: int) -> None:
    """But of a way straight through, by a tag that does not count: the fixes to come may show a way round."""
    small = outing(seed)
    other = in_blocks(small, seed, WAYS[way])
    ordered = spans(changes(small.rulebook, small.reports, until=small.until), until=small.until)
    said = changes(other.rulebook, other.reports, until=small.until)
    counts = small.reports[0].seq >= 0 and all(one.seq >= 0 for one in other.reports)
    sure = [one for one in said if counts or one.type is not AlertType.EXCLUSION_CROSSED]
    for condition, breaches in spans(sure, until=small.until).items():
        assert all(is_met(one, ordered.get(condition, []), within=MINUTE) for one in breaches)


# Memory ----------------------------------------


def weighed(heart: Heart) -> int:
    """The bytes of all that the heart remembers."""
    return len(snapshot.dump(heart))


def test_what_is_remembered_does_not_grow_with_what_was_heard() -> None:
    """Six hundred fixes, half of them late and all told twice, weigh little more than two hundred."""
    small = in_blocks(outing(1, length=600), 1, WAYS["anyhow, and twice"])
    heart, sizes = Heart(compile_rules(small.rulebook)), []
    for start in range(0, len(small.reports), 100):
        part = small.reports[start : start + 100]
        heart.step(as_batch(part), part[-1].received_at)
        heart.conclude()
        sizes.append(weighed(heart))
    assert max(sizes[4:]) <= 1.3 * max(sizes[:4])
