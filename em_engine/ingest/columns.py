"""Reports become columns: collected one after the other, laid into a batch all at once."""

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter
from typing import Any, Final

import numpy as np

from em_engine.ingest.messages import Event, Heartbeat, Report
from em_engine.vocabulary import (
    ACCURACY_UNKNOWN_M,
    Batch,
    DeviceEvent,
    Floats,
    Micros,
    ReportKind,
    Rows,
    Source,
    TestResult,
    Tristate,
    blank_reports,
    wire_name,
)

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECONDS_A_DAY: Final = 86_400

# A radius past half the Earth's girth says no more than that; unbounded it would overflow its column.
_ACCURACY_MAX_M: Final = 2.1e7
_MEASURE_MAX: Final = {"speed_mps": 1e6, "heading_deg": 360.0, "hdop": 1e6, "battery_pct": 100.0}
"""Past these, and below nought, a measure tells nothing: it is unknown, and its report is kept."""
_SATELLITES_MAX: Final = 1_000

_SOURCES: Final = {wire_name(source): source for source in Source}
_EVENTS: Final = {wire_name(event): event for event in DeviceEvent}
_RESULTS: Final = {wire_name(result): result for result in TestResult} | {None: TestResult.NONE}
_TRISTATES: Final[dict[str | bool | None, Tristate]] = {
    None: Tristate.UNKNOWN,
    True: Tristate.YES,
    False: Tristate.NO,
    "closed": Tristate.YES,
    "open": Tristate.NO,
    "in-range": Tristate.YES,
    "out-of-range": Tristate.NO,
}
_STATES: Final = {
    "charging": "charging",
    "strap": "strap_closed",
    "case": "case_closed",
    "beacon": "beacon_in_range",
    "motion": "motion",
}


Timing = tuple[Micros, Micros]
"""When what a report tells was true, and when it was sent by the device's own clock."""


class Gathering:
    """The reports of a batch in their order of arrival."""

    def __init__(self) -> None:
        self._devices: dict[str, int] = {}
        self._reports: list[Report] = []
        self._device: list[int] = []
        self._kind: list[int] = []
        self._timing: list[Timing] = []
        self._received_at: list[Micros] = []

    def add(
        self,
        kind: ReportKind,
        device: str,
        reports: Sequence[Report],
        timings: Sequence[Timing],
        *,
        received_at: Micros,
    ) -> None:
        """Appends the reports of one message; `timings` are their times."""
        if not reports:
            return
        number = self._devices.setdefault(device, len(self._devices))
        if len(reports) == 1:
            self._reports.append(reports[0])
            self._device.append(number)
            self._kind.append(kind)
            self._timing.append(timings[0])
            self._received_at.append(received_at)
            return
        count = len(reports)
        self._reports += reports
        self._device += [number] * count
        self._kind += [kind] * count
        self._timing += timings
        self._received_at += [received_at] * count

    def batch(self) -> Batch:
        """The columns of what was gathered."""
        rows = blank_reports(len(self._reports))
        if len(rows):
            rows["device"] = self._device
            rows["kind"] = self._kind
            rows["at"], rows["sent_at"] = zip(*self._timing, strict=True)
            rows["received_at"] = self._received_at
            rows["seq"] = [-1 if seq is None else seq for seq in map(attrgetter("seq"), self._reports)]
            self._lay_kinds(rows)
        return Batch(devices=tuple(self._devices), rows=rows)

    def firmware(self) -> dict[str, str]:
        """What runs on each device, where a heartbeat tells it; it decides nothing, so it is no column."""
        names = tuple(self._devices)
        return {
            names[device]: report.firmware
            for device, report in zip(self._device, self._reports, strict=True)
            if isinstance(report, Heartbeat) and report.firmware
        }

    def _lay_kinds(self, rows: Rows) -> None:
        kinds = rows["kind"]
        for kind, lay in _LAY.items():
            where = np.flatnonzero(kinds == kind)
            if len(where) == len(rows):
                lay(rows, slice(None), self._reports)
            elif len(where):
                lay(rows, where, [self._reports[row] for row in where])


def to_micros(instant: datetime) -> Micros:
    """As `vocabulary.micros`, for a time already known to carry its offset."""
    span = instant - _EPOCH
    return (span.days * _SECONDS_A_DAY + span.seconds) * 1_000_000 + span.microseconds


def _lay_fixes(rows: Rows, where: Any, fixes: Sequence[Report]) -> None:
    rows["lon"][where] = list(map(attrgetter("lon"), fixes))
    rows["lat"][where] = list(map(attrgetter("lat"), fixes))
    rows["accuracy_m"][where] = _radii(_numbers("accuracy_m", fixes))
    for name in ("speed_mps", "heading_deg", "hdop"):
        rows[name][where] = _measures(name, fixes)
    rows["satellites"][where] = [_count(count) for count in map(attrgetter("satellites"), fixes)]
    # A source nobody knows is an unknown source: where a device was matters more than how it knows.
    rows["source"][where] = [
        _SOURCES.get(source, Source.UNKNOWN) for source in map(attrgetter("source"), fixes)
    ]


def _lay_heartbeats(rows: Rows, where: Any, heartbeats: Sequence[Report]) -> None:
    rows["battery_pct"][where] = _measures("battery_pct", heartbeats)
    for name, column in _STATES.items():
        rows[column][where] = [_TRISTATES[told] for told in map(attrgetter(name), heartbeats)]


def _lay_events(rows: Rows, where: Any, events: Sequence[Event]) -> None:
    rows["event"][where] = [_EVENTS[event.event] for event in events]
    rows["result"][where] = [_result(event) for event in events]


_LAY: Final[dict[ReportKind, Any]] = {
    ReportKind.FIX: _lay_fixes,
    ReportKind.HEARTBEAT: _lay_heartbeats,
    ReportKind.EVENT: _lay_events,
}


def _result(event: Event) -> TestResult:
    return _RESULTS[event.result] if _EVENTS[event.event] is DeviceEvent.SOBRIETY_TEST else TestResult.NONE


def _numbers(name: str, reports: Sequence[Report]) -> Floats:
    """One field of many reports; numpy makes NaN of None."""
    return np.array(list(map(attrgetter(name), reports)), dtype=np.float64)


def _measures(name: str, reports: Sequence[Report]) -> Floats:
    numbers = _numbers(name, reports)
    return np.where((numbers >= 0) & (numbers <= _MEASURE_MAX[name]), numbers, np.nan)


def _radii(accuracy_m: Floats) -> Floats:
    """Accuracies with the three ways of saying "unknown" made one."""
    unknown = ~(accuracy_m > 0) | (accuracy_m == ACCURACY_UNKNOWN_M)
    return np.where(unknown, np.nan, np.minimum(accuracy_m, _ACCURACY_MAX_M))


def _count(satellites: int | None) -> int:
    return -1 if satellites is None or not 0 <= satellites <= _SATELLITES_MAX else satellites
