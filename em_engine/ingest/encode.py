"""The other direction: reports and commands as bytes, for simulated tags and for commands out."""

from typing import Any, Final

import msgspec
import numpy as np

from em_engine.vocabulary import (
    BEFORE_ALL,
    DeviceEvent,
    Micros,
    ReportKind,
    Source,
    TestResult,
    Tristate,
    instant,
    wire_name,
)

_CLOSED: Final = {True: "closed", False: "open", None: None}
_IN_RANGE: Final = {True: "in-range", False: "out-of-range", None: None}
_SAID: Final = {int(Tristate.YES): True, int(Tristate.NO): False, int(Tristate.UNKNOWN): None}


def encode_fix(
    *,
    fixed_at: Micros,
    lon: float,
    lat: float,
    seq: int | None = None,
    sent_at: Micros | None = None,
    accuracy_m: float | None = None,
    source: Source = Source.GNSS,
    speed_mps: float | None = None,
    heading_deg: float | None = None,
    hdop: float | None = None,
    satellites: int | None = None,
) -> bytes:
    """A position fix as a device sends it; what is None is left out."""
    return _encode(
        seq=seq,
        fixed_at=_time(fixed_at),
        sent_at=_time(sent_at),
        lat=lat,
        lon=lon,
        accuracy_m=accuracy_m,
        source=wire_name(source),
        speed_mps=speed_mps,
        heading_deg=heading_deg,
        hdop=hdop,
        satellites=satellites,
    )


def encode_heartbeat(
    *,
    sent_at: Micros,
    seq: int | None = None,
    battery_pct: float | None = None,
    charging: bool | None = None,
    strap_closed: bool | None = None,
    case_closed: bool | None = None,
    beacon_in_range: bool | None = None,
    motion: bool | None = None,
    firmware: str | None = None,
) -> bytes:
    """A heartbeat as a device sends it; what is None is left out."""
    return _encode(
        seq=seq,
        sent_at=_time(sent_at),
        battery_pct=battery_pct,
        charging=charging,
        strap=_CLOSED[strap_closed],
        case=_CLOSED[case_closed],
        beacon=_IN_RANGE[beacon_in_range],
        motion=motion,
        firmware=firmware,
    )


def encode_event(
    *,
    happened_at: Micros,
    event: DeviceEvent,
    seq: int | None = None,
    sent_at: Micros | None = None,
    result: TestResult = TestResult.NONE,
) -> bytes:
    """An event as a device sends it; `result` belongs to a sobriety test."""
    return _encode(
        seq=seq,
        happened_at=_time(happened_at),
        sent_at=_time(sent_at),
        event=wire_name(event),
        result=wire_name(result) if result else None,
    )


def encode_array(messages: list[bytes]) -> bytes:
    """Several messages for the same topic as one, the way a tag empties its memory after a dead spot."""
    return b"[" + b",".join(messages) + b"]"


def encode_report(row: np.void) -> bytes:
    """A row of `vocabulary.REPORT` as its device would send it: decoding it gives the row again."""
    return _ENCODE_ROW[ReportKind(int(row["kind"]))](row)


def topic_of(device: str, kind: ReportKind, *, root: str = "em/1") -> str:
    """Where a device publishes reports of this kind."""
    return f"{root}/{device}/{wire_name(kind)}"


class Resend(msgspec.Struct, frozen=True, rename={"first": "from", "last": "to"}):
    """Asks a tag for its messages `first` to `last` again, both included."""

    first: int
    last: int


class _Command(msgspec.Struct, frozen=True):
    resend: Resend


def encode_command(*, resend: tuple[int, int]) -> bytes:
    """`{"resend": {"from": n, "to": m}}`: the only command there is so far."""
    first, last = resend
    return msgspec.json.encode(_Command(Resend(first, last)))


def decode_command(payload: bytes) -> Resend:
    """What a tag is asked for. Raises ValueError on anything else."""
    return msgspec.json.decode(payload, type=_Command).resend


def command_topic(device: str, *, root: str = "em/1") -> str:
    """Where a device listens for commands."""
    return f"{root}/{device}/command"


def _encode(**fields: Any) -> bytes:
    return msgspec.json.encode({name: value for name, value in fields.items() if value is not None})


def _time(at: Micros | None) -> str | None:
    return None if at is None else instant(at).isoformat().replace("+00:00", "Z")


def _encode_fix_row(row: np.void) -> bytes:
    return encode_fix(
        fixed_at=int(row["at"]),
        lon=float(row["lon"]),
        lat=float(row["lat"]),
        seq=_seq(row),
        sent_at=_told_at(row["sent_at"]),
        accuracy_m=_told(row["accuracy_m"]),
        source=Source(int(row["source"])),
        speed_mps=_told(row["speed_mps"]),
        heading_deg=_told(row["heading_deg"]),
        hdop=_told(row["hdop"]),
        satellites=None if row["satellites"] < 0 else int(row["satellites"]),
    )


def _encode_heartbeat_row(row: np.void) -> bytes:
    return encode_heartbeat(
        sent_at=int(row["at"]),
        seq=_seq(row),
        battery_pct=_told(row["battery_pct"]),
        charging=_SAID[int(row["charging"])],
        strap_closed=_SAID[int(row["strap_closed"])],
        case_closed=_SAID[int(row["case_closed"])],
        beacon_in_range=_SAID[int(row["beacon_in_range"])],
        motion=_SAID[int(row["motion"])],
    )


def _encode_event_row(row: np.void) -> bytes:
    return encode_event(
        happened_at=int(row["at"]),
        event=DeviceEvent(int(row["event"])),
        seq=_seq(row),
        sent_at=_told_at(row["sent_at"]),
        result=TestResult(int(row["result"])),
    )


_ENCODE_ROW: Final = {
    ReportKind.FIX: _encode_fix_row,
    ReportKind.HEARTBEAT: _encode_heartbeat_row,
    ReportKind.EVENT: _encode_event_row,
}


def _seq(row: np.void) -> int | None:
    return None if row["seq"] < 0 else int(row["seq"])


def _told(number: np.floating[Any]) -> float | None:
    return None if np.isnan(number) else float(number)


def _told_at(at: np.int64) -> Micros | None:
    return None if at == BEFORE_ALL else int(at)
