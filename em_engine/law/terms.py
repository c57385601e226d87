"""The types that the terms of conditions are written in.

A kind's terms are a frozen dataclass in the kind's own file; its annotations say what a document may hold.
The rulebook's loader reads them: it knows what to look up for a `ZoneName`, how to check a `WeeklyText`, and
that a trailing underscore hides a Python keyword (`with_` is `with` in documents).
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Annotated, NewType

from annotated_types import Ge, Gt, Le

ZoneName = NewType("ZoneName", str)
"""The `id` of a feature in `zones/*.geojson`."""
PersonId = NewType("PersonId", str)
"""The `id` of one of the order's protected persons."""
ScheduleName = NewType("ScheduleName", str)
"""The name of a document in `schedules/*.yaml`."""
WeeklyText = NewType("WeeklyText", str)
"""A weekly window in civil time, such as `mon-fri 21:00-06:00`; `schedule.parse_weekly` reads it."""
CivilTime = NewType("CivilTime", datetime)
"""A naive date and time of the order's own time zone."""

Metres = Annotated[float, Gt(0), Le(1_000_000)]
MetresOrNone = Annotated[float, Ge(0), Le(100_000)]
Percent = Annotated[float, Ge(0), Le(100)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """A stretch of civil time, half-open, in which the condition does not bind."""

    from_: CivilTime
    to: CivilTime
    reason: str = ""
    authorised_by: str = ""


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
class Scheduled:
    """Terms that hold only at times: in their weekly windows, but for leave. No windows mean always."""

    weekly: tuple[WeeklyText, ...] = ()
    schedule: ScheduleName | None = None
    holidays: HolidayRule | None = None
    leave: tuple[Leave, ...] = field(default=())
