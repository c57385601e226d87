"""Conditions that bring cases together: what others of a group report bears on them, too.

Reports of different cases are judged in rounds, side by side; that loses their order. So such a watch only
notes what each round has made of its seats, and looks when all rounds of a step are done, in the order of
arrival. Its windows' edges are passed on the same way.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from em_engine.law.watch import Told
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.vocabulary import Booleans, Indices, Micros, Rows, Times


@dataclass(frozen=True, slots=True)
class Met:
    """What such a watch tells, and on which occasion: a report, or the clock before it."""

    told: Told
    received_at: Micros
    arrival: int
    seat: int
    by_clock: bool = False


class JoinedWatch(WindowedWatch):
    """The part of a watch that notes now and looks later."""

    memory_layout: str
    """What `memory` is made of, for telling that another version of the engine wrote it."""

    def note(
        self, rows: Indices, seat: Indices, arrival: Indices, received_at: Times, *, seats: Rows
    ) -> None:
        """What reports have made of seats that bear on these rows: (n,) columns; `seats` are those of all."""
        raise NotImplementedError

    def meet(self, until: Micros) -> Iterable[Met]:
        """Look at all that was noted, in its order of arrival; then the clock goes on until then."""
        raise NotImplementedError

    def conclude(self) -> Iterable[Met]:
        """Nothing more will come: what still waits."""
        return ()

    def learn_late(self, other: "JoinedWatch", rows: Indices, is_late: Booleans) -> None:
        """What another watch noted in a past, of these rows, with late fixes: those of its arrivals.

        What it makes of it here, it does when it is asked to `reconsider`.
        """

    def memory(self) -> Any:
        """What is remembered beyond state and slots, as plain values; rows by their number."""
        raise NotImplementedError

    def recall(self, memory: Any, rows: Mapping[int, int]) -> None:
        """What `memory` gave; `rows` says which row of then is which of now."""
        raise NotImplementedError

    def without_company(self, at: Micros) -> Iterable[Told]:
        """What was open because of others who are no more, and ends at `at`."""
        raise NotImplementedError
