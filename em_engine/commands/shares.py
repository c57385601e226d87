"""A history judged on every core: orders in shares that know nothing of each other, a process each.

What the shares tell, laid together in order of time, is what one heart would have told of all. Each process
reads the history for itself and a part at a time, so that nobody holds a month.
"""

import os
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from heapq import merge as laid_together
from itertools import pairwise
from typing import Final

import numpy as np

from em_engine.commands.processes import Tell, side_by_side
from em_engine.monitoring.columns import compile_orders
from em_engine.monitoring.heart import Heart
from em_engine.rulebook import Order, Rulebook
from em_engine.vocabulary import Batch, Change, Micros
from simulators.replay import in_order, replay
from simulators.tracks import Recording, merge

SMALL: Final = 200_000
"""Reports: so few are judged before other processes have started."""
SHARES_MAX: Final = 8
ROUND_COST: Final = 2_000.0
REPORT_COST: Final = 5.0
"""Microseconds, measured on a steady day of 50 and of 800 wearers: what the heart spends on a round of
reports, of each case one, and on each report in it. Only their ratio matters."""
DEPTH: Final = 500
"""Reports of a case in a batch, most often. With fewer, cases whose late fixes are due wait for fewer others:
of a season's day of 200 wearers 20 cost a third more, 200 a twentieth; with a whole day nothing is won."""
BATCH_MIN, BATCH_MAX = 1_000, 250_000
_JOINING: Final = "non-association"


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """Orders of a rulebook on tracks, from `begin`, when the first report of any arrived, to `end`."""

    rulebook: Rulebook
    orders: tuple[Order, ...]
    tracks: tuple[Recording, ...]
    begin: Micros
    end: Micros
    reports: Mapping[str, int]  # by device, how many it sent

    def of(self, orders: Iterable[Order]) -> int:
        """How many reports bear on these orders."""
        devices = {device for order in orders for device in devices_of(order)}
        return sum(self.reports.get(device, 0) for device in devices)


def told(work: Work, tell: Callable[[int], None], *, small: int = SMALL) -> Iterator[Change]:
    """What the orders raise on the tracks, in order of time. `tell` hears how many more reports are done."""
    shares = planned(work, os.cpu_count() or 1)
    if len(shares) < 2 or work.of(work.orders) < small:
        return _judged(work, work.orders, tell)

    def judge(number: int, tell: Tell) -> list[Change]:
        return list(_judged(work, shares[number], tell))

    parts = side_by_side(judge, len(shares), tell)
    return in_order(laid_together(*parts, key=lambda change: change.at))


def devices_of(order: Order) -> set[str]:
    """Every device that bears on the order."""
    return {device for person in (order.wearer, *order.protected) for device in person.devices}


# Shares ---------------------------------------------------------------------------------------


def planned(work: Work, count: int) -> list[tuple[Order, ...]]:
    """The orders in at most so many shares that cost about the same, those of groups in one.

    A heart takes as many rounds as its busiest case has reports. So cases that report alike often go
    together: who reports every ten seconds shall not cost the others their rounds.
    """
    units = sorted(_units(work), key=lambda unit: unit.deepest, reverse=True)
    low, high = 0.0, sum(unit.cost for unit in units)
    for _ in range(40):
        middle = (low + high) / 2.0
        low, high = (low, middle) if len(_cut(units, middle)) < min(count, SHARES_MAX) else (middle, high)
    bounds = [0, *_cut(units, high), len(units)]
    parts = (units[start:end] for start, end in pairwise(bounds))
    place = {order.id: number for number, order in enumerate(work.orders)}
    shares = (tuple(order for unit in part for order in unit.orders) for part in parts)
    return [tuple(sorted(share, key=lambda order: place[order.id])) for share in shares if share]


@dataclass(frozen=True, slots=True, kw_only=True)
class _Unit:
    """Orders that are judged together: most often one."""

    orders: tuple[Order, ...]
    deepest: int  # reports of its busiest case
    reports: int

    @property
    def cost(self) -> float:
        """What it costs to judge it alone."""
        return self.deepest * ROUND_COST + self.reports * REPORT_COST


def _units(work: Work) -> Iterator[_Unit]:
    joined = tuple(order for order in work.orders if any(one.kind == _JOINING for one in order.conditions))
    known = {order.id for order in joined}
    for orders in (joined, *((order,) for order in work.orders if order.id not in known)):
        counts = [work.of([order]) for order in orders]
        if orders:
            yield _Unit(orders=orders, deepest=max(counts), reports=sum(counts))


def _cut(units: Sequence[_Unit], limit: float) -> list[int]:
    """Where shares end that cost no more than that, but for single units that do."""
    bounds, deepest, reports = list[int](), 0, 0
    for place, unit in enumerate(units):
        deepest, reports = max(deepest, unit.deepest), reports + unit.reports
        if deepest * ROUND_COST + reports * REPORT_COST > limit and place > (bounds[-1] if bounds else 0):
            bounds.append(place)
            deepest, reports = unit.deepest, unit.reports
    return bounds


# Judging --------------------------------------------------------------------------------------


def _judged(work: Work, orders: Sequence[Order], tell: Tell) -> Iterator[Change]:
    heart = Heart(compile_orders(work.rulebook, orders, {}))
    heart.begin(work.begin)
    devices = {device for order in orders for device in devices_of(order)}
    rows = int(np.clip(len(orders) * DEPTH, BATCH_MIN, BATCH_MAX))
    theirs = merge(work.tracks, rows=rows, until=work.end, of=devices)
    yield from replay(heart, _counted(theirs, tell), until=work.end)


def _counted(batches: Iterable[Batch], tell: Tell) -> Iterator[Batch]:
    for batch in batches:
        yield batch
        tell(len(batch))
