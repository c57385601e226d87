"""How the texts in documents must be written: names, civil times, durations, weekly windows, calendars."""

import re
from collections.abc import Mapping
from datetime import timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import available_timezones

import holidays

from em_engine.law.terms import CivilTime, GroupName, HolidayRule, WeeklyText
from em_engine.law.weekly import WEEKDAYS, NoWindow, parse_weekly
from em_engine.rulebook.coded import Said
from em_engine.rulebook.documents import NAME_LENGTH_MAX, Check, Language, Name, TimeZoneName, TopicName
from em_engine.rulebook.models import LANGUAGES
from em_engine.rulebook.problems import nearest

_CIVIL: Final = re.compile(r"(19[7-9]\d|2\d{3})-\d{2}-\d{2}[T ]\d{2}:\d{2}(:\d{2})?")
_DATE: Final = re.compile(r"\d{4}-\d{2}-\d{2}")
_OFFSET: Final = re.compile(r".*\d(Z|z|[+-]\d{2}:?\d{2})")
# Months and years have no fixed length, and a fraction is hard to read aloud in court.
_DURATION: Final = re.compile(r"P(?=.)(\d{1,4}W|(\d{1,5}D)?(T(?=\d)(\d{1,6}H)?(\d{1,7}M)?(\d{1,9}S)?)?)")


def wrong_name(text: str) -> str | None:
    """What is wrong with an id, or None."""
    if not text:
        return Said("text.empty-name", "is empty")
    if text != text.strip():
        return Said("text.space", "{!r} has space at its ends", text)
    if not text.isprintable():
        return Said("text.sign", "{!r} holds a sign that cannot be printed", text)
    too_long = Said("text.long", "has more than {} characters", NAME_LENGTH_MAX)
    return too_long if len(text) > NAME_LENGTH_MAX else None


def wrong_topic_name(text: str) -> str | None:
    """The same for a device: a level of an MQTT topic, or the two (`user/device`) of an OwnTracks phone."""
    odd = re.search(r"[\s+#]", text)
    if odd and text == text.strip():
        return Said("text.topic", "{!r} holds {!r}, which cannot stand in an MQTT topic", text, odd[0])
    if "/" in text and not re.fullmatch(r"[^/]+/[^/]+", text):
        told = "{!r} holds '/', which only divides an OwnTracks phone's user/device"
        return Said("text.slash", told, text)
    return wrong_name(text)


def wrong_time_zone(text: str) -> str | None:
    """The same for the name of a time zone."""
    if text in _time_zones():
        return None
    hint = nearest(text, _time_zones()) or Said("hint.time-zone", "names are like Europe/Oslo")
    return Said("text.time-zone", "{!r} is no time zone; {}", text, hint)


def wrong_language(text: str) -> str | None:
    """The same for a language of the console."""
    return (
        None if text in LANGUAGES else Said("text.language", "{!r} is none of {}", text, ", ".join(LANGUAGES))
    )


def wrong_civil_time(text: str) -> str | None:
    """The same for a date and time of the order's own zone."""
    if _CIVIL.fullmatch(text):
        return None
    if _DATE.fullmatch(text):
        return Said("text.day", "{!r} has no time of day; the start of that day is {}", text, f"{text}T00:00")
    if _OFFSET.fullmatch(text) and "T" in text:
        told = "{!r} carries an offset; times here are civil time of the order's time_zone, without one"
        return Said("text.offset", told, text)
    told = "{!r} is no civil time between 1970 and 2999; write it like 2026-03-01T21:00"
    return Said("text.civil", told, text)


def wrong_duration(text: str) -> str | None:
    """The same for a duration of ISO 8601, in weeks, days, hours, minutes and seconds."""
    told = "{!r} is no duration; write ten minutes as PT10M"
    return None if _DURATION.fullmatch(text) else Said("text.duration", told, text)


def wrong_weekly(text: str) -> str | None:
    """The same for a weekly window."""
    try:
        parse_weekly(text)
    except NoWindow as error:
        return _no_window(error)
    return None


def wrong_holidays(rule: Mapping[str, Any]) -> str | None:
    """The same for a rule about public holidays."""
    calendar, weekday = rule.get("calendar"), rule.get("as", "sun")
    if calendar not in _calendars():
        told = '{!r} is no holiday calendar; write the country\'s ISO code, such as "NO"'
        return Said("text.holidays", told, str(calendar))
    told = "{!r} is no weekday; days are {}"
    return None if weekday in WEEKDAYS else Said("text.weekday", told, str(weekday), ", ".join(WEEKDAYS))


def _no_window(error: NoWindow) -> Said:
    told, about = error.sentence, error.about
    match error.rule:
        case "form":
            return Said("weekly.form", told, about)
        case "midnight":
            return Said("weekly.midnight", told, about)
        case "empty":
            return Said("weekly.empty", told, about)
        case "twice":
            return Said("weekly.twice", told, about)
        case "day":
            return Said("weekly.day", told, about)
        case "time":
            return Said("weekly.time", told, about)


CHECKS: Final[Mapping[Any, Check]] = {
    Name: wrong_name,
    GroupName: wrong_name,
    TopicName: wrong_topic_name,
    TimeZoneName: wrong_time_zone,
    Language: wrong_language,
    CivilTime: wrong_civil_time,
    timedelta: wrong_duration,
    WeeklyText: wrong_weekly,
    HolidayRule: wrong_holidays,
}
"""What to check a value by, for each type that says how a value is written."""


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


@cache
def _calendars() -> frozenset[str]:
    # Two-letter codes only: the package also knows three-letter ones and many old names.
    return frozenset(code for code in holidays.list_supported_countries() if len(code) == 2)
