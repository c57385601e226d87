"""What may stand in each kind of document, as dataclasses whose annotations say what to check.

`Shape` in `reading.py` reads a document by such a class, as it reads the terms of conditions in `law`: a
trailing underscore hides a Python keyword, a `NewType` says which names to look up or how a text is written.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Annotated, Any, Final, Literal, NewType

from annotated_types import Ge, Gt, Le, MinLen

from em_engine.law.certainty import Certainty
from em_engine.law.terms import CalendarName, CivilTime, HolidayRule, Leave, Metres, OneOff, WeeklyText
from em_engine.rulebook.models import CommandName, ProgrammeName, RecordProfile
from em_engine.vocabulary import ChangeKind, Severity

Name = NewType("Name", str)
"""An id that people read: any printable text without space at its ends, up to 128 characters."""
TopicName = NewType("TopicName", str)
"""An id that becomes a level of an MQTT topic: a `Name` without spaces, `/`, `+` and `#`."""
TimeZoneName = NewType("TimeZoneName", str)
"""A name of the IANA time zone database, such as Europe/Oslo."""
Language = NewType("Language", str)
"""One of the languages the centre can be shown in."""

OutcomeName = Literal[
    "breach",
    "equipment",
    "position-error",
    "authorised-absence",
    "reasonable-excuse",
    "test",
    "other",
]
"""What an alert can come to (`alerts.alert.Outcome`; a test holds the two together)."""

SeenReasonName = Literal[
    "calling",
    "watching",
    "patrol-sent",
    "told-on",
    "known-cause",
    "agreed-absence",
    "equipment",
    "other",
]
"""Why an alert is acknowledged (`alerts.alert.SeenReason`; a test holds the two together)."""

Devices = Annotated[tuple[TopicName, ...], MinLen(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class PersonDocument:
    """A person and the devices that tell where that person is."""

    id: TopicName
    name: str = ""
    devices: Devices


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtectedDocument:
    """A protected person; the devices may be left out where they are those of the wearer of another order."""

    id: TopicName
    name: str = ""
    devices: Devices | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ValidDocument:
    """From when until just before when the order holds; either end may be left open."""

    from_: CivilTime | None = None
    to: CivilTime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ConditionDocument:
    """What every condition has; the terms beside it are its kind's."""

    id: Name
    kind: str
    valid: ValidDocument = ValidDocument()
    phases: tuple[Any, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PhaseDocument:
    """What every phase of a condition has; the terms beside it take the place of the condition's.

    It holds from a date, from when a milestone is reached, or, where both are written, from the later.
    """

    from_: CivilTime | None = None
    milestone: Name | None = None
    title: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MilestoneDocument:
    """Something that phases wait for: a job, a course completed. It is reached when somebody decides so."""

    name: Name
    reached: CivilTime | None = None
    reason: str = ""
    authorised_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDocument:
    """An order of a court, the police or the prison service about one wearer."""

    order: Name
    title: str = ""
    programme: ProgrammeName
    time_zone: TimeZoneName | None = None
    valid: ValidDocument = ValidDocument()
    wearer: PersonDocument
    protected: tuple[ProtectedDocument, ...] = ()
    record: RecordProfile | None = None
    milestones: tuple[MilestoneDocument, ...] = ()
    conditions: Annotated[tuple[Any, ...], MinLen(1)]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleDocument:
    """Windows that conditions name instead of writing them out."""

    schedule: Name
    title: str = ""
    weekly: tuple[WeeklyText, ...] = ()
    once: tuple[OneOff, ...] = ()
    calendar: CalendarName | None = None
    holidays: HolidayRule | None = None
    leave: tuple[Leave, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class AccuracyDocument:
    """The 68 % radius taken where a fix of a source reports none."""

    gnss: Metres | None = None
    wifi: Metres | None = None
    cell: Metres | None = None
    beacon: Metres | None = None
    unknown: Metres | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class RetentionDocument:
    """How long what is kept of the orders of one programme, or of all others, may be kept."""

    programme: ProgrammeName | None = None
    positions: timedelta | None = None
    alerts: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CertaintyDocument:
    """How sure it must be in the orders of one programme, or of all others, where they do not say."""

    programme: ProgrammeName | None = None
    level: Certainty


@dataclass(frozen=True, slots=True, kw_only=True)
class ResponseDocument:
    """How soon help is there, and how fast a wearer may come meanwhile."""

    within: timedelta
    speed_kmh: Annotated[float, Gt(0), Le(250)] = 50.0


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgrammeDocument:
    """What holds for every order of the rulebook unless the order says otherwise."""

    name: str = ""
    time_zone: TimeZoneName = TimeZoneName("Europe/Oslo")
    languages: Annotated[tuple[Language, ...], MinLen(1)] = (Language("nb"), Language("nn"), Language("en"))
    accuracy_m: AccuracyDocument = AccuracyDocument()
    devices: tuple[TopicName, ...] | None = None
    response: ResponseDocument | None = None
    retention: tuple[RetentionDocument, ...] = ()
    certainty: tuple[CertaintyDocument, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class WordsDocument:
    """A text in the languages it is written in."""

    nb: str | None = None
    nn: str | None = None
    en: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StepsDocument:
    """What to do, step by step, in the languages it is written in."""

    nb: tuple[str, ...] | None = None
    nn: tuple[str, ...] | None = None
    en: tuple[str, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class EscalationDocument:
    """Who is told when nobody has answered for so long, and how often again."""

    after: timedelta
    to: str
    repeat: timedelta | None = None
    times: Annotated[int, Ge(1), Le(50)] = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class NoticeDocument:
    """What the protected person's device is told."""

    on: ChangeKind
    text: WordsDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class TagCommandDocument:
    """What the wearer's tag is asked for."""

    on: ChangeKind
    command: CommandName
    text: WordsDocument | None = None
    fix_every: timedelta | None = None
    lasts: timedelta | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolDocument:
    """What the centre does about one type of alert; what is left out stays as built in."""

    severity: Severity | None = None
    desk: Name | None = None
    title: WordsDocument | None = None
    steps: tuple[str, ...] | None = None
    escalation: tuple[EscalationDocument, ...] | None = None
    acknowledge_within: timedelta | None = None
    close_within: timedelta | None = None
    lapse_after: timedelta | None = None
    shelve_max: timedelta | None = None
    outcomes: tuple[OutcomeName, ...] | None = None
    note_for: tuple[OutcomeName, ...] | None = None
    seen_reasons: tuple[SeenReasonName, ...] | None = None
    notices: tuple[NoticeDocument, ...] | None = None
    commands: tuple[TagCommandDocument, ...] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class ProtocolInLanguagesDocument(ProtocolDocument):
    """The same, with steps written in several languages."""

    steps: StepsDocument | None = None  # type: ignore[assignment]


def plain_name(field: str) -> str:
    """The name a field has in documents: `with_` is `with`."""
    return field.removesuffix("_")


Check = Callable[[Any], str | None]
"""What is wrong with a value, or None."""
Checks = Mapping[Any, Check]

NAME_LENGTH_MAX: Final = 128
