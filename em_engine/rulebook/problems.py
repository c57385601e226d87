"""What is wrong with a rulebook, and where: findings gathered while reading, told all at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any, Final, Literal, Protocol

from em_engine.rulebook.coded import Said

Gravity = Literal["error", "warning"]
Path = tuple[str | int, ...]
"""The way from the top of a document to a value in it: field names and places in lists."""
Position = tuple[int, int]
"""Line and column, both from 1, in characters."""

PROBLEMS_PER_FILE_MAX: Final = 200


@dataclass(frozen=True, slots=True, kw_only=True, order=True)
class Problem:
    """One thing an author should see: where it is, what is wrong, and what would be right."""

    file: str
    line: int
    column: int
    severity: Gravity
    code: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        return str(self.spoken())

    def spoken(self) -> Said:
        """The problem in a line, with its place."""
        at = f"{self.file}:{self.line}:{self.column}"
        if self.hint:
            return Said("problem.hinted", "{}: {}; {}", at, self.message, self.hint)
        return Said("problem", "{}: {}", at, self.message)


class RulebookRefused(Exception):
    """A rulebook that must not take effect. `problems` holds every error and warning, sorted by place."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(str(problem) for problem in self.problems))


class Document(Protocol):
    """A file that was read: its data, and where in its text each value stands."""

    @property
    def name(self) -> str: ...
    @property
    def data(self) -> Any: ...
    def positions(self, places: Iterable["Place"]) -> dict["Place", Position]:
        """The position of each of `places`; of the nearest thing around it where there is no such thing."""


@dataclass(frozen=True, slots=True)
class Place:
    """A value of a document, or (`at_key`) the name it stands under."""

    path: Path = ()
    at_key: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """A problem whose line and column are not yet looked up."""

    place: Place | Position
    severity: Gravity
    code: str
    message: str
    hint: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Noted:
    """What was found in some files, at its lines and columns, to be told again without looking again."""

    found: dict[str, tuple[Finding, ...]]
    refused: bool


