"""A track: what devices reported, in the order it arrived, as a file tells it.

Readers hand over what they understood and what they did not. A row that cannot be read is set aside with its
place and its reason and never takes the good rows beside it along; a file whose very form is wrong is
refused.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, Protocol, TypedDict

import numpy as np

from em_engine.rulebook.coded import Said
from em_engine.vocabulary import (
    BEFORE_ALL,
    REPORT,
    Micros,
    ReportKind,
    Rows,
    Source,
    blank_reports,
)

FILE_BYTES_MAX: Final = 1 << 30
"""Larger files are refused: a track is held in memory whole, at about 150 bytes a row beside the file
itself."""
CHUNK_ROWS: Final = 1 << 17
"""So many reports are handed on at a time: 14 MB."""
FAULTS_KEPT: Final = 1_000
"""So many unreadable rows are told one by one; the others are counted."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """Something in a file that could not be read, and where: `file:line:column: message`, counted from 1."""

    file: str
    line: int
    column: int
    message: Said

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}: {self.message}"

    @property
    def told(self) -> Said:
        """The same in code, for a page: by the file's own name, wherever it is kept."""
        return Said("track.at", "{}:{}:{}: {}", Path(self.file).name, self.line, self.column, self.message)


class TrackRefused(Exception):
    """The file as a whole is no track: its form is wrong or it holds nothing that could be read."""

    def __init__(self, *faults: Fault) -> None:
        super().__init__("\n".join(map(str, faults)))
        self.faults = faults


class Report(TypedDict, total=False):
    """What a row of a file says, by the names of `vocabulary.REPORT`; what it leaves out is unknown.

    `received_at` is given only where the file itself tells when a row arrived.
    """

    kind: ReportKind
    seq: int
    at: Micros
    sent_at: Micros
    received_at: Micros
    lon: float
    lat: float
    accuracy_m: float
    speed_mps: float
    heading_deg: float
    hdop: float
    satellites: int
    source: Source
    battery_pct: float
    charging: int
    strap_closed: int
    case_closed: int
    beacon_in_range: int
    motion: int
    event: int
    result: int


class Recording(Protocol):
    """Reports in order of arrival, whether they are held in memory or read again each time."""

    @property
    def name(self) -> str: ...

    @property
    def devices(self) -> tuple[str, ...]:
        """Whose they are; the reports' `device` indexes these."""
        ...

    def __len__(self) -> int: ...

    def chunks(self, *, only: Sequence[str] = ()) -> Iterator[Rows]:
        """All reports in order of arrival, some at a time.

        Where only some fields are asked for, the others may hold anything.
        """
        ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Track:
    """The reports of one file, in order of arrival.

    `rows` are `vocabulary.REPORT`; their `device` indexes `devices` and their `received_at` is the latest
    time the file had reached by then. `notes` say what was understood but is worth knowing, such as epochs
    without a fix.
    """

    name: str
    devices: tuple[str, ...]
    rows: Rows = field(repr=False)
    faults: tuple[Fault, ...] = ()
    faults_total: int = 0
    notes: tuple[str, ...] = ()

    def __len__(self) -> int:
        return len(self.rows)

    def chunks(self, *, only: Sequence[str] = ()) -> Iterator[Rows]:
        """All reports in order of arrival, some at a time."""
        for start in range(0, len(self.rows), CHUNK_ROWS):
            yield self.rows[start : start + CHUNK_ROWS]


class Collector:
    """Gathers what a reader understands of a file, and what it does not, into a track."""

    def __init__(self, path: Path) -> None:
        self.file = str(path)
        self._devices: dict[str, int] = {}
        self._of: list[int] = []
        self._reports: list[Report] = []
        self._faults: list[Fault] = []
        self._faults_total = 0
        self._notes: list[str] = []

    def report(self, device: str, report: Report) -> None:
        """The next row, from `device`."""
        self._of.append(self._devices.setdefault(device, len(self._devices)))
        self._reports.append(report)

    def fault(self, line: int, column: int, message: Said) -> None:
        """A row that could not be read."""
        self._faults_total += 1
        if len(self._faults) < FAULTS_KEPT:
            self._faults.append(Fault(file=self.file, line=line, column=column, message=message))

    def note(self, text: str) -> None:
        """Something understood that the reader of the track should know."""
        self._notes.append(text)

    def refuse(self, line: int, column: int, message: Said) -> TrackRefused:
        """The refusal to raise where the file as a whole is wrong."""
        return TrackRefused(Fault(file=self.file, line=line, column=column, message=message))

    def track(self) -> Track:
        """Everything gathered. Raises TrackRefused where there were rows and none could be read."""
        if self._faults and not self._reports:
            raise TrackRefused(*self._faults)
        return Track(
            name=self.file,
            devices=tuple(self._devices),
            rows=_columns(self._of, self._reports),
            faults=tuple(self._faults),
            faults_total=self._faults_total,
            notes=tuple(self._notes),
        )


def _columns(devices: Sequence[int], reports: Sequence[Report]) -> Rows:
    rows = blank_reports(len(reports))
    blanks: dict[str, Any] = {name: blank_reports(1)[name][0].item() for name in REPORT.fields or ()}
    blanks["received_at"] = BEFORE_ALL
    for name, blank in blanks.items():
        rows[name] = [report.get(name, blank) for report in reports]
    rows["device"] = devices
    # A file's clock is the latest time it has told so far; nothing arrives before it happened.
    rows["received_at"] = np.maximum.accumulate(np.maximum(rows["at"], rows["received_at"]))
    return rows


def read_bytes(path: Path) -> bytes:
    """The file's bytes. Raises TrackRefused where it cannot be opened or is beyond the limit."""
    try:
        if path.stat().st_size > FILE_BYTES_MAX:
            told = "larger than {} MiB; split the file by time"
            raise Collector(path).refuse(1, 1, Said("track.large", told, FILE_BYTES_MAX >> 20))
        return path.read_bytes()
    except OSError as error:
        raise Collector(path).refuse(1, 1, unopened(error)) from error


def unopened(error: OSError) -> Said:
    """What the machine says of a file that it does not open."""
    return Said("track.unopened", "cannot be opened: {}", error.strerror or str(error))


def decode_text(path: Path) -> str:
    """The file as text, without a byte-order mark; bytes that are no UTF-8 become U+FFFD and fail in their
    row."""
    return read_bytes(path).decode("utf-8-sig", errors="replace")
