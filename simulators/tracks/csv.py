"""CSV tracks: `device_id,time_utc,lat,lon,accuracy_m,speed_mps,hdop,source`, and more where a header says so.

The first four columns must be there, in any order. `kind` tells fixes (also when empty), heartbeats and
events apart: heartbeats fill `battery_pct charging strap case beacon motion`, events `event result`; `seq`,
`sent_at`, `received_at`, `heading_deg` and `satellites` may stand beside them. Columns of other names are
left alone, and noted.
"""

import csv
import difflib
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, Final, NamedTuple, cast

from em_engine.rulebook.coded import Said
from em_engine.vocabulary import ReportKind
from simulators.tracks.track import Collector, Report, Track, decode_text
from simulators.tracks.values import (
    CLOSED,
    EVENTS,
    KINDS,
    RANGE,
    RESULTS,
    YES_NO,
    Misread,
    degrees_east,
    degrees_north,
    empty,
    instant,
    known_accuracy_m,
    not_negative,
    number,
    shown,
    source_named,
    within,
)


def read(path: Path) -> Track:
    """The track in a CSV file. Raises TrackRefused where its header is wrong or no row can be read."""
    told = Collector(path)
    lines = decode_text(path).split("\n")
    rows = _Rows.under(lines[0], told)
    for line, text in enumerate(lines[1:], start=2):
        if not text.strip():
            continue
        try:
            told.report(*rows.read(split(text.rstrip("\r"))))
        except _CellMisread as error:
            told.fault(line, _start_of(text, error.cell), error.why)
        except Misread as error:
            told.fault(line, error.column, error.why)
    return told.track()


def split(line: str) -> list[str]:
    """The cells of a line. A row is one line, so that a stray quote cannot swallow the rows below it."""
    if '"' not in line:
        return line.split(",")
    try:
        return next(csv.reader([line], strict=True))
    except csv.Error:
        raise Misread(Said("track.quotes", "the quotes of this row do not match")) from None


class _CellMisread(Misread):
    """A cell could not be read; `cell` is its place in the row, from 0."""

    def __init__(self, why: Said, cell: int) -> None:
        super().__init__(why)
        self.cell = cell


def _start_of(line: str, cell: int) -> int:
    quoted = False
    for column, letter in enumerate(line, start=1):
        if cell == 0:
            return column
        quoted ^= letter == '"'
        cell -= letter == "," and not quoted
    return len(line) + 1


class _Column(NamedTuple):
    """A column some kind of row fills: the report's field and what turns its text into the value."""

    name: str
    field: str
    parse: Callable[[str], Any]
    is_required: bool = False


