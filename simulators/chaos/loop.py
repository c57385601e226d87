"""An event loop whose time is ours: whatever waits, waits no time, and every run is the same."""

import asyncio
import selectors
from collections.abc import Callable, Coroutine, Iterable
from typing import Any, TypeVar

from numpy.random import Generator

T = TypeVar("T")


class StuckError(Exception):
    """Nothing is left to happen, and somebody still waits."""


class _NoWaiting(selectors.DefaultSelector):
    """Time passes instead of being waited for."""

    now_s = 0.0

    def select(self, wait_s: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        """What is ready now; where nothing is, the time until then has passed."""
        ready = super().select(0)
        if not ready and wait_s is None:
            raise StuckError("everybody waits, and nothing will ever happen")
        if not ready and wait_s is not None and wait_s > 0:
            self.now_s += wait_s
        return ready


class SimulatedLoop(asyncio.SelectorEventLoop):
    """Runs tasks in the order of their times; a thread's work is done here, a little later, by chance."""

    def __init__(self, chance: Generator, *, thread_s_max: float = 0.05) -> None:
        self._passing = _NoWaiting()
        super().__init__(self._passing)
        self._chance = chance
        self._thread_s_max = thread_s_max

    def time(self) -> float:
        """Seconds since the run began."""
        return self._passing.now_s

    def run_in_executor(  # type: ignore[override]  # the loop's own says the same of any arguments
        self, executor: Any, func: Callable[..., T], *args: Any
    ) -> Any:
        """The work, in this thread, after a while that is the disk's."""

        async def work() -> T:
            await asyncio.sleep(float(self._chance.random()) * self._thread_s_max)
            return func(*args)

        return self.create_task(work())


def run_simulated(main: Coroutine[Any, Any, T], chance: Generator) -> T:
    """The coroutine's result, in no time. Raises StuckError."""
    loop = SimulatedLoop(chance)
    try:
        return loop.run_until_complete(main)
    finally:
        loop.run_until_complete(_end(asyncio.all_tasks(loop)))
        loop.close()


async def _end(tasks: Iterable["asyncio.Task[Any]"]) -> None:
    """What a run that broke off has left behind."""
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
