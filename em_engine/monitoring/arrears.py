"""Late fixes: they wait for their kin, then the past of their case is judged as if they had come in time.

Section 7 of the law's README. The state of the present is never touched: a fresh heart of that one case
judges, and only what nobody knew is told.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields, replace
from enum import StrEnum
from typing import Any, Final

import numpy as np

from em_engine.law.breach import Phase
from em_engine.law.evidence import QUIET, QUIET_MAX, remember_late
from em_engine.monitoring.changes import OF_CONTACT, OF_POSITION, Telling
from em_engine.monitoring.columns import Rules
from em_engine.monitoring.past import Judge, Past
from em_engine.vocabulary import (
    HOUR,
    NEVER,
    REPORT,
    AlertType,
    Change,
    ChangeKind,
    Micros,
    Rows,
    Severity,
    parse_rfc3339,
)

OLDEST: Final[Micros] = 31 * 24 * HOUR
"""No tag stores more. An older fix comes from a clock that was reset; its past would hold years."""
HELD_MAX: Final = 20_000
"""Late fixes a case holds at most; the next is judged with those that came before it."""


@dataclass(slots=True)
class _Held:
    """The late fixes of one case, and the ways that wait for such."""

    since: Micros
    due: Micros
    seats: list[int] = field(default_factory=list)
    reports: list[Any] = field(default_factory=list)
    ways: list[Change] = field(default_factory=list)  # opened, cleared, opened, ...
    are_of_pair: list[bool] = field(default_factory=list)  # in order for their seat, behind the other side

    def rests_on(self, change: Change, until: Micros) -> bool:
        """Whether a breach of the past rests on a late fix, or is part of a way that such have parted."""
        ats = self.late_at(change.type)
        touches = (way.opened_at <= until and change.opened_at <= way.detected_at for way in self.ways)
        return any(change.opened_at <= at <= until for at in ats) or any(touches)

    def late_at(self, type: AlertType) -> list[Micros]:
        """When the fixes were made that are late for alerts of that type."""
        of_pair = type in OF_CONTACT
        fixes = zip(self.reports, self.are_of_pair, strict=True)
        return sorted(int(one["at"]) for one, is_of_pair in fixes if of_pair or not is_of_pair)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Found:
    """A breach in the past; `goes_on` where it is still open at the end of it."""

    opened: Change
    cleared: Change
    goes_on: bool

    @property
    def until(self) -> Micros:
        """When it ended, as far as the past tells."""
        return self.opened.detected_at if self.cleared.cleared_at is None else self.cleared.cleared_at


class Arrears:
    """The late fixes of all cases."""

    def __init__(self, rules: Rules, *, nested: type[Judge]) -> None:
        self._rules = rules
        self._nested = nested
        self._held: dict[int, _Held] = {}
        self.next_due: Micros = NEVER
        self.is_nested = False  # the past has no past of its own: what is late there stays aside

    def hold(self, case: int, seat: int, report: Any, *, is_of_pair: bool = False) -> None:
        """A late fix: judged with its kin, soon. One of a pair is late for contacts only."""
        at = int(report["received_at"])
        if self.is_nested or at - int(report["at"]) > OLDEST:
            return
        held = self._held.setdefault(case, _Held(since=at, due=at))
        held.seats.append(seat)
        held.reports.append(report.copy())
        held.are_of_pair.append(is_of_pair)
        is_full = len(held.reports) >= HELD_MAX
        held.due = at if is_full else min(at + QUIET, held.since + QUIET_MAX)
        self._set_next()

    def hold_way(self, case: int, change: Change) -> None:
        """A way straight through a zone, over a hole in the device's count: what is missing may show a way
        round."""
        held = self._held.setdefault(case, _Held(since=change.at, due=change.at + QUIET_MAX))
        held.ways.append(change)
        self._set_next()

    @property
    def dues(self) -> Mapping[int, Micros]:
        """Until when the late fixes of each case wait."""
        return {case: held.due for case, held in self._held.items()}

    def due_by(self, until: Micros) -> list[int]:
        """The cases whose late fixes have waited by then."""
        return [case for case in sorted(self._held) if self._held[case].due <= until]

    def judge(self, cases: Sequence[int], telling: Telling, seats: Rows) -> None:
        """Judge the late fixes of these cases, and the ways between which none came."""
        judged = {case: self._held.pop(case) for case in sorted(cases)}
        self._set_next()
        for case, held in judged.items():
            self._tell_ways(case, held, telling=telling, seats=seats)
        judged = {case: held for case, held in judged.items() if held.reports}
        if judged:
            late = [(held.seats, np.array(held.reports, dtype=REPORT)) for held in judged.values()]
            relived = Past(self._rules, list(judged), seats).relive(self._nested, late, seats)
            for (case, held), (changes, first_at) in zip(judged.items(), relived, strict=True):
                for found in _found(held, changes, first_at):
                    self._tell(found, case, telling)
                self._take_back(case, held.due, telling)
                self._remember(held, seats)

    def _take_back(self, case: int, at: Micros, telling: Telling) -> None:
        """What the present told and does not hold for true any more, now that it has learnt."""
        for kind, columns in enumerate(self._rules.watches):
            for row in columns.by_case.of(np.array([case]))[1]:
                for told in columns.watch.reconsider(int(row), at):
                    telling.by_clock(columns.watch.bonds[row], kind, told)

    def _tell_ways(self, case: int, held: _Held, *, telling: Telling, seats: Rows) -> None:
        whole = [way for way in held.ways if not self._is_parted(way, case, held, seats)]
        for way in whole:
            telling.in_arrears(replace(way, at=held.due), case)
        held.ways = [way for way in held.ways if way not in whole]

    def _remember(self, held: _Held, seats: Rows) -> None:
        for seat in sorted(set(held.seats)):
            late = [one for one, whose in zip(held.reports, held.seats, strict=True) if whose == seat]
            remember_late(seats[seat], np.array(late, dtype=REPORT), self._rules.accuracy_default_m)

    def _is_parted(self, way: Change, case: int, held: _Held, seats: Rows) -> bool:
        """Whether a late fix lies between the two fixes of a way: then the past, as far as it reaches, says
        which way it was."""
        began_at = parse_rfc3339(way.evidence["previous_fix_at"])  # to the millisecond
        taken_at = seats["ring_at"][self._rules.seat_case == case]
        reaches = bool(((taken_at >= began_at) & (taken_at < began_at + 1_000)).any())
        return reaches and any(began_at < at < way.detected_at for at in held.late_at(way.type))

    def judge_all(self, telling: Telling, seats: Rows) -> None:
        """Judge whatever waits."""
        for case in sorted(self._held):
            held = self._held[case]
            heard_at = [int(report["received_at"]) for report in held.reports]
            held.due = min(held.due, max(heard_at + [way.at for way in held.ways]))
        self.judge(list(self._held), telling, seats)

    def _set_next(self) -> None:
        self.next_due = min((held.due for held in self._held.values()), default=NEVER)

    def _tell(self, found: _Found, case: int, telling: Telling) -> None:
        """Tells of a breach, opened and cleared, unless it is known; opened alone, where it goes on."""
        if telling.is_known(found.opened, found.until):
            return
        match found.goes_on and self._take_up(found.opened, case):
            case Phase.SUSPECTED:
                telling.in_arrears(replace(found.opened, late=False), case, goes_on=True)
            case Phase.OPEN | Phase.RETURNING:
                pass  # the present tells of the same stay already
            case _:
                telling.in_arrears(found.opened, case)
                telling.in_arrears(found.cleared, case)

    def _take_up(self, opened: Change, case: int) -> Phase:
        """The present's slot of such a breach takes it up if it suspects it. Returns what it did before.

        Of a condition whose terms change with time the part in force is asked.
        """
        for columns in self._rules.watches:
            if opened.type in columns.kind.raises:
                for row in columns.by_case.of(np.array([case]))[1]:
                    is_it = columns.watch.bonds[row].condition == opened.condition
                    if is_it and columns.watch.state[row]["binds"]:
                        return columns.watch.take_up(int(row), opened)
        return Phase.CLEAR

    def dump(self) -> list[Any]:
        """What waits, as plain values, for a snapshot."""
        return [
            [
                self._rules.orders[case].id,
                held.since,
                held.due,
                [[self._rules.seats[seat].person, self._rules.seats[seat].device] for seat in held.seats],
                np.array(held.reports, dtype=REPORT).tobytes(),
                [_plain(way) for way in held.ways],
                held.are_of_pair,
            ]
            for case, held in self._held.items()
        ]

    def load(self, dumped: Iterable[Any]) -> None:
        """What `dump` gave; late fixes of seats that are no more are left out."""
        cases, places = self._rules.case_numbers(), self._rules.seat_numbers()
        for order, since, due, seats, blob, ways, of_pair in dumped:
            held, case = _Held(since=since, due=due), cases.get(order, -1)
            reports = np.frombuffer(blob, dtype=REPORT)
            for (person, device), report, is_of_pair in zip(seats, reports, of_pair, strict=True):
                if (case, person, device) in places:
                    held.seats.append(places[case, person, device])
                    held.reports.append(report.copy())
                    held.are_of_pair.append(is_of_pair)
            if case >= 0:
                conditions = {condition.id for condition in self._rules.orders[case].conditions}
                held.ways = [_change(way) for way in ways if way["condition"] in conditions]
            if held.reports or held.ways:
                self._held[case] = held
        self._set_next()


def _found(held: _Held, changes: Sequence[Change], first_at: Micros) -> Iterable[_Found]:
    """The breaches that rest on a late fix, of all that the past tells; its first fix was of `first_at`."""
    ends = {change.alert: change for change in changes if change.change is ChangeKind.CLEARED}
    for change in changes:
        if change.change is not ChangeKind.OPENED or change.type not in OF_POSITION:
            continue
        late_at = held.late_at(change.type)
        if not late_at or change.opened_at <= first_at < late_at[0]:
            continue  # it was there already: the present knew all there was to know of it
        cleared = ends.get(change.alert) or _ended(change, late_at)
        found = _Found(
            opened=replace(change, at=held.due, late=True),
            cleared=replace(cleared, at=held.due, late=True),
            goes_on=change.alert not in ends,
        )
        if held.rests_on(change, max(found.until, change.detected_at)):
            yield found


def _ended(opened: Change, late_at: Sequence[Micros]) -> Change:
    """A breach still open where the late fixes end: they prove it no further."""
    last = max(at for at in (*late_at, opened.detected_at))
    return replace(opened, change=ChangeKind.CLEARED, cleared_at=last, detected_at=last)


def _plain(change: Change) -> dict[str, Any]:
    told = {one.name: getattr(change, one.name) for one in fields(Change)}
    return {name: str(value) if isinstance(value, StrEnum) else value for name, value in told.items()}


def _change(plain: Mapping[str, Any]) -> Change:
    """What `_plain` gave."""
    words = {"change": ChangeKind, "type": AlertType, "severity": Severity}
    return Change(**{**plain, **{name: word(plain[name]) for name, word in words.items()}})
