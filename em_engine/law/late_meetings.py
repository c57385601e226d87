"""What late fixes show of members of a group: their past lived once more, as far as it is remembered.

The places of those who were near are looked at in the order of time, by a group of their own that knows
nothing else; the present's is not touched.
"""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import numpy as np

from em_engine.law import breach
from em_engine.law.geodesy import Zones
from em_engine.law.group_watch import GroupWatch, Outcome
from em_engine.law.members import ENTRY, KNOWN, Meeting
from em_engine.law.stored import place_ecef
from em_engine.law.watch import Bond, Told
from em_engine.vocabulary import BEFORE_ALL, ChangeKind, Indices, Micros, Rows

_Key = tuple[int, int, int]


@dataclass(slots=True, kw_only=True)
class Stay:
    """From when to when a condition was broken towards one other member."""

    row: int
    number: int
    other: int
    opened: Outcome
    detected_at: Micros
    evidence: Mapping[str, Any]
    late_at: Sequence[Micros]  # when late fixes were made of either
    cleared_at: Micros | None = None  # None where it goes on

    @property
    def until(self) -> Micros:
        """When it ended, or till when late fixes prove it."""
        proved_at = max(self.late_at[-1], self.detected_at)
        return max(proved_at if self.cleared_at is None else self.cleared_at, self.opened.at)

    @property
    def rests_on_late(self) -> bool:
        """Whether a late fix is part of it: else the present knew all there was to know."""
        until = max(self.until, self.detected_at)
        return any(self.opened.at <= at <= until for at in self.late_at)


@dataclass(frozen=True, slots=True, kw_only=True)
class Past:
    """What is remembered of some members, by their number in the present."""

    members: Indices  # ascending; whose places the others are
    whose: Indices  # a member, a place
    places: Rows  # in the order of time
    late_at: Mapping[int, Sequence[Micros]]


class LateMeetings(GroupWatch):
    """A group's past: only pairs of which one was late are looked at, and nothing is told but their stays."""

    def __init__(self, bonds: Sequence[Bond], zones: Zones, rows: Sequence[int], past: Past) -> None:
        """`bonds` are those of the present's `rows`, member by member."""
        super().__init__(bonds, zones)
        self._rows_now, self._past = rows, past
        self._late_at = {int(np.searchsorted(past.members, one)): ats for one, ats in past.late_at.items()}
        self._was_there: dict[tuple[int, int], set[int]] = {}
        self._open: dict[_Key, Stay] = {}
        self._stays: list[Stay] = []

    def stays(self) -> list[Stay]:
        """All that rest on a late fix, by the rows and members of the present, in the order they began."""
        everyone = range(len(self._past.members))
        entries = _entries(self._past, [self.bonds[self._company.rows(one)[0]] for one in everyone])
        first, last = int(entries["received_at"][0]), int(entries["received_at"][-1])
        self.begin(np.arange(len(self.bonds)), first)
        self._crowd.note(entries)
        for _ in self.meet(last):
            raise AssertionError("the past tells nothing by itself")
        found = [one for one in self._stays if one.rests_on_late]
        for one in found:
            one.row, one.other = self._rows_now[one.row], int(self._past.members[one.other])
        return sorted(found, key=lambda one: (one.row, one.number, one.opened.at, one.other))

    def _is_asked(self, one: int, other: int) -> bool:
        return one in self._late_at or other in self._late_at

    # Looks ------------------------------------------------------------------------------------

    def _look(self, mover: int, other: int, received_at: Micros) -> Iterator[Told]:
        if self._is_asked(mover, other):
            yield from super()._look(mover, other, received_at)

    def _weigh(
        self, row: int, other: int, mover: int, met: Meeting, received_at: Micros
    ) -> Iterator[Outcome]:
        """Who is near where there was no look before is no news, unless that shows it which came late."""
        near = {ring.number for ring in self._rings[row] if met.apart_m < ring.metres}
        there = self._was_there.get((row, other), set())
        is_begun = met.before_at == BEFORE_ALL and not self._shows_late(row, other)
        there = near if is_begun else there & near
        outcomes = list(super()._weigh(row, other, mover, met, received_at))
        slots = self._company.slots(row, other)
        for number in there:
            if slots is not None:
                breach.end_suspicion(slots[number])
        self._was_there[row, other] = there
        yield from (one for one in outcomes if one.number not in there)

    def _shows_late(self, row: int, other: int) -> bool:
        known_at = self._crowd.members["known"]["at"]
        both = (int(self._member[row]), other)
        return any(int(known_at[one]) in self._late_at.get(one, ()) for one in both)

    # Stays ------------------------------------------------------------------------------------

    def _tell(self, one: Outcome, at: Micros, evidence: dict[str, Any]) -> Iterator[Told]:
        """Nothing yet: how long it lasted is not known."""
        key = (one.row, one.number, one.other)
        if one.change is ChangeKind.CLEARED:
            self._end(key, one.at)
        elif one.number not in self._was_there.get((one.row, one.other), ()):
            both = (int(self._member[one.row]), one.other)
            self._open[key] = stay = Stay(
                row=one.row,
                number=one.number,
                other=one.other,
                opened=one,
                detected_at=at,
                evidence=evidence,
                late_at=sorted(late for member in both for late in self._late_at.get(member, ())),
            )
            self._stays.append(stay)
        return iter(())

    def _end(self, key: _Key, at: Micros) -> None:
        stay = self._open.pop(key, None)
        if stay is not None:
            stay.cleared_at = at

    def _end_suspicions(self, row: int) -> None:
        """Where the window ends, so does what is open in it."""
        for key in [key for key in self._open if key[0] == row]:
            self._end(key, int(self.state["settled_at"][row]))
        super()._end_suspicions(row)

    def _part(self, row: int, other: int, slots: Rows, edge: Micros) -> Iterator[Told]:
        for number in range(self.each):
            self._end((row, number, other), edge)
        return iter(())


def joined(stays: Iterable[Stay]) -> Iterator[list[Stay]]:
    """Those of one slot that overlap, whoever the other is: they are one alert. `stays` as they are found."""
    for _, its in groupby(stays, key=lambda one: (one.row, one.number)):
        together: list[Stay] = []
        for stay in its:
            if together and stay.opened.at > max(one.until for one in together):
                yield together
                together = []
            together.append(stay)
        yield together


def _entries(past: Past, bonds: Sequence[Bond]) -> Rows:
    """The places as what reports would have made of members; `bonds` has one of each."""
    made = np.zeros(len(past.places), dtype=ENTRY)
    made["arrival"], made["received_at"] = np.arange(len(made)), past.places["at"]
    made["member"] = np.searchsorted(past.members, past.whose)
    made["seat"] = np.array([bond.wearer_seats[0] for bond in bonds])[made["member"]]
    for name in past.places.dtype.names or ():
        if name in (KNOWN.names or ()):
            made["known"][name] = past.places[name]
    made["known"]["ecef"] = place_ecef(past.places)
    made["home_at"] = past.places["home_at"]
    return made
