"""Rows in columns as others wrote them: what may stand in them, and which cannot be read."""

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from em_engine.rulebook.coded import Said
from em_engine.vocabulary import (
    ACCURACY_UNKNOWN_M,
    BEFORE_ALL,
    Booleans,
    ReportKind,
    Rows,
    blank_reports,
)
from simulators.tracks.values import empty

_OF_KIND: Final[Mapping[ReportKind, Sequence[str]]] = {
    ReportKind.FIX: (
        "lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "hdop", "satellites", "source",
    ),
    ReportKind.HEARTBEAT: (
        "battery_pct", "charging", "strap_closed", "case_closed", "beacon_in_range", "motion",
    ),
    ReportKind.EVENT: ("event", "result"),
}  # fmt: skip


def sound(
    rows: Rows, strange: Mapping[str, NDArray[Any]]
) -> tuple[Booleans, Sequence[tuple[NDArray[Any], Said]]]:
    """Which rows can be read, and the others with the reason; what a kind of row does not know is put away.

    `strange` are rows whose word, or number, means nothing, by field.
    """
    for kind, names in _OF_KIND.items():
        is_other = rows["kind"] != kind
        blank = blank_reports(1)[0]
        for name in names:
            rows[name][is_other] = blank[name]
    _put_away_unknown(rows)
    is_sound, told = np.ones(len(rows), dtype=bool), []
    for which, why in _misread(rows, strange):
        fresh = which[is_sound[which]]
        if len(fresh):
            is_sound[fresh] = False
            told.append((fresh, why))
    return is_sound, told


def _put_away_unknown(rows: Rows) -> None:
    """The ways in which devices spell "unknown"."""
    accuracy_m = rows["accuracy_m"]
    accuracy_m[~((accuracy_m > 0.0) & (accuracy_m < ACCURACY_UNKNOWN_M))] = np.nan
    for name in ("speed_mps", "heading_deg", "hdop"):
        rows[name][~(rows[name] >= 0.0)] = np.nan


def _misread(rows: Rows, strange: Mapping[str, NDArray[Any]]) -> Iterator[tuple[NDArray[Any], Said]]:
    is_fix = rows["kind"] == ReportKind.FIX
    is_of = {name: rows["kind"] == kind for kind, names in _OF_KIND.items() for name in names}
    every = np.ones(len(rows), dtype=bool)
    yield np.flatnonzero(rows["device"] < 0), empty("device_id")
    yield np.flatnonzero(rows["at"] == BEFORE_ALL), empty("time_utc")
    for name, which in strange.items():
        yield which[is_of.get(name, every)[which]], Said("track.known", "{} is none that is known", name)
    for name, limit in (("lon", 180.0), ("lat", 90.0)):
        bad = is_fix & ~(np.abs(rows[name]) <= limit)  # NaN as well
        yield np.flatnonzero(bad), _outside(name, -limit, limit)
    percent = rows["battery_pct"]
    yield np.flatnonzero((percent < 0.0) | (percent > 100.0)), _outside("battery_pct", 0.0, 100.0)
    is_event = rows["kind"] == ReportKind.EVENT
    yield np.flatnonzero(is_event & (rows["event"] == 0)), empty("event")


def _outside(name: str, least: float, most: float) -> Said:
    return Said("track.outside", "{} is not between {:g} and {:g}", name, least, most)
