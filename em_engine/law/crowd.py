"""The members of all groups on their way: what was noted of them, in its order, and who comes near whom."""

from collections.abc import Iterator, Sequence
from typing import Any, Final

import numpy as np

from em_engine.law.members import ENTRY, blank_members, moves, take
from em_engine.law.neighbours import Neighbourhood
from em_engine.vocabulary import BEFORE_ALL, Floats, Indices, Rows

_NOT_HERE: Final = int(np.iinfo(np.intp).max)


class Crowd:
    """Where every member is as far as the log was taken, and the log of what was not taken yet."""

    def __init__(self, group: Indices, reach_m: Floats) -> None:
        """`group` of each member: (members,); `reach_m` of each group: (groups,)."""
        self._group, self._reach_m = group, reach_m
        self.members = blank_members(len(group))
        self._neighbourhood = Neighbourhood(group, reach_m)
        self._arrives = np.full(len(group), _NOT_HERE)
        self._noted: list[Rows] = []

    def place(self, members: Rows) -> None:
        """All members are where these rows say."""
        self.members = members
        known = np.flatnonzero(members["known"]["at"] != BEFORE_ALL)
        self._neighbourhood = Neighbourhood(self._group, self._reach_m)
        self._neighbourhood.move(known, members["known"]["ecef"][known])

    def note(self, noted: Rows) -> None:
        """Entries for the log."""
        self._noted.append(noted)

    def log(self) -> Rows:
        """What was noted since the last time, in the order of arrival; what late fixes showed at an instant,
        before the reports that were received then."""
        noted = np.concatenate([np.zeros(0, dtype=ENTRY), *self._noted])
        self._noted = []
        is_late = noted["is_late"]
        if not is_late.any():
            return _in_order(noted)
        heard, late = _in_order(noted[~is_late]), noted[is_late]
        late = late[np.lexsort((late["known"]["at"], late["seat"], late["received_at"]))]
        heard_by = np.maximum.accumulate(heard["received_at"])
        places = np.searchsorted(heard_by, late["received_at"])
        late["arrival"] = np.append(heard["arrival"], _NOT_HERE)[places]
        return np.asarray(np.insert(heard, places, late))

    def encounters(self, noted: Rows, partners: Sequence[set[int]]) -> Iterator[tuple[Any, list[int]]]:
        """Takes entries of distinct members; stops at each that brings one near others, or moves him while
        he has partners: the entry, and those others."""
        done = 0
        for place, others in self._meetings(noted, partners):
            take(self.members, noted[done : place + 1])
            done = place + 1
            yield noted[place], others
        take(self.members, noted[done:])

    def _meetings(self, noted: Rows, partners: Sequence[set[int]]) -> list[tuple[int, list[int]]]:
        which = moves(self.members, noted)
        if not len(which):
            return []
        movers = noted["member"][which]
        met: dict[int, set[int]] = {
            int(place): set(partners[member])
            for place, member in zip(which, movers, strict=True)
            if partners[member]
        }
        for place, other in self._near(movers, noted["known"]["ecef"][which], which):
            met.setdefault(place, set()).add(other)
        return [(place, sorted(met[place])) for place in sorted(met)]

    def _near(self, movers: Indices, ecef: Floats, which: Indices) -> Iterator[tuple[int, int]]:
        """(entry, member) for each mover and whoever is near him then: some of them move in these entries,
        too, and count as where they were until their own entry, as where they are after it."""
        self._arrives[movers] = which
        was = self._neighbourhood.near(movers, ecef)
        self._neighbourhood.move(movers, ecef)
        now = self._neighbourhood.near(movers, ecef) if len(movers) > 1 else was
        for (places, others), has_come in ((was, False), (now, True)):
            counts = (self._arrives[others] < which[places]) == has_come
            yield from zip(which[places[counts]].tolist(), others[counts].tolist(), strict=True)
        self._arrives[movers] = _NOT_HERE


def _in_order(noted: Rows) -> Rows:
    return np.asarray(noted[np.lexsort((noted["seat"], noted["arrival"]))])
