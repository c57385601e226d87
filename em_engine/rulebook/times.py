"""What can be wrong with the times of an order whose every field is right: windows, leave, phases."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.kinds import KINDS
from em_engine.law.recurrence import CalendarEvent
from em_engine.law.terms import OF_TIME, CalendarName, Leave, OneOff, Scheduled, without_times
from em_engine.law.weekly import parse_weekly
from em_engine.law.zone_watch import ZoneWatch
from em_engine.rulebook import civil
from em_engine.rulebook.coded import Said
from em_engine.rulebook.conditions import ReadCondition
from em_engine.rulebook.models import Order, Phase, Schedule
from em_engine.rulebook.orders import ReadDuties, ReadOrder, ReadSchedule
from em_engine.rulebook.problems import Document, Findings, Path, nearest
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros

_AFTER: Final = Said("hint.after", "`to` must be after `from`")
_THE: Final = {
    "leave": Said("the.leave", "the leave"),
    "allow": Said("the.allow", "the allow"),
    "once": Said("the.window", "the window"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Timetable:
    """The schedules and calendars that conditions may name."""

    schedules: Mapping[str, Schedule]
    calendars: Mapping[str, tuple[CalendarEvent, ...]]

    def lengths(self, terms: Scheduled) -> Iterator[timedelta]:
        """How long each window is that the terms, or the schedule they name, write."""
        named = None if terms.schedule is None else self.schedules.get(terms.schedule)
        for one in (terms, named):
            if one is not None:
                yield from (timedelta(minutes=parse_weekly(text).length_min) for text in one.weekly)
                yield from (single.to - single.from_ for single in one.once)
                events = self.calendars.get(one.calendar or "", ())
                yield from (event.ends - event.starts for event in events)


def check_times(read: ReadDuties, known: Timetable, findings: Findings) -> None:
    """What can be seen of the times of an order's conditions by themselves."""
    for one in read.conditions:
        for path, terms in one.stages():
            if isinstance(terms, Scheduled):
                _check_windows(read.document, path, terms, known, findings)
                _check_stretches(read.document, path, terms, findings)
        _check_phases(read.document, one, findings)


def check_times_of_order(read: ReadOrder, findings: Findings) -> None:
    """What can be seen of the times of a whole order: what reaches outside its validity."""
    order = read.order
    whole = order.valid_from, order.valid_to
    for one in read.conditions:
        for path, terms in one.stages():
            for name in ("leave", "allow", "once"):
                for index, stretch in enumerate(getattr(terms, name, ())):
                    _check_within(read.document, (*path, name, index), stretch, order, findings)
        _check_validity(read.document, one, order, findings)
        for at, phase in _dated(one):
            if not whole[0] < civil.begins_at(phase.from_, order.time_zone) < whole[1]:
                message = Said("phase.outside", "the phase begins outside the order's `valid`")
                findings.warning(read.document, at, "phase.outside", message)


def check_calendars(
    every: Iterable[ReadDuties], schedules: Iterable[ReadSchedule], *, known: Timetable, findings: Findings
) -> None:
    """Calendars that nothing names: somebody believes that they hold."""
    used = {mention.name for read in every for mention in read.mentions if mention.type is CalendarName}
    used |= {read.schedule.calendar for read in schedules if read.schedule.calendar is not None}
    for name in sorted(known.calendars.keys() - used):
        message = Said("calendar.unused", "nothing names the calendar {!r}", name)
        findings.warning_at(f"schedules/{name}", (1, 1), code="calendar.unused", message=message)


def check_schedules(schedules: Iterable[ReadSchedule], known: Timetable, findings: Findings) -> None:
    """Schedules that hold no window, and stretches that end before they begin."""
    for read in schedules:
        one = read.schedule
        if not (one.weekly or one.once or one.calendar):
            told = "the schedule holds no windows: `weekly`, `once` or `calendar`"
            message = Said("schedule.windows", told)
            findings.error(read.document, ("weekly",), "schedule.windows", message)
        if one.calendar is not None and one.calendar not in known.calendars:
            what = Said("a.calendar", "calendar in schedules/")
            message = Said("name.unknown", "there is no {} {!r}", what, one.calendar)
            hint = nearest(one.calendar, known.calendars)
            findings.error(read.document, ("calendar",), "name.unknown", message, hint=hint)
        _check_stretches(read.document, (), one, findings)
        for index, leave in enumerate(one.leave):
            if leave.schedule is not None:
                told = "the leave of a schedule cannot be another schedule; name it in the condition"
                message = Said("leave.schedule", told)
                findings.error(read.document, ("leave", index, "schedule"), "leave.schedule", message)


# Windows ----------------------------------------------------------------------------------


def _check_windows(
    document: Document, path: Path, terms: Scheduled, known: Timetable, findings: Findings
) -> None:
    lengths = [length for length in known.lengths(terms) if length > timedelta(0)]
    names_windows = bool(lengths) or terms.schedule is not None or terms.calendar is not None
    if lengths:
        _check_shortest(document, path, (terms, min(lengths)), findings)
    if terms.holidays is not None and not names_windows:
        told = "`holidays` changes nothing where there are no weekly windows"
        message = Said("holidays.unused", told)
        findings.warning(document, (*path, "holidays"), "holidays.unused", message)
    if isinstance(terms, AttendanceTerms) and not names_windows:
        told = "attendance needs windows: `weekly`, `once`, `calendar` or `schedule`"
        message = Said("attendance.windows", told)
        findings.error(document, path, "attendance.windows", message)


