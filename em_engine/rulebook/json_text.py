"""JSON into plain values, and back from a value to its line and column.

Reading is the standard library's, in C; only where something is to be told is the text walked a second time.
"""

import json
import re
from bisect import bisect_left
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final, NoReturn

from em_engine.rulebook.coded import Said, by_text
from em_engine.rulebook.problems import Findings, Path, Place, Position
from em_engine.rulebook.sources import line_column

# A list without lists, mappings or texts in it (a position) is one token: most of a zone is made of them.
_TOKEN: Final = re.compile(
    r"""[\s,:]*(?:
        (?P<leaf>\[[^\[\]{}"]*\]) | (?P<text>"(?:[^"\\]|\\.)*") | (?P<sign>[{}\[\]]) | [^\s,:\[\]{}"]+
    )""",
    re.DOTALL | re.VERBOSE,
)
_ITEM: Final = re.compile(r"[^\s,\[\]]+")
_LINE_END: Final = re.compile("\n")
_DECODER: Final = json.JSONDecoder()


@dataclass(frozen=True, slots=True, kw_only=True)
class JsonDocument:
    """A JSON file that could be read."""

    name: str
    data: Any
    text: str
    known: dict[Place, Position] = field(default_factory=dict, compare=False, repr=False)

    def positions(self, places: Iterable[Place]) -> dict[Place, Position]:
        asked = list(places)
        unknown = [place for place in asked if place not in self.known]
        if unknown:
            self.known.update(self._looked_up(unknown))
        return {place: self.known[place] for place in asked}

    def _looked_up(self, places: list[Place]) -> dict[Place, Position]:
        walk = _Walk(
            self.text, {place.path[:depth] for place in places for depth in range(len(place.path) + 1)}
        )
        walk.run()
        ends = [end.start() for end in _LINE_END.finditer(self.text)]
        return {place: _line_column(ends, walk.offset_of(place)) for place in places}


def read_json(name: str, text: str, findings: Findings) -> JsonDocument | None:
    """The document in `text`, or None where it cannot be read: what is wrong is then among the findings."""
    twice = _Twice()
    try:
        data = json.loads(text, object_pairs_hook=twice.mapping, parse_constant=_refuse_constant)
    except json.JSONDecodeError as error:
        message = Said("json.here", "the file is not JSON here: {}", slip(error))
        findings.unreadable(name, (error.lineno, error.colno), "json.syntax", message)
        return None
    except _NotANumber as constant:
        at = line_column(text, text.find(str(constant)))
        message = Said("json.number", "{} is no number in JSON", str(constant))
        findings.unreadable(name, at, "json.syntax", message)
        return None
    except (ValueError, RecursionError) as error:
        reason = _TOO_DEEP if isinstance(error, RecursionError) else _TOO_LONG
        message = Said("json.unreadable", "the file cannot be read: {}", reason)
        findings.unreadable(name, (1, 1), "json.syntax", message)
        return None
    if twice.found:
        _tell_doubles(name, text, findings)
    return JsonDocument(name=name, data=data, text=text)


def slip(error: json.JSONDecodeError) -> str:
    """What the parser says is wrong, in code where we know it."""
    said = error.msg[:1].lower() + error.msg[1:]
    return _PARSER.get(said, said)


_TOO_DEEP: Final = Said("json.deep", "nested too deep")
_TOO_LONG: Final = Said("json.digits", "a number has too many digits")
_PARSER: Final = by_text(
    Said("json.value", "expecting value"),
    Said("json.comma", "expecting ',' delimiter"),
    Said("json.colon", "expecting ':' delimiter"),
    Said("json.name", "expecting property name enclosed in double quotes"),
    Said("json.text", "unterminated string starting at"),
    Said("json.control", "invalid control character at"),
    Said("json.escape", "invalid \\escape"),
    Said("json.extra", "extra data"),
    Said("json.trailing", "illegal trailing comma before end of object"),
    Said("json.trailing", "illegal trailing comma before end of array"),
)
"""What the parser says of the slips that authors make."""


