"""When a condition binds: windows in civil time, public holidays, leave, phases, validity.

The only place besides its callers that knows civil time. A window is half-open and written on the wall clock;
the README of this folder says how the clock changes of spring and autumn are read.
"""

from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from functools import lru_cache
from typing import Final
from zoneinfo import ZoneInfo

import holidays

from em_engine.law.terms import HolidayRule, Leave, OneOff
from em_engine.law.weekly import DAY_MIN, WEEKDAYS, WeeklyWindow
from em_engine.law.windows import ALWAYS, Dates, Span, Windows, merged, within
from em_engine.vocabulary import BEFORE_ALL, HOUR, NEVER, Micros, instant, micros

_DAY: Final[Micros] = 24 * HOUR
_UTC: Final = ZoneInfo("UTC")
_LOOK_DAYS: Final = (10, 80, 640)
"""How far to either side the edges of windows are sought, further only where a window reaches that far;
beyond the last an edge is put where nothing changes."""


@dataclass(frozen=True, slots=True)
class Stretch:
    """Half-open, in which the condition binds throughout, or not at all."""

    binds: bool
    start: Micros
    end: Micros


def civil_to_utc(civil: datetime, zone: ZoneInfo, *, ends: bool = False) -> Micros:
    """The instant of a naive civil time in `zone`.

    In the hour that spring skips: the first instant after it. In the hour that autumn repeats: its first
    occurrence, but its second where the civil time `ends` something.
    """
    early = micros(civil.replace(tzinfo=zone, fold=0))
    late = micros(civil.replace(tzinfo=zone, fold=1))
    if early == late:
        return early
    if early < late:
        return late if ends else early
    return _clock_change(late, early, zone)


def _clock_change(before: Micros, after: Micros, zone: ZoneInfo) -> Micros:
    """The instant between the two at which the zone's offset changes."""
    offset = instant(before).astimezone(zone).utcoffset()
    while after - before > 1:
        middle = (before + after) // 2
        if instant(middle).astimezone(zone).utcoffset() == offset:
            before = middle
        else:
            after = middle
    return after


class WeekPattern:
    """The weekly windows of a time zone, with what public holidays make of them. Shared by many
    conditions."""

    recurs = True

    def __init__(
        self, windows: Sequence[WeeklyWindow], zone: ZoneInfo, holiday_rule: HolidayRule | None
    ) -> None:
        self._windows = tuple(windows)
        self._zone = zone
        self._rule = holiday_rule
        self.on_day = lru_cache(maxsize=512)(self._on_day)
        self.stretches = lru_cache(maxsize=64)(self._stretches)  # thousands take up their windows at once
        whole = {day for one in windows if (one.start_min, one.end_min) == (0, DAY_MIN) for day in one.days}
        self.is_always = len(whole) == len(WEEKDAYS)
        self.written = repr((self._windows, zone.key, holiday_rule))

    def _stretches(self, start: Micros, end: Micros) -> list[Span]:
        """The windows that touch `start` to `end`, in order, where they meet made one."""
        first = instant(start).astimezone(self._zone).date() - timedelta(days=2)
        days = (end - start) // _DAY + 5
        found = (window for n in range(days) for window in self.on_day(first + timedelta(days=n)))
        return merged(found)

    def _on_day(self, day: date) -> tuple[Span, ...]:
        """The windows that begin on this civil day."""
        weekday = self._weekday(day)
        return tuple(self._placed(window, day) for window in self._windows if weekday in window.days)

    def _weekday(self, day: date) -> int:
        if self._rule is not None and day in _calendar(self._rule.calendar):
            return WEEKDAYS.index(self._rule.as_)
        return day.weekday()

    def _placed(self, window: WeeklyWindow, day: date) -> Span:
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  civil on purpose
        end_day = midnight + timedelta(days=1 if window.end_min <= window.start_min else 0)
        return (
            civil_to_utc(midnight + timedelta(minutes=window.start_min), self._zone),
            civil_to_utc(end_day + timedelta(minutes=window.end_min), self._zone, ends=True),
        )


@lru_cache(maxsize=64)
def _calendar(country: str) -> "holidays.HolidayBase":
    return holidays.country_holidays(country)


