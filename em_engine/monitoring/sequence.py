"""Every device counts its messages: what has come before is a duplicate, what has not come is a hole.

Brokers forget (blueprint, promise 1), so a hole is remembered until it is filled, and asked for again.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import repeat
from typing import Any, Final

import numpy as np

from em_engine.law.evidence import QUIET_MAX
from em_engine.monitoring.patience import PATIENCE, Patience, Released
from em_engine.monitoring.runs import Runs
from em_engine.vocabulary import BEFORE_ALL, Booleans, Indices, Micros, ReportKind, Rows, Times

HOLES_MAX: Final = 32
"""Holes remembered a device; beyond that the two oldest are taken for one."""


NOT_YET: Final = 1 << 62
"""The number of a fix that has not been heard."""
_Span = tuple[int, int, Micros, int]
"""The first and the last number missing, when a later one showed that, and the lowest above them that a fix
was heard with: what is missing was taken before that fix, and changes nothing of what follows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Hole:
    """Messages `from_seq` to `to_seq`, both included, of one device: missing, or found after all.

    A hole is known by its device and `from_seq`; what is left of one that was filled in part is told again.
    """

    device: str
    from_seq: int
    to_seq: int
    is_filled: bool = False
    is_torn: bool = True  # new; False for what is left of an older one


@dataclass(frozen=True, slots=True, kw_only=True)
class Sifted:
    """What the counts say of some messages: columns of one row a message, and what follows from them."""

    is_duplicate: Booleans
    is_torn: Booleans  # whether anything is missing since the fix before each, and may be on its way
    waits: Booleans  # for what a hole below it hides
    first: int  # the number of the first of these messages among all there ever were
    released: list[Released]  # those that have waited, these or older ones
    holes: list[Hole]  # torn or filled by these


