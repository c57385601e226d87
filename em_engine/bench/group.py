"""What a group that must not meet costs: everyone of a town in one, few and many."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from em_engine.bench.country import Motion, country
from em_engine.bench.figures import Figure, Stopwatch, Wish
from em_engine.law.non_association import NonAssociationTerms
from em_engine.law.terms import GroupName
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.rulebook.models import Condition, Rulebook

BATCH: Final = 10_000
SHARES: Final = (0.1, 1.0)
REPEATS: Final = 5
ONES: Final = 200
ALERT_M: Final = 30.0
"""In ten thousand, one in eight lives so near to another; with fewer it grows, so that as many do."""


def group(wish: Wish) -> Iterator[Figure]:
    """A fix of a member, of a tenth of the tags and of all: much the same, if none is sought among all."""
    for share in SHARES:
        members = max(2, int(wish.tags * share))
        alert_m = ALERT_M * (wish.tags / members) ** 0.5
        judging, motion = Heart(compile_rules(_grouped(members, alert_m))), Motion(members)
        for _ in range(2):
            _judge(judging, motion, BATCH)
        yield _in_batches(judging, motion, members)
        yield _one_by_one(judging, motion, members)


def _grouped(members: int, alert_m: float) -> Rulebook:
    """So many wearers of one group, and no other condition: what is measured is the group."""
    terms = NonAssociationTerms(group=GroupName("bench"), alert_m=alert_m)
    condition = Condition(id="apart", kind="non-association", terms=terms)
    rulebook = country(members)
    return replace(rulebook, orders=tuple(replace(one, conditions=(condition,)) for one in rulebook.orders))


def _judge(judging: Heart, motion: Motion, size: int) -> int:
    batches = motion.batches(size)
    for batch in batches:
        judging.step(batch, int(batch.rows["received_at"][-1]))
    return sum(map(len, batches))


def _in_batches(judging: Heart, motion: Motion, members: int) -> Figure:
    watch, fixes = Stopwatch(), 0
    for _ in range(REPEATS):
        with watch.time():
            fixes = _judge(judging, motion, BATCH)
    return Figure(
        measure="group",
        what=f"group of {members:,}, in batches",
        value=fixes / watch.middle_cpu_s,
        unit="fixes/s a core",
        detail=f"batches of {min(BATCH, members):,}; no other condition",
    )


def _one_by_one(judging: Heart, motion: Motion, members: int) -> Figure:
    watch = Stopwatch()
    for batch in motion.batches(1)[:ONES]:
        with watch.time():
            judging.step(batch, int(batch.rows["received_at"][-1]))
    return Figure(
        measure="group",
        what=f"group of {members:,}, one by one",
        value=watch.middle_cpu_s * 1e6,
        unit="µs of a core",
    )