def civil_dates(written: Iterable[OneOff | Leave], zone: ZoneInfo) -> Dates:
    """The stretches an order writes as `from` and `to`; leave by a schedule is not among them."""
    return Dates(
        (civil_to_utc(one.from_, zone), civil_to_utc(one.to, zone, ends=True))
        for one in written
        if one.from_ is not None and one.to is not None
    )


class Schedule:
    """When one condition binds: its windows within its own validity, which lies within its order's."""

    __slots__ = ("_order_valid", "_valid_from", "_valid_to", "_windows", "_zone", "has_windows")

    def __init__(
        self,
        windows: Windows = ALWAYS,
        *,
        valid_from: Micros = BEFORE_ALL,
        valid_to: Micros = NEVER,
        order_valid: Span | None = None,
        has_windows: bool = True,
        zone: ZoneInfo = _UTC,
    ) -> None:
        self._windows = ALWAYS if windows.is_always else windows
        self._valid_from = valid_from
        self._valid_to = valid_to
        self._order_valid = (valid_from, valid_to) if order_valid is None else order_valid
        self._zone = zone
        self.has_windows = has_windows and not windows.is_always
        """Whether the order names times; a condition without binds as long as it is valid."""

    @property
    def written(self) -> str:
        """What it is made of: equal where the same binds at the same times."""
        return f"{self._windows.written} valid {self._valid_from} to {self._valid_to} of {self._order_valid}"

    @property
    def valid(self) -> Span:
        """From when until just before when the condition is in force, in a window or not."""
        return self._valid_from, self._valid_to

    @property
    def order_ends(self) -> Micros:
        """When the order is over, whatever its conditions say of themselves."""
        return self._order_valid[1]

    def is_valid(self, at: Micros) -> bool:
        """Whether the order is in force then, in a window or not."""
        return self._order_valid[0] <= at < self._order_valid[1]

    def period(self, at: Micros, per: str) -> Span:
        """The civil day, week (from Monday) or month that holds `at`."""
        day = instant(at).astimezone(self._zone).date()
        match per:
            case "day":
                first, after = day, day + timedelta(days=1)
            case "week":
                first = day - timedelta(days=day.weekday())
                after = first + timedelta(days=7)
            case _:
                first = day.replace(day=1)
                after = (first + timedelta(days=31)).replace(day=1)
        return self._midnight(first), self._midnight(after)

    def _midnight(self, day: date) -> Micros:
        return civil_to_utc(datetime(day.year, day.month, day.day), self._zone)  # noqa: DTZ001  civil

    def at(self, at: Micros) -> Stretch:
        """The stretch that holds `at`. Its end may be an instant at which nothing changes."""
        if at >= self._valid_to:
            ends = self._order_valid[1]
            return Stretch(False, self._valid_to, ends) if at < ends else Stretch(False, ends, NEVER)
        if at < self._valid_from:
            return Stretch(False, BEFORE_ALL, self._valid_from)
        if not self._windows.recurs:
            return self._seen(at, self._valid_from, self._valid_to)
        for days in _LOOK_DAYS:
            low, high = max(at - days * _DAY, self._valid_from), min(at + days * _DAY, self._valid_to)
            found = self._seen(at, low, high)
            if not (found.binds and self._goes_on(found, low, high)):
                break
        return found

    def _seen(self, at: Micros, low: Micros, high: Micros) -> Stretch:
        return _stretch_at(at, within(self._windows.stretches(low, high), low, high), low, high)

    def _goes_on(self, found: Stretch, low: Micros, high: Micros) -> bool:
        """Whether the window may reach beyond where it was sought."""
        begins_before = found.start == low > self._valid_from
        return begins_before or found.end == high < self._valid_to


def _stretch_at(at: Micros, windows: list[Span], low: Micros, high: Micros) -> Stretch:
    after = bisect_right(windows, at, key=lambda window: window[0])
    if after and at < windows[after - 1][1]:
        return Stretch(True, *windows[after - 1])
    start = windows[after - 1][1] if after else low
    end = windows[after][0] if after < len(windows) else high
    return Stretch(False, start, end)
