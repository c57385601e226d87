"""When each condition binds: the times that orders and schedules write, as the law's windows."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby, pairwise
from typing import Any
from zoneinfo import ZoneInfo

from em_engine.law.recurrence import CalendarPattern
from em_engine.law.schedule import Schedule, WeekPattern, civil_dates
from em_engine.law.terms import HolidayRule, Scheduled, without_times
from em_engine.law.weekly import parse_weekly
from em_engine.law.windows import ALWAYS, During, Span, Windows, together, without
from em_engine.rulebook import civil, models
from em_engine.rulebook.models import Condition, Order, Rulebook
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A condition for as long as it is judged by the same terms; most conditions are one part.

    Phases that change only the times are one part: a breach goes on over such a change.
    """

    number: int
    terms: Any
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class _Stage:
    """The terms of a condition from then to then."""

    terms: Any
    span: Span


class Binding:
    """When the conditions of a rulebook bind. Equal patterns are one object."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._patterns: dict[Any, Windows] = {}
        self._known: dict[Any, tuple[Windows, bool]] = {}  # most conditions of a country write the same times

    def parts(self, order: Order, condition: Condition) -> tuple[Part, ...]:
        """The parts of a condition, in the order of time; terms with their schedules written out."""
        stages = _stages(order, condition)
        if len(stages) == 1:
            return (self._part(0, order, stages),)
        alike = [list(group) for _, group in groupby(stages, key=lambda stage: without_times(stage.terms))]
        return tuple(self._part(number, order, group) for number, group in enumerate(alike))

    def zone(self, order: Order) -> ZoneInfo:
        """The zone whose clock the order's times are read from."""
        return ZoneInfo(order.time_zone)

    def _part(self, number: int, order: Order, stages: Sequence[_Stage]) -> Part:
        zone = self.zone(order)
        spans = [stage.span for stage in stages]
        pieces, has_windows = zip(*(self._windows(stage.terms, zone) for stage in stages), strict=True)
        windows = pieces[0]
        if len(pieces) > 1:
            windows = together([During(one, *span) for one, span in zip(pieces, spans, strict=True)])
        schedule = Schedule(
            windows,
            valid_from=spans[0][0],
            valid_to=spans[-1][1],
            order_valid=(order.valid_from, order.valid_to),
            zone=zone,
            has_windows=any(has_windows),
        )
        return Part(number=number, terms=self._written_out(stages[0].terms), schedule=schedule)

    def _written_out(self, terms: Any) -> Any:
        return self.rulebook.scheduled(terms) if isinstance(terms, Scheduled) else terms

    # Windows ----------------------------------------------------------------------------

    def _windows(self, terms: Any, zone: ZoneInfo) -> tuple[Windows, bool]:
        """All windows of the terms, less what was granted; and whether they name any."""
        if not isinstance(terms, Scheduled):
            return ALWAYS, False
        written = terms.weekly, terms.once, terms.calendar, terms.schedule, terms.holidays, terms.granted
        found = self._known.get((written, zone.key))
        if found is None:
            found = self._known[written, zone.key] = self._put_together(terms, zone)
        return found

    def _put_together(self, terms: Scheduled, zone: ZoneInfo) -> tuple[Windows, bool]:
        sources = self._sources(terms, zone)
        whole = together(sources) if sources else ALWAYS
        windows = without(ALWAYS if whole.is_always else whole, list(self._away(terms, zone)))
        return windows, bool(sources)

    def _sources(self, terms: Scheduled | models.Schedule, zone: ZoneInfo) -> list[Windows]:
        """The windows the terms write, and those of the schedule they name; none mean always."""
        named = None if isinstance(terms, models.Schedule) else self._named(terms)
        written = (terms,) if named is None else (named, terms)
        weekly = tuple(text for one in written for text in one.weekly)
        once = tuple(single for one in written for single in one.once)
        holidays = terms.holidays or (None if named is None else named.holidays)
        sources: list[Windows] = []
        if weekly:
            sources.append(
                self._shared((weekly, holidays, zone.key), lambda: _weekly(weekly, holidays, zone))
            )
        if once:
            sources.append(civil_dates(once, zone))
        for name in (one.calendar for one in written):
            if name is not None:
                sources.append(self._calendar(name, zone))
        return sources

    def _calendar(self, name: str, zone: ZoneInfo) -> Windows:
        events = self.rulebook.calendars[name]
        return self._shared((name, zone.key), lambda: CalendarPattern(events, zone))

    def _shared(self, key: Any, make: Callable[[], Windows]) -> Windows:
        found = self._patterns.get(key)
        if found is None:
            found = self._patterns[key] = make()
        return found

    def _named(self, terms: Scheduled) -> models.Schedule | None:
        return None if terms.schedule is None else self.rulebook.schedules[terms.schedule]

    def _away(self, terms: Scheduled, zone: ZoneInfo) -> Iterator[Windows]:
        """When the terms do not bind: stretches written out, and the windows of schedules."""
        named = self._named(terms)
        granted = (*(() if named is None else named.leave), *terms.granted)
        if any(one.is_once for one in granted):
            yield civil_dates(granted, zone)
        for leave in granted:
            if leave.schedule is not None:
                away = self.rulebook.schedules[leave.schedule]
                windows = together(self._sources(away, zone))
                yield without(windows, [civil_dates(away.leave, zone)] if away.leave else [])


def _weekly(texts: Sequence[str], holidays: HolidayRule | None, zone: ZoneInfo) -> WeekPattern:
    return WeekPattern([parse_weekly(text) for text in texts], zone, holidays)


def _stages(order: Order, condition: Condition) -> list[_Stage]:
    """The condition's terms, and those of its phases, within its own validity and its order's."""

    def begins(time: datetime | None) -> Micros:
        return BEFORE_ALL if time is None else civil.begins_at(time, order.time_zone)

    if condition.from_ is None and condition.to is None and not condition.phases:
        return [_Stage(condition.terms, (order.valid_from, order.valid_to))]
    begin = max(order.valid_from, begins(condition.from_))
    end = min(order.valid_to, NEVER if condition.to is None else civil.ends_at(condition.to, order.time_zone))
    changes = [begins(phase.from_) for phase in condition.phases]
    edges = [begin, *(min(max(change, begin), end) for change in changes), end]
    terms = [condition.terms, *(phase.terms for phase in condition.phases)]
    stages = [_Stage(held, span) for held, span in zip(terms, pairwise(edges), strict=True)]
    return [stage for stage in stages if stage.span[0] < stage.span[1]] or stages[:1]
