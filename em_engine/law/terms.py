"""The types that the terms of conditions are written in.

A kind's terms are a frozen dataclass in the kind's own file; its annotations say what a document may hold.
The rulebook's loader reads them: it knows what to look up for a `ZoneName`, how to check a `WeeklyText`, and
that a trailing underscore hides a Python keyword (`with_` is `with` in documents).
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Annotated, Any, Final, Literal, NewType

from annotated_types import Ge, Gt, Le

ZoneName = NewType("ZoneName", str)
"""The `id` of a feature in `zones/*.geojson`."""
PersonId = NewType("PersonId", str)
"""The `id` of one of the order's protected persons."""
ScheduleName = NewType("ScheduleName", str)
"""The name of a document in `schedules/*.yaml`."""
WeeklyText = NewType("WeeklyText", str)
"""A weekly window in civil time, such as `mon-fri 21:00-06:00`; `schedule.parse_weekly` reads it."""
CalendarName = NewType("CalendarName", str)
"""The name of an iCalendar file in `schedules/`, with its ending."""
GroupName = NewType("GroupName", str)
"""A group of wearers who must keep apart; it is made of the orders that name it."""
CivilTime = NewType("CivilTime", datetime)
"""A naive date and time of the order's own time zone."""

Metres = Annotated[float, Gt(0), Le(1_000_000)]
MetresOrNone = Annotated[float, Ge(0), Le(100_000)]
Percent = Annotated[float, Ge(0), Le(100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class OneOff:
    """A stretch of civil time, half-open, in which the condition binds besides its other windows."""

    from_: CivilTime
    to: CivilTime
    reason: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A stretch of civil time, half-open, in which the condition does not bind; or every one of a schedule.

    Where a schedule is named, its windows are the stretches, and `from_` and `to` are left out.
    """

    from_: CivilTime | None = None
    to: CivilTime | None = None
    schedule: ScheduleName | None = None
    reason: str = ""
    authorised_by: str = ""

    @property
    def is_once(self) -> bool:
        """Whether it is one stretch, not those of a schedule."""
        return self.from_ is not None and self.to is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class HolidayRule:
    """On public holidays of `calendar` (a country's ISO code) the windows of weekday `as_` hold instead."""

    calendar: str
    as_: str = "sun"


@dataclass(frozen=True, slots=True, kw_only=True)
class Grace:
    """Lawful tolerance: so much later home, so much earlier out."""

    late: timedelta = timedelta(0)
    early: timedelta = timedelta(0)


@dataclass(frozen=True, slots=True, kw_only=True)
class Allowance:
    """So much absence a day, week or month of the calendar is granted before it is a breach."""

    total: timedelta
    per: Literal["day", "week", "month"] = "week"


@dataclass(frozen=True, slots=True, kw_only=True)
class Scheduled:
    """Terms that hold only at times: in their windows, but for leave. No windows mean always."""

    weekly: tuple[WeeklyText, ...] = ()
    once: tuple[OneOff, ...] = ()
    calendar: CalendarName | None = None
    schedule: ScheduleName | None = None
    holidays: HolidayRule | None = None
    leave: tuple[Leave, ...] = ()

    @property
    def granted(self) -> tuple[Leave, ...]:
        """Every stretch in which the condition does not bind, by whatever name the order grants it."""
        return self.leave


@dataclass(frozen=True, slots=True, kw_only=True)
class Forbidding(Scheduled):
    """Terms that forbid to be somewhere, or near someone, except where that was allowed."""

    allow: tuple[Leave, ...] = ()

    @property
    def granted(self) -> tuple[Leave, ...]:
        """Leave, and what was allowed: a day in court, the handover of a child."""
        return (*self.leave, *self.allow)


OF_TIME: Final = frozenset({"weekly", "once", "calendar", "schedule", "holidays", "leave", "allow"})
"""The terms that say when a condition binds, not what it demands."""


def without_times(terms: Any) -> Any:
    """The terms but for when they hold: equal where the same look gives the same finding."""
    held = type(terms).__dataclass_fields__
    return replace(terms, **{name: held[name].default for name in OF_TIME & set(held)})
