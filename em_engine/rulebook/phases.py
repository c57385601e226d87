"""The phases of a condition out of its document: from when each holds, by date or by milestone."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from em_engine.law.terms import CivilTime
from em_engine.rulebook.coded import Said
from em_engine.rulebook.documents import MilestoneDocument, PhaseDocument
from em_engine.rulebook.problems import Document, Findings, Path, nearest
from em_engine.rulebook.reading import Shape

Milestones = Mapping[str, CivilTime | None]
"""When each of an order's milestones was reached; None: not yet."""

_PHASE: Final = Shape(PhaseDocument)
_OF_PHASE: Final = ("from", "milestone", "title")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadPhase:
    """One phase as written: where it stands, and from when it holds; None where it waits."""

    index: int
    from_: CivilTime | None
    title: str
    milestone: str
    written: Mapping[str, Any]  # the terms it changes


def read_phases(
    document: Document,
    path: Path,
    listed: Sequence[Any],
    *,
    milestones: Milestones | None,
    findings: Findings,
) -> tuple[ReadPhase, ...]:
    """Those that can be read, in the order of time; last those that wait for a milestone."""
    found = [
        phase
        for index, data in enumerate(listed)
        if (phase := _read(document, (*path, "phases", index), data, milestones, findings)) is not None
    ]
    if not any(phase.milestone for phase in found):
        return tuple(found)  # as written, so that a slip in the order is seen
    holding = [(one.from_, one.index, one) for one in found if one.from_ is not None]
    return (*(one for *_, one in sorted(holding)), *(one for one in found if one.from_ is None))


def _read(
    document: Document, at: Path, data: Any, milestones: Milestones | None, findings: Findings
) -> ReadPhase | None:
    if not _is_phase(document, at, data, findings):
        return None
    own = _PHASE.read(document, at, {name: data[name] for name in _OF_PHASE if name in data}, findings)
    if own is None:
        return None
    if own.from_ is None and own.milestone is None:
        message = Said("phase.when", "`from` is missing, or the `milestone` the phase waits for")
        findings.error(document, at, "field.missing", message)
        return None
    if own.milestone is not None and milestones is not None and own.milestone not in milestones:
        message = Said("milestone.unknown", "there is no milestone {!r} in this order", own.milestone)
        listed = Said("hint.milestone.unknown", "list it: {}", f"milestones: [{{name: {own.milestone}}}]")
        hint = nearest(own.milestone, milestones) or listed
        findings.error(document, (*at, "milestone"), "name.unknown", message, hint=hint)
    return ReadPhase(
        index=int(at[-1]),
        from_=_begins(own, milestones or {}),
        title=own.title,
        milestone=own.milestone or "",
        written={name: value for name, value in data.items() if name not in _OF_PHASE},
    )


def _begins(own: PhaseDocument, milestones: Milestones) -> CivilTime | None:
    """The later of the date and the milestone, where both are written."""
    if own.milestone is None:
        return own.from_
    reached = milestones.get(own.milestone)
    return reached if reached is None or own.from_ is None else max(reached, own.from_)


def _is_phase(document: Document, at: Path, data: Any, findings: Findings) -> bool:
    if not isinstance(data, dict):
        message = Said("document.phase", "a phase should be a mapping of fields")
        example = '{from: 2026-06-01T00:00, weekly: ["daily 22:00-06:00"]}'
        hint = Said("hint.as-in", "as in {}", example)
        findings.error(document, at, "document", message, hint=hint)
        return False
    if not set(data) - set(_OF_PHASE):
        message = Said("phase.empty", "the phase changes nothing")
        hint = Said("hint.phase.empty", "write what changes")
        findings.error(document, at, "phase.empty", message, hint=hint)
        return False
    return True


def check_milestones(
    document: Document, listed: Iterable[MilestoneDocument], *, conditions: Any, findings: Findings
) -> Milestones:
    """When each was reached. A name given twice is an error, one that no phase waits for a doubt."""
    reached: dict[str, CivilTime | None] = {}
    awaited = set(_awaited(conditions))
    for index, one in enumerate(listed):
        at = ("milestones", index, "name")
        if one.name in reached:
            message = Said("milestone.twice", "the milestone {!r} stands twice in this order", one.name)
            hint = Said("hint.milestone.twice", "a later decision is another name")
            findings.error(document, at, "milestone.twice", message, hint=hint)
        elif one.name not in awaited:
            message = Said("milestone.unused", "no phase waits for the milestone {!r}", one.name)
            example = f"phases: [{{milestone: {one.name}, …}}]"
            other = nearest(one.name, awaited) or Said("hint.as-in", "as in {}", example)
            findings.warning(document, at, "milestone.unused", message, hint=other)
        reached[one.name] = one.reached
    return reached


def _awaited(conditions: Any) -> Iterable[str]:
    """The milestones that phases name, whether or not the conditions can be read."""
    for condition in conditions if isinstance(conditions, list) else ():
        phases = condition.get("phases") if isinstance(condition, dict) else None
        for phase in phases if isinstance(phases, list) else ():
            if isinstance(phase, dict) and isinstance(phase.get("milestone"), str):
                yield phase["milestone"]
