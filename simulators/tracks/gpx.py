"""GPX 1.1 tracks (and 1.0): every `trkpt` of every segment of every track, in the order of the file.

A file is one device, named after the file. A point needs a time with an offset; `hdop`, `sat`, `speed`,
`course` and `accuracy` are read wherever they stand inside the point, extensions included. Routes and way
points are no tracks and are left alone.
"""

from pathlib import Path
from typing import Final
from xml.parsers import expat

from em_engine.rulebook.coded import Said, by_text
from em_engine.vocabulary import Micros, ReportKind, Source
from simulators.tracks.track import Collector, Report, Track, read_bytes
from simulators.tracks.values import (
    Misread,
    degrees_east,
    degrees_north,
    instant,
    known_accuracy_m,
    not_negative,
    number,
)


def read(path: Path) -> Track:
    """The track points in a GPX file. Raises TrackRefused where it is none or no point can be read."""
    told = Collector(path)
    walk = _Walk(told, path.stem)
    try:
        walk.parser.Parse(read_bytes(path), True)
    except expat.ExpatError as error:
        # A logger that lost power leaves a file that breaks off; what came before the break is good.
        told.fault(error.lineno, error.offset + 1, _broken(expat.ErrorString(error.code) or ""))
    return told.track()


def _broken(said: str) -> Said:
    return Said("track.broken", "the file breaks off here: {}", _PARSER.get(said, said))


_PARSER: Final = by_text(
    Said("xml.nothing", "no element found"),
    Said("xml.unclosed", "unclosed token"),
    Said("xml.token", "not well-formed (invalid token)"),
    Said("xml.mismatch", "mismatched tag"),
    Said("xml.after", "junk after document element"),
    Said("xml.twice", "duplicate attribute"),
    Said("xml.entity", "undefined entity"),
    Said("xml.encoding", "unknown encoding"),
    Said("xml.prefix", "unbound prefix"),
)
"""What the parser says of files as loggers leave them."""


_INSIDE_POINT: Final = frozenset({"time", "hdop", "sat", "speed", "course", "accuracy"})
_TEXT_MAX: Final = 1_000


class _Walk:
    """A walk through the document: the point being read, and the text of the element being read."""

    def __init__(self, told: Collector, device: str) -> None:
        self._told = told
        self._device = device
        self._depth = 0
        self._point: dict[str, str] | None = None
        self._place = (1, 1)
        self._text: list[str] = []
        # expat reads positions and streams; a DOCTYPE is refused, so no entity can grow.
        self.parser = expat.ParserCreate(namespace_separator=" ")
        self.parser.buffer_text = True
        self.parser.StartDoctypeDeclHandler = self._doctype
        self.parser.StartElementHandler = self._start
        self.parser.EndElementHandler = self._end
        self.parser.CharacterDataHandler = self._characters

    def _here(self) -> tuple[int, int]:
        return self.parser.CurrentLineNumber, self.parser.CurrentColumnNumber + 1

    def _doctype(self, *_: object) -> None:
        raise self._told.refuse(*self._here(), Said("track.doctype", "a DOCTYPE is not allowed in a track"))

    def _start(self, name: str, attributes: dict[str, str]) -> None:
        local = name.rpartition(" ")[2]
        self._depth += 1
        self._text = []
        if self._depth == 1 and local != "gpx":
            why = Said("track.root", "the root element is <{}>, not <gpx>", local)
            raise self._told.refuse(*self._here(), why)
        if local == "trkpt":
            self._point, self._place = dict(attributes), self._here()

    def _characters(self, text: str) -> None:
        if self._point is not None and len(self._text) < _TEXT_MAX:
            self._text.append(text)

    def _end(self, name: str) -> None:
        local = name.rpartition(" ")[2]
        self._depth -= 1
        if self._point is None:
            return
        if local in _INSIDE_POINT:
            self._point[local] = "".join(self._text).strip()
        elif local == "trkpt":
            self._tell(self._point)
            self._point = None

    def _tell(self, point: dict[str, str]) -> None:
        try:
            self._told.report(self._device, _fix(point))
        except Misread as error:
            self._told.fault(*self._place, error.why)


def _fix(point: dict[str, str]) -> Report:
    return {
        "kind": ReportKind.FIX,
        "at": _time(point.get("time", "")),
        "lon": degrees_east(_attribute(point, "lon")),
        "lat": degrees_north(_attribute(point, "lat")),
        "accuracy_m": known_accuracy_m(number(point.get("accuracy") or "-1", "accuracy")),
        "speed_mps": not_negative(number(point.get("speed") or "-1", "speed")),
        "heading_deg": not_negative(number(point.get("course") or "-1", "course")),
        "hdop": not_negative(number(point.get("hdop") or "-1", "hdop")),
        "satellites": _satellites(point.get("sat", "")),
        "source": Source.GNSS,
    }


def _time(text: str) -> Micros:
    if not text:
        told = "this trkpt has no <time>; a fix without a time cannot be replayed"
        raise Misread(Said("track.point-time", told))
    return instant(text)


def _attribute(point: dict[str, str], name: str) -> str:
    if name not in point:
        raise Misread(Said("track.point", "this trkpt has no {}", name))
    return point[name]


def _satellites(text: str) -> int:
    return int(text) if text.isdecimal() and int(text) < 1 << 15 else -1
