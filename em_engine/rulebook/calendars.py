"""Calendars: the events of `schedules/*.ics` as windows (RFC 5545, read for what a rulebook needs of it)."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from typing import Any, Final
from zoneinfo import ZoneInfo, available_timezones

from dateutil.rrule import rrulestr
from icalendar.prop import vDDDTypes, vRecur
from icalendar.timezone.windows_to_olson import WINDOWS_TO_OLSON

from em_engine.law.recurrence import CalendarEvent
from em_engine.rulebook.coded import Said
from em_engine.rulebook.ics_lines import EVENTS_MAX, EventLines, Line, event_lines
from em_engine.rulebook.problems import Findings, Position, nearest

_FREQUENCIES: Final = ("YEARLY", "MONTHLY", "WEEKLY", "DAILY")
_OF_RULE: Final = frozenset(
    {"FREQ", "UNTIL", "COUNT", "INTERVAL", "BYDAY", "BYMONTH", "BYMONTHDAY", "BYYEARDAY", "BYWEEKNO"}
    | {"BYSETPOS", "BYHOUR", "BYMINUTE", "WKST"}
)
_UTC: Final = "UTC"
_VALUES: Final[Any] = vDDDTypes  # typed in its package but for what it reads


class Unusable(Exception):
    """A property that cannot be taken as it stands."""

    def __init__(self, at: Position, message: str, hint: str = "") -> None:
        self.at, self.message, self.hint = at, message, hint
        super().__init__(message)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Read:
    """An event, which event it is, and whether it stands for one occurrence of another."""

    event: CalendarEvent | None  # None where it does not take place
    uid: str
    instead_of: datetime | None
    lines: EventLines


def read_calendar(file: str, text: str, findings: Findings) -> tuple[CalendarEvent, ...] | None:
    """The events of the calendar, or None where it cannot be used: what is wrong is among the findings."""
    listed = event_lines(file, text, findings)
    if listed is None:
        return None
    if not listed or len(listed) > EVENTS_MAX:
        many = Said("ics.events", "the calendar holds {} events", len(listed))
        message = many if listed else Said("ics.none", "the calendar holds no events")
        hint = Said("hint.ics.events", "one to {} can be used", EVENTS_MAX)
        findings.unreadable(file, (1, 1), "ics.events", message, hint=hint)
        return None
    read: list[_Read] = []
    for lines in listed:
        try:
            read += _read_event(lines)
        except Unusable as error:
            findings.unreadable(file, error.at, "ics.event", error.message, hint=error.hint)
    if len({id(one.lines) for one in read}) < len(listed):
        return None
    return tuple(_with_changes(file, read, findings))


def _with_changes(file: str, read: list[_Read], findings: Findings) -> Iterator[CalendarEvent]:
    """Every event, without the occurrences that others stand for."""
    moved: dict[str, set[datetime]] = {}
    for one in read:
        if one.instead_of is not None:
            moved.setdefault(one.uid, set()).add(one.instead_of)
    for one in read:
        if one.event is None:
            continue
        if one.instead_of is None:
            _notice_empty_exceptions(file, one, findings)
            yield replace(one.event, without=one.event.without | moved.get(one.uid, set()))
        else:
            yield one.event


def _read_event(lines: EventLines) -> Iterator[_Read]:
    """The event the lines tell of, and apart from it those of its dates that last differently."""
    start = lines.first("DTSTART")
    if start is None:
        raise Unusable(lines.at, Said("ics.start", "the event has no DTSTART"))
    for name in ("DTSTART", "DTEND", "DURATION", "RRULE", "RECURRENCE-ID"):
        if len(lines.every(name)) > 1:
            message = Said("ics.second", "the event has a second {}", name)
            hint = Said("hint.ics.second", "give it its own event")
            raise Unusable(lines.every(name)[1].at, message, hint)
    if lines.every("EXRULE"):
        message = Said("ics.exrule", "EXRULE is no longer used")
        hint = Said("hint.ics.exrule", "write the dates as EXDATE")
        raise Unusable(lines.every("EXRULE")[0].at, message, hint)
    zone, starts = _civil(start)
    event = CalendarEvent(starts=starts, ends=_ends(lines, zone, starts), zone=zone)
    status, again = lines.first("STATUS"), lines.first("RECURRENCE-ID")
    if again is not None and "RANGE" in again.parameters:
        message = Said("ics.range", "a change of all that follows is not read")
        raise Unusable(again.at, message, Said("hint.ics.range", "end one event, begin another"))
    is_off = status is not None and status.value.upper() == "CANCELLED"
    uid = lines.first("UID")
    instead_of = None if again is None else _in_zone(again, zone, starts)
    told = event if instead_of is not None else _recurring(lines, event)
    name = "" if uid is None else uid.value
    yield _Read(event=None if is_off else told, uid=name, instead_of=instead_of, lines=lines)
    for period in () if is_off else _periods(lines, zone):
        yield _Read(event=period, uid="", instead_of=None, lines=lines)


# When one occurrence is --------------------------------------------------------------------


def _civil(line: Line) -> tuple[str | None, datetime]:
    """The zone whose clock a time is read from, None for the order's own, and the time on it."""
    value = _value(line, line.value)
    if isinstance(value, datetime):
        if value.tzinfo is not None and value.utcoffset() == timedelta(0) and line.value.endswith("Z"):
            return _UTC, value.replace(tzinfo=None)
        return _zone(line), value.replace(tzinfo=None)
    return None, datetime.combine(value, time())


