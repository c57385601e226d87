"""What happened lately, held ready: the alert history's last day, read once and then only what is new.

For figures, floods and shift reports. It holds nothing the record does not; a stretch that lies further back
is read from the record.
"""

import threading
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import takewhile
from typing import Final

from em_engine.alerts.noise import Call, flood_ends, floods, recent
from em_engine.alerts.queue import ENGINE, AlertQueue, HistoryEntry
from em_engine.vocabulary import HOUR, AlertType, ChangeKind, Micros

SPAN: Final[Micros] = 24 * HOUR
READ_MAX: Final = 1_000
LOOK_BACK: Final[Micros] = HOUR
"""Entries are numbered as they are written; their times may run back by what a commit had to wait."""
CALLS: Final = frozenset({ChangeKind.OPENED.value, ChangeKind.REPEATED.value, ChangeKind.WORSENED.value})


@dataclass(frozen=True, slots=True, kw_only=True)
class FloodNow:
    """Whether more comes than people can take in; `since` is None where it does not."""

    since: Micros | None
    ends_at: Micros | None
    count: int


class Chronicle:
    """The last day of one queue's history. Safe to use from several threads."""

    def __init__(self, queue: AlertQueue, *, span: Micros = SPAN) -> None:
        self._queue = queue
        self._span = span
        self._lock = threading.Lock()
        self._entries: deque[HistoryEntry] = deque()
        self._number: int | None = None

    def since(self, since: Micros, *, until: Micros) -> list[HistoryEntry]:
        """What happened from `since` until just before `until`, in order."""
        if since < until - self._span:
            found = self._read(self._number_at(since - LOOK_BACK))
            return [entry for entry in found if since <= entry.at < until]
        with self._lock:
            self._catch_up(until)
            lately = takewhile(lambda entry: entry.at >= since - LOOK_BACK, reversed(self._entries))
            return [entry for entry in lately if since <= entry.at < until][::-1]

    def calls(self, since: Micros, *, until: Micros) -> list[Call]:
        """Every time an alert called for a person."""
        return [call_of(entry) for entry in self.since(since, until=until) if is_call(entry)]

    def flood(self, at: Micros) -> FloodNow:
        """Whether there is a flood at that instant."""
        arrivals = [call.at for call in self.calls(at - HOUR, until=at + 1)]
        going_on = [one for one in floods(arrivals, until=at) if one.until is None]
        return FloodNow(
            since=going_on[0].since if going_on else None,
            ends_at=flood_ends(arrivals, at),
            count=recent(arrivals, at),
        )

    def _catch_up(self, now: Micros) -> None:
        if self._number is None:
            self._number = self._number_at(now - self._span - LOOK_BACK)
        for entry in self._read(self._number):
            self._entries.append(entry)
            self._number = entry.number
        while self._entries and self._entries[0].at < now - self._span - LOOK_BACK:
            self._entries.popleft()

    def _read(self, after: int) -> Iterator[HistoryEntry]:
        while entries := self._queue.history(after=after, limit=READ_MAX):
            yield from entries
            after = entries[-1].number

    def _number_at(self, at: Micros) -> int:
        """A number before which nothing happened at `at` or later: numbers rise with time."""
        low, high = 0, self._queue.latest()
        while low < high:
            middle = (low + high) // 2
            (entry,) = self._queue.history(after=middle, limit=1)
            low, high = (middle + 1, high) if entry.at < at else (low, middle)
        return low


def is_call(entry: HistoryEntry) -> bool:
    """Whether an alert called for a person then."""
    return entry.by == ENGINE and entry.what in CALLS


def call_of(entry: HistoryEntry) -> Call:
    """The entry as a call."""
    told = entry.payload
    return Call(
        at=entry.at,
        case=told["case"],
        condition=told["condition"],
        type=AlertType(told["type"]),
        wearer=told["wearer"],
        alert=entry.alert,
    )
