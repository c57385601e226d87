"""Work in a process of its own: measured without our past, or meant to be killed."""

from collections.abc import Callable
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from typing import ParamSpec, TypeVar

P = ParamSpec("P")
T = TypeVar("T")


def apart(work: Callable[P, T], *args: P.args, **kwargs: P.kwargs) -> T:
    """What the work returns, done by a fresh process."""
    with pool() as workers:
        return workers.submit(work, *args, **kwargs).result()


def pool() -> ProcessPoolExecutor:
    """One fresh process that waits for work. It inherits nothing of ours."""
    return ProcessPoolExecutor(max_workers=1, mp_context=get_context("spawn"))
