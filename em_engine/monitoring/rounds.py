"""Reports of which no two are of one case: what the heart judges at once."""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from em_engine.vocabulary import Booleans, Indices, Rows


@dataclass(frozen=True, slots=True)
class Round:
    """Reports of which no two are of one case: (n,) columns."""

    reports: Rows
    arrival: Indices
    seat: Indices
    case: Indices

    def take(self, which: Indices) -> "Round":
        return Round(self.reports[which], self.arrival[which], self.seat[which], self.case[which])

    def where(self, chosen: Booleans) -> "Round":
        """The rows that are chosen, in their order: most often all."""
        return self if chosen.all() else self.take(np.flatnonzero(chosen))


def rounds(entries: Round) -> Iterator[Round]:
    """The entries cut so that no case comes twice in a round, each case's in their order of arrival."""
    if not _repeats(entries.case):
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


def _repeats(case: Indices) -> bool:
    """Whether any case comes twice."""
    return len(case) > 1 and bool(np.bincount(case).max() > 1)
