"""Reports of which no two are of one case: what the heart judges at once."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import IntEnum
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray

from em_engine.vocabulary import Booleans, Indices, Micros, Rows, Times


class Part(IntEnum):
    """What of a report is taken in."""

    WHOLE = 0
    LIFE = 1  # it has come, and waits
    CONTENT = 2  # it has waited


@dataclass(frozen=True, slots=True)
class Round:
    """Reports of which no two are of one case: (n,) columns."""

    reports: Rows
    arrival: Indices  # the order of arrival: twice the place in the batch, odd for what comes in between
    seat: Indices
    case: Indices
    is_torn: Booleans  # of the device's count
    part: NDArray[np.int8]  # Part
    number: Times  # among all reports there ever were

    def take(self, which: Indices) -> "Round":
        return Round(
            self.reports.take(which),  # many times as fast as an index, of such rows
            self.arrival[which],
            self.seat[which],
            self.case[which],
            self.is_torn[which],
            self.part[which],
            self.number[which],
        )

    def where(self, chosen: Booleans) -> "Round":
        """The rows that are chosen, in their order: most often all."""
        return self if chosen.all() else self.take(chosen.nonzero()[0])


def arrival_before(at: Micros, received_at: Times) -> int:
    """Where something comes before all of the batch that is received at that instant."""
    return 2 * int(np.searchsorted(received_at, at)) - 1


def in_time(reports: Rows, seat: Indices, case: Indices) -> Round:
    """Reports of which none is missing and none waits, one at a seat; their arrival is their place."""
    every = np.arange(len(reports))
    nothing = np.zeros(len(reports), dtype=np.int8)
    return Round(reports, every, seat, case, is_torn=nothing > 0, part=nothing, number=every)


def rounds(entries: Round) -> Iterator[Round]:
    """The entries cut so that no case comes twice in a round, each case's in their order of arrival."""
    if not repeats(entries.case):
        yield entries
        return
    by_case = np.argsort(entries.case, kind="stable")
    case = entries.case[by_case]
    first = np.searchsorted(case, case)
    nth = np.empty(len(case), dtype=np.intp)
    nth[by_case] = np.arange(len(case)) - first
    by_round = np.argsort(nth, kind="stable")
    bounds = np.searchsorted(nth[by_round], np.arange(nth.max(initial=-1) + 2))
    for start, end in pairwise(bounds):
        yield entries.take(by_round[start:end])


NARROW: Final = 0.15
"""Once those who wait hold so much of what is left, rounds without them cost more than their past does."""


class Turns:
    """The entries in rounds as well, in which a case sits out that has late fixes to be judged first.

    It waits for others, so that the late fixes of many are judged at once, but not until all do: without it
    the rounds grow narrow. What one case does decides nothing about another.
    """

    def __init__(self, entries: Round) -> None:
        self._entries = entries
        self._by_case = np.argsort(entries.case, kind="stable")
        case = entries.case[self._by_case]
        self._next = np.flatnonzero(np.concatenate([[True], case[1:] != case[:-1]])[: len(case)])
        self._end = np.append(self._next[1:], len(case))
        self._cases = case[self._next]

    @property
    def are_left(self) -> bool:
        """Whether any entry has not had its turn."""
        return bool((self._next < self._end).any())

    def waits(self, due: Mapping[int, Micros]) -> Indices:
        """Who sits out: the places of the cases whose next report comes when their late fixes are due."""
        cases = np.fromiter(due.keys(), dtype=np.intp, count=len(due))
        until = np.fromiter(due.values(), dtype=np.int64, count=len(due))
        places = np.minimum(np.searchsorted(self._cases, cases), len(self._cases) - 1)
        is_left = (self._cases[places] == cases) & (self._next[places] < self._end[places])
        places, until = places[is_left], until[is_left]
        next_at = self._entries.reports["received_at"][self._by_case[self._next[places]]]
        return np.sort(places[next_at >= until])

    def are_many(self, places: Indices) -> bool:
        """Whether so much is left of these that the others should wait for them."""
        left = self._end - self._next
        return len(places) > 0 and bool(left[places].sum() >= NARROW * left.sum())

    def cases(self, places: Indices) -> list[int]:
        """Which they are."""
        return [int(case) for case in self._cases[places]]

    def round(self, without: Indices) -> Round:
        """The next report of each case but of those that sit out."""
        goes_on = self._next < self._end
        goes_on[without] = False
        which = self._by_case[self._next[goes_on]]
        self._next[goes_on] += 1
        return self._entries.take(np.sort(which))


def repeats(case: Indices) -> bool:
    """Whether any case comes twice."""
    return len(case) > 1 and bool(np.bincount(case).max() > 1)
