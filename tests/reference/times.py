"""Section 4 with calendars and schedules: what a condition names is looked up, and written out day by day."""

from datetime import date, datetime, time, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

from dateutil.rrule import rrulestr

from em_engine.law.recurrence import CalendarEvent
from em_engine.law.terms import Scheduled
from em_engine.rulebook.models import Rulebook, Schedule
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros
from tests.reference import civil

windows = lru_cache(maxsize=64)(civil.windows)


def binding(
    rulebook: Rulebook, terms: Scheduled, *, time_zone: str, valid: civil.Window, first: date, last: date
) -> list[civil.Window]:
    """Every window of the terms on those civil days, of whatever source, less everything granted."""
    names = [terms.calendar]
    if terms.schedule is not None:
        names.append(rulebook.schedules[terms.schedule].calendar)
    written_out = rulebook.scheduled(terms)
    away = [
        window
        for leave in written_out.granted
        if leave.schedule is not None
        for window in _of_schedule(rulebook, rulebook.schedules[leave.schedule], time_zone, first, last)
    ]
    return windows(
        written_out,
        time_zone=time_zone,
        valid_from=valid[0],
        valid_to=valid[1],
        first=first,
        last=last,
        besides=_of_calendars(rulebook, names, time_zone, first, last),
        away=tuple(away),
    )


def _of_schedule(
    rulebook: Rulebook, named: Schedule, time_zone: str, first: date, last: date
) -> list[civil.Window]:
    terms = Scheduled(weekly=named.weekly, once=named.once, holidays=named.holidays, leave=named.leave)
    besides = _of_calendars(rulebook, [named.calendar], time_zone, first, last)
    return windows(
        terms,
        time_zone=time_zone,
        valid_from=BEFORE_ALL,
        valid_to=NEVER,
        first=first,
        last=last,
        besides=besides,
    )


def _of_calendars(
    rulebook: Rulebook, names: list[str | None], time_zone: str, first: date, last: date
) -> tuple[civil.Window, ...] | None:
    """None where no calendar is named: then it does not say when."""
    named = [name for name in names if name is not None]
    events = [event for name in named for event in rulebook.calendars[name]]
    found = [window for event in events for window in _of_event(event, time_zone, first, last)]
    return tuple(found) if named else None


@lru_cache(maxsize=256)
def _of_event(event: CalendarEvent, time_zone: str, first: date, last: date) -> list[civil.Window]:
    """From its first time on, one after the other, until the days are over."""
    zone, until = ZoneInfo(event.zone or time_zone), datetime.combine(last, time())
    takes_place = set(event.besides) | (set() if event.rule else {event.starts})
    for begins in rrulestr(event.rule, dtstart=event.starts) if event.rule else ():
        if begins > until:
            break
        takes_place.add(begins)
    lasts, days = event.ends - event.starts, datetime.combine(first, time()) - timedelta(days=1)
    return [
        (_instant(one, zone, ends=False), _instant(one + lasts, zone, ends=True))
        for one in sorted(takes_place - event.without)
        if one >= days
    ]


def _instant(at: datetime, zone: ZoneInfo, *, ends: bool) -> Micros:
    return civil.instant_of(at, zone, ends=ends)
