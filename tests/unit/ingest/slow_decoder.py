"""The slow and obvious second decoder that judges the fast one: json.loads, one field at a time."""

import json
import math
import re
from datetime import UTC, datetime, timedelta, timezone

from em_engine.vocabulary import BEFORE_ALL, DeviceEvent, ReportKind, Source, TestResult, wire_name

NAN = float("nan")
EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
RFC3339 = re.compile(
    r"(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:\.(\d+))?(?:([Zz])|([+-])(\d\d):?(\d\d))", re.ASCII
)
AT = {"fix": "fixed_at", "heartbeat": "sent_at", "event": "happened_at"}
OPTIONAL = {
    "fix": ["seq", "sent_at", "accuracy_m", "source", "speed_mps", "heading_deg", "hdop", "satellites"],
    "heartbeat": ["seq", "battery_pct", "charging", "strap", "case", "beacon", "motion", "firmware"],
    "event": ["seq", "happened_at", "sent_at", "result"],
}
REQUIRED = {"fix": ["fixed_at", "lat", "lon"], "heartbeat": ["sent_at"], "event": ["event"]}


class Refused(Exception):
    pass


def slow_decode(kind: str, payload: bytes, received_at: int) -> tuple[list[dict], int]:
    """The rows of one message as dictionaries, and how many fields nobody knows."""
    try:
        value = json.loads(payload.decode(), parse_constant=refuse, parse_float=finite)
    except (ValueError, RecursionError) as error:
        raise Refused from error
    items = value if isinstance(value, list) else [value]
    if not items:
        raise Refused
    rows = [timed(row_of(kind, item), received_at, is_fix=kind == "fix") for item in items]
    known = set(OPTIONAL[kind]) | set(REQUIRED[kind])
    return rows, sum(len(set(item) - known) for item in items)


def timed(row: dict, received_at: int, *, is_fix: bool) -> dict:
    """The row with its times made out: none of its own, or a clock that is ahead."""
    if is_fix and row["at"] > received_at + 120_000_000:
        day_ahead = received_at + 86_400_000_000
        if not row["at"] <= row["sent_at"] <= day_ahead:
            raise Refused
    if row["at"] is None:
        row["at"] = row["sent_at"] if row["sent_at"] != BEFORE_ALL else received_at
    if row["at"] > received_at + 120_000_000:
        if row["sent_at"] == BEFORE_ALL:
            row["sent_at"] = row["at"]
        row["at"] = received_at - max(0, row["sent_at"] - row["at"])
    return row


def refuse(text):
    raise Refused


def finite(text):
    number = float(text)
    if not math.isfinite(number):
        raise Refused
    return number


def row_of(kind: str, item) -> dict:
    if not isinstance(item, dict) or any(item.get(name) is None for name in REQUIRED[kind]):
        raise Refused
    read = {
        name: READ[name](item[name]) for name in REQUIRED[kind] + OPTIONAL[kind] if item.get(name) is not None
    }
    row = {
        "kind": int(ReportKind[kind.upper()]),
        "seq": read.get("seq", -1),
        "at": read.get(AT[kind]),
        "sent_at": read.get("sent_at", BEFORE_ALL),
    }
    return row | COLUMNS[kind](read)


def fix_columns(read):
    accuracy = read.get("accuracy_m", NAN)
    return {
        "lat": read["lat"],
        "lon": read["lon"],
        "accuracy_m": min(accuracy, 2.1e7) if accuracy > 0 and accuracy != 2147483647 else NAN,
        "speed_mps": between(read.get("speed_mps"), 1e6),
        "heading_deg": between(read.get("heading_deg"), 360),
        "hdop": between(read.get("hdop"), 1e6),
        "satellites": read["satellites"] if 0 <= read.get("satellites", -1) <= 1000 else -1,
        "source": {wire_name(s): int(s) for s in Source}.get(read.get("source"), 0),
    }


def heartbeat_columns(read):
    return {
        "battery_pct": between(read.get("battery_pct"), 100),
        "charging": int(read.get("charging", -1)),
        "motion": int(read.get("motion", -1)),
        "strap_closed": {"closed": 1, "open": 0, None: -1}[read.get("strap")],
        "case_closed": {"closed": 1, "open": 0, None: -1}[read.get("case")],
        "beacon_in_range": {"in-range": 1, "out-of-range": 0, None: -1}[read.get("beacon")],
    }


def event_columns(read):
    is_test = read["event"] == "sobriety-test"
    if is_test and "result" not in read:
        raise Refused
    return {
        "event": int(DeviceEvent[read["event"].upper().replace("-", "_")]),
        "result": int(TestResult[read["result"].upper()]) if is_test else 0,
    }


COLUMNS = {"fix": fix_columns, "heartbeat": heartbeat_columns, "event": event_columns}


def between(number, most):
    return number if number is not None and 0 <= number <= most else NAN


def time(value):
    match = RFC3339.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        raise Refused
    *date, fraction, zulu, sign, hours, minutes = match.groups()
    offset = timedelta() if zulu else timedelta(hours=int(hours), minutes=int(minutes))
    if not zulu and (int(hours) > 23 or int(minutes) > 59):
        raise Refused
    try:
        zone = timezone(-offset if sign == "-" else offset)
        whole = (datetime(*map(int, date), tzinfo=zone) - EPOCH) // timedelta(microseconds=1)
    except ValueError as error:
        raise Refused from error
    return whole + (int(((fraction or "") + "0000000")[:7]) + 5) // 10


def number(low=-math.inf, high=math.inf):
    def read(value):
        if isinstance(value, bool) or not isinstance(value, int | float) or not low <= value <= high:
            raise Refused
        return value

    return read


def whole(low=-math.inf, high=math.inf):
    def read(value):
        if type(value) is not int or not low <= value <= high:
            raise Refused
        return value

    return read


def one_of(*allowed):
    def read(value):
        if not isinstance(value, str) or value not in allowed:
            raise Refused
        return value

    return read


def of_type(kind):
    def read(value):
        if type(value) is not kind:
            raise Refused
        return value

    return read


READ = {
    "fixed_at": time,
    "sent_at": time,
    "happened_at": time,
    "lat": number(-90, 90),
    "lon": number(-180, 180),
    "seq": whole(0, 2**63 - 1),
    "accuracy_m": number(),
    "source": of_type(str),
    "speed_mps": number(),
    "heading_deg": number(),
    "hdop": number(),
    "satellites": whole(),
    "battery_pct": number(),
    "charging": of_type(bool),
    "strap": one_of("closed", "open"),
    "case": one_of("closed", "open"),
    "beacon": one_of("in-range", "out-of-range"),
    "motion": of_type(bool),
    "firmware": of_type(str),
    "event": one_of(*(wire_name(event) for event in DeviceEvent if event)),
    "result": one_of("pass", "fail", "refused", "missed"),
}
