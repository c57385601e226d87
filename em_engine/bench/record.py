"""What the record costs: a commit, a start after a kill, and history judged again."""

import os
import signal
import tempfile
from collections.abc import Iterator
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

import numpy as np

from em_engine.alerts.queue import AlertQueue
from em_engine.bench.apart import apart
from em_engine.bench.country import Motion, compiled, country, documents
from em_engine.bench.figures import Figure, Stopwatch, Wish
from em_engine.monitoring.heart import Heart
from em_engine.record import journal
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.rulebook import load_files
from em_engine.runners.judging import Judging
from em_engine.vocabulary import Batch

COMMITTED: Final = 1_000
COMMITS: Final = 60
HISTORY_MINUTES: Final = 5
DOCUMENTS_MAX: Final = 300


def commit(wish: Wish) -> Iterator[Figure]:
    """A journal entry of a thousand fixes, and its commit."""
    motion = Motion(min(wish.tags, COMMITTED))
    packing, entries = Stopwatch(), []
    for batch in (motion.batches(COMMITTED)[0] for _ in range(COMMITS)):
        with packing.time():
            entries.append(journal.encode(journal.Inputs(batch=batch)))
    fixes = min(wish.tags, COMMITTED)
    for durability in Durability:
        wall_s = _commits(entries, durability)
        yield Figure(
            measure="commit",
            what=f"of {fixes:,} fixes, durability {durability.value}",
            value=float(np.percentile(wall_s, 50)) * 1e3,
            unit="ms p50",
            reach="2",
            detail=f"p99 {np.percentile(wall_s, 99) * 1e3:.2f} ms; "
            f"packing the entry {packing.middle_cpu_s * 1e3:.2f} ms of a core before it",
        )
    size = sum(map(len, entries)) / len(entries) / fixes
    yield Figure(measure="commit", what="journal entry", value=size, unit="B a fix", reach="50")


def _commits(entries: list[bytes], durability: Durability) -> list[float]:
    """Seconds on the wall of each: waiting for the disk is what is measured."""
    watch = Stopwatch()
    with (
        _folder() as folder,
        closing(SqliteRecord(folder / "record.sqlite3", durability=durability)) as record,
    ):
        queue = AlertQueue(record)
        for at, entry in enumerate(entries):
            with watch.time():
                queue.commit(entry=entry, at=at)
    return watch.wall_s


def restart(wish: Wish) -> Iterator[Figure]:
    """From the beginning of a start after kill -9 until everyone has been judged again."""
    with _folder() as folder:
        try:
            apart(_live_until_killed, folder, wish.tags)
        except BrokenProcessPool:
            yield apart(_recovered, folder, wish.tags)
        else:
            raise AssertionError("the engine outlived a SIGKILL")
    yield _reading(min(wish.tags, DOCUMENTS_MAX))


def _live_until_killed(folder: Path, tags: int) -> None:
    """Three minutes of everyone, a snapshot after the second; then the end, without a word."""
    motion = Motion(tags)
    with closing(SqliteRecord(folder / "record.sqlite3", durability=Durability.NORMAL)) as record:
        judging = Judging(record, AlertQueue(record), country(tags))
        judging.recover()
        for minute in range(3):
            for batch in motion.batches(COMMITTED):
                judging.judge(batch)
            if minute == 1:
                judging.snapshot()
        os.kill(os.getpid(), signal.SIGKILL)


def _recovered(folder: Path, tags: int) -> Figure:
    rulebook, whole, recovering = country(tags), Stopwatch(), Stopwatch()
    motion = Motion(tags)
    for _ in range(4):
        batches = motion.batches(COMMITTED)
    with whole.time(), closing(SqliteRecord(folder / "record.sqlite3")) as record:
        judging = Judging(record, AlertQueue(record), rulebook)
        with recovering.time():
            judging.recover()
        for batch in batches:
            judging.judge(batch)
    assert judging.position == 4 * len(batches), "the journal is not what was committed"
    return Figure(
        measure="restart",
        what=f"after kill -9, {tags:,} tags",
        value=whole.wall_s[0],
        unit="s until all are judged",
        reach="10 (100,000 tags)",
        detail=f"{whole.cpu_s[0]:.2f} s of a core; {recovering.wall_s[0]:.2f} s for snapshot and a minute of "
        "journal; without reading the documents",
    )


def _reading(tags: int) -> Figure:
    """What a start costs before: the rulebook's documents, read and checked."""
    files, watch = documents(tags), Stopwatch()
    for _ in range(3):
        with watch.time():
            load_files(files)
    size = sum(map(len, files.values())) / tags
    return Figure(
        measure="restart",
        what="documents read and checked",
        value=watch.middle_cpu_s / tags * 1e3,
        unit="ms a tag",
        detail=f"{tags:,} tags, {size:,.0f} B each",
    )


def backtest(wish: Wish) -> Iterator[Figure]:
    """History judged again, from the journal's own entries: unpacked, and decided."""
    motion, watch = Motion(wish.tags), Stopwatch()
    judging = Heart(compiled(wish.tags))
    for _ in range(HISTORY_MINUTES):
        entries = [journal.encode(journal.Inputs(batch=batch)) for batch in motion.batches(10_000)]
        with watch.time():
            for entry in entries:
                _judge_again(judging, entry)
    yield Figure(
        measure="backtest",
        what="from the journal's entries",
        value=wish.tags / watch.middle_cpu_s,
        unit="fixes/s a core",
        reach="500,000 (from Parquet)",
        detail=f"{wish.tags / watch.middle_wall_s:,.0f} on the wall",
    )


def _judge_again(judging: Heart, data: bytes) -> None:
    entry = journal.decode(data)
    assert isinstance(entry, journal.Inputs)
    batch: Batch = entry.batch
    judging.step(batch, int(batch.rows["received_at"][-1]))


@contextmanager
def _folder() -> Iterator[Path]:
    with tempfile.TemporaryDirectory(prefix="em-bench-") as name:
        yield Path(name)
