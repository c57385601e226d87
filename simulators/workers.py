"""Work on several cores: each process takes one piece of it after another, and ends with who started it.

    for answer in spread(judge, pieces, workers=2, tell=progress.tell):

Only what every platform has is imported here: a process starts as fast as what it judges with is loaded.
"""

import os
import signal
from collections.abc import Callable, Iterator, Sequence
from multiprocessing import get_context, parent_process
from multiprocessing.connection import wait
from multiprocessing.process import BaseProcess
from queue import Empty
from threading import Thread
from typing import Any, Final, TypeVar

POLL_S: Final = 0.5
WORKERS_MAX: Final = 8

Piece = TypeVar("Piece")
Answer = TypeVar("Answer")
Tell = Callable[[float], None]
"""Hears how much more of the work is done."""


class WorkerLostError(Exception):
    """A process ended that had a piece in hand."""


def workers_of(wanted: int | None) -> int:
    """How many processes work: one a core unless told otherwise."""
    return max(1, min(wanted or os.cpu_count() or 1, WORKERS_MAX))


def spread(
    judge: Callable[[Piece, Tell], Answer], pieces: Sequence[Piece], *, workers: int, tell: Tell
) -> Iterator[Answer]:
    """The answer to each piece as soon as it is known, in any order; of one piece, or by one worker, here and
    now. Raises WorkerLostError."""
    if min(workers, len(pieces)) <= 1:
        yield from (judge(piece, tell) for piece in pieces)
        return
    context = get_context("spawn")
    tasks, told = context.Queue(), context.Queue()
    tasks.cancel_join_thread()  # whoever is ended early has tasks left that nobody takes
    for task in (*((piece,) for piece in pieces), *(None for _ in range(workers))):
        tasks.put(task)
    crew = [context.Process(target=_work, args=(judge, tasks, told)) for _ in range(workers)]
    try:
        for one in crew:
            one.start()
        yield from _followed(crew, told, len(pieces), tell)
    finally:
        for one in crew:
            one.terminate()
            one.join()


def _followed(crew: Sequence[BaseProcess], told: Any, count: int, tell: Tell) -> Iterator[Any]:
    while count:
        try:
            is_answer, said = told.get(timeout=POLL_S)
        except Empty:
            if lost := [one.exitcode for one in crew if one.exitcode]:
                raise WorkerLostError(
                    f"a process that had a share in hand ended (exit code {lost[0]})"
                ) from None
            continue
        if is_answer:
            count -= 1
            yield said
        else:
            tell(said)


# In a worker ----------------------------------------------------------------------------------


def _work(judge: Callable[[Any, Tell], Any], tasks: Any, told: Any) -> None:
    end_with_parent()
    while (task := tasks.get()) is not None:
        told.put((True, judge(task[0], lambda more: told.put((False, more)))))


def end_with_parent() -> None:
    """This process ends with who started it, however that ends, and by nothing at the keyboard."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # a terminal tells all; who started us ends us
    Thread(target=_wait_for_parent, daemon=True).start()


def _wait_for_parent() -> None:
    """Nobody would hear what we say, and we might wait for the next piece for ever."""
    parent = parent_process()
    assert parent is not None, "a worker has been started by somebody"
    wait([parent.sentinel])
    os._exit(1)
