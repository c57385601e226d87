"""How much memory a tag takes."""

import gc
import os
from collections.abc import Iterator
from pathlib import Path

from em_engine.bench.apart import apart
from em_engine.bench.country import Motion, compiled, country
from em_engine.bench.figures import Figure, Wish
from em_engine.monitoring.heart import Heart


def memory(wish: Wish) -> Iterator[Figure]:
    """Bytes a tag, rulebook included; in a process of its own, that nothing else has grown."""
    documents, rules, state = apart(_grown, wish.tags)
    yield Figure(
        measure="memory",
        what="a tag, rulebook included",
        value=(documents + rules + state) / wish.tags,
        unit="B a tag",
        reach="2,000",
        detail=f"{documents / wish.tags:,.0f} the rulebook, {rules / wish.tags:,.0f} zones and columns, "
        f"{state / wish.tags:,.0f} everyone judged twice",
    )


def _grown(tags: int) -> tuple[int, int, int]:
    """By how many bytes the process grows: by the documents, the columns made of them, and judging."""
    Heart(compiled(1))  # whatever is loaded on first use
    start = _resident()
    country(tags)
    documents = _resident()
    judging, motion = Heart(compiled(tags)), Motion(tags)
    rules = _resident()
    for _ in range(2):
        for batch in motion.batches(10_000):
            judging.step(batch, int(batch.rows["received_at"][-1]))
    del motion
    return documents - start, rules - documents, _resident() - rules


def _resident() -> int:
    """Bytes of memory this process holds, as Linux counts them."""
    gc.collect()
    pages = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(pages) * os.sysconf("SC_PAGE_SIZE")