def _check_shortest(
    document: Document, path: Path, held: tuple[Scheduled, timedelta], findings: Findings
) -> None:
    terms, window = held
    if isinstance(terms, CurfewTerms) and terms.grace.late + terms.grace.early >= window:
        told = "the grace eats the whole of a window of {}: it would never bind"
        message = Said("grace.whole", told, _spoken(window))
        findings.error(document, (*path, "grace"), "grace.whole", message)
    if isinstance(terms, AttendanceTerms) and terms.minimum > window:
        told = "`minimum` ({}) is longer than a window of {}"
        message = Said("attendance.minimum", told, _spoken(terms.minimum), _spoken(window))
        findings.error(document, (*path, "minimum"), "attendance.minimum", message)


def _check_stretches(document: Document, path: Path, terms: Scheduled | Schedule, findings: Findings) -> None:
    for name in ("leave", "allow"):
        for index, leave in enumerate(getattr(terms, name, ())):
            _check_leave(document, (*path, name, index), leave, findings)
    for index, one in enumerate(terms.once):
        if one.from_ >= one.to:
            message = Said("stretch.empty", _EMPTY, _THE["once"])
            findings.error(document, (*path, "once", index), "once.empty", message, hint=_AFTER)


def _check_leave(document: Document, path: Path, leave: Leave, findings: Findings) -> None:
    name = str(path[-2])
    is_by_schedule = leave.schedule is not None
    if is_by_schedule == leave.is_once or (is_by_schedule and (leave.from_ or leave.to)):
        told = "`{}` needs `from` and `to`, or the name of a `schedule`, and not both"
        message = Said("leave.stretch", told, name)
        findings.error(document, path, "leave.stretch", message)
    elif leave.from_ is not None and leave.to is not None and leave.from_ >= leave.to:
        message = Said("stretch.empty", _EMPTY, _THE[name])
        findings.error(document, path, "leave.empty", message, hint=_AFTER)


def _check_within(
    document: Document, path: Path, stretch: Leave | OneOff, order: Order, findings: Findings
) -> None:
    if stretch.from_ is None or stretch.to is None:
        return
    begins = civil.begins_at(stretch.from_, order.time_zone)
    ends = civil.ends_at(stretch.to, order.time_zone)
    if begins < order.valid_from or ends > order.valid_to:
        told = "{} reaches outside the order's `valid`"
        message = Said("stretch.outside", told, _THE[str(path[-2])])
        findings.warning(document, path, f"{path[-2]}.outside", message)


# Phases -----------------------------------------------------------------------------------


def _check_validity(document: Document, one: ReadCondition, order: Order, findings: Findings) -> None:
    """A condition's own validity lies within its order's, and is not empty."""
    condition = one.condition
    if condition.from_ is None and condition.to is None:
        return
    zone = order.time_zone
    begins = BEFORE_ALL if condition.from_ is None else civil.begins_at(condition.from_, zone)
    ends = NEVER if condition.to is None else civil.ends_at(condition.to, zone)
    if max(begins, order.valid_from) >= min(ends, order.valid_to):
        told = "the condition would never hold: its `valid` is empty, or outside the order's"
        message = Said("valid.empty", told)
        findings.error(document, one.at("valid"), "valid.empty", message, hint=_AFTER)
    elif _reaches_out((begins, order.valid_from), (ends, order.valid_to)):
        told = "the condition's `valid` reaches outside the order's: the order's counts"
        message = Said("valid.outside", told)
        findings.warning(document, one.at("valid"), "valid.outside", message)


def _reaches_out(begin: tuple[Micros, Micros], end: tuple[Micros, Micros]) -> bool:
    """Whether a written beginning lies before the order's, or a written end after it."""
    return BEFORE_ALL < begin[0] < begin[1] or end[1] < end[0] < NEVER


def _check_phases(document: Document, one: ReadCondition, findings: Findings) -> None:
    condition, before = one.condition, one.condition.from_
    for at, phase in _dated(one):
        if before is not None and phase.from_ <= before:
            told = "the phase begins before the one before it is over, or at the same time"
            message = Said("phase.order", told)
            hint = Said("hint.phase.order", "write phases in the order of time")
            findings.error(document, at, "phase.order", message, hint=hint)
        elif condition.to is not None and phase.from_ >= condition.to:
            told = "the phase begins when the condition is over: it would never hold"
            message = Said("phase.order.late", told)
            findings.error(document, at, "phase.order", message)
        before = phase.from_
    kind = KINDS[condition.kind]
    if not issubclass(kind.watch, ZoneWatch) and not _are_alike(one):
        times = ", ".join(f"`{name}`" for name in sorted(OF_TIME & set(kind.terms.__dataclass_fields__)))
        message = Said("phase.terms", "in a phase of a {} only its times may change", kind.name)
        told = "its times are {}; write two conditions, each with its `valid`, for the rest"
        hint = Said("hint.phase.terms", told, times)
        findings.error(document, one.at("phases"), "phase.terms", message, hint=hint)


def _dated(one: ReadCondition) -> list[tuple[Path, Phase]]:
    """The phases that wait for no milestone, as written, with where their dates stand."""
    listed = sorted(zip(one.phases, one.condition.phases, strict=True), key=lambda pair: pair[0])
    return [(one.at("phases", index, "from"), phase) for index, phase in listed if not phase.milestone]


def _are_alike(one: ReadCondition) -> bool:
    terms = [without_times(terms) for _, terms in one.stages()]
    return all(other == terms[0] for other in terms)


def _spoken(span: timedelta) -> Said:
    minutes = span / timedelta(minutes=1)
    in_hours, in_minutes = (
        Said("span.hours", "{:g} h", minutes / 60),
        Said("span.minutes", "{:g} min", minutes),
    )
    return in_hours if minutes >= 120 else in_minutes


_EMPTY: Final = "{} ends before it begins, or at the same time"
