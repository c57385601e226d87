"""Conditions that bring cases together, beside the rounds in which cases are judged side by side."""

from collections.abc import Callable

import numpy as np

from em_engine.law.joined_watch import JoinedWatch, Met
from em_engine.monitoring.changes import Telling
from em_engine.monitoring.columns import Rules, WatchColumns
from em_engine.vocabulary import Booleans, Indices, Micros, Rows, Times

_Keep = Callable[[Booleans], None]


class Joining:
    """The watches that join cases; what they heard in the rounds of one step, and what waits for them."""

    def __init__(self, rules: Rules, telling: Telling) -> None:
        self._telling = telling
        self._joined = [(one, one.watch) for one in rules.watches if isinstance(one.watch, JoinedWatch)]
        self.others = tuple(one for one in rules.watches if not isinstance(one.watch, JoinedWatch))
        self._waits: list[tuple[Indices, Indices, Times, _Keep]] = []
        self._kinds = {columns.kind.name: kind for kind, columns in enumerate(rules.watches)}

    def note(self, seat: Indices, arrival: Indices, received_at: Times, seats: Rows) -> None:
        """A round is judged: what it made of these seats is looked at later."""
        for columns, watch in self._joined:
            places, rows = columns.by_seat.of(seat)
            watch.note(rows, seat[places], arrival[places], received_at[places], seats=seats)

    def keep(self, case: Indices, arrival: Indices, keep: _Keep) -> None:
        """Calls `keep` with which of these cases are in breach then: as soon as that is known."""
        breaches = self._telling.open_breaches[case].astype(np.int64)
        if self._joined:
            self._waits.append((case, arrival, breaches, keep))
        else:
            keep(breaches > 0)

    def meet(self, until: Micros) -> None:
        """All rounds are judged: what was noted is looked at in its order of arrival; then the clock goes
        on until then."""
        for columns, watch in self._joined:
            for met in watch.meet(until):
                self._tell(columns, met)
        waits, self._waits = self._waits, []
        for _, _, breaches, keep in waits:
            keep(breaches > 0)

    def conclude(self) -> None:
        """Nothing more will come: what still waits is judged."""
        for columns, watch in self._joined:
            for met in watch.conclude():
                self._tell(columns, met)

    def _tell(self, columns: WatchColumns, met: Met) -> None:
        bond = columns.watch.bonds[met.told.row]
        before = int(self._telling.open_breaches[bond.case])
        if met.by_clock:
            self._telling.by_clock(bond, self._kinds[columns.kind.name], met.told)
        else:
            occasion = {"received_at": met.received_at, "arrival": met.arrival, "seat": met.seat}
            self._telling.by_report(bond, met.told, **occasion)
        self._count(bond.case, met.arrival, int(self._telling.open_breaches[bond.case]) - before)

    def _count(self, case: int, arrival: int, opened: int) -> None:
        """From that arrival on so many more breaches are open."""
        for cases, arrivals, breaches, _ in self._waits if opened else ():
            breaches += opened * ((cases == case) & (arrivals >= arrival))
