"""Orders and schedules out of their documents."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, fields
from datetime import datetime
from typing import Any, Final

from em_engine.law.kinds import KINDS
from em_engine.law.terms import PersonId, ScheduleName, ZoneName
from em_engine.rulebook import civil
from em_engine.rulebook.documents import ConditionDocument, OrderDocument, PersonDocument, ScheduleDocument
from em_engine.rulebook.models import (
    Condition,
    Order,
    Person,
    Programme,
    ProgrammeName,
    RecordProfile,
    Schedule,
)
from em_engine.rulebook.problems import Findings, Path, nearest
from em_engine.rulebook.reading import Shape
from em_engine.rulebook.yaml_tree import YamlDocument
from em_engine.vocabulary import BEFORE_ALL, NEVER

RECORD_DEFAULT: Final[Mapping[ProgrammeName, RecordProfile]] = {
    **dict.fromkeys(ProgrammeName, RecordProfile.SITUATIONAL),
    ProgrammeName.CONTACT_BAN: RecordProfile.BREACHES_ONLY,
}
"""What may be kept where an order is silent: the least its programme works with. The README says why."""

_ORDER: Final = Shape(OrderDocument)
_CONDITION: Final = Shape(ConditionDocument)
_SCHEDULE: Final = Shape(ScheduleDocument)
TERMS: Final = {kind.name: Shape(kind.terms) for kind in KINDS.values()}
_OWN: Final = tuple(field.name for field in fields(ConditionDocument))


@dataclass(frozen=True, slots=True, kw_only=True)
class Mention:
    """A zone, person or schedule that a condition names, whether or not the condition can be read."""

    path: Path
    type: Any
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadCondition:
    """A condition, with where it stands."""

    condition: Condition
    path: Path

    def at(self, *steps: str | int) -> Path:
        """Where a value within the condition stands."""
        return (*self.path, *steps)


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
        return isinstance(listed, list) and len(self.conditions) == len(listed)


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
    conditions = _conditions(document, data.get("conditions"), findings)
    duties = ReadDuties(
        document=document,
        conditions=conditions,
        mentions=tuple(_mentions(data.get("conditions"))),
        condition_ids=tuple(_ids("conditions", data)),
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
        name=read.schedule, title=read.title, weekly=read.weekly, holidays=read.holidays, leave=read.leave
    )
    return ReadSchedule(schedule=schedule, document=document)


def _is_mapping(document: YamlDocument, example: str, findings: Findings) -> bool:
    if isinstance(document.data, dict):
        return True
    findings.error(
        document, (), "document", "the file should be a mapping of fields", hint=f"as in {example}"
    )
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


def _person(read: PersonDocument) -> Person:
    return Person(id=read.id, name=read.name, devices=read.devices)


def _notice_clock_changes(
    document: YamlDocument, head: OrderDocument, time_zone: str, findings: Findings
) -> None:
    ends: dict[str, datetime | None] = {"from": head.valid.from_, "to": head.valid.to}
    for name, time in ends.items():
        clock = civil.Clock.ONCE if time is None else civil.occurs(time, time_zone)
        if clock is not civil.Clock.ONCE:
            message = f"`{name}`: {time:%Y-%m-%dT%H:%M} {clock.value} in {time_zone}"
            findings.warning(document, ("valid", name), "valid.clock-change", message, hint="choose another")


def _conditions(document: YamlDocument, data: Any, findings: Findings) -> tuple[ReadCondition, ...]:
    listed = data if isinstance(data, list) else []
    read = (_condition(document, ("conditions", n), one, findings) for n, one in enumerate(listed))
    return tuple(one for one in read if one is not None)


def _condition(document: YamlDocument, path: Path, data: Any, findings: Findings) -> ReadCondition | None:
    if not isinstance(data, dict):
        message = "a condition should be a mapping of fields"
        findings.error(document, path, "document", message, hint="as in {id: alive, kind: device-health}")
        return None
    own = _CONDITION.read(document, path, {name: data[name] for name in _OWN if name in data}, findings)
    kind = data.get("kind")
    if not isinstance(kind, str):
        return None
    if kind not in TERMS:
        message = f"{kind!r} is no kind of condition"
        findings.error(document, (*path, "kind"), "kind.unknown", message, hint=nearest(kind, TERMS))
        return None
    shape = TERMS[kind]
    beside = {name: value for name, value in data.items() if name not in _OWN}
    terms = shape.read(document, path, beside, findings)
    if own is None or terms is None:
        return None
    return ReadCondition(condition=Condition(id=own.id, kind=kind, terms=terms), path=path)


def _mentions(data: Any) -> Iterator[Mention]:
    """Everything the conditions name, found by the annotations of their kinds' terms."""
    for index, one in enumerate(data if isinstance(data, list) else ()):
        kind = one.get("kind") if isinstance(one, dict) else None
        if isinstance(kind, str) and kind in TERMS:
            for type in (ZoneName, PersonId, ScheduleName):
                for path, name in TERMS[kind].mentions(one, type):
                    yield Mention(path=("conditions", index, *path), type=type, name=name)


def _ids(listed: str, data: Mapping[str, Any]) -> Iterator[tuple[Path, str]]:
    """The ids given in one of the order's lists."""
    held = data.get(listed)
    for index, one in enumerate(held if isinstance(held, list) else ()):
        name = one.get("id") if isinstance(one, dict) else None
        if isinstance(name, str):
            yield (listed, index, "id"), name
