"""One report of a device, as the reference reads it: a plain record; and the same as the engine's columns."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from em_engine.vocabulary import (
    ACCURACY_DEFAULT_M,
    BEFORE_ALL,
    Batch,
    DeviceEvent,
    Micros,
    ReportKind,
    Source,
    TestResult,
    Tristate,
    blank_reports,
)


@dataclass(frozen=True, kw_only=True)
class Report:
    """What a device told, and when it reached us. The fields of other kinds are left unknown."""

    device: str
    kind: ReportKind
    at: Micros
    received_at: Micros
    seq: int = -1
    sent_at: Micros = BEFORE_ALL
    lon: float = np.nan
    lat: float = np.nan
    accuracy_m: float | None = None
    speed_mps: float | None = None
    source: Source = Source.GNSS
    battery_pct: float | None = None
    charging: Tristate = Tristate.UNKNOWN
    strap_closed: Tristate = Tristate.UNKNOWN
    case_closed: Tristate = Tristate.UNKNOWN
    beacon_in_range: Tristate = Tristate.UNKNOWN
    motion: Tristate = Tristate.UNKNOWN
    event: DeviceEvent = DeviceEvent.NONE
    result: TestResult = TestResult.NONE

    @property
    def radius_m(self) -> float:
        """Section 1, rule 1: the 68 % radius, the source's default where none is told."""
        return ACCURACY_DEFAULT_M[self.source] if self.accuracy_m is None else self.accuracy_m


FLOATS = ("accuracy_m", "speed_mps", "battery_pct")
PLAIN = (
    "at", "received_at", "seq", "sent_at", "lon", "lat", "source", "charging", "strap_closed", "case_closed",
    "beacon_in_range", "motion", "event", "result", "kind",
)  # fmt: skip


def as_batch(reports: Sequence[Report]) -> Batch:
    """The reports as the engine's columns, in the order given."""
    devices = tuple(dict.fromkeys(report.device for report in reports))
    rows = blank_reports(len(reports))
    for row, report in zip(rows, reports, strict=True):
        row["device"] = devices.index(report.device)
        for name in PLAIN:
            row[name] = getattr(report, name)
        for name in FLOATS:
            value = getattr(report, name)
            row[name] = np.nan if value is None else value
    return Batch(devices=devices, rows=rows)
