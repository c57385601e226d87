"""Stretches of time, put together: all of these, these without those, these from then to then.

The windows an order writes in civil time (`schedule.py`, `recurrence.py`) end up here.
"""

from collections.abc import Iterable, Sequence
from typing import Final, Protocol

from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros

Span = tuple[Micros, Micros]
"""Half-open."""


class Windows(Protocol):
    """Stretches of time, however they are written."""

    @property
    def is_always(self) -> bool:
        """Whether they cover all time."""

    @property
    def recurs(self) -> bool:
        """Whether they come again for ever: then they may be asked for a stretch of time only."""

    @property
    def written(self) -> str:
        """What they are made of: equal where they are the same windows."""

    def stretches(self, start: Micros, end: Micros) -> list[Span]:
        """Those that touch `start` to `end`, in order, where they meet made one."""


def merged(windows: Iterable[Span]) -> list[Span]:
    """The windows in order, empty ones left out, those that touch or overlap made one."""
    made: list[Span] = []
    for start, end in sorted(windows):
        if start >= end:
            continue
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made


class Dates:
    """Stretches written out one by one; one over all time is `ALWAYS`."""

    recurs = False

    def __init__(self, stretches: Iterable[Span]) -> None:
        self._stretches = merged(stretches)
        self.is_always = self._stretches == [(BEFORE_ALL, NEVER)]
        self.written = repr(self._stretches)

    def stretches(self, start: Micros, end: Micros) -> list[Span]:
        """See `Windows.stretches`."""
        return [one for one in self._stretches if one[0] < end and one[1] > start]


ALWAYS: Final = Dates([(BEFORE_ALL, NEVER)])


class Together:
    """The windows of all `parts`."""

    def __init__(self, parts: Sequence[Windows]) -> None:
        self._parts = tuple(parts)
        self.is_always = any(part.is_always for part in parts)
        self.recurs = any(part.recurs for part in parts)
        self.written = f"({' and '.join(part.written for part in parts)})"

    def stretches(self, start: Micros, end: Micros) -> list[Span]:
        """See `Windows.stretches`."""
        return merged(one for part in self._parts for one in part.stretches(start, end))


class Without:
    """The windows of `whole`, less those of `away`."""

    is_always = False

    def __init__(self, whole: Windows, away: Windows) -> None:
        self._whole, self._away = whole, away
        self.recurs = whole.recurs or away.recurs
        self.written = f"({whole.written} without {away.written})"

    def stretches(self, start: Micros, end: Micros) -> list[Span]:
        """See `Windows.stretches`."""
        return _without(self._whole.stretches(start, end), self._away.stretches(start, end))


class During:
    """The windows of `whole` from `since` to `until`: one phase of an order."""

    is_always = False

    def __init__(self, whole: Windows, since: Micros, until: Micros) -> None:
        self._whole, self._since, self._until = whole, since, until
        self.recurs = whole.recurs
        self.written = f"({whole.written} from {since} to {until})"

    def stretches(self, start: Micros, end: Micros) -> list[Span]:
        """See `Windows.stretches`."""
        start, end = max(start, self._since), min(end, self._until)
        return within(self._whole.stretches(start, end), start, end) if start < end else []


def together(parts: Sequence[Windows]) -> Windows:
    """The windows of all parts; of one, itself."""
    return parts[0] if len(parts) == 1 else Together(parts)


def without(whole: Windows, away: Sequence[Windows]) -> Windows:
    """The windows of `whole`, less those of every part of `away`."""
    return Without(whole, together(away)) if away else whole


def within(windows: Iterable[Span], low: Micros, high: Micros) -> list[Span]:
    """What of the windows lies between."""
    clipped = ((max(start, low), min(end, high)) for start, end in windows)
    return [one for one in clipped if one[0] < one[1]]


def _without(windows: list[Span], away: list[Span]) -> list[Span]:
    for away_from, away_to in away:
        pieces = [
            piece
            for start, end in windows
            for piece in ((start, min(end, away_from)), (max(start, away_to), end))
        ]
        windows = [piece for piece in pieces if piece[0] < piece[1]]
    return windows
