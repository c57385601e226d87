"""A payload becomes reports, or the exact reason why it cannot.

The common payload is read in one typed step. Only where that fails is it taken apart: to count fields nobody
knows, or to say which field is wrong, what it is, and what would be right.
"""

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeVar

import msgspec

from em_engine.ingest.messages import MUST_BE, TYPES, Event, Fix, Heartbeat, Report
from em_engine.vocabulary import DeviceEvent, ReportKind, wire_name

MalformedErrors: Final = (msgspec.DecodeError, UnicodeDecodeError, RecursionError)
"""What msgspec raises on bytes that are not what was asked for; deep nesting is a RecursionError."""

_Struct = TypeVar("_Struct", bound=msgspec.Struct)
_FAULTS_TOLD: Final = 5  # a reason is read by people
_SHOWN_CHARACTERS: Final = 48
_SOBRIETY_TEST: Final = wire_name(DeviceEvent.SOBRIETY_TEST)
_NOT_A_NUMBER: Final = re.compile(rb"[\[,:\s-](NaN|Infinity)\b")


class UnreadableError(Exception):
    """A message that cannot be read; the text is the reason shown to people."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How large a message may be, and how far ahead its clock."""

    payload_max: int = 1 << 20  # bytes
    array_max: int = 10_000  # reports in one message
    future_max: int = 120_000_000  # microseconds past received_at
    clock_ahead_max: int = 86_400_000_000  # the same for a clock that `sent_at` shows to be wrong
    quarantine_kept: int = 2_048  # bytes of an unreadable payload that are kept


_DECODERS: Final[dict[ReportKind, msgspec.json.Decoder[Any]]] = {
    ReportKind.FIX: msgspec.json.Decoder(Fix | list[Fix]),
    ReportKind.HEARTBEAT: msgspec.json.Decoder(Heartbeat | list[Heartbeat]),
    ReportKind.EVENT: msgspec.json.Decoder(Event | list[Event]),
}


def read_reports(kind: ReportKind, payload: bytes, limits: Limits) -> tuple[Sequence[Report], int]:
    """The reports in a payload, in their order, and how many fields nobody knows. Raises UnreadableError."""
    if len(payload) > limits.payload_max:
        raise UnreadableError(f"the payload has {len(payload)} bytes; at most {limits.payload_max} are read")
    unknown = 0
    try:
        read = _DECODERS[kind].decode(payload)
    except MalformedErrors:
        read, unknown = _read_slowly(TYPES[kind], payload)
    reports = read if type(read) is list else (read,)
    if kind is ReportKind.EVENT or type(read) is list:
        _refuse_odd(reports, limits)
    return reports, unknown


def _refuse_odd(reports: Sequence[Report], limits: Limits) -> None:
    """Refuses what no type can: an empty or endless array, a sobriety test without its result."""
    if not reports:
        raise UnreadableError("the array is empty; it must hold at least one report")
    if len(reports) > limits.array_max:
        raise UnreadableError(f"the array holds {len(reports)} reports; at most {limits.array_max} are read")
    for report in reports:
        if isinstance(report, Event) and report.event == _SOBRIETY_TEST and report.result is None:
            raise UnreadableError(f"result is missing from a sobriety-test; must be {MUST_BE['result']}")


def _read_slowly(type_: type[_Struct], payload: bytes) -> tuple[list[_Struct] | _Struct, int]:
    parsed = parse_json(payload)
    if isinstance(parsed, dict):
        return fit(type_, parsed, at="")
    if not isinstance(parsed, list):
        raise UnreadableError(f"the payload is {show(parsed)}; must be an object or an array of objects")
    fitted = [fit(type_, item, at=f"[{number}].") for number, item in enumerate(parsed)]
    return [report for report, _ in fitted], sum(unknown for _, unknown in fitted)


def parse_json(payload: bytes) -> Any:
    """The JSON value in a payload. Raises UnreadableError with what is wrong where."""
    if not payload.strip():
        raise UnreadableError("the payload is empty")
    try:
        payload.decode()
        return msgspec.json.decode(payload)
    except UnicodeDecodeError as error:
        raise UnreadableError(
            f"the payload is not UTF-8: byte {error.start} is 0x{payload[error.start]:02x}"
        ) from None
    except RecursionError:
        raise UnreadableError("the payload is nested too deeply") from None
    except msgspec.DecodeError as error:
        raise UnreadableError(_malformed(payload, error)) from None


def _malformed(payload: bytes, error: msgspec.DecodeError) -> str:
    if _NOT_A_NUMBER.search(payload):
        return "the payload is not JSON: NaN and Infinity are no numbers there"
    said = str(error).removeprefix("JSON is malformed: ").split(" - at")[0]
    return f"the payload is not JSON: {said[:1].lower()}{said[1:]}"


def fit(type_: type[_Struct], item: Any, *, at: str) -> tuple[_Struct, int]:
    """The object as a message of this type, without the fields nobody knows, and their number."""
    if not isinstance(item, dict):
        raise UnreadableError(f"{at.rstrip('.')} is {show(item)}; must be an object")
    fields = _fields(type_)
    known = {name: value for name, value in item.items() if name in fields}
    try:
        return msgspec.convert(known, type_), len(item) - len(known)
    except msgspec.ValidationError as error:
        raise UnreadableError("; ".join(_faults(type_, known, at=at)) or str(error)) from None


def _faults(type_: type[msgspec.Struct], known: dict[str, Any], *, at: str) -> list[str]:
    faults = []
    for name, field in _fields(type_).items():
        must_be = MUST_BE[name]
        if name not in known:
            faults += [f"{at}{name} is missing; must be {must_be}"] if field.required else []
        elif not _fits(known[name], field.type):
            faults.append(f"{at}{name} is {show(known[name])}; must be {must_be}")
    return faults[:_FAULTS_TOLD]


@cache
def _fields(type_: type[msgspec.Struct]) -> dict[str, msgspec.structs.FieldInfo]:
    """The fields of a message type by their names on the wire."""
    return {field.encode_name: field for field in msgspec.structs.fields(type_)}


def _fits(value: Any, type_: Any) -> bool:
    try:
        msgspec.convert(value, type_)
    except msgspec.ValidationError:
        return False
    return True


def show(value: Any) -> str:
    """A JSON value in a reason, cut to what fits into a line."""
    if isinstance(value, (dict, list)):
        return "an object" if isinstance(value, dict) else "an array"
    text = json.dumps(value, ensure_ascii=False)
    return text if len(text) <= _SHOWN_CHARACTERS else text[:_SHOWN_CHARACTERS] + "…"
