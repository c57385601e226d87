"""Orders and schedules out of their documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from em_engine.rulebook import civil
from em_engine.rulebook.coded import Said
from em_engine.rulebook.conditions import Mention, ReadCondition, mentions, read_conditions, written_ids
from em_engine.rulebook.documents import OrderDocument, PersonDocument, ProtectedDocument, ScheduleDocument
from em_engine.rulebook.models import (
    Condition,
    Order,
    Person,
    Programme,
    ProgrammeName,
    RecordProfile,
    Schedule,
)
from em_engine.rulebook.phases import check_milestones
from em_engine.rulebook.problems import Findings, Path
from em_engine.rulebook.reading import Shape
from em_engine.rulebook.yaml_tree import YamlDocument
from em_engine.vocabulary import BEFORE_ALL, NEVER

RECORD_DEFAULT: Final[Mapping[ProgrammeName, RecordProfile]] = {
    **dict.fromkeys(ProgrammeName, RecordProfile.SITUATIONAL),
    ProgrammeName.CONTACT_BAN: RecordProfile.BREACHES_ONLY,
}
"""What may be kept where an order is silent: the least its programme works with. The README says why."""

_ORDER: Final = Shape(OrderDocument)
_SCHEDULE: Final = Shape(ScheduleDocument)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDuties:
    """The conditions of an order that can be read; the order's head may be unreadable.

    `mentions`, `condition_ids` and `persons` (the protected ones) are as written, even where the rest of what
    they stand in cannot be read: so one mistake does not hide another.
    """

    document: YamlDocument
    conditions: tuple[ReadCondition, ...]
    mentions: tuple[Mention, ...]
    condition_ids: tuple[tuple[Path, str], ...]
    persons: frozenset[str]

    @property
    def is_whole(self) -> bool:
        """Whether every condition could be read; what an order lacks can be said of a whole one only."""
        listed = self.document.data.get("conditions")
        return isinstance(listed, list) and len({read.path for read in self.conditions}) == len(listed)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadOrder(ReadDuties):
    """An order, with the document it was read from."""

    order: Order


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadSchedule:
    """A schedule, with the document it was read from."""

    schedule: Schedule
    document: YamlDocument


def read_order(document: YamlDocument, programme: Programme, findings: Findings) -> ReadDuties | None:
    """The order in the document; only its duties where its head cannot be read. Findings say why."""
    data = document.data
    if not _is_mapping(document, "order: OVA-2026-0042 …", findings):
        return None
    head = _ORDER.read(document, (), data, findings)
    written = data.get("conditions")
    milestones = (
        None
        if head is None
        else check_milestones(document, head.milestones, conditions=written, findings=findings)
    )
    level = None if head is None else programme.certainty_of(head.programme)
    conditions = read_conditions(document, written, level, milestones=milestones, findings=findings)
    duties = ReadDuties(
        document=document,
        conditions=conditions,
        mentions=tuple(mentions(written)),
        condition_ids=tuple(written_ids(written)),
        persons=frozenset(name for _, name in _ids("protected", data)),
    )
    if head is None:
        return duties
    time_zone = head.time_zone or programme.time_zone
    _notice_clock_changes(document, head, time_zone, findings)
    order = _order(head, time_zone, tuple(read.condition for read in conditions))
    return ReadOrder(order=order, **{field.name: getattr(duties, field.name) for field in fields(duties)})


def read_schedule(document: YamlDocument, findings: Findings) -> ReadSchedule | None:
    """The schedule in the document, or None where it cannot be read."""
    if not _is_mapping(document, "schedule: work-nights …", findings):
        return None
    read = _SCHEDULE.read(document, (), document.data, findings)
    if read is None:
        return None
    schedule = Schedule(
        name=read.schedule,
        title=read.title,
        weekly=read.weekly,
        once=read.once,
        calendar=read.calendar,
        holidays=read.holidays,
        leave=read.leave,
    )
    return ReadSchedule(schedule=schedule, document=document)


def _is_mapping(document: YamlDocument, example: str, findings: Findings) -> bool:
    if isinstance(document.data, dict):
        return True
    message = Said("document.file", "the file should be a mapping of fields")
    findings.error(document, (), "document", message, hint=Said("hint.as-in", "as in {}", example))
    return False


def _order(head: OrderDocument, time_zone: str, conditions: tuple[Condition, ...]) -> Order:
    return Order(
        id=head.order,
        title=head.title,
        programme=head.programme,
        time_zone=time_zone,
        valid_from=_begins(head, time_zone),
        valid_to=_ends(head, time_zone),
        wearer=_person(head.wearer),
        protected=tuple(_person(person) for person in head.protected),
        record=head.record or RECORD_DEFAULT[head.programme],
        conditions=conditions,
    )


def _begins(head: OrderDocument, time_zone: str) -> int:
    start = head.valid.from_
    return BEFORE_ALL if start is None else civil.begins_at(start, time_zone)


def _ends(head: OrderDocument, time_zone: str) -> int:
    return NEVER if head.valid.to is None else civil.ends_at(head.valid.to, time_zone)


def _person(read: PersonDocument | ProtectedDocument) -> Person:
    return Person(id=read.id, name=read.name, devices=read.devices or ())


def _notice_clock_changes(
    document: YamlDocument, head: OrderDocument, time_zone: str, findings: Findings
) -> None:
    ends: dict[str, datetime | None] = {"from": head.valid.from_, "to": head.valid.to}
    for name, time in ends.items():
        clock = civil.Clock.ONCE if time is None else civil.occurs(time, time_zone)
        if clock is not civil.Clock.ONCE:
            when = f"{time:%Y-%m-%dT%H:%M}"
            message = Said("valid.clock-change", "`{}`: {} {} in {}", name, when, _CLOCK[clock], time_zone)
            hint = Said("hint.choose-another", "choose another")
            findings.warning(document, ("valid", name), "valid.clock-change", message, hint=hint)


_CLOCK: Final[Mapping[civil.Clock, str]] = {
    civil.Clock.NEVER: Said("clock.never", civil.Clock.NEVER.value),
    civil.Clock.TWICE: Said("clock.twice", civil.Clock.TWICE.value),
}


def _ids(listed: str, data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The ids given in one of the order's lists."""
    held = data.get(listed)
    for index, one in enumerate(held if isinstance(held, list) else ()):
        name = one.get("id") if isinstance(one, dict) else None
        if isinstance(name, str):
            yield (listed, index, "id"), name