def _value(line: Line, text: str) -> date:
    """The date, or date and time, written in `text`. Raises Unusable."""
    try:
        value = _VALUES.from_ical(text)
    except ValueError:
        value = None
    if not isinstance(value, date):
        message = Said("ics.time", "{!r} is no date or time; write it like 20260302T210000", text)
        raise Unusable(line.at, message)
    return value


def _zone(line: Line) -> str | None:
    written = line.parameters.get("TZID")
    if written is None:
        return None
    ending = "/".join(written.split("/")[-2:])
    for name in (written, WINDOWS_TO_OLSON.get(written, ""), ending):
        if name in _time_zones():
            return name
    hint = nearest(written, _time_zones()) or Said("hint.time-zone", "names are like Europe/Oslo")
    raise Unusable((line.at[0], 1), Said("ics.zone", "there is no time zone {!r}", written), hint)


@cache
def _time_zones() -> frozenset[str]:
    return frozenset(available_timezones())


def _ends(lines: EventLines, zone: str | None, starts: datetime) -> datetime:
    """When the first occurrence ends. A day without an end is that day; a time without one is no window."""
    start, end, length = lines.first("DTSTART"), lines.first("DTEND"), lines.first("DURATION")
    assert start is not None, "an event without a beginning went no further"
    if end is not None:
        ends, line = _in_zone(end, zone, starts), end
    elif length is not None:
        ends, line = starts + _span(length), length
    else:
        ends, line = starts + timedelta(days=1 if _is_day(start) else 0), start
    if ends <= starts:
        hint = Said("hint.ics.length", "give it a DTEND after its DTSTART")
        raise Unusable(line.at, Said("ics.length", "the event lasts no time"), hint)
    return ends


def _is_day(line: Line) -> bool:
    return not isinstance(_value(line, line.value), datetime)


def _span(line: Line) -> timedelta:
    try:
        span = _VALUES.from_ical(line.value)
    except ValueError:
        span = None
    if not isinstance(span, timedelta):
        message = Said("ics.duration", "{!r} is no duration; write nine hours as PT9H", line.value)
        raise Unusable(line.at, message)
    return span


