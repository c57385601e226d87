"""OwnTracks recorder files: a time, a tab, the record's type, a tab, the payload as the app sent it.

The first column is when the recorder took the message in, so it is the row's arrival. Locations become fixes;
the app's other messages (last wills, transitions, way points, cards) are counted and left alone.
"""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any, Final

from em_engine.rulebook.coded import Said
from em_engine.rulebook.json_text import slip
from em_engine.vocabulary import SECOND, Micros, ReportKind, Source
from simulators.tracks.track import Collector, Report, Track, decode_text
from simulators.tracks.values import (
    DEEP,
    Misread,
    instant,
    known_accuracy_m,
    latitude,
    longitude,
    not_negative,
    strange,
)

_KMH_A_MPS: Final = 3.6
_MONTHLY: Final = re.compile(r"\d{4}-\d{2}")


def read(path: Path) -> Track:
    """The locations in a recorder file. Raises TrackRefused where no line of it can be read."""
    told = Collector(path)
    device = device_of(path)
    others: Counter[str] = Counter()
    for line, text in enumerate(decode_text(path).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            arrival, payload = _record(text)
            if payload.get("_type") == "location":
                told.report(_topic_device(payload) or device, _fix(arrival, payload))
            else:
                others[str(payload.get("_type"))] += 1
        except Misread as error:
            told.fault(line, error.column, error.why)
    if others:
        told.note(f"{told.file}: messages that are no locations: {dict(sorted(others.items()))}")
    return told.track()


def device_of(path: Path) -> str:
    """`user/device` for the recorder's own layout (`rec/user/device/2015-08.rec`), otherwise the file's
    name."""
    user, device = path.parent.parent.name, path.parent.name
    return f"{user}/{device}" if _MONTHLY.fullmatch(path.stem) and user and device else path.stem


def _topic_device(payload: dict[str, Any]) -> str | None:
    # Newer apps put their topic into the payload: owntracks/user/device.
    topic = payload.get("topic")
    parts = topic.split("/") if isinstance(topic, str) else []
    return "/".join(parts[1:3]) if len(parts) >= 3 and parts[0] == "owntracks" else None


def _record(text: str) -> tuple[Micros, dict[str, Any]]:
    parts = text.split("\t", 2)
    if len(parts) != 3:
        told = "not a recorder line: a time, a tab, a type, a tab, a JSON object"
        raise Misread(Said("track.record", told))
    arrival = instant(parts[0].strip())
    start = len(parts[0]) + len(parts[1]) + 3
    try:
        payload = json.loads(parts[2])
    except json.JSONDecodeError as error:
        why = Said("track.payload", "the payload is no JSON: {}", slip(error))
        raise Misread(why, start + error.pos) from None
    except RecursionError:
        raise Misread(DEEP, start) from None
    if not isinstance(payload, dict):
        raise Misread(Said("track.no-object", "the payload is no JSON object"), start)
    return arrival, payload


def _fix(arrival: Micros, payload: dict[str, Any]) -> Report:
    return {
        "kind": ReportKind.FIX,
        "at": int(_number(payload, "tst") * SECOND),
        "received_at": arrival,
        "lon": longitude(_number(payload, "lon")),
        "lat": latitude(_number(payload, "lat")),
        "accuracy_m": known_accuracy_m(_number(payload, "acc", -1.0)),
        "speed_mps": not_negative(_number(payload, "vel", -1.0)) / _KMH_A_MPS,
        "heading_deg": not_negative(_number(payload, "cog", -1.0)),
        # The app does not say whether satellites, Wi-Fi or cells placed it; it does say how surely.
        "source": Source.UNKNOWN,
    }


_TST_MAX: Final = 253_402_300_799  # the last second of the year 9999


def _number(payload: dict[str, Any], name: str, absent: float | None = None) -> float:
    value = payload.get(name, absent)
    if value is None:
        raise Misread(Said("track.location", "the location has no {}", name))
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) <= _TST_MAX:
        raise Misread(strange(name, value))
    return float(value)
