"""Reports that wait for what a hole in their device's count hides, and how they take their turns.

A report that waits is taken in twice: as a sign of life when it comes, and as what it says when it has
waited. `patience` knows who waits; here is what they say, by case.
"""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any

import numpy as np

from em_engine.monitoring.columns import Rules
from em_engine.monitoring.patience import BY_TIME, Released
from em_engine.monitoring.rounds import Part, Round, arrival_before
from em_engine.monitoring.sequence import Sifted
from em_engine.vocabulary import REPORT, Indices, Micros, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Held:
    """A report that waits, at one of its seats; `number` is its own among all there ever were."""

    number: int
    seat: int
    report: Any


class Waiting:
    """The reports that wait, by case."""

    def __init__(self, rules: Rules) -> None:
        self._rules = rules
        self._by_case: dict[int, list[Held]] = {}
        self._any = np.zeros(len(rules.orders), dtype=bool)  # whether a case is among them: asked every round

    @property
    def cases(self) -> Collection[int]:
        """Those in which any report waits."""
        return self._by_case.keys()

    def among(self, cases: Indices) -> Indices:
        """The places of those in which any report waits."""
        return self._any[cases].nonzero()[0]

    def hold(self, one: Round) -> None:
        """These wait from now on."""
        for place, case in enumerate(one.case.tolist()):
            number, seat = int(one.number[place]), int(one.seat[place])
            held = Held(number=number, seat=seat, report=one.reports[place].copy())
            self._by_case.setdefault(case, []).append(held)
            self._any[case] = True

    def release(self, case: int, seat: int, number: int) -> bool:
        """It waits no longer; False if it does not any more, since a timer rang."""
        held = self._by_case.get(case, [])
        left = [one for one in held if (one.seat, one.number) != (seat, number)]
        self._put(case, left)
        return len(left) < len(held)

    def release_all(self, case: int, at: Micros, arrival: int) -> Round:
        """None of the case waits any longer: all who did, as entries received just then."""
        held = sorted(self._by_case[case], key=_own_time)
        self._put(case, [])
        at = max(at, *(int(one.report["received_at"]) for one in held))
        return self._entries(held, [at] * len(held), [arrival] * len(held), [True] * len(held))

    def latest(self, case: int) -> Micros:
        """When the last of them came."""
        return max(int(one.report["received_at"]) for one in self._by_case[case])

    def taking_turns(self, entries: Round, sifted: Sifted, received_at: Times) -> Round:
        """The entries of a batch with those among them that wait marked, and those that have waited put in
        their places. `received_at` is that of the batch."""
        if not sifted.released and not sifted.waits.any():
            return entries
        entries.part[:] = np.where(sifted.waits[entries.arrival // 2], Part.LIFE.value, Part.WHOLE.value)
        waited = self._waited(entries, {one.number: one for one in sifted.released})
        if not waited:
            return entries
        whens = [one for _, one in waited]
        content = self._entries(
            [held for held, _ in waited],
            [one.at for one in whens],
            [_arrival(one, received_at) for one in whens],
            [one.is_torn for one in whens],
        )
        both = Round(
            *(
                np.concatenate([getattr(entries, one.name), getattr(content, one.name)])
                for one in fields(Round)
            )
        )
        return both.take(np.argsort(both.arrival, kind="stable"))

    def _waited(self, entries: Round, released: Mapping[int, Released]) -> list[tuple[Held, Released]]:
        """Who have waited, of older batches and of this one, in the order of their own times."""
        held = [one for listed in self._by_case.values() for one in listed]
        for place in np.flatnonzero(entries.part == Part.LIFE.value):
            number, seat = int(entries.number[place]), int(entries.seat[place])
            held.append(Held(number=number, seat=seat, report=entries.reports[place]))
        held.sort(key=_own_time)
        return [(one, released[one.number]) for one in held if one.number in released]

    def _entries(
        self, held: Sequence[Held], at: Sequence[Micros], arrival: Sequence[int], is_torn: Sequence[bool]
    ) -> Round:
        """What they say, received at these instants."""
        reports = np.array([one.report for one in held], dtype=REPORT)
        reports["received_at"] = at
        seat = np.array([one.seat for one in held], dtype=np.intp)
        return Round(
            reports=reports,
            arrival=np.array(arrival, dtype=np.intp),
            seat=seat,
            case=self._rules.seat_case[seat],
            is_torn=np.array(is_torn, dtype=bool),
            part=np.full(len(held), Part.CONTENT, dtype=np.int8),
            number=np.array([one.number for one in held], dtype=np.int64),
        )

    def _put(self, case: int, held: list[Held]) -> None:
        self._any[case] = len(held) > 0
        if held:
            self._by_case[case] = held
        else:
            self._by_case.pop(case, None)

    # Snapshots ------------------------------------------------------------------------------------

    def dump(self) -> list[Any]:
        """What waits, as plain values, for a snapshot."""
        return [
            [
                self._rules.orders[case].id,
                [
                    [one.number, seat.person, seat.device, one.report.tobytes()]
                    for one in held
                    for seat in (self._rules.seats[one.seat],)
                ],
            ]
            for case, held in self._by_case.items()
        ]

    def load(self, dumped: Iterable[Any]) -> None:
        """What `dump` gave; reports at seats that are no more are left out."""
        cases, seats = self._rules.case_numbers(), self._rules.seat_numbers()
        for order, listed in dumped:
            case = cases.get(order, -1)
            found = [
                Held(number=number, seat=seats[case, person, device], report=_report(blob))
                for number, person, device, blob in listed
                if (case, person, device) in seats
            ]
            if found:
                self._put(case, found)


def _report(blob: bytes) -> Any:
    return np.frombuffer(blob, dtype=REPORT).copy()[0]


def _own_time(one: Held) -> tuple[Micros, int, int]:
    return int(one.report["at"]), one.seat, int(one.report["seq"])


def _arrival(one: Released, received_at: Times) -> int:
    """After what filled the hole; where time did, before all that comes at that instant."""
    if one.after != BY_TIME:
        return 2 * one.after + 1
    return arrival_before(one.at, received_at)
