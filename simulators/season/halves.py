"""A season on every core of the machine: each process lives and judges a part of the cases."""

import os
from collections.abc import Callable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from queue import Empty
from typing import Any, Final

from simulators.season.contest import judge_cases
from simulators.season.report import Quality, added

POLL_S: Final = 0.5
WORKERS_MAX: Final = 8


def quality_on_all_cores(
    *, seed: int, tags: int, days: int, tell: Callable[[float], None], workers: int | None = None
) -> Quality:
    """Our engine and the baselines over one season; `tell` hears the share that is done."""
    count = max(1, min(workers or os.cpu_count() or 1, WORKERS_MAX, tags))
    context = get_context("spawn")
    done = context.Queue()
    with ProcessPoolExecutor(count, mp_context=context, initializer=_answer_to, initargs=(done,)) as pool:
        parts = [
            pool.submit(_judge, seed, range(tags * one // count, tags * (one + 1) // count), days)
            for one in range(count)
        ]
        _follow(parts, done, tell)
        return added([part.result() for part in parts])


def _follow(parts: Sequence[Future[Quality]], done: Any, tell: Callable[[float], None]) -> None:
    share = 0.0
    while not all(part.done() for part in parts):
        try:
            share += done.get(timeout=POLL_S) / len(parts)
        except Empty:
            continue
        tell(min(share, 1.0))


# In a worker ----------------------------------------------------------------------------------

_done: Any = None


def _answer_to(done: Any) -> None:
    global _done
    _done = done


def _judge(seed: int, numbers: Sequence[int], days: int) -> Quality:
    return judge_cases(seed=seed, numbers=numbers, days=days, tell=_done.put)
