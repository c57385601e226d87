"""`em bench backtest --days`: how long a history of so many tags takes, from its file to its alerts."""

import resource
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from em_engine.bench.figures import Figure, tell
from em_engine.commands.backtest import alerts_of, heard_of
from em_engine.commands.history import Past, read_history
from em_engine.commands.progress import Progress
from em_engine.rulebook import load_files
from simulators.steady import Steady
from simulators.tracks import parquet

MONTH_DAYS: Final = 30


def measure_command(*, tags: int, days: int, seed: int, as_json: bool) -> int:
    """A line a figure, as soon as it is known; 0."""
    tell(figures(Steady(tags=tags, days=days, seed=seed)), as_json=as_json)
    return 0


def figures(steady: Steady) -> Iterator[Figure]:
    """Of a steady history: mixed programmes, a fix a minute and a heartbeat in five, in order."""
    rulebook = load_files(steady.rulebook_files())
    with tempfile.TemporaryDirectory(prefix="em-bench-") as folder:
        path = Path(folder) / "steady.parquet"
        count = parquet.write(path, steady.batches())
        reading = _spent_s()
        history = read_history(Past(tracks=(path,), progress=Progress()), [rulebook])
        for rows in parquet.opened(path).chunks():
            assert len(rows), "a part holds a report at least"
        yield _rate("reading, once through", count, _spent_s() - reading, "1 core")
        began, judging = time.monotonic(), _spent_s()
        alerts = alerts_of(rulebook, heard_of(rulebook, history), history)
        wall_s, spent_s = time.monotonic() - began, _spent_s() - judging
    months = steady.days / MONTH_DAYS
    size = f"{steady.tags:,} tags, {steady.days:.3g} days, {count:,} reports, {len(alerts):,} alerts"
    yield _rate("reading and judging", count, spent_s, size)
    yield Figure(
        measure="backtest",
        what=f"a month of {steady.tags:,} tags",
        value=wall_s / months / 60.0,
        unit="min on the wall",
        reach="minutes (1,000 tags)",
        detail=f"{1.0 / months:.3g} times what was measured; {spent_s / months / 60.0:,.1f} min of a core",
    )


def _rate(what: str, count: int, spent_s: float, detail: str) -> Figure:
    return Figure(
        measure="backtest",
        what=what,
        value=count / max(spent_s, 1e-6),
        unit="reports/s a core",
        reach="500,000 (from Parquet)",
        detail=detail,
    )


def _spent_s() -> float:
    """What this process and those it has ended have used of the cores."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(one.ru_utime + one.ru_stime for one in used)
