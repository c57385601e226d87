"""When a condition binds: weekly windows in civil time, public holidays, leave, validity.

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

from em_engine.law.terms import HolidayRule, Leave
from em_engine.law.weekly import DAY_MIN, WEEKDAYS, WeeklyWindow
from em_engine.vocabulary import BEFORE_ALL, HOUR, NEVER, Micros, instant, micros

_DAY: Final[Micros] = 24 * HOUR
_LOOK_DAYS: Final = 10
"""How far to either side the edges of windows are sought; beyond it an edge is put where nothing changes."""


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

    def _stretches(self, start: Micros, end: Micros) -> list[tuple[Micros, Micros]]:
        """The windows that touch `start` to `end`, in order, where they meet made one."""
        first = instant(start).astimezone(self._zone).date() - timedelta(days=2)
        days = (end - start) // _DAY + 5
        found = (window for n in range(days) for window in self.on_day(first + timedelta(days=n)))
        return _merged(found)

    def _on_day(self, day: date) -> tuple[tuple[Micros, Micros], ...]:
        """The windows that begin on this civil day."""
        weekday = self._weekday(day)
        return tuple(self._placed(window, day) for window in self._windows if weekday in window.days)

    def _weekday(self, day: date) -> int:
        if self._rule is not None and day in _calendar(self._rule.calendar):
            return WEEKDAYS.index(self._rule.as_)
        return day.weekday()

    def _placed(self, window: WeeklyWindow, day: date) -> tuple[Micros, Micros]:
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  civil on purpose
        end_day = midnight + timedelta(days=1 if window.end_min <= window.start_min else 0)
        return (
            civil_to_utc(midnight + timedelta(minutes=window.start_min), self._zone),
            civil_to_utc(end_day + timedelta(minutes=window.end_min), self._zone, ends=True),
        )


@lru_cache(maxsize=64)
def _calendar(country: str) -> "holidays.HolidayBase":
    return holidays.country_holidays(country)


def _merged(windows: Iterable[tuple[Micros, Micros]]) -> list[tuple[Micros, Micros]]:
    merged: list[tuple[Micros, Micros]] = []
    for start, end in sorted(windows):
        if start >= end:
            continue
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(merged[-1][1], end))
        else:
            merged.append((start, end))
    return merged


class Schedule:
    """When one condition binds: its pattern within its order's validity, without its leave."""

    def __init__(
        self,
        *,
        pattern: WeekPattern | None,
        leave: Sequence[Leave] = (),
        zone: ZoneInfo,
        valid_from: Micros = BEFORE_ALL,
        valid_to: Micros = NEVER,
    ) -> None:
        self._pattern = None if pattern is None or pattern.is_always else pattern
        self._valid_from = valid_from
        self._valid_to = valid_to
        self._leave = _merged(
            (civil_to_utc(one.from_, zone), civil_to_utc(one.to, zone, ends=True)) for one in leave
        )

    def is_valid(self, at: Micros) -> bool:
        """Whether the order is in force then, in a window or not."""
        return self._valid_from <= at < self._valid_to

    def at(self, at: Micros) -> Stretch:
        """The stretch that holds `at`. Its end may be an instant at which nothing changes."""
        if at >= self._valid_to:
            return Stretch(False, self._valid_to, NEVER)
        if at < self._valid_from:
            return Stretch(False, BEFORE_ALL, self._valid_from)
        low, high = self._valid_from, self._valid_to
        if self._pattern is not None:
            low, high = max(at - _LOOK_DAYS * _DAY, low), min(at + _LOOK_DAYS * _DAY, high)
        return _stretch_at(at, self._binding(low, high), low, high)

    def _binding(self, low: Micros, high: Micros) -> list[tuple[Micros, Micros]]:
        windows = [(low, high)] if self._pattern is None else self._pattern.stretches(low, high)
        clipped = [(max(start, low), min(end, high)) for start, end in windows]
        return _without([one for one in clipped if one[0] < one[1]], self._leave)


def _without(
    windows: list[tuple[Micros, Micros]], leave: list[tuple[Micros, Micros]]
) -> list[tuple[Micros, Micros]]:
    for away_from, away_to in leave:
        pieces = [
            piece
            for start, end in windows
            for piece in ((start, min(end, away_from)), (max(start, away_to), end))
        ]
        windows = [piece for piece in pieces if piece[0] < piece[1]]
    return windows


def _stretch_at(at: Micros, windows: list[tuple[Micros, Micros]], low: Micros, high: Micros) -> Stretch:
    after = bisect_right(windows, at, key=lambda window: window[0])
    if after and at < windows[after - 1][1]:
        return Stretch(True, *windows[after - 1])
    start = windows[after - 1][1] if after else low
    end = windows[after][0] if after < len(windows) else high
    return Stretch(False, start, end)
