"""The conditions of an order out of its document: their terms, their phases, whom and what they name."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, fields
from typing import Any, Final

from em_engine.law.certainty import Certainty
from em_engine.law.kinds import KINDS
from em_engine.law.terms import CalendarName, PersonId, ScheduleName, ZoneName
from em_engine.rulebook.coded import Said
from em_engine.rulebook.documents import ConditionDocument
from em_engine.rulebook.levels import at_level, without_level
from em_engine.rulebook.models import Condition, Phase
from em_engine.rulebook.phases import Milestones, ReadPhase, read_phases
from em_engine.rulebook.problems import Findings, Path, nearest
from em_engine.rulebook.reading import Shape
from em_engine.rulebook.yaml_tree import YamlDocument

TERMS: Final = {kind.name: Shape(kind.terms) for kind in KINDS.values()}
_CONDITION: Final = Shape(ConditionDocument)
_OWN: Final = tuple(field.name for field in fields(ConditionDocument))
_NAMING: Final = (ZoneName, PersonId, ScheduleName, CalendarName)


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
    phases: tuple[int, ...] = ()  # where each of the condition's phases stands among those written

    def at(self, *steps: str | int) -> Path:
        """Where a value within the condition stands."""
        return (*self.path, *steps)

    def stages(self) -> Iterator[tuple[Path, Any]]:
        """Its terms, and those of each of its phases, with where they stand."""
        yield self.path, self.condition.terms
        for index, phase in zip(self.phases, self.condition.phases, strict=True):
            yield self.at("phases", index), phase.terms


def read_conditions(
    document: YamlDocument,
    data: Any,
    level: Certainty | None,
    *,
    milestones: Milestones | None,
    findings: Findings,
) -> tuple[ReadCondition, ...]:
    """Those that can be read. One that names several persons stands for one condition each.

    `level` is the programme's, for conditions that name none; `milestones` is None where it cannot be read
    which there are.
    """
    listed = data if isinstance(data, list) else []
    return tuple(
        read
        for index, one in enumerate(listed)
        for read in _condition(document, ("conditions", index), at_level(one, level), milestones, findings)
    )


def mentions(data: Any) -> Iterator[Mention]:
    """Everything the conditions name, found by the annotations of their kinds' terms."""
    for index, one in enumerate(data if isinstance(data, list) else ()):
        kind = one.get("kind") if isinstance(one, dict) else None
        if isinstance(kind, str) and kind in TERMS:
            for steps, held in (((), one), *_phases_of(one)):
                yield from _mentions(kind, held, ("conditions", index, *steps))


def written_ids(data: Any) -> Iterator[tuple[Path, str]]:
    """The ids of the conditions, where a condition names several persons those it stands for."""
    for index, one in enumerate(data if isinstance(data, list) else ()):
        name = one.get("id") if isinstance(one, dict) else None
        if isinstance(name, str):
            persons = one.get("with")
            named = persons if isinstance(persons, list) else []
            for each in [f"{name}:{person}" for person in named] or [name]:
                yield ("conditions", index, "id"), each


def _mentions(kind: str, held: Any, path: Path) -> Iterator[Mention]:
    for type in _NAMING:
        for steps, name in TERMS[kind].mentions(held, type):
            yield Mention(path=(*path, *steps), type=type, name=name)


def _phases_of(data: Mapping[str, Any]) -> Iterator[tuple[Path, Any]]:
    phases = data.get("phases")
    for index, phase in enumerate(phases if isinstance(phases, list) else ()):
        yield ("phases", index), phase


def _condition(
    document: YamlDocument, path: Path, data: Any, milestones: Milestones | None, findings: Findings
) -> Iterator[ReadCondition]:
    if not isinstance(data, dict):
        message = Said("document.condition", "a condition should be a mapping of fields")
        hint = Said("hint.as-in", "as in {}", "{id: alive, kind: device-health}")
        findings.error(document, path, "document", message, hint=hint)
        return
    own = _CONDITION.read(document, path, {name: data[name] for name in _OWN if name in data}, findings)
    kind = data.get("kind")
    if not isinstance(kind, str):
        return
    if kind not in TERMS:
        message = Said("kind.unknown", "{!r} is no kind of condition", kind)
        findings.error(document, (*path, "kind"), "kind.unknown", message, hint=nearest(kind, TERMS))
        return
    beside = {name: value for name, value in data.items() if name not in _OWN}
    beside = without_level(document, path, beside, kind=kind, findings=findings)
    phases = (
        ()
        if own is None
        else read_phases(document, path, own.phases, milestones=milestones, findings=findings)
    )
    for suffix, given in _persons(beside):
        read = _reads(document, path, kind, given, phases, findings)
        if own is None or read is None:
            return
        terms, changes = read
        yield ReadCondition(
            condition=Condition(
                id=own.id + suffix,
                kind=kind,
                terms=terms,
                from_=own.valid.from_,
                to=own.valid.to,
                phases=tuple(phase for _, phase in changes),
            ),
            path=path,
            phases=tuple(index for index, _ in changes),
        )


def _persons(beside: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    """The terms as written, or once for each of the persons they name, with what tells the ids apart."""
    persons = beside.get("with")
    if not isinstance(persons, list) or not persons:
        yield "", beside
        return
    for person in persons:
        yield f":{person}", {**beside, "with": person}


def _reads(
    document: YamlDocument,
    path: Path,
    kind: str,
    beside: dict[str, Any],
    phases: Sequence[ReadPhase],
    findings: Findings,
) -> tuple[Any, list[tuple[int, Phase]]] | None:
    """The condition's terms, and its phases that hold some time, each with the whole of its terms then."""
    terms = TERMS[kind].read(document, path, beside, findings)
    if terms is None:
        return None
    changes: list[tuple[int, Phase]] = []
    for one in phases:
        at = (*path, "phases", one.index)
        beside = {**beside, **without_level(document, at, one.written, kind=kind, findings=findings)}
        whole = TERMS[kind].read(document, at, beside, findings)
        if whole is not None and one.from_ is not None:
            phase = Phase(from_=one.from_, terms=whole, title=one.title, milestone=one.milestone)
            changes.append((one.index, phase))
    return terms, changes
