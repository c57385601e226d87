"""How fast the heart judges, in large batches and one by one; and how soon it stands."""

from collections.abc import Iterator
from typing import Final

from em_engine.bench.country import NOON, Motion, compiled, country
from em_engine.bench.figures import Figure, Stopwatch, Wish
from em_engine.monitoring.columns import compile_rules
from em_engine.monitoring.heart import Heart
from em_engine.vocabulary import Batch

BATCH: Final = 10_000
REPEATS: Final = 7
ONES: Final = 400
COMPILED_MAX: Final = 1_000


def heart(wish: Wish) -> Iterator[Figure]:
    """Fixes a second of one core: typical motion, and with every geometry computed."""
    judging, motion = Heart(compiled(wish.tags)), Motion(wish.tags)
    _judge(judging, motion.batches(BATCH))  # the first fix of everyone is dearer, once
    yield _rate("typical motion", judging, motion, reach="1,000,000", asks_geometry=False)
    yield _rate("every geometry computed", judging, motion, reach="250,000", asks_geometry=True)
    yield _compiling(min(wish.tags, COMPILED_MAX))


def one(wish: Wish) -> Iterator[Figure]:
    """Microseconds for a batch of one."""
    judging, motion = Heart(compiled(wish.tags)), Motion(wish.tags)
    for _ in range(2):
        _judge(judging, motion.batches(BATCH))
    watch = Stopwatch()
    for batch in motion.batches(1)[:ONES]:
        with watch.time():
            judging.step(batch, int(batch.rows["received_at"][-1]))
    yield Figure(
        measure="one",
        what="batch of one",
        value=watch.middle_cpu_s * 1e6,
        unit="µs of a core",
        reach="100",
        detail=f"{watch.middle_wall_s * 1e6:,.0f} µs on the wall",
    )


def _rate(what: str, judging: Heart, motion: Motion, *, reach: str, asks_geometry: bool) -> Figure:
    watch, fixes = Stopwatch(), 0
    for _ in range(REPEATS):
        batches = motion.batches(BATCH)
        if asks_geometry:
            _forget_clearances(judging)
        with watch.time():
            fixes = _judge(judging, batches)
    return Figure(
        measure="heart",
        what=what,
        value=fixes / watch.middle_cpu_s,
        unit="fixes/s a core",
        reach=reach,
        detail=f"batches of {min(BATCH, fixes):,}; {fixes / watch.middle_wall_s:,.0f} on the wall",
    )


def _judge(judging: Heart, batches: list[Batch]) -> int:
    for batch in batches:
        judging.step(batch, int(batch.rows["received_at"][-1]))
    return sum(map(len, batches))


def _forget_clearances(judging: Heart) -> None:
    """No look is calm: each asks where its zone's boundary is."""
    for columns in judging.rules.watches:
        columns.watch.state["is_calm"] = False


def _compiling(tags: int) -> Figure:
    """The rulebook in columns, and monitoring begun: what a start costs a tag."""
    rulebook, watch = country(tags), Stopwatch()
    for _ in range(3):
        with watch.time():
            Heart(compile_rules(rulebook)).step(None, NOON)
    return Figure(
        measure="heart",
        what="compile a rulebook and begin",
        value=watch.middle_cpu_s / tags * 1e3,
        unit="ms a tag",
        detail=f"{tags:,} tags, {len(rulebook.zones):,} zones",
    )
