"""A calendar's events: windows that recur by a rule (RFC 5545), in civil time, half-open."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import lru_cache
from typing import Any, Final
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from em_engine.law.schedule import civil_to_utc
from em_engine.law.windows import Span, merged
from em_engine.vocabulary import Micros, instant

_AROUND: Final = timedelta(days=1)
"""More than any zone is off UTC: no occurrence is missed for its clock."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CalendarEvent:
    """An event, and the rule by which it comes again.

    Each occurrence begins and ends on the wall clock of `zone`, as the first one does: a night from 21:00 to
    06:00 ends at 06:00 whatever the clocks do in it. `without` are beginnings that do not take place,
    `besides` further ones.
    """

    starts: datetime
    ends: datetime
    zone: str | None = None  # IANA; the order's own where the event names none
    rule: str = ""  # the value of RRULE, its UNTIL in civil time; empty where the event takes place once
    without: frozenset[datetime] = frozenset()
    besides: tuple[datetime, ...] = ()


class CalendarPattern:
    """The windows of a calendar's events. Shared by many conditions."""

    is_always = False
    recurs = True

    def __init__(self, events: Sequence[CalendarEvent], zone: ZoneInfo) -> None:
        self._events = [_Event(event, zone) for event in events]
        self.written = repr(tuple(events))
        self.stretches = lru_cache(maxsize=64)(self._stretches)

    def _stretches(self, start: Micros, end: Micros) -> list[Span]:
        """The windows that touch `start` to `end`, in order, where they meet made one."""
        return merged(window for event in self._events for window in event.windows(start, end))


class _Event:
    """One event, ready to be asked when it takes place."""

    def __init__(self, event: CalendarEvent, zone: ZoneInfo) -> None:
        self._event = event
        self._zone = zone if event.zone is None else ZoneInfo(event.zone)
        # The cache holds what was asked for so far: a rule without an end is never written out.
        self._rule: Any = rrulestr(event.rule, dtstart=event.starts, cache=True) if event.rule else None

    def windows(self, start: Micros, end: Micros) -> Iterator[Span]:
        """Its windows that touch `start` to `end`."""
        length = self._event.ends - self._event.starts
        first, last = (instant(at).astimezone(self._zone).replace(tzinfo=None) for at in (start, end))
        for begins in self._beginnings(first - length - _AROUND, last + _AROUND):
            window = (civil_to_utc(begins, self._zone), civil_to_utc(begins + length, self._zone, ends=True))
            if window[0] < end and window[1] > start:
                yield window

    def _beginnings(self, first: datetime, last: datetime) -> Iterator[datetime]:
        event = self._event
        by_rule = [event.starts] if self._rule is None else self._rule.between(first, last, inc=True)
        for begins in {*by_rule, *event.besides} - event.without:
            if first <= begins <= last:
                yield begins
