"""Section 4 read day by day: when a condition binds, from nothing but the calendar and the zone's clock."""

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import holidays

from em_engine.law.terms import Scheduled
from em_engine.law.weekly import WEEKDAYS, parse_weekly
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros, instant, micros

Window = tuple[Micros, Micros]


def windows(
    terms: Scheduled,
    *,
    time_zone: str,
    valid_from: Micros,
    valid_to: Micros,
    first: date,
    last: date,
    besides: Sequence[Window] | None = None,
    away: Sequence[Window] = (),
) -> list[Window]:
    """Every window that begins on the civil days `first` to `last`, half-open, in order.

    `besides` are those of calendars, None where none is named; `away` those of schedules that grant leave.
    """
    zone = ZoneInfo(time_zone)
    written = [*_weekly(terms, zone, first, last), *(_stretch(one.from_, one.to, zone) for one in terms.once)]
    is_written = terms.weekly or terms.once or besides is not None
    binding = _meeting_made_one([*written, *(besides or ())] if is_written else _always())
    dates = [_stretch(one.from_, one.to, zone) for one in terms.granted if one.is_once]
    for gone in (*dates, *away):
        binding = [piece for window in binding for piece in _without(window, gone)]
    return within(binding, valid_from, valid_to)


def within(found: Sequence[Window], first: Micros, last: Micros) -> list[Window]:
    """What of the windows lies there."""
    clipped = [(max(start, first), min(end, last)) for start, end in found]
    return [(start, end) for start, end in clipped if start < end]


def merged(parts: Iterable[Sequence[Window]]) -> list[Window]:
    """The windows of all these, in order, where they meet made one."""
    return _meeting_made_one([window for part in parts for window in part])


def _stretch(start: datetime | None, end: datetime | None, zone: ZoneInfo) -> Window:
    assert start is not None and end is not None  # noqa: PT018
    return instant_of(start, zone, ends=False), instant_of(end, zone, ends=True)


def instant_of(civil: datetime, zone: ZoneInfo, *, ends: bool) -> Micros:
    """The instant of a time on the wall clock: tried with every offset the zone has that day."""
    found = _readings(civil, zone)
    if found:
        return max(found) if ends else min(found)
    whole_minute = civil.replace(second=0, microsecond=0)
    while not _readings(whole_minute, zone):
        whole_minute += timedelta(minutes=1)
    return min(_readings(whole_minute, zone))


def _readings(civil: datetime, zone: ZoneInfo) -> list[Micros]:
    utc = ZoneInfo("UTC")
    around = [civil.replace(tzinfo=utc) + timedelta(days=days) for days in (-1, 0, 1)]
    offsets = {moment.astimezone(zone).utcoffset() for moment in around}
    tries = [civil.replace(tzinfo=utc) - offset for offset in offsets if offset is not None]
    return [micros(one) for one in tries if one.astimezone(zone).replace(tzinfo=None) == civil]


def _always() -> list[Window]:
    return [(BEFORE_ALL, NEVER)]


def _weekly(terms: Scheduled, zone: ZoneInfo, first: date, last: date) -> list[Window]:
    texts = [parse_weekly(text) for text in terms.weekly]
    found = []
    day = first
    while day <= last:
        weekday = _weekday(day, terms)
        for window in texts:
            if weekday in window.days:
                found.append(_on(day, window, zone))
        day += timedelta(days=1)
    return [(start, end) for start, end in found if start < end]


def _weekday(day: date, terms: Scheduled) -> int:
    if terms.holidays is not None and day in holidays.country_holidays(terms.holidays.calendar):
        return WEEKDAYS.index(terms.holidays.as_)
    return day.weekday()


def _on(day: date, window: Any, zone: ZoneInfo) -> Window:
    midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  civil on purpose
    start = midnight + timedelta(minutes=window.start_min)
    end = midnight + timedelta(minutes=window.end_min)
    if end <= start:
        end += timedelta(days=1)
    return instant_of(start, zone, ends=False), instant_of(end, zone, ends=True)


def _meeting_made_one(found: list[Window]) -> list[Window]:
    made: list[Window] = []
    for start, end in sorted(found):
        if made and start <= made[-1][1]:
            made[-1] = (made[-1][0], max(made[-1][1], end))
        else:
            made.append((start, end))
    return made


def _without(window: Window, away: Window) -> list[Window]:
    if away[1] <= window[0] or window[1] <= away[0]:
        return [window]
    pieces = [(window[0], away[0]), (away[1], window[1])]
    return [piece for piece in pieces if piece[0] < piece[1]]


def day_of(at: Micros, time_zone: str) -> date:
    """The civil day of an instant."""
    return instant(at).astimezone(ZoneInfo(time_zone)).date()
