"""An order's windows as they will really be applied: civil time, holidays, clock changes, leave and phases.

The law's own schedules are asked, stretch by stretch: what is shown is what will be judged by.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from typing import Any, Final

import holidays

from em_engine.law.schedule import civil_dates
from em_engine.law.terms import Forbidding, HolidayRule, Leave, Scheduled
from em_engine.law.windows import Span
from em_engine.rulebook import civil
from em_engine.rulebook.binding import Binding
from em_engine.rulebook.models import Condition, Order, Phase, Rulebook
from em_engine.vocabulary import HOUR, Micros

_BESIDE: Final[Micros] = 14 * 24 * HOUR
"""A window that is in force as the weeks begin, or end, is shown whole where it is not longer than this."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which order, and which weeks of its civil time."""

    order: str
    first: date
    weeks: int

    @classmethod
    def of(cls, order: str, first: str, weeks: int) -> "Asked":
        """The same with the day as it is written. Raises ValueError."""
        return cls(order=order, first=date.fromisoformat(first), weeks=weeks)

    def span(self, time_zone: str) -> Span:
        """The weeks as instants."""
        start = datetime(self.first.year, self.first.month, self.first.day)  # noqa: DTZ001  civil on purpose
        end = start + timedelta(weeks=self.weeks)
        return civil.begins_at(start, time_zone), civil.begins_at(end, time_zone)


@dataclass(frozen=True, slots=True, kw_only=True)
class Away:
    """A stretch in which a condition would bind and does not: leave, or what was allowed."""

    span: Span
    leave: Leave
    is_allowed: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class Applied:
    """When one condition binds, when it would without leave, and what takes it away."""

    condition: Condition
    is_always: bool
    binds: tuple[Span, ...]
    planned: tuple[Span, ...]
    away: tuple[Away, ...]
    phases: tuple[tuple[Phase, Span], ...]


def applied(rulebook: Rulebook, order: Order, span: Span) -> Iterator[Applied]:
    """Each condition of the order, from then to then."""
    binding = Binding(rulebook)
    bare = Binding(
        replace(
            rulebook, schedules={name: replace(one, leave=()) for name, one in rulebook.schedules.items()}
        )
    )
    for condition in order.conditions:
        parts = binding.parts(order, condition)
        yield Applied(
            condition=condition,
            is_always=not any(part.schedule.has_windows for part in parts),
            binds=tuple(_binds(binding, order, condition, span)),
            planned=tuple(_binds(bare, order, _without_leave(condition), span)),
            away=tuple(_away(binding, order, condition, span)),
            phases=tuple(_phases(order, condition)),
        )


def holiday_rules(rulebook: Rulebook, order: Order) -> set[HolidayRule]:
    """The rules for public holidays that any condition of the order has, by itself or by its schedule."""
    terms = (rulebook.scheduled(one.terms) for one in order.conditions if isinstance(one.terms, Scheduled))
    return {one.holidays for one in terms if one.holidays is not None}


def public_holidays(calendar: str, first: date, days: int) -> Iterator[tuple[date, str]]:
    """The public holidays of a country among these days, by their own names."""
    # In the country's own language: without being told, the library goes by that of the machine.
    own = holidays.country_holidays(calendar).default_language
    known = holidays.country_holidays(calendar, language=own)
    for day in (first + timedelta(days=n) for n in range(days)):
        name = known.get(day)
        if name is not None:
            yield day, str(name)


def _binds(binding: Binding, order: Order, condition: Condition, span: Span) -> Iterator[Span]:
    for part in binding.parts(order, condition):
        at = span[0]
        while at < span[1]:
            found = part.schedule.at(at)
            if found.binds:
                yield max(found.start, span[0] - _BESIDE), min(found.end, span[1] + _BESIDE)
            at = found.end


def _without_leave(condition: Condition) -> Condition:
    phases = tuple(replace(one, terms=_bare(one.terms)) for one in condition.phases)
    return replace(condition, terms=_bare(condition.terms), phases=phases)


def _bare(terms: Any) -> Any:
    match terms:
        case Forbidding():
            return replace(terms, leave=(), allow=())
        case Scheduled():
            return replace(terms, leave=())
        case _:
            return terms


def _away(binding: Binding, order: Order, condition: Condition, span: Span) -> Iterator[Away]:
    zone = binding.zone(order)
    for leave, is_allowed in _granted(binding, condition):
        if leave.is_once:
            spans = civil_dates([leave], zone).stretches(*span)
        else:
            granting = replace(condition, terms=Scheduled(schedule=leave.schedule), phases=())
            spans = list(_binds(binding, order, granting, span))
        for one in spans:
            yield Away(span=one, leave=leave, is_allowed=is_allowed)


def _granted(binding: Binding, condition: Condition) -> Iterator[tuple[Leave, bool]]:
    """Everything granted by the condition, its phases and the schedules they name, each once."""
    told: dict[tuple[Leave, bool], None] = {}
    for terms in (condition.terms, *(one.terms for one in condition.phases)):
        if isinstance(terms, Scheduled):
            whole = binding.rulebook.scheduled(terms)
            told |= dict.fromkeys((leave, False) for leave in whole.leave)
            told |= dict.fromkeys((leave, True) for leave in getattr(terms, "allow", ()))
    yield from told


def _phases(order: Order, condition: Condition) -> Iterator[tuple[Phase, Span]]:
    begins = [civil.begins_at(one.from_, order.time_zone) for one in condition.phases]
    ends = [*begins[1:], order.valid_to] if begins else []
    for phase, start, end in zip(condition.phases, begins, ends, strict=True):
        yield phase, (start, end)
