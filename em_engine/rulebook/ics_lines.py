"""iCalendar text (RFC 5545) into its lines: what each says, and where it stands."""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

from icalendar.parser import Contentline

from em_engine.rulebook.coded import Said
from em_engine.rulebook.problems import Findings, Position

_CONTENT_LINE: Final[Any] = Contentline  # typed in its package but for its beginning
EVENTS_MAX: Final = 10_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """One property: `DTSTART;TZID=Europe/Oslo:20260302T210000`."""

    name: str
    value: str
    parameters: dict[str, str]
    at: Position  # of the value, where it stands in the property's first line


@dataclass(slots=True)
class EventLines:
    """The properties of one VEVENT; an alarm within it is left aside."""

    at: Position
    lines: dict[str, list[Line]] = field(default_factory=dict)

    def first(self, name: str) -> Line | None:
        """The property, if it is there."""
        return next(iter(self.lines.get(name, ())), None)

    def every(self, name: str) -> list[Line]:
        """All properties of that name."""
        return self.lines.get(name, [])


def event_lines(file: str, text: str, findings: Findings) -> list[EventLines] | None:
    """The events of a calendar, or None where the file is none: what is wrong is then among the findings."""
    events: list[EventLines] = []
    open_: list[str] = []
    for line in _lines(file, text, findings):
        if line is None:
            return None
        told = _out_of_place(line, open_)
        if told is not None:
            findings.unreadable(file, (line.at[0], 1), "ics.syntax", told)
            return None
        _take(line, open_, events)
    if open_:
        message = Said("ics.ends", "the file ends before END:{}", open_[-1])
        findings.unreadable(file, (1, 1), "ics.syntax", message)
        return None
    return events


def _take(line: Line, open_: list[str], events: list[EventLines]) -> None:
    """One line more: a component begins or ends, or an event is told something."""
    if line.name == "BEGIN":
        open_.append(line.value.upper())
        if open_ == ["VCALENDAR", "VEVENT"]:
            events.append(EventLines(at=(line.at[0], 1)))
    elif line.name == "END":
        open_.pop()
    elif open_ == ["VCALENDAR", "VEVENT"]:
        events[-1].lines.setdefault(line.name, []).append(line)


def _out_of_place(line: Line, open_: list[str]) -> str | None:
    """What is wrong with a line where it stands, or None."""
    if not open_ and (line.name, line.value.upper()) != ("BEGIN", "VCALENDAR"):
        return Said("ics.begins", "a calendar begins with BEGIN:VCALENDAR")
    if line.name == "END" and line.value.upper() != open_[-1]:
        return Said("ics.end", "END:{} stands where END:{} should", line.value, open_[-1])
    return None


def _lines(file: str, text: str, findings: Findings) -> Iterator[Line | None]:
    """The properties in their order; None, and an end, where one cannot be read."""
    for number, first, whole in _unfolded(text):
        try:
            name, parameters, value = _CONTENT_LINE(whole).parts()
        except ValueError:
            message = Said("ics.line", "the line is no property of a calendar: NAME:value")
            findings.unreadable(file, (number, 1), "ics.syntax", message)
            yield None
            return
        column = len(first) - len(value) + 1 if first.endswith(value) else 1
        plain = {key.upper(): str(held) for key, held in parameters.items()}
        yield Line(name=name.upper(), value=value, parameters=plain, at=(number, column))


def _unfolded(text: str) -> Iterator[tuple[int, str, str]]:
    """Each property with the number of its first line, that line, and the whole: a line that begins with a
    space goes on."""
    begun: tuple[int, str, str] | None = None
    for number, line in enumerate(text.split("\n"), 1):
        if line[:1] in (" ", "\t") and begun is not None:
            begun = (*begun[:2], begun[2] + line[1:])
        elif line.strip():
            if begun is not None:
                yield begun
            begun = (number, line, line)
    if begun is not None:
        yield begun
