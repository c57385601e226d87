"""What the kinds of condition have in common: their bonds to cases, and what they say.

A *watch* holds all conditions of one kind: terms in columns, state in columns, one row a condition. The heart
asks it to `look` at fixes, to `hear` heartbeats and events, and to `elapse`; it answers with what it has
`Told`.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from em_engine.law.evidence import Sightings
from em_engine.law.schedule import Schedule
from em_engine.vocabulary import (
    SECOND,
    AlertType,
    ChangeKind,
    Micros,
    Rows,
    Source,
    rfc3339,
    wire_name,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bond:
    """One condition of one case, and the seats that bear on it."""

    case: int
    condition: str
    terms: Any
    schedule: Schedule
    zone: int = -1
    wearer_seats: tuple[int, ...] = ()
    other_seats: tuple[int, ...] = ()  # of the protected person the condition names
    device: str | None = None  # where each device is watched by itself
    part: int = 0  # of a condition whose terms change with time, which this is
    wearer: str = ""
    record: str = "everything"  # which positions the order lets us keep
    excepted: tuple[int, ...] = ()  # zones in which the condition does not bind


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """One thing a watch says of one slot: the heart makes a `Change` of it."""

    row: int
    type: AlertType
    change: ChangeKind
    opened_at: Micros
    detected_at: Micros
    cleared_at: Micros | None = None
    confidence: float = 1.0
    seat: int = -1
    evidence: Mapping[str, Any] = field(default_factory=dict)
    waits: bool = False  # for messages that are missing: they may show that it is not so
    found_at: Micros | None = (
        None  # when late fixes showed it; where it ended, it is opened and cleared at once
    )


def describe_fix(seen: Sightings, place: int) -> dict[str, Any]:
    """A fix as evidence: JSON values."""
    return describe_position(
        seen.at[place], seen.lonlat[place], radius_m=seen.radius_m[place], source=seen.source[place]
    )


def describe_speed(seen: Sightings, place: int) -> dict[str, Any]:
    """How fast the way from the fix before was: who passes in a train is told from who stops."""
    if seen.is_cold[place]:
        return {}
    step_m = float(np.linalg.norm(seen.ecef[place] - seen.previous_ecef[place]))
    span_s = max(int(seen.at[place]) - int(seen.previous_at[place]), 1) / SECOND
    return {"speed_mps": round(step_m / span_s, 1)}


def describe_seat(seats: Rows, seat: int) -> dict[str, Any]:
    """The trusted fix of a seat as evidence: JSON values."""
    one = seats[seat]
    return describe_position(one["at"], one["lonlat"], radius_m=one["radius_m"], source=one["source"])


def describe_event(report: Any) -> dict[str, Any]:
    """When an event happened as evidence: JSON values, and by whose word, where the device told no time."""
    at = int(report["at"])
    told: dict[str, Any] = {"happened_at": rfc3339(at)}
    if at == report["sent_at"]:
        told["timed_by"] = "sending"
    elif at == report["received_at"]:
        told["timed_by"] = "arrival"
    return told


def describe_position(at: Micros, lonlat: Any, *, radius_m: float, source: int) -> dict[str, Any]:
    """A position as evidence: JSON values."""
    return {
        "fixed_at": rfc3339(int(at)),
        "lon": round(float(lonlat[0]), 7),
        "lat": round(float(lonlat[1]), 7),
        "accuracy_m": round(float(radius_m), 1),
        "source": wire_name(Source(int(source))),
    }


def describe_stretch(start: Micros, end: Micros) -> dict[str, Any]:
    """The window that was in force, as evidence."""
    far = 4_102_444_800_000_000  # the year 2100: an edge beyond it is none
    return {
        "from": rfc3339(start) if abs(start) < far else None,
        "to": rfc3339(end) if abs(end) < far else None,
    }
