"""Weekly windows as an order writes them: `mon-fri 21:00-06:00`, in civil time, half-open."""

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Final, Literal

WEEKDAYS: Final = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
DAY_MIN: Final = 24 * 60

_TEXT: Final = re.compile(r"(?P<days>\S+) (?P<start>\d\d:\d\d)-(?P<end>\d\d:\d\d)")
Rule = Literal["form", "midnight", "empty", "twice", "day", "time"]
"""What a weekly window is written by."""


class NoWindow(ValueError):
    """A text that is no weekly window: which rule it breaks, the sentence that says so, and what of."""

    def __init__(self, rule: Rule, sentence: str, about: str) -> None:
        self.rule, self.sentence, self.about = rule, sentence, about
        super().__init__(sentence.format(about))


@dataclass(frozen=True, slots=True, kw_only=True)
class WeeklyWindow:
    """A stretch of civil time that begins on each of `days` (Monday is 0).

    Minutes count from midnight of that day. Where `end_min` is not after `start_min` the window ends on the
    following day; 1440 is the midnight that ends the day.
    """

    days: tuple[int, ...]
    start_min: int
    end_min: int

    @property
    def length_min(self) -> int:
        """How long the window lasts on a day without a change of clocks."""
        return (self.end_min - self.start_min - 1) % DAY_MIN + 1


@lru_cache(maxsize=4096)  # a country's orders share a few hundred windows
def parse_weekly(text: str) -> WeeklyWindow:
    """The window written in `text`. Raises NoWindow, saying what would be right."""
    written = _TEXT.fullmatch(text)
    if written is None:
        raise NoWindow("form", "{!r} is no weekly window; write it like mon-fri 21:00-06:00", text)
    start_min, end_min = _minutes(written["start"]), _minutes(written["end"])
    if start_min == DAY_MIN:
        told = "{!r} begins at 24:00; a window that begins at midnight begins at 00:00"
        raise NoWindow("midnight", told, text)
    if start_min == end_min:
        raise NoWindow("empty", "{!r} is an empty window; a whole day is 00:00-24:00", text)
    return WeeklyWindow(days=_days(written["days"]), start_min=start_min, end_min=end_min)


def _days(text: str) -> tuple[int, ...]:
    """The weekdays of `daily`, `wed`, `sat,sun`, `mon-fri`, `fri-mon` or a list of those, Monday first."""
    if text == "daily":
        return tuple(range(7))
    named = [day for part in text.split(",") for day in _span(part)]
    if len(set(named)) < len(named):
        raise NoWindow("twice", "{!r} names a weekday twice", text)
    return tuple(sorted(named))


def _span(text: str) -> list[int]:
    first, _, last = text.partition("-")
    begin = _day(first)
    end = _day(last) if "-" in text else begin
    return [(begin + step) % 7 for step in range((end - begin) % 7 + 1)]


def _day(text: str) -> int:
    if text not in WEEKDAYS:
        raise NoWindow("day", f"{{!r}} is no weekday; days are {', '.join(WEEKDAYS)}, or daily", text)
    return WEEKDAYS.index(text)


def _minutes(text: str) -> int:
    hours, minutes = int(text[:2]), int(text[3:])
    if hours > 24 or minutes > 59 or (hours == 24 and minutes > 0):
        raise NoWindow("time", "{} is no time of day; times are 00:00 to 24:00", text)
    return hours * 60 + minutes
