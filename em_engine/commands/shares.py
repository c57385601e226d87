"""A history judged on every core: orders in shares that know nothing of each other, a process each.

What the shares tell, laid together in order of time, is what one heart would have told of all.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass, replace
from heapq import merge as laid_together
from multiprocessing import get_context
from queue import Empty
from typing import Any, Final

import numpy as np

from em_engine.commands.history import devices_of
from em_engine.monitoring.columns import compile_orders
from em_engine.monitoring.heart import Heart
from em_engine.rulebook import Order, Rulebook
from em_engine.vocabulary import Batch, Change, Micros
from simulators.replay import in_order, replay
from simulators.tracks import Track, merge

SMALL: Final = 200_000
"""Reports: so few are judged before other processes have started."""
SHARES_MAX: Final = 8
POLL_S: Final = 0.2
_JOINING: Final = "non-association"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Orders of a rulebook on tracks, from the first report of any to `end`."""

    rulebook: Rulebook
    orders: tuple[Order, ...]
    tracks: tuple[Track, ...]
    end: Micros


def told(work: Work, tell: Callable[[int], None], *, small: int = SMALL) -> Iterator[Change]:
    """What the orders raise on the tracks, in order of time. `tell` hears how many more reports are done."""
    shares = _shares(work.orders, os.cpu_count() or 1)
    if len(shares) < 2 or sum(map(len, work.tracks)) < small:
        return _judged(work, work.orders, tell)
    return in_order(laid_together(*_side_by_side(work, shares, tell), key=lambda change: change.at))


def _shares(orders: Sequence[Order], count: int) -> list[tuple[Order, ...]]:
    """The orders in at most so many shares, those of groups in one."""
    joined, alone = list[Order](), list[Order]()
    for order in orders:
        is_joined = any(one.kind == _JOINING for one in order.conditions)
        (joined if is_joined else alone).append(order)
    count = min(count, SHARES_MAX)
    parts = [alone[first::count] for first in range(count)]
    return [tuple(part) for part in (joined + parts[0], *parts[1:]) if part]


def _judged(work: Work, orders: Sequence[Order], tell: Callable[[int], None]) -> Iterator[Change]:
    heart = Heart(compile_orders(work.rulebook, orders, {}))
    heart.begin(min(int(track.rows["received_at"][0]) for track in work.tracks if len(track)))
    devices = {device for order in orders for device in devices_of(order)}
    theirs = [_of_devices(track, devices) for track in work.tracks]
    yield from replay(heart, _counted(merge(theirs, until=work.end), tell), until=work.end)


def _of_devices(track: Track, devices: set[str]) -> Track:
    """The track without the reports of other devices."""
    numbers = [number for number, device in enumerate(track.devices) if device in devices]
    if len(numbers) == len(track.devices):
        return track
    return replace(track, rows=track.rows[np.isin(track.rows["device"], numbers)])


def _counted(batches: Iterable[Batch], tell: Callable[[int], None]) -> Iterator[Batch]:
    for batch in batches:
        yield batch
        tell(len(batch))


# Processes ------------------------------------------------------------------------------------

_work: tuple[Work, Sequence[tuple[Order, ...]], Any] | None = None
"""What the processes are born with: a month of a thousand tags is too much to send."""


def _side_by_side(
    work: Work, shares: Sequence[tuple[Order, ...]], tell: Callable[[int], None]
) -> list[list[Change]]:
    global _work
    context = get_context("fork")
    done = context.Queue()
    _work = work, shares, done
    try:
        with ProcessPoolExecutor(len(shares), mp_context=context) as pool:
            parts = [pool.submit(_judge, number) for number in range(len(shares))]
            while not all(part.done() for part in parts):
                try:
                    tell(done.get(timeout=POLL_S))
                except Empty:
                    continue
            return [part.result() for part in parts]
    finally:
        _work = None


def _judge(number: int) -> list[Change]:
    assert _work is not None, "born with it"
    work, shares, done = _work
    return list(_judged(work, shares[number], done.put))
