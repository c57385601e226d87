"""A rulebook once it is read: frozen, checked, and free of files and lines."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import timedelta
from enum import StrEnum
from typing import Any, Final

from shapely import LineString, MultiPolygon, Point, Polygon

from em_engine.law.certainty import Certainty
from em_engine.law.recurrence import CalendarEvent
from em_engine.law.retention import Period
from em_engine.law.terms import CalendarName, CivilTime, HolidayRule, Leave, OneOff, Scheduled, WeeklyText
from em_engine.vocabulary import AlertType, ChangeKind, Micros, Severity, Source

LANGUAGES: Final = ("nb", "nn", "en")


class ProgrammeName(StrEnum):
    """The programmes served (blueprint, section 1)."""

    HOME_DETENTION = "home-detention"
    CONTACT_BAN = "contact-ban"
    LEAVE = "leave"
    DAY_RELEASE = "day-release"
    CONDITIONAL_RELEASE = "conditional-release"
    YOUTH_RESTRICTIONS = "youth-restrictions"
    REMAND = "remand"


class RecordProfile(StrEnum):
    """Which positions the order lets us keep beyond the journal's short life."""

    EVERYTHING = "everything"
    SITUATIONAL = "situational"
    BREACHES_ONLY = "breaches-only"


@dataclass(frozen=True, slots=True, kw_only=True)
class Person:
    """A wearer or a protected person, and the devices that tell where that person is."""

    id: str
    name: str = ""
    devices: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Condition:
    """One duty of an order; `terms` is the dataclass its kind has in `law.kinds`."""

    id: str
    kind: str
    terms: Any
    from_: CivilTime | None = None  # where it holds for a part of its order's validity only
    to: CivilTime | None = None
    phases: tuple["Phase", ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """What a condition demands from a date on: the whole of its terms then."""

    from_: CivilTime
    terms: Any
    title: str = ""
    milestone: str = ""  # what it waited for


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What one wearer must do and leave, from `valid_from` until just before `valid_to`."""

    id: str
    programme: ProgrammeName
    time_zone: str
    valid_from: Micros  # BEFORE_ALL where the order leaves it open
    valid_to: Micros  # NEVER where the order leaves it open
    wearer: Person
    protected: tuple[Person, ...] = ()
    record: RecordProfile
    conditions: tuple[Condition, ...]
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Zone:
    """A named place in degrees, longitude first. A Point or LineString reaches `radius_m` around itself."""

    name: str
    geometry: Polygon | MultiPolygon | Point | LineString
    radius_m: float | None = None
    outline_accuracy_m: float = 0.0  # how far the drawn outline may be from the true one
    properties: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """Windows that several conditions name."""

    name: str
    weekly: tuple[WeeklyText, ...] = ()
    once: tuple[OneOff, ...] = ()
    calendar: CalendarName | None = None
    holidays: HolidayRule | None = None
    leave: tuple[Leave, ...] = ()
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Escalation:
    """Who is told when an alert has not been answered for so long, and how often again."""

    after: timedelta
    to: str
    repeat: timedelta | None = None
    times: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """What the protected person's device is told when the engine says so of an alert. It names no place."""

    on: ChangeKind
    words: Mapping[str, str]  # by language


class CommandName(StrEnum):
    """What a tag can be asked for."""

    VIBRATE = "vibrate"
    MESSAGE = "message"
    FASTER_FIXES = "faster-fixes"


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCommand:
    """What the wearer's tag is asked for when the engine says so of an alert."""

    on: ChangeKind
    command: CommandName
    words: Mapping[str, str] = field(default_factory=dict)  # of a message
    fix_every: timedelta | None = None
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Protocol:
    """What the centre does about one type of alert."""

    severity: Severity
    desk: str = "centre"  # who works on it
    title: Mapping[str, str] = field(default_factory=dict)
    steps: tuple[str, ...] = ()  # in the programme's first language
    steps_by_language: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    escalation: tuple[Escalation, ...] = ()
    acknowledge_within: timedelta | None = None  # targets: None is none
    close_within: timedelta | None = None
    lapse_after: timedelta | None = None  # how long an owner may do nothing before it calls again
    shelve_max: timedelta | None = None  # zero: never; None: as the severity allows
    outcomes: tuple[str, ...] = ()  # what it may be closed with; none named: everything
    note_for: tuple[str, ...] = ()  # outcomes that need words
    seen_reasons: tuple[str, ...] = ()  # one of which an acknowledgement must give; none named: none is asked
    notices: tuple[Notice, ...] = ()
    commands: tuple[TagCommand, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Response:
    """How soon help is there, and how fast a wearer may come meanwhile."""

    within: timedelta
    speed_kmh: float

    @property
    def reach_m(self) -> float:
        """How far a wearer comes before help is there."""
        return self.within.total_seconds() * self.speed_kmh / 3.6


@dataclass(frozen=True, slots=True, kw_only=True)
class Programme:
    """What holds for every order of the rulebook unless the order says otherwise."""

    name: str = ""
    time_zone: str = "Europe/Oslo"
    languages: tuple[str, ...] = LANGUAGES
    accuracy_default_m: Mapping[Source, float]
    devices: frozenset[str] | None = None  # the inventory; None where the centre keeps none here
    response: Response | None = None  # None where the centre does not say: then no ring is held against it
    retention: tuple[Period, ...] = ()
    certainty: tuple[tuple[ProgrammeName | None, Certainty], ...] = ()

    def certainty_of(self, programme: ProgrammeName) -> Certainty | None:
        """The level for orders of that programme that name none: of the first line that fits."""
        fitting = (level for named, level in self.certainty if named in (None, programme))
        return next(fitting, None)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Rulebook:
    """Everything the engine judges by. Two rulebooks of one `revision` were read from the same contents."""

    revision: str
    orders: tuple[Order, ...]
    zones: Mapping[str, Zone]
    schedules: Mapping[str, Schedule]
    calendars: Mapping[str, tuple[CalendarEvent, ...]] = field(default_factory=dict)
    protocols: Mapping[AlertType, Protocol]
    programme: Programme
    files: Mapping[str, bytes] = field(repr=False)

    def scheduled(self, terms: Scheduled) -> Scheduled:
        """The terms with the schedule they name written out, but for its calendar.

        Windows and leave of both add up; the condition's own rule for holidays goes before the schedule's.
        """
        if terms.schedule is None:
            return terms
        named = self.schedules[terms.schedule]
        return replace(
            terms,
            schedule=None,
            weekly=(*named.weekly, *terms.weekly),
            once=(*named.once, *terms.once),
            holidays=terms.holidays or named.holidays,
            leave=(*named.leave, *terms.leave),
        )
