"""Late fixes: they wait for their kin, then the past of their case is judged as if they had come in time.

Section 7 of the law's README. The state of the present is never touched: a fresh heart of that one case
judges, and only what nobody knew is told.
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final, Protocol

import numpy as np

from em_engine.monitoring.changes import OF_POSITION, Telling
from em_engine.monitoring.columns import Rules
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    REPORT,
    SECOND,
    Batch,
    Change,
    ChangeKind,
    Micros,
    ReportKind,
    Rows,
    blank_reports,
)

QUIET: Final[Micros] = 5 * SECOND
"""How long the first late fix waits for others."""
HELD_MAX: Final = 20_000
"""Late fixes a case holds at most; the next is judged with those that came before it."""


class Judge(Protocol):
    """A heart, as far as the past needs one."""

    arrears: Any

    def __init__(self, rules: Rules) -> None: ...

    def step(self, batch: Batch | None, until: Micros) -> Any:
        """See `Heart.step`."""
        ...


@dataclass(slots=True)
class _Held:
    """The late fixes of one case."""

    due: Micros
    seats: list[int] = field(default_factory=list)
    reports: list[Any] = field(default_factory=list)


class Arrears:
    """The late fixes of all cases."""

    def __init__(self, rules: Rules, *, nested: type[Judge]) -> None:
        self._rules = rules
        self._nested = nested
        self._held: dict[int, _Held] = {}
        self.next_due: Micros = NEVER
        self.is_nested = False  # the past has no past of its own: what is late there stays aside

    def hold(self, case: int, seat: int, report: Any) -> None:
        """A late fix: judged with its kin, soon."""
        if self.is_nested:
            return
        held = self._held.get(case)
        if held is None:
            held = self._held[case] = _Held(due=int(report["received_at"]) + QUIET)
        held.seats.append(seat)
        held.reports.append(report.copy())
        if len(held.reports) >= HELD_MAX:
            held.due = int(report["received_at"])
        self._set_next()

    def judge(self, case: int, at: Micros, telling: Telling, seats: Rows) -> None:
        """Judge the late fixes of one case if they have waited until `at`."""
        held = self._held.get(case)
        if held is not None and held.due <= at:
            del self._held[case]
            self._set_next()
            for change in self._found(case, held, seats, telling):
                telling.in_arrears(change, case)

    def elapse(self, until: Micros, telling: Telling, seats: Rows) -> None:
        """Judge whatever has waited until then."""
        if self.next_due <= until:
            for case in sorted(self._held):
                self.judge(case, until, telling, seats)

    def judge_all(self, telling: Telling, seats: Rows) -> None:
        """Judge whatever waits."""
        for held in self._held.values():
            held.due = min(held.due, max(int(report["received_at"]) for report in held.reports))
        self.elapse(NEVER, telling, seats)

    def _set_next(self) -> None:
        self.next_due = min((held.due for held in self._held.values()), default=NEVER)

    def _found(self, case: int, held: _Held, seats: Rows, telling: Telling) -> Iterable[Change]:
        """The breaches that rest on a late fix and that nobody knows, each opened and cleared."""
        rules = self._rules.of_case(case)
        batch, late_at = self._past(case, held, seats)
        heart = self._nested(rules)
        heart.arrears.is_nested = True
        changes = heart.step(batch, int(batch.rows["at"][-1])).changes
        ends = {change.alert: change for change in changes if change.change is ChangeKind.CLEARED}
        for change in changes:
            if change.change is not ChangeKind.OPENED or change.type not in OF_POSITION:
                continue
            cleared = ends.get(change.alert) or self._ended(change, late_at)
            until = cleared.cleared_at if cleared.cleared_at is not None else change.detected_at
            rests_on_late = any(change.opened_at <= at <= max(until, change.detected_at) for at in late_at)
            if rests_on_late and not telling.is_known(change, until):
                yield replace(change, at=held.due, late=True)
                yield replace(cleared, at=held.due, late=True)

    def _ended(self, opened: Change, late_at: Sequence[Micros]) -> Change:
        """A breach still open where the late fixes end: they prove it no further."""
        last = max(at for at in (*late_at, opened.detected_at))
        return replace(opened, change=ChangeKind.CLEARED, cleared_at=last, detected_at=last)

    def _past(self, case: int, held: _Held, seats: Rows) -> tuple[Batch, list[Micros]]:
        """The late fixes among the fixes the seats of the case remember, in the order of their own time."""
        late = np.array(held.reports, dtype=REPORT)
        of_case = np.flatnonzero(self._rules.seat_case == case)
        devices = tuple(self._rules.seats[int(seat)].device for seat in of_case)
        numbers = {int(seat): number for number, seat in enumerate(of_case)}
        late["device"] = [numbers[seat] for seat in held.seats]
        remembered = [self._remembered(seats[seat], number) for seat, number in numbers.items()]
        rows = np.concatenate([late, *remembered])
        rows = rows[np.lexsort((rows["device"], rows["at"]))]
        is_again = (rows["at"][1:] == rows["at"][:-1]) & (rows["device"][1:] == rows["device"][:-1])
        rows = rows[np.concatenate([[True], ~is_again])]
        rows["received_at"] = rows["at"]
        rows["seq"] = -1
        return Batch(devices=devices, rows=rows), sorted(int(at) for at in late["at"])

    def _remembered(self, seat: Any, number: int) -> Rows:
        known = np.flatnonzero(seat["ring_at"] != BEFORE_ALL)
        rows = blank_reports(len(known))
        rows["kind"] = ReportKind.FIX
        rows["device"] = number
        rows["at"] = seat["ring_at"][known]
        rows["lon"], rows["lat"] = seat["ring_lonlat"][known].T
        rows["accuracy_m"] = seat["ring_radius_m"][known]
        return rows

    def dump(self) -> list[Any]:
        """What waits, as plain values, for a snapshot."""
        return [
            [
                self._rules.orders[case].id,
                held.due,
                [[self._rules.seats[seat].person, self._rules.seats[seat].device] for seat in held.seats],
                np.array(held.reports, dtype=REPORT).tobytes(),
            ]
            for case, held in self._held.items()
        ]

    def load(self, dumped: Iterable[Any]) -> None:
        """What `dump` gave; late fixes of seats that are no more are left out."""
        cases = {order.id: number for number, order in enumerate(self._rules.orders)}
        places = {
            (seat.case, seat.person, seat.device): number for number, seat in enumerate(self._rules.seats)
        }
        for order, due, seats, blob in dumped:
            held, case = _Held(due=due), cases.get(order, -1)
            for (person, device), report in zip(seats, np.frombuffer(blob, dtype=REPORT), strict=True):
                if (case, person, device) in places:
                    held.seats.append(places[case, person, device])
                    held.reports.append(report.copy())
            if held.reports:
                self._held[case] = held
        self._set_next()
