"""The nouns of the engine and the columns they travel in.

Everything above this floor speaks these words; nothing here imports from the engine. Times in columns are
integer microseconds since 1970-01-01 UTC (`Micros`), lengths are metres, angles degrees.
"""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import IntEnum, StrEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Micros = int
"""An instant, or a span, in whole microseconds; instants count from 1970-01-01T00:00 UTC."""

SECOND: Final[Micros] = 1_000_000
MINUTE: Final[Micros] = 60 * SECOND
HOUR: Final[Micros] = 60 * MINUTE
NEVER: Final[Micros] = int(np.iinfo(np.int64).max)
"""An instant after every other: a deadline that is not set."""
BEFORE_ALL: Final[Micros] = int(np.iinfo(np.int64).min)
"""An instant before every other: something that has not happened."""

Floats = NDArray[np.float64]
Times = NDArray[np.int64]
Booleans = NDArray[np.bool_]
Indices = NDArray[np.intp]
Rows = NDArray[np.void]
"""Rows of a structured array; which one, the name or the docstring says."""


class ReportKind(IntEnum):
    """What a device tells: where it was, that it lives, or that something happened."""

    FIX = 0
    HEARTBEAT = 1
    EVENT = 2


class Source(IntEnum):
    """What a position fix was computed from."""

    UNKNOWN = 0
    GNSS = 1
    WIFI = 2
    CELL = 3
    BEACON = 4


ACCURACY_DEFAULT_M: Final[Mapping[Source, float]] = {
    Source.UNKNOWN: 30.0,
    Source.GNSS: 15.0,
    Source.WIFI: 50.0,
    Source.CELL: 1000.0,
    Source.BEACON: 30.0,
}
"""The 68 % radius taken where a fix reports none, in metres (blueprint, section 3)."""

ACCURACY_UNKNOWN_M: Final = 2_147_483_647
"""What some firmware reports for "unknown" (seen in a ministry's own mock data)."""


class Tristate(IntEnum):
    """A statement a device may leave out."""

    UNKNOWN = -1
    NO = 0
    YES = 1


class DeviceEvent(IntEnum):
    """What happened at a device."""

    NONE = 0
    STRAP_OPEN = 1
    STRAP_CLOSED = 2
    CASE_OPEN = 3
    CASE_CLOSED = 4
    JAMMING = 5
    JAMMING_ENDED = 6
    SHIELDING = 7
    PANIC = 8
    FALL = 9
    SOBRIETY_TEST = 10
    POWERED_OFF = 11
    POWERED_ON = 12


class TestResult(IntEnum):
    """How a sobriety test went."""

    __test__ = False  # not a test class, whatever its name

    NONE = 0
    PASS = 1
    FAIL = 2
    REFUSED = 3
    MISSED = 4


def wire_name(member: IntEnum) -> str:
    """The name a member has in messages and documents: `STRAP_OPEN` is `strap-open`."""
    return member.name.lower().replace("_", "-")


REPORT: Final = np.dtype(
    [
        ("device", np.int32),  # index into the batch's `devices`
        ("kind", np.int8),  # ReportKind
        ("seq", np.int64),  # the device's own count; -1 where it sends none
        ("at", np.int64),  # fixed_at, sent_at or happened_at by kind: when what it tells was true
        ("sent_at", np.int64),  # BEFORE_ALL where unknown
        ("received_at", np.int64),  # ours, on arrival; never falls from row to row
        ("lon", np.float64),  # degrees; NaN but for fixes
        ("lat", np.float64),
        ("accuracy_m", np.float32),  # 68 % radius; NaN is unknown (0, negative and 2147483647 became NaN)
        ("speed_mps", np.float32),  # NaN is unknown
        ("heading_deg", np.float32),
        ("hdop", np.float32),
        ("satellites", np.int16),  # -1 is unknown
        ("source", np.int8),  # Source
        ("battery_pct", np.float32),  # NaN is unknown
        ("charging", np.int8),  # Tristate
        ("strap_closed", np.int8),  # Tristate
        ("case_closed", np.int8),  # Tristate
        ("beacon_in_range", np.int8),  # Tristate
        ("motion", np.int8),  # Tristate
        ("event", np.int8),  # DeviceEvent
        ("result", np.int8),  # TestResult
    ]
)
"""One report of a device, of any kind; the fields of the other kinds hold their unknown value."""


def blank_reports(count: int) -> Rows:
    """`count` reports in which nothing is known yet: every field holds its unknown value."""
    rows = np.zeros(count, dtype=REPORT)
    for name in ("lon", "lat", "accuracy_m", "speed_mps", "heading_deg", "hdop", "battery_pct"):
        rows[name] = np.nan
    for name in ("seq", "satellites", "charging", "strap_closed", "case_closed", "beacon_in_range", "motion"):
        rows[name] = -1
    rows["sent_at"] = BEFORE_ALL
    return rows


