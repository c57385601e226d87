"""Refusals with a code, so that a page can say them in its reader's language."""

from collections.abc import Mapping
from typing import Any, cast


class Reason(str):
    """One reason of a refusal that has several: its English text, with its code and values beside it."""

    code: str
    values: tuple[str | int | float, ...]

    def __new__(cls, code: str, text: str, *values: str | int | float) -> "Reason":
        """The text is the string; what it speaks of stands in `values`, in order."""
        reason = super().__new__(cls, text)
        reason.code, reason.values = code, values
        return reason


class Said(Reason):
    """A reason whose text is a sentence with its places filled. What fills one may be a reason itself."""

    def __new__(cls, code: str, sentence: str, *values: str | int | float) -> "Said":
        """The sentence is written as `str.format` has it; one without values may hold braces."""
        text = sentence.format(*values) if values else sentence
        return cast(Said, super().__new__(cls, code, text, *values))


class Explained(Reason):
    """What an editor tells of a field or a kind. A page fetches its words with its editor, not before."""


def by_text(*known: Said) -> Mapping[str, Said]:
    """What somebody else's code may say, by its text: so that it is told in code where it is known."""
    return {str(said): said for said in known}


def in_code(told: str) -> dict[str, Any] | None:
    """What was told, as a page can say it in its reader's language; None where it has no code.

    A value that is a reason itself comes with its text, for a page that has no words for it.
    """
    return {"code": told.code, "values": values_in_code(told)} if isinstance(told, Reason) else None


def values_in_code(told: "Reason | Coded") -> list[Any]:
    """The values it speaks of, those that are reasons in code."""
    return [_value(one) for one in told.values]


def _value(one: str | int | float) -> Any:
    coded = in_code(one) if isinstance(one, str) else None
    return one if coded is None else {**coded, "text": str(one)}


class Coded(Exception):
    """Something refused: the English text, its code, and the values the text speaks of, in their order."""

    def __init__(self, code: str, text: str, *values: str | int | float) -> None:
        self.code, self.values = code, values
        super().__init__(text)
