"""Reports as a track file that `em replay` reads: rows in order of arrival."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np

from em_engine.vocabulary import (
    BEFORE_ALL,
    Batch,
    DeviceEvent,
    ReportKind,
    Source,
    TestResult,
    instant,
    wire_name,
)

_CLOSED: Final = {0: "open", 1: "closed"}
_YES: Final = {0: "false", 1: "true"}
_RANGE: Final = {0: "out-of-range", 1: "in-range"}


def _time(value: int) -> str:
    return "" if value == BEFORE_ALL else instant(value).isoformat().replace("+00:00", "Z")


def _number(value: float) -> str:
    return "" if np.isnan(value) else f"{value:g}"


def _degrees(value: float) -> str:
    return "" if np.isnan(value) else f"{value:.6f}"


_COLUMNS: Final[tuple[tuple[str, str, Callable[[Any], str]], ...]] = (
    ("time_utc", "at", _time),
    ("lat", "lat", _degrees),
    ("lon", "lon", _degrees),
    ("accuracy_m", "accuracy_m", _number),
    ("speed_mps", "speed_mps", _number),
    ("source", "source", lambda value: wire_name(Source(value))),
    ("satellites", "satellites", lambda value: "" if value < 0 else str(value)),
    ("kind", "kind", lambda value: wire_name(ReportKind(value))),
    ("seq", "seq", lambda value: "" if value < 0 else str(value)),
    ("sent_at", "sent_at", _time),
    ("received_at", "received_at", _time),
    ("battery_pct", "battery_pct", _number),
    ("charging", "charging", lambda value: _YES.get(value, "")),
    ("strap", "strap_closed", lambda value: _CLOSED.get(value, "")),
    ("case", "case_closed", lambda value: _CLOSED.get(value, "")),
    ("beacon", "beacon_in_range", lambda value: _RANGE.get(value, "")),
    ("motion", "motion", lambda value: _YES.get(value, "")),
    ("event", "event", lambda value: "" if value == DeviceEvent.NONE else wire_name(DeviceEvent(value))),
    ("result", "result", lambda value: "" if value == TestResult.NONE else wire_name(TestResult(value))),
)


def csv_lines(devices: Sequence[str], batches: Iterable[Batch]) -> Iterator[str]:
    """The lines of the file, header first; every batch counts its devices alike."""
    yield ",".join(["device_id", *(name for name, _, _ in _COLUMNS)]) + "\n"
    names = np.array(devices)
    for batch in batches:
        cells: Mapping[str, list[Any]] = {field: batch.rows[field].tolist() for _, field, _ in _COLUMNS}
        texts = [[tell(value) for value in cells[field]] for _, field, tell in _COLUMNS]
        for row in zip(names[batch.rows["device"]].tolist(), *texts, strict=True):
            yield ",".join(row) + "\n"
