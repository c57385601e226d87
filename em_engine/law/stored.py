"""Where members of groups have been, minute by minute: so that who met is known though their fixes come late.

Eight hours and a half up to each one's newest place, the surest fix of every minute. A place that came
late is marked until it has been held against where the others were then: soon, together with its kin.
"""

from collections.abc import Iterable
from typing import Any, Final

import numpy as np

from em_engine.law.evidence import COLD_AFTER, QUIET, QUIET_MAX
from em_engine.law.geodesy import to_ecef
from em_engine.law.members import KNOWN
from em_engine.law.outline import concat
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    Booleans,
    Floats,
    Indices,
    Micros,
    Rows,
    Times,
)

MINUTES: Final = 512
BEHIND: Final[Micros] = MINUTE
"""What arrives later than that is held against where the others were when it was measured."""
_KEPT: Final = tuple(name for name in KNOWN.names or () if name != "ecef")
"""Metres follow from degrees."""

PLACE: Final = np.dtype(
    [(name, KNOWN[name].base, KNOWN[name].shape) for name in _KEPT]
    + [("home_at", np.int64), ("is_late", np.bool_)]
)
_CORNERS: Final = np.array(np.meshgrid(*[(0, 1)] * 4)).reshape(4, -1).T
_PRIMES: Final = np.array([73_856_093, 19_349_663, 83_492_791, 2_654_435_761], dtype=np.int64)