def _whole(name: str, bits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not text.isdecimal() or int(text) >= 1 << bits:
            told = "{} {} is not a whole number of {} bits"
            raise Misread(Said("track.whole", told, name, shown(text), bits))
        return int(text)

    return parse


def _percent(text: str) -> float:
    return within(number(text, "battery_pct"), "battery_pct", least=0.0, most=100.0)


def _one_of(name: str, words: Mapping[str, int]) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if text not in words:
            raise Misread(_none_of(name, text, words))
        return words[text]

    return parse


def _none_of(name: str, text: str, words: Iterable[str]) -> Said:
    return Said("track.one-of", "{} {} is none of {}", name, shown(text), ", ".join(words))


_EVERY: Final = (
    _Column("time_utc", "at", instant, is_required=True),
    _Column("sent_at", "sent_at", instant),
    _Column("received_at", "received_at", instant),
    _Column("seq", "seq", _whole("seq", 63)),
)
_READ: Final[Mapping[ReportKind, tuple[_Column, ...]]] = {
    ReportKind.FIX: (
        *_EVERY,
        _Column("lon", "lon", degrees_east, is_required=True),
        _Column("lat", "lat", degrees_north, is_required=True),
        _Column("accuracy_m", "accuracy_m", lambda text: known_accuracy_m(number(text, "accuracy_m"))),
        _Column("speed_mps", "speed_mps", lambda text: not_negative(number(text, "speed_mps"))),
        _Column("heading_deg", "heading_deg", lambda text: not_negative(number(text, "heading_deg"))),
        _Column("hdop", "hdop", lambda text: not_negative(number(text, "hdop"))),
        _Column("satellites", "satellites", _whole("satellites", 15)),
        _Column("source", "source", source_named),
    ),
    ReportKind.HEARTBEAT: (
        *_EVERY,
        _Column("battery_pct", "battery_pct", _percent),
        _Column("charging", "charging", _one_of("charging", YES_NO)),
        _Column("strap", "strap_closed", _one_of("strap", CLOSED)),
        _Column("case", "case_closed", _one_of("case", CLOSED)),
        _Column("beacon", "beacon_in_range", _one_of("beacon", RANGE)),
        _Column("motion", "motion", _one_of("motion", YES_NO)),
    ),
    ReportKind.EVENT: (
        *_EVERY,
        _Column("event", "event", _one_of("event", EVENTS), is_required=True),
        _Column("result", "result", _one_of("result", RESULTS)),
    ),
}
_REQUIRED: Final = ("device_id", "time_utc", "lat", "lon")
_KNOWN: Final = (
    "device_id",
    "kind",
    *{column.name: None for columns in _READ.values() for column in columns},
)


class _Rows:
    """The rows under one header: which cell each kind of row keeps what in."""

    def __init__(self, places: Mapping[str, int], width: int) -> None:
        self._width = width
        self._device = places["device_id"]
        self._kind = places.get("kind")
        self._cells = {
            kind: [(places[column.name], column) for column in columns if column.name in places]
            for kind, columns in _READ.items()
        }

    @classmethod
    def under(cls, line: str, told: Collector) -> "_Rows":
        """The rows under this header line. Raises TrackRefused where it is none."""
        try:
            names = [name.strip() for name in split(line.rstrip("\r"))]
        except Misread as error:
            raise told.refuse(1, 1, error.why) from None
        missing = [name for name in _REQUIRED if name not in names]
        if missing:
            lacks = "the header lacks {}; it must name {}"
            why = Said("track.header", lacks, ", ".join(missing), ",".join(_REQUIRED))
            raise told.refuse(1, 1, why)
        for place, name in enumerate(names):
            if name in names[:place]:
                why = Said("track.header-twice", "the header names {} twice", shown(name))
                raise told.refuse(1, _start_of(line, place), why)
            if name not in _KNOWN:
                told.note(
                    f"{told.file}:1:{_start_of(line, place)}: column {name!r} is not read{_perhaps(name)}"
                )
        return cls({name: place for place, name in enumerate(names)}, len(names))

    def read(self, cells: Sequence[str]) -> tuple[str, Report]:
        """The device and what it reports. Raises Misread."""
        if len(cells) > self._width:
            why = Said("track.wide", "{} cells under a header of {}", len(cells), self._width)
            raise _CellMisread(why, self._width)
        device = cells[self._device].strip()
        if not device or "\ufffd" in device:
            why = Said("track.device", "device_id {} is empty or no UTF-8", shown(device))
            raise _CellMisread(why, self._device)
        kind = self._kind_of(cells)
        report: dict[str, Any] = {"kind": kind}
        for place, column in self._cells[kind]:
            text = cells[place].strip() if place < len(cells) else ""
            if text:
                report[column.field] = _parsed(column, text, place)
            elif column.is_required:
                raise _CellMisread(empty(column.name), min(place, len(cells)))
        return device, cast(Report, report)

    def _kind_of(self, cells: Sequence[str]) -> ReportKind:
        if self._kind is None or self._kind >= len(cells):
            return ReportKind.FIX
        text = cells[self._kind].strip() or "fix"
        if text not in KINDS:
            raise _CellMisread(_none_of("kind", text, KINDS), self._kind)
        return KINDS[text]


def _parsed(column: _Column, text: str, place: int) -> Any:
    try:
        return column.parse(text)
    except Misread as error:
        raise _CellMisread(error.why, place) from None


def _perhaps(name: str) -> str:
    near = difflib.get_close_matches(name, _KNOWN, n=1)
    return f"; is {near[0]!r} meant?" if near else ""