class Sequences:
    """The counts of all devices. Devices are known by name, so that rulebooks may come and go."""

    def __init__(self) -> None:
        self.patience = Patience(self._newest_tear_below, self._newest_tear_before)
        self._arrived = 0
        self._place: dict[str, int] = {}
        self._high: Times = np.full(0, -1)
        self._newest_at: Times = np.full(0, BEFORE_ALL)
        self._newest_tear: Times = np.full(0, BEFORE_ALL)  # the newest of the holes there are
        self._bare_tear: Times = np.full(0, BEFORE_ALL)  # of those above which no fix was heard
        self._first_fix: Times = np.full(0, NOT_YET)  # the lowest number of a fix since it began to count
        self._holes: dict[str, list[_Span]] = {}
        self._first: dict[str, int] = {}  # the lowest number heard since the device began to count

    def holes(self) -> Iterator[Hole]:
        """What is missing now."""
        for device, spans in self._holes.items():
            for first, last, *_ in spans:
                yield Hole(device=device, from_seq=first, to_seq=last)

    def sift(self, names: tuple[str, ...], rows: Rows, until: Micros) -> Sifted:
        """Takes messages in, in their order of arrival; then time passes to `until`."""
        place = self._places(names)[rows["device"]]
        odd = self._odd(place, rows)
        sifted = Sifted(
            is_duplicate=np.zeros(len(rows), dtype=bool),
            is_torn=np.zeros(len(rows), dtype=bool),
            waits=np.zeros(len(rows), dtype=bool),
            first=self._arrived,
            released=[],
            holes=[],
        )
        if len(odd) == 1:
            self._sift_odd(names[rows["device"][odd[0]]], rows[odd[0]], int(odd[0]), sifted)
        elif len(odd):
            self._sift_in_runs(names, rows, Runs(rows, odd, place), sifted)
        self._arrived += len(rows)
        sifted.released.extend(self.patience.run_out(until))
        return sifted

    def _odd(self, place: Indices, rows: Rows) -> Indices:
        """The messages of devices whose count does not simply go on, in order; what all others say is taken
        in."""
        if len(place) == 1:  # what follows is written for many; one is taken as the odd ones are
            return np.zeros(1, dtype=np.intp)
        order = np.argsort(place, kind="stable") if np.bincount(place).max(initial=0) > 1 else _every(place)
        place, seq = place[order], rows["seq"][order]
        follows = np.empty(len(order), dtype=np.int64)
        follows[1:] = np.where(place[1:] == place[:-1], seq[:-1], self._high[place[1:]])
        follows[:1] = self._high[place[:1]]
        is_odd = np.zeros(len(self._high), dtype=bool)
        is_odd[place[(seq != follows + 1) | (seq < 0)]] = True
        is_odd[place[~self._are_calm(place, rows["received_at"][order])]] = True
        is_even = ~is_odd[place]
        np.maximum.at(self._high, place[is_even], seq[is_even])
        np.maximum.at(self._newest_at, place[is_even], rows["at"][order][is_even])
        are_fixes = is_even & (rows["kind"][order] == ReportKind.FIX.value)
        np.minimum.at(self._first_fix, place[are_fixes], seq[are_fixes])
        return np.sort(order[~is_even])

    def _are_calm(self, place: Any, received_at: Any) -> Any:
        """Whether no hole is so young that what follows would wait for it, or be torn: one, or a column."""
        waits = received_at - np.maximum(self._newest_tear[place], 0) < PATIENCE
        return ~(waits | (received_at - np.maximum(self._bare_tear[place], 0) < QUIET_MAX))

    def _sift_in_runs(self, names: tuple[str, ...], rows: Rows, runs: Runs, sifted: Sifted) -> None:
        """In their order of arrival, one by one; where a device counts up by one, all of a run at once."""
        while runs.are_left:
            row, place = runs.next_row, runs.next_place
            if self._goes_on(names[rows["device"][row]], rows[row], place):
                self._take_run(place, rows, runs.pop_run())
            else:
                self._sift_odd(names[rows["device"][row]], rows[row], row, sifted)
                runs.pop()

    def _goes_on(self, name: str, message: Any, place: int) -> bool:
        """Whether the device's next number comes, nobody waits, and no hole is so young that it would."""
        is_next = int(message["seq"]) == int(self._high[place]) + 1
        is_calm = self._are_calm(place, int(message["received_at"]))
        return bool(is_next and is_calm and not self.patience.anyone_waits(name))

    def _take_run(self, place: int, rows: Rows, which: Indices) -> None:
        """Messages of one device that go on so, each by one: the same as one by one."""
        self._high[place] = rows["seq"][which[-1]]
        self._newest_at[place] = max(self._newest_at[place], rows["at"][which].max())
        fixes = rows["seq"][which][rows["kind"][which] == ReportKind.FIX.value]
        self._first_fix[place] = min(int(self._first_fix[place]), int(fixes.min(initial=NOT_YET)))

    def _sift_odd(self, name: str, message: Any, row: int, sifted: Sifted) -> None:
        seq, at, received_at = int(message["seq"]), int(message["at"]), int(message["received_at"])
        sifted.released.extend(self.patience.run_out(received_at, name))
        if seq >= 0:
            is_fix = message["kind"] == ReportKind.FIX.value
            is_duplicate = self._take(name, seq, at, received_at, sifted.holes, is_fix=is_fix)
            sifted.is_duplicate[row] = is_duplicate
            if not is_duplicate and message["kind"] != ReportKind.EVENT.value:
                sifted.waits[row] = self.patience.hold(name, seq, self._arrived + row, received_at)
        sifted.is_torn[row] = self.patience.is_torn(name, seq, received_at)
        sifted.released.extend(self.patience.release(name, received_at, after=row))

    def _newest_tear_below(self, name: str, seq: int) -> Micros:
        """When the newest of the holes below that number was torn."""
        return max((span[2] for span in self._holes.get(name, ()) if span[0] < seq), default=BEFORE_ALL)

    def _newest_tear_before(self, name: str, seq: int) -> Micros:
        """Likewise of those above the fix before that number."""
        spans = self._holes.get(name, ())
        return max((torn_at for first, _, torn_at, fix in spans if first < seq <= fix), default=BEFORE_ALL)

    def _hear_fix(self, name: str, seq: int) -> None:
        """What is missing below it was taken before it."""
        place = self._place[name]
        self._first_fix[place] = min(int(self._first_fix[place]), seq)
        if spans := self._holes.get(name):
            spans[:] = [(*one[:3], min(one[3], seq) if one[1] < seq else one[3]) for one in spans]

    def _note_tears(self, name: str, place: int) -> None:
        spans = self._holes.get(name, ())
        self._newest_tear[place] = max((torn_at for _, _, torn_at, _ in spans), default=BEFORE_ALL)
        bare = (torn_at for _, _, torn_at, fix in spans if fix == NOT_YET)
        self._bare_tear[place] = max(bare, default=BEFORE_ALL)

    def _take(
        self, name: str, seq: int, at: Micros, received_at: Micros, holes: list[Hole], *, is_fix: bool
    ) -> bool:
        """Take one message in; True if it came before."""
        is_again = self._is_again(name, seq, at, received_at, holes)
        if is_fix and not is_again:
            self._hear_fix(name, seq)
        self._note_tears(name, self._place[name])
        return is_again

    def _is_again(self, name: str, seq: int, at: Micros, received_at: Micros, holes: list[Hole]) -> bool:
        place = self._place[name]
        high, newest_at = int(self._high[place]), int(self._newest_at[place])
        self._newest_at[place] = max(newest_at, at)
        if high < 0:
            self._high[place] = self._first[name] = seq
        elif seq == high + 1:
            self._high[place] = seq
        elif seq > high:
            self._tear(name, (high + 1, seq - 1, received_at, NOT_YET), holes)
            self._high[place] = seq
        elif (torn := self._torn_at(name, seq)) is not None:
            self._fill(name, torn, seq, holes)
        elif at > newest_at:  # newer news under an old number: the device began to count anew
            self._high[place] = self._first[name] = seq
            self._first_fix[place] = NOT_YET
            dropped = self._holes.pop(name, [])
            holes += [Hole(device=name, from_seq=a, to_seq=b, is_filled=True) for a, b, *_ in dropped]
        elif seq < self._first.get(name, 0):  # the first upload need not begin with the oldest
            if seq + 1 < self._first[name]:
                fix = int(self._first_fix[place])
                self._tear(name, (seq + 1, self._first[name] - 1, received_at, fix), holes)
            self._first[name] = seq
        else:
            return True
        return False

    def _tear(self, name: str, torn: _Span, holes: list[Hole]) -> None:
        spans = self._holes.setdefault(name, [])
        spans.append(torn)
        spans.sort()
        holes.append(Hole(device=name, from_seq=torn[0], to_seq=torn[1]))
        if len(spans) > HOLES_MAX:  # the two oldest become one: what lies between is asked for once too often
            (start, _, torn_at, _), (torn_from, end, _, fix) = spans[:2]
            spans[:2] = [(start, end, torn_at, fix)]
            holes.append(Hole(device=name, from_seq=torn_from, to_seq=end, is_filled=True))
            holes.append(Hole(device=name, from_seq=start, to_seq=end, is_torn=False))

    def _torn_at(self, name: str, seq: int) -> int | None:
        """Which of the device's holes that number is in."""
        spans = enumerate(self._holes.get(name, ()))
        return next((number for number, (first, last, *_) in spans if first <= seq <= last), None)

    def _fill(self, name: str, number: int, seq: int, holes: list[Hole]) -> None:
        first, last, torn_at, fix = self._holes[name][number]
        both = (first, seq - 1, torn_at, fix), (seq + 1, last, torn_at, fix)
        rest = [span for span in both if span[0] <= span[1]]
        self._holes[name][number : number + 1] = rest
        if not self._holes[name]:
            del self._holes[name]
        if seq == first:
            holes.append(Hole(device=name, from_seq=first, to_seq=first, is_filled=True))
        holes += [Hole(device=name, from_seq=a, to_seq=b, is_torn=False) for a, b, *_ in rest]

    def _places(self, names: tuple[str, ...]) -> Indices:
        places = np.fromiter(map(self._place.get, names, repeat(-1)), dtype=np.intp, count=len(names))
        for unknown in np.flatnonzero(places < 0):
            places[unknown] = self._placed(names[unknown])
        return places

    def _placed(self, name: str) -> int:
        place = self._place.get(name)
        if place is None:
            place = self._place[name] = len(self._place)
            if place >= len(self._high):
                more = max(64, place)
                self._high = np.concatenate([self._high, np.full(more, -1)])
                self._newest_at = np.concatenate([self._newest_at, np.full(more, BEFORE_ALL)])
                self._newest_tear = np.concatenate([self._newest_tear, np.full(more, BEFORE_ALL)])
                self._bare_tear = np.concatenate([self._bare_tear, np.full(more, BEFORE_ALL)])
                self._first_fix = np.concatenate([self._first_fix, np.full(more, NOT_YET)])
        return place

    def dump(self) -> dict[str, Any]:
        """The counts as plain values, for a snapshot."""
        return {
            name: [
                int(self._high[place]),
                int(self._newest_at[place]),
                self._holes.get(name, []),
                self._first.get(name, 0),
                int(self._first_fix[place]),
                self.patience.dump(name),
            ]
            for name, place in self._place.items()
        }

    @classmethod
    def load(cls, dumped: Mapping[str, Any]) -> "Sequences":
        """The counts that `dump` gave."""
        counts = cls()
        for name, (high, newest_at, spans, first, first_fix, waiting) in dumped.items():
            counts.patience.load(name, waiting)
            counts._arrived = max([counts._arrived, *(number + 1 for _, number in waiting)])
            place = counts._placed(name)
            counts._high[place], counts._newest_at[place] = high, newest_at
            counts._first[name], counts._first_fix[place] = int(first), first_fix
            if spans:
                counts._holes[name] = [(int(a), int(b), int(at), int(fix)) for a, b, at, fix in spans]
                counts._note_tears(name, place)
        return counts


def _every(rows: Indices) -> Indices:
    """Each of the rows, in its place."""
    return np.arange(len(rows))
