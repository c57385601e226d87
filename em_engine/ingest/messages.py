"""The messages devices send, field by field, as msgspec reads them.

Attribute names are those of the columns; `rename` gives the name on the wire where it differs. Optional
fields may be absent or null. Unknown fields are forbidden here so that the common message, which has none,
pays nothing for counting them; `reading.py` takes the slower road for the others.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Final, Literal

import msgspec
from msgspec import Meta

from em_engine.vocabulary import DeviceEvent, ReportKind, TestResult, wire_name

Instant = Annotated[datetime, Meta(tz=True)]
Seq = Annotated[int, Meta(ge=0, le=2**63 - 1)]


def _one_of(members: type[DeviceEvent] | type[TestResult]) -> str:
    return "^(" + "|".join(wire_name(member) for member in members if member) + r")\Z"


EventName = Annotated[str, Meta(pattern=_one_of(DeviceEvent))]
ResultName = Annotated[str, Meta(pattern=_one_of(TestResult))]


class Fix(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, rename={"at": "fixed_at"}
):
    """Where a device was."""

    at: Instant
    lat: Annotated[float, Meta(ge=-90, le=90)]
    lon: Annotated[float, Meta(ge=-180, le=180)]
    seq: Seq | None = None
    sent_at: Instant | None = None
    accuracy_m: float | None = None
    source: str | None = None
    speed_mps: float | None = None
    heading_deg: float | None = None
    hdop: float | None = None
    satellites: int | None = None


class Heartbeat(
    msgspec.Struct, frozen=True, kw_only=True, gc=False, forbid_unknown_fields=True, rename={"at": "sent_at"}
):
    """A device lives, and how it is."""

    at: Instant
    seq: Seq | None = None
    battery_pct: float | None = None
    charging: bool | None = None
    strap: Literal["closed", "open"] | None = None
    case: Literal["closed", "open"] | None = None
    beacon: Literal["in-range", "out-of-range"] | None = None
    motion: bool | None = None
    firmware: str | None = None

    @property
    def sent_at(self) -> datetime:
        """A heartbeat tells of the moment it is sent."""
        return self.at


class Event(
    msgspec.Struct,
    frozen=True,
    kw_only=True,
    gc=False,
    forbid_unknown_fields=True,
    rename={"at": "happened_at"},
):
    """Something happened at a device."""

    event: EventName
    at: Instant | None = None  # else sent_at, else its arrival: a cry for help needs no clock
    seq: Seq | None = None
    sent_at: Instant | None = None
    result: ResultName | None = None


Report = Fix | Heartbeat | Event

TYPES: Final[Mapping[ReportKind, type[Fix] | type[Heartbeat] | type[Event]]] = {
    ReportKind.FIX: Fix,
    ReportKind.HEARTBEAT: Heartbeat,
    ReportKind.EVENT: Event,
}

_TIME = 'an RFC 3339 time with offset, like "2026-11-22T01:02:03Z"'
_NUMBER = "a number"
_YES_NO = "true or false"
_CLOSED_OPEN = '"closed" or "open"'
MUST_BE: Final[Mapping[str, str]] = {
    "fixed_at": _TIME,
    "sent_at": _TIME,
    "happened_at": _TIME,
    "lat": "degrees from -90 to 90",
    "lon": "degrees from -180 to 180",
    "seq": "a whole number from 0 to 9223372036854775807",
    "accuracy_m": _NUMBER,
    "source": "a text",
    "speed_mps": _NUMBER,
    "heading_deg": _NUMBER,
    "hdop": _NUMBER,
    "satellites": "a whole number",
    "battery_pct": _NUMBER,
    "charging": _YES_NO,
    "strap": _CLOSED_OPEN,
    "case": _CLOSED_OPEN,
    "beacon": '"in-range" or "out-of-range"',
    "motion": _YES_NO,
    "firmware": "a text",
    "event": "one of " + ", ".join(wire_name(event) for event in DeviceEvent if event),
    "result": "one of " + ", ".join(wire_name(result) for result in TestResult if result),
    "tst": "seconds since 1970 as a number",
    "acc": _NUMBER,
    "vel": _NUMBER,
    "cog": _NUMBER,
    "created_at": "seconds since 1970 as a number",
}
"""What a field has to be, in the words of a reason for quarantine."""
