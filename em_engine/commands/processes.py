"""Work side by side: a process a core, born with all it needs, ended with whoever asked for it."""

from collections.abc import Callable, Sequence
from multiprocessing import get_context
from multiprocessing.connection import Connection, wait
from multiprocessing.context import ForkProcess
from typing import TypeVar

from simulators.workers import end_with_parent

T = TypeVar("T")
Tell = Callable[[int], None]
"""Hears how much more is done."""


class WorkFailed(RuntimeError):
    """A process did not do its share."""


def side_by_side(work: Callable[[int, Tell], T], count: int, tell: Tell) -> list[T]:
    """What the work gives for each number below `count`, each in a process of its own.

    They are forked, since what they work on may be too much to send. None outlives this call, nor the process
    that made it, however that ends. Raises WorkFailed; what went wrong in a process is on stderr then.
    """
    begun = [_begun(work, number) for number in range(count)]
    try:
        return _results(begun, tell)
    finally:
        for process, said in begun:
            process.kill()
            process.join()
            process.close()
            said.close()


def _begun(work: Callable[[int, Tell], T], number: int) -> tuple[ForkProcess, Connection]:
    context = get_context("fork")
    ours, theirs = context.Pipe(duplex=False)
    process = context.Process(target=_worked, args=(work, number, theirs), daemon=True)
    process.start()
    theirs.close()
    return process, ours


def _results(begun: Sequence[tuple[ForkProcess, Connection]], tell: Tell) -> list[T]:
    found = dict[Connection, T]()
    while waiting := [said for _, said in begun if said not in found]:
        for said in wait(waiting):
            assert isinstance(said, Connection)
            try:
                more, result = said.recv()
            except EOFError:
                raise WorkFailed("a process ended amid its work: is there too little memory?") from None
            if result is None:
                tell(more)
            else:
                found[said] = result
    return [found[said] for _, said in begun]


# In a process -----------------------------------------------------------------------------------


def _worked(work: Callable[[int, Tell], T], number: int, said: Connection) -> None:
    end_with_parent()
    result = work(number, lambda more: said.send((more, None)))
    said.send((0, result))