class _NotANumber(Exception):
    """NaN or Infinity, which Python would read and RFC 8259 does not know."""


def _refuse_constant(text: str) -> NoReturn:
    raise _NotANumber(text)


class _Twice:
    """Notices that a mapping names a member twice."""

    def __init__(self) -> None:
        self.found = False

    def mapping(self, pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        made = dict(pairs)
        self.found = self.found or len(made) < len(pairs)
        return made


def _tell_doubles(name: str, text: str, findings: Findings) -> None:
    walk = _Walk(text, set())
    walk.run()
    for key, first, second in walk.doubles:
        line, column = line_column(text, first)
        message = Said("key.twice", "{!r} stands twice, here and in line {}, column {}", key, line, column)
        hint = Said("hint.key.twice", "keep one of them")
        findings.unreadable(name, line_column(text, second), "key.twice", message, hint=hint)


class _Walk:
    """One walk over a well-formed text that notes where the wanted values and their names begin."""

    def __init__(self, text: str, wanted: set[Path]) -> None:
        self.doubles: list[tuple[str, int, int]] = []
        self._text = text
        self._wanted = wanted
        self._entered = {path[:-1] for path in wanted if path}
        self._values: dict[Path, int] = {}
        self._keys: dict[Path, int] = {}
        self._path: list[str | int] = []
        self._members: list[dict[str, int] | None] = []  # of each open mapping; None for an open list
        self._named = False

    def run(self) -> None:
        token = _TOKEN.match(self._text)
        while token is not None:
            at = token.start(token.lastgroup) if token.lastgroup else _begin(token)
            token = _TOKEN.match(self._text, self._token(token, at))

    def offset_of(self, place: Place) -> int:
        """Where the place stands, or the nearest thing around it."""
        noted = self._keys if place.at_key else self._values
        if place.path in noted:
            return noted[place.path]
        depth = next(n for n in range(len(place.path), -1, -1) if place.path[:n] in self._values)
        return self._values[place.path[:depth]]

    def _token(self, token: re.Match[str], at: int) -> int:
        """Takes a token that begins there, and says where the next one may."""
        match token.lastgroup, token["sign"]:
            case "sign", ("}" | "]"):
                self._members.pop()
                self._path.pop()
            case "sign", sign:
                self._begin_value(at)
                if self._wanted and tuple(self._path) not in self._entered:
                    return _DECODER.raw_decode(self._text, at)[1]  # nothing in it is wanted
                self._members.append({} if sign == "{" else None)
                self._path.append(-1)
            case "text", _ if self._members and self._members[-1] is not None and not self._named:
                self._name(json.loads(token["text"], strict=False), at, self._members[-1])
            case "leaf", _:
                self._begin_value(at)
                self._leaf(token["leaf"], at)
            case _:
                self._begin_value(at)
        return token.end()

    def _name(self, key: str, at: int, members: dict[str, int]) -> None:
        if key in members:
            self.doubles.append((key, members[key], at))
        members[key] = at
        self._path[-1] = key
        self._named = True
        if tuple(self._path) in self._wanted:
            self._keys[tuple(self._path)] = at

    def _begin_value(self, at: int) -> None:
        if self._members and self._members[-1] is None:
            self._path[-1] = int(self._path[-1]) + 1
        self._named = False
        # Of a member that stands twice the last holds, as the reader has it.
        if self._wanted and tuple(self._path) in self._wanted:
            self._values[tuple(self._path)] = at

    def _leaf(self, text: str, at: int) -> None:
        path = tuple(self._path)
        if self._wanted and path in self._wanted:
            for index, item in enumerate(_ITEM.finditer(text)):
                self._values[(*path, index)] = at + item.start()


def _line_column(line_ends: list[int], offset: int) -> Position:
    line = bisect_left(line_ends, offset)
    return line + 1, offset - (line_ends[line - 1] if line else -1)


def _begin(token: re.Match[str]) -> int:
    return token.end() - len(token[0].lstrip(" \t\r\n,:"))