@dataclass(slots=True)
class Findings:
    """The problems of a rulebook as they are found. Positions are looked up at the end, a file at a time."""

    prefix: str = ""
    _found: dict[str, list[Finding]] = field(default_factory=lambda: defaultdict(list))
    _documents: dict[str, Document] = field(default_factory=dict)
    _refused: bool = False

    @property
    def has_errors(self) -> bool:
        """Whether anything found keeps the rulebook from taking effect."""
        return self._refused

    def error(self, document: Document, path: Path, code: str, message: str, *, hint: str = "") -> None:
        """Something the rulebook cannot take effect with, at the value under `path`."""
        self._add(document, Place(path), "error", code, message, hint)

    def error_at_key(
        self, document: Document, path: Path, code: str, message: str, *, hint: str = ""
    ) -> None:
        """The same, at the name of the field rather than at its value."""
        self._add(document, Place(path, at_key=True), "error", code, message, hint)

    def warning(self, document: Document, path: Path, code: str, message: str, *, hint: str = "") -> None:
        """Something that is allowed and is probably not meant."""
        self._add(document, Place(path), "warning", code, message, hint)

    def unreadable(self, file: str, position: Position, code: str, message: str, *, hint: str = "") -> None:
        """An error in a file of which no document could be made."""
        self._refused = True
        self._found[file].append(
            Finding(place=position, severity="error", code=code, message=message, hint=hint)
        )

    def warning_at(self, file: str, position: Position, *, code: str, message: str) -> None:
        """A warning in a file of which no document is kept."""
        self._found[file].append(
            Finding(place=position, severity="warning", code=code, message=message, hint="")
        )

    def notice(self, code: str, message: str, *, hint: str = "") -> None:
        """A warning about the rulebook as a whole."""
        self._found[""].append(
            Finding(place=(1, 1), severity="warning", code=code, message=message, hint=hint)
        )

    def apart(self) -> "Findings":
        """An empty one, for what is looked at by itself and taken in when that is done."""
        return Findings(prefix=self.prefix)

    def noted(self) -> Noted:
        """Everything found, in the order in which it was found."""
        return Noted(found={file: self._placed(file) for file in self._found}, refused=self._refused)

    def take(self, noted: Noted) -> None:
        """Takes in what was found apart."""
        self._refused = self._refused or noted.refused
        for file, found in noted.found.items():
            self._found[file].extend(found)

    def of_value(self) -> tuple[Finding, ...]:
        """What was found in a single value that was looked at by itself, as if it were a document."""
        return tuple(one for found in self._found.values() for one in found)

    def take_within(self, document: Document, path: Path, found: Iterable[Finding]) -> None:
        """Takes in what was found in the value that stands under `path`."""
        for one in found:
            assert isinstance(one.place, Place), "what is found in a value has a way to it"
            place = replace(one.place, path=(*path, *one.place.path))
            self._add(document, place, one.severity, one.code, one.message, one.hint)

    def told(self) -> tuple[Problem, ...]:
        """Everything found, sorted by file, line and column."""
        return tuple(sorted(problem for file in self._found for problem in self._of_file(file)))

    def where(self, file: str) -> str:
        """The file's name as the reader of a problem can open it."""
        return f"{self.prefix}/{file}" if self.prefix and file else self.prefix or file

    def position(self, document: Document, path: Path) -> str:
        """Where something stands, for a message that must name a second place."""
        place = Place(path)
        line, column = document.positions([place])[place]
        return f"{self.where(document.name)}:{line}:{column}"

    def _add(
        self, document: Document, place: Place, severity: Gravity, code: str, message: str, hint: str
    ) -> None:
        self._refused = self._refused or severity == "error"
        self._documents[document.name] = document
        self._found[document.name].append(
            Finding(place=place, severity=severity, code=code, message=message, hint=hint)
        )

    def _placed(self, file: str) -> tuple[Finding, ...]:
        found = self._found[file]
        places = [one.place for one in found if isinstance(one.place, Place)]
        positions = self._documents[file].positions(places) if places else {}
        return tuple(
            replace(one, place=positions[one.place]) if isinstance(one.place, Place) else one for one in found
        )

    def _of_file(self, file: str) -> list[Problem]:
        # Errors are kept before warnings where a file has more problems than anyone reads.
        found = sorted(self._found[file], key=lambda one: one.severity)
        kept, dropped = found[:PROBLEMS_PER_FILE_MAX], found[PROBLEMS_PER_FILE_MAX:]
        places = [finding.place for finding in kept if isinstance(finding.place, Place)]
        positions = self._documents[file].positions(places) if places else {}
        told = [self._problem(file, finding, positions) for finding in kept]
        return told + ([self._cut_short(file, len(dropped), told[-1])] if dropped else [])

    def _problem(self, file: str, finding: Finding, positions: dict[Place, Position]) -> Problem:
        at = positions[finding.place] if isinstance(finding.place, Place) else finding.place
        return Problem(
            file=self.where(file),
            line=at[0],
            column=at[1],
            severity=finding.severity,
            code=finding.code,
            message=finding.message,
            hint=finding.hint,
        )

    def _cut_short(self, file: str, dropped: int, last: Problem) -> Problem:
        return Problem(
            file=self.where(file),
            line=last.line,
            column=last.column,
            severity=last.severity,
            code="more",
            message=Said("more", "{} more problems in this file are not shown", dropped),
        )


def nearest(written: str, known: Iterable[str]) -> str:
    """`did you mean …?` with the nearest of the known names; the known names where few; else nothing."""
    names = sorted(known)
    close = get_close_matches(written, names, n=1, cutoff=0.6)
    if close:
        return Said("hint.meant", "did you mean {!r}?", close[0])
    return Said("hint.known", "known are {}", ", ".join(names)) if 0 < len(names) <= 12 else ""
