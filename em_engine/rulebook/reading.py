"""Reading a mapping by a dataclass: pydantic decides, we say what is wrong in an author's words.

The same reader serves the documents and the terms of every kind of condition, so a new kind in `law` is read,
checked and described in the schemas without a change here.
"""

import json
from collections.abc import Hashable, Iterator, Mapping
from dataclasses import dataclass, fields, is_dataclass
from functools import cache
from types import UnionType
from typing import (
    Annotated,
    Any,
    Final,
    Generic,
    NewType,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

from pydantic import ConfigDict, TypeAdapter, ValidationError
from pydantic_core import ErrorDetails

from em_engine.rulebook.coded import Said
from em_engine.rulebook.documents import plain_name
from em_engine.rulebook.problems import Document, Findings, Path, nearest
from em_engine.rulebook.texts import CHECKS

T = TypeVar("T")

EACH: Final = "[]"
"""The step of a path that stands for every value of a list."""

CONFIG: Final = ConfigDict(extra="forbid", allow_inf_nan=False, strict=True, alias_generator=plain_name)

_A_TEXT: Final = Said("a.text", "a text")
_A_LIST: Final = Said("a.list", "a list")
_EXPECTED: Final = {
    **dict.fromkeys(("string_type", "string_sub_type"), _A_TEXT),
    "float_type": Said("a.number", "a number"),
    "int_type": Said("a.whole-number", "a whole number"),
    "bool_type": Said("a.truth", "true or false"),
    "tuple_type": _A_LIST,
    **dict.fromkeys(("dataclass_type", "dict_type"), Said("a.mapping-of-fields", "a mapping of fields")),
    "finite_number": Said("a.finite-number", "a finite number"),
    **dict.fromkeys(
        ("datetime_type", "datetime_parsing", "datetime_from_date_parsing"),
        Said("a.civil-time", "a civil time like 2026-03-01T21:00"),
    ),
    **dict.fromkeys(("time_delta_type", "time_delta_parsing"), Said("a.duration", "a duration like PT10M")),
}
_BOUNDS: Final = {
    "greater_than": (Said("more-than", "more than"), "gt"),
    "greater_than_equal": (Said("at-least", "at least"), "ge"),
    "less_than": (Said("less-than", "less than"), "lt"),
    "less_than_equal": (Said("at-most", "at most"), "le"),
}


@dataclass(frozen=True, slots=True, kw_only=True)
class Leaf:
    """Where a type with a meaning of its own stands in a dataclass: its path, with EACH for lists."""

    path: tuple[str, ...]
    type: Any


@dataclass(frozen=True, slots=True)
class Shape(Generic[T]):
    """Reads mappings into one dataclass."""

    made: type[T]

    def read(self, document: Document, path: Path, data: Any, findings: Findings) -> T | None:
        """The value, or None where `data`, which stands under `path`, does not fit: findings say why."""
        read: T | None = None
        wrong: set[Path] = set()
        try:
            read = adapter(cast(Hashable, self.made)).validate_json(json.dumps({} if data is None else data))
        except ValidationError as error:
            wrong = {tuple(one["loc"]) for one in error.errors(include_url=False)}
            for one in error.errors(include_url=False):
                _tell(self.made, one, data, document, path, findings)
        unfit = list(_unfit(self.made, data, but=wrong))
        for place, message in unfit:
            said = Said("value.text", "`{}`: {}", _last(place), message)
            findings.error(document, (*path, *place), "value.text", said)
        return None if unfit else read

    def mentions(self, data: Any, type: Any) -> Iterator[tuple[Path, str]]:
        """Every place in `data` where a value of `type` stands, with the value."""
        for leaf in leaves(cast(Hashable, self.made)):
            if leaf.type is type:
                yield from _texts(_at_leaf(data, leaf.path))


def _texts(found: Iterator[tuple[Path, Any]]) -> Iterator[tuple[Path, str]]:
    """The texts among the values, and in the lists among them: where one may stand, several may."""
    for path, value in found:
        if isinstance(value, list):
            yield from (((*path, index), one) for index, one in enumerate(value) if isinstance(one, str))
        elif isinstance(value, str):
            yield path, value


@cache
def leaves(made: Hashable) -> tuple[Leaf, ...]:
    """Every place in a dataclass whose type has a check or is a NewType."""
    return tuple(_leaves(made, ()))


def _leaves(made: Any, path: tuple[str, ...]) -> Iterator[Leaf]:
    made = _bare(made)
    if made in CHECKS or isinstance(made, NewType):
        yield Leaf(path=path, type=made)
    if is_dataclass(made):
        for name, held in get_type_hints(made, include_extras=True).items():
            yield from _leaves(held, (*path, plain_name(name)))
    elif get_origin(made) is tuple:
        yield from _leaves(get_args(made)[0], (*path, EACH))


def _bare(made: Any) -> Any:
    """The type without Annotated and without `| None`."""
    if get_origin(made) is Annotated:
        return _bare(get_args(made)[0])
    if get_origin(made) in (Union, UnionType):
        return _bare(next(part for part in get_args(made) if part is not type(None)))
    return made


@cache
def adapter(made: Any) -> TypeAdapter[Any]:
    """What pydantic makes of a dataclass of ours."""
    # A dataclass of its own takes no configuration; inside a union it takes the union's.
    return TypeAdapter(made | None, config=CONFIG)


def _unfit(made: Any, data: Any, *, but: set[Path]) -> Iterator[tuple[Path, str]]:
    for leaf in leaves(made):
        check = CHECKS.get(leaf.type)
        for path, value in _at_leaf(data, leaf.path) if check else ():
            # What is no text (or, for a rule, no mapping) has been told already.
            fits = isinstance(value, dict if is_dataclass(leaf.type) else str)
            told = any(one[: len(path)] == path for one in but)
            message = check(value) if check and fits and not told else None
            if message is not None:
                yield path, message


def _at_leaf(data: Any, steps: tuple[str, ...], path: Path = ()) -> Iterator[tuple[Path, Any]]:
    if not steps:
        yield path, data
    elif steps[0] == EACH:
        for index, item in enumerate(data if isinstance(data, list) else ()):
            yield from _at_leaf(item, steps[1:], (*path, index))
    elif isinstance(data, dict) and data.get(steps[0]) is not None:
        yield from _at_leaf(data[steps[0]], steps[1:], (*path, steps[0]))


def _tell(
    made: Any, error: ErrorDetails, data: Any, document: Document, path: Path, findings: Findings
) -> None:
    place: Path = error["loc"]
    name, kind = _last(place), error["type"]
    if kind == "missing":
        message: str = Said("field.missing", "`{}` is missing", name)
        findings.error(document, (*path, *place[:-1]), "field.missing", message)
    elif kind == "unexpected_keyword_argument":
        message = Said("field.unknown", "`{}` is no field here", name)
        hint = nearest(name, _names_at(made, place[:-1]))
        findings.error_at_key(document, (*path, *place), "field.unknown", message, hint=hint)
    else:
        message, hint = _worded(error, name, _value_at(data, place))
        findings.error(document, (*path, *place), "value", message, hint=hint)


def _worded(error: ErrorDetails, name: str, value: Any) -> tuple[str, str]:
    """What is wrong with a value, and what to write instead."""
    kind, context = error["type"], error.get("ctx", {})
    if kind in _EXPECTED:
        hint = Said("hint.quotes", "write {} in quotes", f'"{value}"')
        needs_quotes = _EXPECTED[kind] is _A_TEXT and _is_scalar(value)
        message = Said("value.other", "`{}` should be {}, not {}", name, _EXPECTED[kind], shown(value))
        return message, hint if needs_quotes else ""
    if kind in _BOUNDS:
        words, key = _BOUNDS[kind]
        told = "`{}` should be {} {:g}, not {}"
        return Said("value.bound", told, name, words, context[key], shown(value)), ""
    if kind in ("enum", "literal_error"):
        known = [part.strip("'") for part in context["expected"].replace(" or ", ", ").split(", ")]
        told = "`{}` should be one of {}, not {}"
        message = Said("value.known", told, name, ", ".join(known), shown(value))
        return message, nearest(str(value), known) if len(known) > 12 or _is_near(value, known) else ""
    if kind == "too_short":
        return Said("value.empty", "`{}` is empty", name), ""
    return Said("value.text", "`{}`: {}", name, f"{error['msg'][:1].lower()}{error['msg'][1:]}"), ""


def shown(value: Any) -> str:
    """A value as a message shows it, cut short."""
    if isinstance(value, Mapping | list):
        return _A_MAPPING if isinstance(value, Mapping) else _A_LIST
    text = {None: _NOTHING, True: "true", False: "false"}.get(value) if _is_word(value) else repr(value)
    assert text is not None, "every word has its text"
    return text if len(text) <= 60 else text[:57] + "…"


_A_MAPPING: Final = Said("a.mapping", "a mapping")
_NOTHING: Final = Said("nothing", "nothing")


def _is_word(value: Any) -> bool:
    return value is None or isinstance(value, bool)


def _is_scalar(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _is_near(value: Any, known: list[str]) -> bool:
    hint = nearest(value, known) if isinstance(value, str) else ""
    return isinstance(hint, Said) and hint.code == "hint.meant"


def _last(place: Path) -> str:
    """The name of the field a place is in: `weekly` for the second window of `weekly`."""
    return next((step for step in reversed(place) if isinstance(step, str)), "document")


def _value_at(data: Any, place: Path) -> Any:
    for step in place:
        data = data[step]
    return data


def _names_at(made: Any, place: Path) -> list[str]:
    """The fields that may stand in the mapping at `place`."""
    for step in place:
        made = _bare(made)
        held = get_type_hints(made, include_extras=True) if is_dataclass(made) else {}
        made = next((held[name] for name in held if plain_name(name) == step), None) or get_args(made)[0]
    bare = _bare(made)
    assert is_dataclass(bare), "an unknown field stands in a mapping that is read by a dataclass"
    return [plain_name(field.name) for field in fields(bare)]
