"""YAML into plain values that remember where they stood.

Of YAML 1.2 we take what a legal document needs: mappings, lists and scalars of the core schema. Anchors, tags
and several documents in one file are refused. So are YAML 1.1's surprises: `NO` and `21:00` are texts.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import yaml

from em_engine.rulebook.coded import Said, by_text
from em_engine.rulebook.problems import Findings, Path, Place, Position

DEPTH_MAX: Final = 16
NODES_MAX: Final = 500_000

# libyaml reads 10,000 orders in seconds; the pure parser, ten times slower, stands in where it is missing.
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_INTEGER: Final = re.compile(r"[-+]?[0-9]{1,300}")
_FLOAT: Final = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]{1,4})?")
_WORDS: Final = {
    **dict.fromkeys(("", "~", "null", "Null", "NULL"), None),
    **dict.fromkeys(("true", "True", "TRUE"), True),
    **dict.fromkeys(("false", "False", "FALSE"), False),
    **dict.fromkeys((".nan", ".NaN", ".NAN"), float("nan")),
    **dict.fromkeys((".inf", ".Inf", ".INF", "+.inf"), float("inf")),
    **dict.fromkeys(("-.inf", "-.Inf", "-.INF"), float("-inf")),
}


class Mapped(dict[str, Any]):
    """A mapping, with the position of itself, of each key and of each value."""

    __slots__ = ("keys_at", "start", "values_at")

    def __init__(self, start: Position) -> None:
        super().__init__()
        self.start = start
        self.keys_at: dict[str, Position] = {}
        self.values_at: dict[str, Position] = {}


class Listed(list[Any]):
    """A list, with the position of itself and of each value."""

    __slots__ = ("start", "values_at")

    def __init__(self, start: Position) -> None:
        super().__init__()
        self.start = start
        self.values_at: list[Position] = []


@dataclass(frozen=True, slots=True, kw_only=True)
class YamlDocument:
    """A YAML file that could be read; its data is made of `Mapped`, `Listed` and scalars."""

    name: str
    data: Any
    start: Position

    def positions(self, places: Iterable[Place]) -> dict[Place, Position]:
        return {place: self._position(place) for place in places}

    def _position(self, place: Place) -> Position:
        here, at = self.data, self.start
        for depth, step in enumerate(place.path, start=1):
            by_key = place.at_key and depth == len(place.path)
            found = _step(here, step, by_key=by_key)
            if found is None:
                return at
            here, at = found
        return at


class _Refused(Exception):
    """The text is YAML of a kind that rulebooks do not use."""

    def __init__(self, mark: Any, message: str, hint: str = "") -> None:
        self.at = _at(mark)
        self.message, self.hint = message, hint
        super().__init__(message)


def read_yaml(name: str, text: str, findings: Findings) -> YamlDocument | None:
    """The document in `text`, or None where it cannot be read: what is wrong is then among the findings."""
    try:
        builder = _Builder(name, findings)
        for event in yaml.parse(text, Loader=_LOADER):
            builder.take(event)
        if builder.start is None:
            hint = Said("hint.fill", "fill it or delete it")
            raise _Refused(None, Said("yaml.none", "the file holds no document"), hint)
        return YamlDocument(name=name, data=builder.data, start=builder.start)
    except _Refused as refused:
        findings.unreadable(name, refused.at, "yaml.refused", refused.message, hint=refused.hint)
    except yaml.MarkedYAMLError as error:
        at = _within(text, _at(error.problem_mark))
        findings.unreadable(name, at, "yaml.syntax", _worded(text, error))
    except (yaml.YAMLError, RecursionError) as error:
        findings.unreadable(name, (1, 1), "yaml.syntax", Said("yaml", "the file is not YAML: {}", str(error)))
    return None


class _Builder:
    """Puts values together from the parser's events, without recursion."""

    def __init__(self, name: str, findings: Findings) -> None:
        self.data: Any = None
        self.start: Position | None = None
        self._name = name
        self._findings = findings
        self._open: list[tuple[Mapped | Listed, str | None, Position]] = []
        self._key: tuple[str, Position] | None = None
        self._nodes = 0

    def take(self, event: Any) -> None:
        """The parser's next event. Raises _Refused."""
        match event:
            case yaml.ScalarEvent():
                self._allow(event)
                self._scalar(event)
            case yaml.MappingStartEvent():
                self._allow(event)
                self._begin(Mapped(_at(event.start_mark)), event)
            case yaml.SequenceStartEvent():
                self._allow(event)
                self._begin(Listed(_at(event.start_mark)), event)
            case yaml.MappingEndEvent() | yaml.SequenceEndEvent():
                value, key, at = self._open.pop()
                self._key = None if key is None else (key, at)
                self._put(value, value.start)
            case yaml.AliasEvent():
                message = Said("yaml.alias", "references (*{}) are not used here", str(event.anchor))
                raise _Refused(event.start_mark, message, _WRITE_OUT)
            case yaml.DocumentStartEvent() if self.start is not None:
                message = Said("yaml.second", "a second document begins here; a file holds one")
                hint = Said("hint.yaml.second", "give each its own file")
                raise _Refused(event.start_mark, message, hint)

    def _allow(self, event: Any) -> None:
        self._nodes += 1
        if self._nodes > NODES_MAX:
            message = Said("yaml.nodes", "the file holds more than {} values", NODES_MAX)
            raise _Refused(event.start_mark, message, Said("hint.split", "split it"))
        if event.anchor is not None:
            message = Said("yaml.anchor", "anchors (&{}) are not used here", event.anchor)
            raise _Refused(event.start_mark, message, _WRITE_OUT)
        if event.tag is not None:
            message = Said("yaml.tag", "tags ({}) are not used here", event.tag)
            hint = Said("hint.yaml.tag", "write the plain value")
            raise _Refused(event.start_mark, message, hint)

    def _begin(self, value: Mapped | Listed, event: Any) -> None:
        if len(self._open) >= DEPTH_MAX:
            message = Said("yaml.deep", "values are nested more than {} deep here", DEPTH_MAX)
            raise _Refused(event.start_mark, message)
        if self._awaits_key:
            raise _Refused(event.start_mark, Said("yaml.key", "a field's name must be a text"))
        key, at = self._key or (None, (0, 0))
        self._open.append((value, key, at))
        self._key = None

    @property
    def _awaits_key(self) -> bool:
        return bool(self._open) and isinstance(self._open[-1][0], Mapped) and self._key is None

    def _scalar(self, event: Any) -> None:
        at = _at(event.start_mark)
        if self._awaits_key:
            self._key = (event.value, at)
        else:
            self._put(_plain(event.value) if event.implicit[0] else event.value, at)

    def _put(self, value: Any, at: Position) -> None:
        if not self._open:
            self.data, self.start = value, at
            return
        holder = self._open[-1][0]
        if isinstance(holder, Listed):
            holder.append(value)
            holder.values_at.append(at)
            return
        assert self._key is not None, "a value of a mapping follows its key"
        (key, key_at), self._key = self._key, None
        self._put_in(holder, key, key_at, value, at)

    def _put_in(self, holder: Mapped, key: str, key_at: Position, value: Any, at: Position) -> None:
        if key in holder:
            line, column = holder.keys_at[key]
            told = "{!r} stands twice, here and in line {}, column {}"
            message, hint = (
                Said("key.twice", told, key, line, column),
                Said("hint.key.twice", "keep one of them"),
            )
            self._findings.unreadable(self._name, key_at, "key.twice", message, hint=hint)
            return
        holder[key] = value
        holder.keys_at[key] = key_at
        holder.values_at[key] = at


