"""How sure it must be before a breach is told: the level a condition names, or else its programme's."""

from collections.abc import Mapping
from typing import Any, Final

from em_engine.law.certainty import Certainty
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.kinds import KINDS
from em_engine.rulebook.coded import Said
from em_engine.rulebook.problems import Document, Findings, Path

_NAME: Final = "certainty"


def _own() -> dict[str, Certainty]:
    held = {name: kind.terms.__dataclass_fields__ for name, kind in KINDS.items()}
    return {name: fields[_NAME].default for name, fields in held.items() if _NAME in fields}


OWN: Final[Mapping[str, Certainty]] = _own()
"""The level of each kind that has one, where nobody names another."""
PATIENT: Final = frozenset(kind for kind in OWN if KINDS[kind].terms is not ContactBanTerms)
"""The kinds that may be told later than at the lowest level; a protected person does not wait."""


def at_level(data: Any, level: Certainty | None) -> Any:
    """The condition as written, with the programme's level where it names none and may have one."""
    kind = data.get("kind") if isinstance(data, dict) else None
    takes_it = isinstance(kind, str) and kind in PATIENT and _NAME not in data
    return {**data, _NAME: level.value} if takes_it and level is not None else data


def without_level(
    document: Document, path: Path, written: Mapping[str, Any], *, kind: str, findings: Findings
) -> dict[str, Any]:
    """The terms as written; a level that means nothing to their kind is told, and left out."""
    if _NAME in written and kind not in OWN:
        message = Said("certainty.kind", "`{}` says nothing of a condition of kind {}", _NAME, kind)
        *others, last = OWN
        told = "leave it out: only {} and {} weigh how sure a position is"
        hint = Said("hint.certainty.kind", told, ", ".join(others), last)
        findings.error_at_key(document, (*path, _NAME), "certainty.kind", message, hint=hint)
        return {name: value for name, value in written.items() if name != _NAME}
    return dict(written)