def _in_zone(line: Line, zone: str | None, like: datetime, text: str | None = None) -> datetime:
    """Another time of an event, on the clock of its DTSTART. Raises Unusable where it is only a day."""
    written = replace(line, value=line.value if text is None else text)
    its_zone, civil = _civil(written)
    if _is_day(written) and like.time() != time():
        message = Said("ics.day", "{} should be a date and time, as DTSTART is", line.name)
        raise Unusable(line.at, message)
    if its_zone == zone or its_zone is None or zone is None:
        return civil
    return civil.replace(tzinfo=ZoneInfo(its_zone)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


# How it comes again ------------------------------------------------------------------------


def _recurring(lines: EventLines, event: CalendarEvent) -> CalendarEvent:
    rule, zone, starts = lines.first("RRULE"), event.zone, event.starts
    without = frozenset(
        _in_zone(line, zone, starts, text) for line in lines.every("EXDATE") for text in line.value.split(",")
    )
    besides = tuple(
        _in_zone(line, zone, starts, text)
        for line in lines.every("RDATE")
        if line.parameters.get("VALUE") != "PERIOD"
        for text in line.value.split(",")
    )
    # The event's own beginning counts, even where the rule would not give it.
    written = "" if rule is None else _rule(rule, event)
    return replace(event, rule=written, without=without, besides=(starts, *besides) if written else besides)


def _rule(line: Line, event: CalendarEvent) -> str:
    """The rule with its end on the event's own clock. Raises Unusable."""
    try:
        rule = vRecur.from_ical(line.value)
    except ValueError as error:
        raise Unusable(line.at, Said("ics.rule", "the rule cannot be read: {}", str(error))) from error
    unknown = sorted(set(rule) - _OF_RULE)
    if unknown or rule.get("FREQ", [""])[0] not in _FREQUENCIES:
        no_day = Said("ics.freq", "the rule has no FREQ of a day or longer")
        message = Said("ics.unread", "{} is not read", unknown[0]) if unknown else no_day
        raise Unusable(line.at, message, Said("hint.ics.freq", "FREQ is one of {}", ", ".join(_FREQUENCIES)))
    if "UNTIL" in rule:
        rule["UNTIL"] = [_until(rule["UNTIL"][0], event.zone)]
    written = str(rule.to_ical().decode())
    try:
        first = next(iter(rrulestr(written, dtstart=event.starts)), None)
    except ValueError as error:
        raise Unusable(line.at, Said("ics.rule", "the rule cannot be read: {}", str(error))) from error
    if first is None:
        raise Unusable(line.at, Said("ics.never", "the rule names no day that there is"))
    return written


def _until(end: date, zone: str | None) -> datetime:
    """The last instant of a rule on the event's clock; the whole of a day where it is one."""
    if not isinstance(end, datetime):
        return datetime.combine(end, time(23, 59, 59))
    if end.tzinfo is None or zone is None:
        return end.replace(tzinfo=None)
    return end.astimezone(UTC).astimezone(ZoneInfo(zone)).replace(tzinfo=None)


def _periods(lines: EventLines, zone: str | None) -> Iterator[CalendarEvent]:
    """Dates of a recurring event that last their own time."""
    for line in lines.every("RDATE"):
        for text in line.value.split(",") if line.parameters.get("VALUE") == "PERIOD" else ():
            begin, _, end = text.partition("/")
            its_zone, starts = _civil(replace(line, value=begin))
            lasts = replace(line, value=end)
            ends = starts + _span(lasts) if end.startswith("P") else _civil(lasts)[1]
            if ends <= starts:
                raise Unusable(line.at, Said("ics.period", "the period lasts no time"))
            yield CalendarEvent(starts=starts, ends=ends, zone=its_zone or zone)


def _notice_empty_exceptions(file: str, one: _Read, findings: Findings) -> None:
    """An exception that takes nothing away is a leave that somebody believes in."""
    event = one.event
    assert event is not None, "only events that take place are asked"
    rule = rrulestr(event.rule, dtstart=event.starts) if event.rule else None
    for line in one.lines.every("EXDATE"):
        for text in line.value.split(","):
            when = _in_zone(line, event.zone, event.starts, text)
            is_there = when in event.besides or when == event.starts
            if not is_there and (rule is None or not rule.between(when, when, inc=True)):
                told = "EXDATE {} takes nothing away: the event does not begin then"
                message = Said("ics.exdate", told, text)
                findings.warning_at(file, line.at, code="ics.exdate", message=message)
