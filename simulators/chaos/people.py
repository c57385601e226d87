"""Who lives through a seed, what they do, and the reports that come of it."""

from collections.abc import Mapping
from typing import Final

import numpy as np
from numpy.random import Generator

from em_engine.vocabulary import (
    MINUTE,
    SECOND,
    Batch,
    DeviceEvent,
    Micros,
    ReportKind,
    Rows,
    Times,
    blank_reports,
    parse_rfc3339,
)
from simulators.scenarios.ground import Ground

START: Final = parse_rfc3339("2026-11-20T12:00:00Z")
CURFEW: Final = "daily 13:10-13:32"  # civil time: ten minutes after the run begins
_CURFEW_AT: Final = START + 10 * MINUTE
MEETS: Final = "meets"
ROLES: Final = (
    "quiet", "enters", "opens the strap", "falls silent", "stays out", "comes near", MEETS, MEETS
)  # fmt: skip
PHONE: Final = "phone-1"
PROTECTED: Final = "protected"
ACTS_FOR: Final[Micros] = 10 * MINUTE
SILENT_FOR: Final[Micros] = 12 * MINUTE
SILENCE_ALLOWED: Final[Micros] = 5 * MINUTE
"""What the orders allow."""
ZONE_M: Final = 2_000.0
_HERS_M: Final = -4_000.0
_AWAY_M: Final = {"enters": ZONE_M, "stays out": 1_000.0, "comes near": _HERS_M, PROTECTED: _HERS_M}
"""Where they are, metres to the east of home, while they do what they do."""
_APART_M: Final = {MEETS: 3_000.0}
"""How far north of home who must not meet lives, each further than the one before."""
_BESIDE_DEG: Final = 0.005
GROUND: Final = Ground()


def made_by(chance: Generator, roles: Mapping[str, str], end: Micros) -> Batch:
    """Everybody's reports until the end, in their order of arrival over a network without faults."""
    meet_at = _acts_at(chance, end)
    parts = [
        _reports(chance, number, role, end, acts_at=meet_at if role == MEETS else _acts_at(chance, end))
        for number, role in enumerate((*roles.values(), PROTECTED))
    ]
    rows = np.concatenate(parts)
    return Batch(devices=(*roles, PHONE), rows=rows[np.argsort(rows["received_at"], kind="stable")])


def meeting_of(made: Batch, roles: Mapping[str, str]) -> Rows:
    """The reports of those who must not meet, from while they did."""
    theirs = [number for number, role in enumerate(roles.values()) if role == MEETS]
    rows = made.rows[np.isin(made.rows["device"], theirs) & (made.rows["kind"] == ReportKind.FIX)]
    middle = GROUND.degrees([(0.0, 0.0)])[0]
    is_there = np.abs(rows["lat"] - middle[1]) < _BESIDE_DEG
    met: Rows = rows[is_there]
    return met


def _acts_at(chance: Generator, end: Micros) -> Micros:
    """When somebody does what he does: all of it, and what is told of it, lies before the end."""
    return START + int(chance.integers(4, (end - START) // MINUTE - 16)) * MINUTE


def _reports(chance: Generator, number: int, role: str, end: Micros, *, acts_at: Micros) -> Rows:
    """One device's reports: a fix each minute, a heartbeat each four, and what its role adds."""
    first = START + int(chance.integers(1, 60)) * SECOND
    fixes = _blank(np.arange(first, end, MINUTE), ReportKind.FIX)
    if role == "stays out":
        acts_at = _CURFEW_AT + int(chance.integers(-5, 5)) * MINUTE
    acts = (fixes["at"] >= acts_at) & (fixes["at"] < acts_at + ACTS_FOR)
    _place(fixes, role, acts, number, chance)
    beats = _blank(np.arange(first + SECOND, end, 4 * MINUTE), ReportKind.HEARTBEAT)
    beats["battery_pct"] = 70.0
    events = _blank(np.array([acts_at, acts_at + 3 * SECOND]), ReportKind.EVENT)
    events["event"] = [DeviceEvent.STRAP_OPEN, DeviceEvent.STRAP_CLOSED]
    rows = np.concatenate([fixes, beats, events if role == "opens the strap" else events[:0]])
    if role == "falls silent":
        rows = rows[(rows["at"] < acts_at) | (rows["at"] >= acts_at + SILENT_FOR)]
    rows = rows[np.argsort(rows["at"], kind="stable")]
    rows["device"], rows["seq"] = number, np.arange(1, len(rows) + 1)
    return rows


def _place(fixes: Rows, role: str, acts: "np.ndarray[tuple[int], np.dtype[np.bool_]]", number: int,
           chance: Generator) -> None:  # fmt: skip
    """Where its fixes lie: at home, or where it does what it does, right to some metres."""
    usual_m = _HERS_M if role == PROTECTED else 0.0
    north_m = np.where(acts, 0.0, _APART_M.get(role, 0.0) * (number + 1))
    east_m = np.where(acts, _AWAY_M.get(role, 0.0), usual_m)
    metres = np.stack((east_m, north_m), axis=1) + chance.normal(0.0, 3.0, (len(fixes), 2))
    places = GROUND.degrees(metres)
    fixes["lon"], fixes["lat"], fixes["accuracy_m"] = places[:, 0], places[:, 1], 6.0


def _blank(at: Times, kind: ReportKind) -> Rows:
    rows = blank_reports(len(at))
    rows["kind"], rows["at"] = kind, at
    rows["sent_at"], rows["received_at"] = at, at + SECOND
    return rows