class Stored:
    """The places of all members, and the groups in which some wait that came late."""

    def __init__(self, members: int, groups: int) -> None:
        self.places = np.zeros((members, MINUTES), dtype=PLACE)
        self.places["at"] = BEFORE_ALL
        self._newest = np.full(members, BEFORE_ALL // MINUTE)
        self._since = np.full(groups, NEVER)
        self._last = np.full(groups, NEVER)

    # What waits ---------------------------------------------------------------------------------

    @property
    def due(self) -> Times:
        """Until when what came late waits, of each group."""
        is_waiting = self._since != NEVER
        latest = np.where(is_waiting, self._since, 0) + QUIET_MAX
        return np.where(is_waiting, np.minimum(np.where(is_waiting, self._last, 0) + QUIET, latest), NEVER)

    def wait(self, groups: Indices, received_at: Times) -> None:
        """In these groups something came late then."""
        for group, at in zip(groups.tolist(), received_at.tolist(), strict=True):
            self._since[group] = min(int(self._since[group]), at)
            self._last[group] = at

    def conclude(self) -> list[tuple[int, Micros]]:
        """Groups in which something waits, and when the last of it came: in the order of that."""
        waiting = np.flatnonzero(self._since != NEVER)
        return sorted(((int(one), int(self._last[one])) for one in waiting), key=lambda one: (one[1], one[0]))

    def settle(self, group: int, members: Indices) -> None:
        """Nothing of these members waits any more."""
        self._since[group] = self._last[group] = NEVER
        self.places["is_late"][members] = False

    # Places -------------------------------------------------------------------------------------

    def remember(self, noted: Rows, is_late: Booleans) -> None:
        """Keeps where entries, of distinct members, find these, unless that minute has a surer place."""
        of, at = noted["member"], noted["known"]["at"]
        minute = at // MINUTE
        place = minute % MINUTES
        self._forget_older(of, minute)
        its_at = self.places["at"][of, place]
        its_minute, is_again = its_at // MINUTE, its_at == at
        is_surer = noted["known"]["radius_m"] < self.places["radius_m"][of, place]
        is_kept = (minute > its_minute) | ((minute == its_minute) & is_surer) | is_again
        which = np.flatnonzero(is_kept & (minute > self._newest[of] - MINUTES))
        rows = np.zeros(len(which), dtype=PLACE)
        for name in _KEPT:
            rows[name] = noted["known"][name][which]
        of, place = of[which], place[which]
        rows["home_at"] = noted["home_at"][which]
        rows["is_late"] = is_late[which] | (is_again[which] & self.places["is_late"][of, place])
        self.places[of, place] = rows

    def _forget_older(self, of: Indices, minute: Times) -> None:
        """What lies that far back is no longer anyone's business, though nothing took its place."""
        gone_on = minute - self._newest[of]
        self._newest[of] = np.maximum(self._newest[of], minute)
        lapsed = np.flatnonzero(gone_on > 1)
        if len(lapsed):
            oldest = minute[lapsed, None] - MINUTES
            its = self.places["at"][of[lapsed]]
            row, place = np.nonzero((its != BEFORE_ALL) & (its // MINUTE <= oldest))
            self.clear(of[lapsed][row], place)

    def clear(self, members: Indices, places: Any = slice(None)) -> None:
        """Of these nothing is remembered."""
        nothing = np.zeros((), dtype=PLACE)
        nothing["at"] = BEFORE_ALL
        self.places[members, places] = nothing

    def late_at(self, members: Indices) -> dict[int, list[Micros]]:
        """When those of these members were somewhere whose places came late."""
        which, places = np.nonzero(self.places["is_late"][members])
        found: dict[int, list[Micros]] = {}
        for member, place in zip(members[which].tolist(), places.tolist(), strict=True):
            found.setdefault(member, []).append(int(self.places["at"][member, place]))
        return {member: sorted(ats) for member, ats in found.items()}

    def between(self, members: Indices, first: Micros, last: Micros = NEVER) -> tuple[Indices, Rows]:
        """(members, their places) from then to then, in the order of time."""
        its = self.places["at"][members]
        which, places = np.nonzero((its >= first) & (its <= last))
        order = np.lexsort((members[which], its[which, places]))
        return members[which][order], self.places[members[which], places][order]

    def near_late(self, members: Indices, reach_m: float) -> set[tuple[int, int]]:
        """Who was within that reach of whom, within ten minutes of a place of his that came late: pairs."""
        late_at = self.late_at(members)
        if not late_at:
            return set()
        first, last = min(map(min, late_at.values())), max(map(max, late_at.values()))
        whose, places = self.between(members, first - COLD_AFTER, last + COLD_AFTER)
        late = np.flatnonzero(places["is_late"])
        one, other = _candidates(places, late, reach_m)
        ecef = place_ecef(places)
        step = ecef[one] - ecef[other]
        is_near = np.einsum("ij,ij->i", step, step) < reach_m**2
        is_near &= np.abs(places["at"][one] - places["at"][other]) <= COLD_AFTER
        is_near &= whose[one] != whose[other]
        return set(zip(whose[one][is_near].tolist(), whose[other][is_near].tolist(), strict=True))

    # Snapshots ----------------------------------------------------------------------------------

    def memory(self) -> Any:
        """All of it, as plain values."""
        member, place = np.nonzero(self.places["at"] != BEFORE_ALL)
        kept = self.places[member, place].tobytes()
        return [member.tolist(), kept, self._newest.tolist(), self._since.tolist(), self._last.tolist()]

    def recall(self, memory: Any, members: Iterable[int], groups: Iterable[int]) -> None:
        """What `memory` gave; which member and group of now each of then is, -1 where it is no more."""
        member, kept, newest, since, last = memory
        places, now = np.frombuffer(kept, dtype=PLACE), np.array([*members], dtype=np.intp)
        of = now[np.array(member, dtype=np.intp)]
        here = np.flatnonzero(of >= 0)
        self.places[of[here], places["at"][here] // MINUTE % MINUTES] = places[here]
        self._newest[now[now >= 0]] = np.array(newest, dtype=np.int64)[now >= 0]
        for group, since_at, last_at in zip(groups, since, last, strict=True):
            if group >= 0:
                self._since[group], self._last[group] = since_at, last_at


def place_ecef(places: Rows) -> Floats:
    """Metres, of places."""
    return to_ecef(places["lonlat"][:, 0], places["lonlat"][:, 1])


def _candidates(places: Rows, late: Indices, reach_m: float) -> tuple[Indices, Indices]:
    """Pairs (a late place, a place) that share a cell of space and time, or lie in neighbouring ones.

    A cell is two reaches wide, so what is within reach lies in the two cells nearest along each axis.
    """
    spans = np.array([2.0 * reach_m] * 3 + [2.0 * COLD_AFTER])
    cells = np.column_stack([place_ecef(places), places["at"]]) / spans
    keys = _keys(np.floor(cells).astype(np.int64))
    asked = _keys(np.floor(cells[late] - 0.5).astype(np.int64)[:, None, :] + _CORNERS).ravel()
    order = np.argsort(keys, kind="stable")
    starts = np.searchsorted(keys[order], asked)
    counts = np.searchsorted(keys[order], asked, side="right") - starts
    return np.repeat(np.repeat(late, len(_CORNERS)), counts), order[concat(starts, counts)]


def _keys(cells: Any) -> Any:
    """A number a cell; two cells may share one, so who is found is measured."""
    return (cells * _PRIMES).sum(axis=-1)