@dataclass(frozen=True, slots=True, kw_only=True)
class Batch:
    """Reports in their order of arrival. `rows["device"]` indexes `devices`; `received_at` never falls."""

    devices: tuple[str, ...]
    rows: Rows = field(repr=False)

    def __len__(self) -> int:
        return len(self.rows)


class AlertType(StrEnum):
    """The closed list of what an alert can be about."""

    EXCLUSION_APPROACH = "exclusion.approach"
    EXCLUSION_ENTERED = "exclusion.entered"
    EXCLUSION_CROSSED = "exclusion.crossed"
    INCLUSION_LEFT = "inclusion.left"
    CURFEW_LATE = "curfew.late"
    CURFEW_LEFT = "curfew.left"
    CURFEW_EARLY = "curfew.early"
    CURFEW_UNCONFIRMED = "curfew.unconfirmed"
    CONTACT_WARNING = "contact.warning"
    CONTACT_ALERT = "contact.alert"
    CONTACT_UNKNOWN = "contact.unknown"
    DEVICE_SILENT = "device.silent"
    DEVICE_NO_FIX = "device.no-fix"
    DEVICE_BATTERY_LOW = "device.battery-low"
    DEVICE_BATTERY_CRITICAL = "device.battery-critical"
    DEVICE_STRAP = "device.strap"
    DEVICE_CASE = "device.case"
    DEVICE_JAMMING = "device.jamming"
    DEVICE_SHIELDING = "device.shielding"
    DEVICE_CLOCK = "device.clock"
    ATTENDANCE_MISSED = "attendance.missed"
    SOBRIETY_FAILED = "sobriety.failed"
    SOBRIETY_MISSED = "sobriety.missed"
    PERSON_PANIC = "person.panic"
    MONITORING_GAP = "monitoring.gap"
    OUTAGE_GROUP = "outage.group"


class ChangeKind(StrEnum):
    """What the engine says of an alert."""

    OPENED = "opened"
    REPEATED = "repeated"
    WORSENED = "worsened"
    CLEARED = "cleared"
    WITHDRAWN = "withdrawn"


class Severity(StrEnum):
    """How soon a human must look, most urgent first."""

    CRITICAL = "critical"
    HIGH = "high"
    MEDIUM = "medium"
    LOW = "low"


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One thing the engine decided about one alert: a line of `ALERTS.jsonl`."""

    alert: str
    change: ChangeKind
    at: Micros  # decided_at: when the engine said so, on the clock the inputs arrived by
    type: AlertType
    severity: Severity
    case: str
    order: str
    condition: str
    wearer: str
    device: str | None
    opened_at: Micros  # best estimate of when the order began to be broken
    detected_at: Micros  # the fixed_at, or wake, of what proved it
    cleared_at: Micros | None
    confidence: float  # probability that the order is broken, 0 to 1
    late: bool  # opened in arrears, from a late fix
    evidence: Mapping[str, Any]  # JSON values only
    rulebook: str  # revision that judged

    def as_json(self) -> dict[str, Any]:
        """The fields as JSON values, times as RFC 3339, in the order of the contract."""
        return {
            "alert": self.alert,
            "change": self.change.value,
            "at": rfc3339(self.at),
            "type": self.type.value,
            "severity": self.severity.value,
            "case": self.case,
            "order": self.order,
            "condition": self.condition,
            "wearer": self.wearer,
            "device": self.device,
            "opened_at": rfc3339(self.opened_at),
            "detected_at": rfc3339(self.detected_at),
            "cleared_at": None if self.cleared_at is None else rfc3339(self.cleared_at),
            "confidence": round(self.confidence, 4),
            "late": self.late,
            "evidence": dict(self.evidence),
            "rulebook": self.rulebook,
        }


def alert_id(case: str, condition: str, type: AlertType, opened_at: Micros) -> str:
    """The id of an alert, the same however often it is told: 128 bits of SHA-256, in hex."""
    told = "\x1f".join((case, condition, type.value, str(opened_at)))
    return hashlib.sha256(told.encode()).hexdigest()[:32]


_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def micros(instant: datetime) -> Micros:
    """The instant in microseconds. Raises AssertionError on a naive time: those never come this far."""
    assert instant.tzinfo is not None, "a naive time reached the inside"
    return (instant - _EPOCH) // timedelta(microseconds=1)


def instant(at: Micros) -> datetime:
    """The microseconds as an aware UTC datetime."""
    return _EPOCH + timedelta(microseconds=at)


def rfc3339(at: Micros) -> str:
    """RFC 3339 in UTC with milliseconds, rounded down: `2026-11-22T01:02:03.000Z`."""
    return instant(at).strftime("%Y-%m-%dT%H:%M:%S.") + f"{at // 1000 % 1000:03d}Z"


def parse_rfc3339(text: str) -> Micros:
    """The instant written in `text`. Raises ValueError where it is no time or carries no offset."""
    parsed = datetime.fromisoformat(text)
    if parsed.tzinfo is None:
        raise ValueError(f"the time {text!r} carries no offset; write it like 2026-11-22T01:02:03Z")
    return micros(parsed)