def _plain(text: str) -> Any:
    """The value of an unquoted scalar in the core schema of YAML 1.2."""
    if text in _WORDS:
        return _WORDS[text]
    if _INTEGER.fullmatch(text):
        return int(text)
    return float(text) if _FLOAT.fullmatch(text) else text


def _step(here: Any, step: str | int, *, by_key: bool) -> tuple[Any, Position] | None:
    if isinstance(here, Mapped) and isinstance(step, str) and step in here:
        return here[step], (here.keys_at if by_key else here.values_at)[step]
    if isinstance(here, Listed) and isinstance(step, int) and step < len(here):
        return here[step], here.values_at[step]
    return None


def _at(mark: Any) -> Position:
    return (mark.line + 1, mark.column + 1) if mark is not None else (1, 1)


def _within(text: str, at: Position) -> Position:
    """The position, or the text's end: the parser counts a line more where the last one is not ended."""
    end = text.count("\n") + 1
    return at if at[0] <= end else (end, len(text) - text.rfind("\n"))


def _worded(text: str, error: yaml.MarkedYAMLError) -> str:
    """What the parser says, said for someone who writes orders."""
    mark = error.problem_mark
    lines = text.splitlines()
    line = lines[mark.line] if mark is not None and mark.line < len(lines) else ""
    if "\t" in line[: len(line) - len(line.lstrip())]:
        return Said("yaml.tab", "a tab stands before the text of this line; indent with spaces")
    problem = str(error.problem or error.context)
    return Said("yaml.here", "the file is not YAML here: {}", _PARSER.get(problem, problem))


_WRITE_OUT: Final = Said(
    "hint.write-out", "write it out; what several conditions share belongs in schedules/"
)
_PARSER: Final = by_text(
    Said("yaml.colon", "could not find expected ':'"),
    Said("yaml.mapping", "mapping values are not allowed in this context"),
    Said("yaml.field", "did not find expected key"),
    Said("yaml.dash", "did not find expected '-' indicator"),
    Said("yaml.bracket", "did not find expected ',' or ']'"),
    Said("yaml.brace", "did not find expected ',' or '}'"),
    Said("yaml.end", "found unexpected end of stream"),
    Said("yaml.sequence", "block sequence entries are not allowed in this context"),
    Said("yaml.token", "found character that cannot start any token"),
    Said("yaml.escape", "found unknown escape character"),
    Said("yaml.start", "did not find expected <document start>"),
    Said("yaml.content", "did not find expected node content"),
)
"""What the parser says of the slips that authors make."""


def to_plain(value: Any, path: Path = ()) -> Any:
    """The value under `path`, or None where there is none."""
    for step in path:
        found = _step(value, step, by_key=False)
        if found is None:
            return None
        value = found[0]
    return value
