"""What a cell of a track file may say: numbers, degrees, sources, and the ways devices spell "unknown"."""

import json
import math
from collections.abc import Iterable
from typing import Final

from em_engine.rulebook.coded import Said
from em_engine.rulebook.json_text import slip
from em_engine.vocabulary import (
    ACCURACY_UNKNOWN_M,
    DeviceEvent,
    Micros,
    ReportKind,
    Source,
    TestResult,
    Tristate,
    parse_rfc3339,
    wire_name,
)

KINDS: Final = {wire_name(kind): kind for kind in ReportKind}
EVENTS: Final = {wire_name(event): int(event) for event in DeviceEvent if event is not DeviceEvent.NONE}
RESULTS: Final = {wire_name(result): int(result) for result in TestResult if result is not TestResult.NONE}
YES_NO: Final = {"true": int(Tristate.YES), "false": int(Tristate.NO)}
CLOSED: Final = {"closed": int(Tristate.YES), "open": int(Tristate.NO)}
RANGE: Final = {"in-range": int(Tristate.YES), "out-of-range": int(Tristate.NO)}


SHOWN_MAX: Final = 60
DEEP: Final = Said("track.deep", "nested too deeply")


class Misread(ValueError):
    """One row could not be read, and why; `column` is the place in its line, from 1."""

    def __init__(self, why: Said, column: int = 1) -> None:
        super().__init__(why)
        self.why, self.column = why, column


def empty(name: str) -> Said:
    """What is told of a value that must be there and is not."""
    return Said("track.empty", "{} is empty", name)


def no_json(error: json.JSONDecodeError) -> Said:
    """What is told of a text that is no JSON."""
    return Said("track.json", "no JSON: {}", slip(error))


def instant(text: str) -> Micros:
    """The instant that is written. Raises Misread where it is none, or carries no offset."""
    try:
        return parse_rfc3339(text)
    except (TypeError, ValueError, OverflowError):
        told = "{} is no time with an offset; write it like 2026-11-22T01:02:03Z"
        raise Misread(Said("track.time", told, shown(text))) from None


def shown(value: object) -> str:
    """A value of a file as it can be told: what is long is cut."""
    text = repr(value)
    return text if len(text) <= SHOWN_MAX else f"{text[:SHOWN_MAX]}…"


def degrees_north(text: str) -> float:
    """A latitude. Raises Misread where it is none on Earth."""
    return latitude(number(text, "latitude"))


def degrees_east(text: str) -> float:
    """A longitude. Raises Misread where it is none on Earth."""
    return longitude(number(text, "longitude"))


def latitude(value: float) -> float:
    """The latitude. Raises Misread where it is none on Earth."""
    return within(value, "latitude", least=-90.0, most=90.0)


def longitude(value: float) -> float:
    """The longitude. Raises Misread where it is none on Earth."""
    return within(value, "longitude", least=-180.0, most=180.0)


def within(value: float, name: str, *, least: float, most: float) -> float:
    """The value. Raises Misread where it is out of bounds."""
    if not least <= value <= most:  # refuses NaN as well
        raise Misread(Said("track.range", "{} {} is not between {:g} and {:g}", name, value, least, most))
    return value


def number(text: str, name: str) -> float:
    """A finite number. Raises Misread."""
    try:
        value = float(text)
    except ValueError:
        raise Misread(Said("track.number", "{} {} is not a number", name, shown(text))) from None
    if not math.isfinite(value):
        raise Misread(Said("track.finite", "{} {} is not a finite number", name, shown(text)))
    return value


def strange(name: str, value: object) -> Said:
    """What is told of something that should be a number as devices send it."""
    return Said("track.strange", "{} {} is not a number in range", name, shown(value))


def known_accuracy_m(value: float) -> float:
    """The 68 % radius in metres; NaN where the device says it does not know (0, negative, 2147483647)."""
    return value if 0.0 < value < ACCURACY_UNKNOWN_M else math.nan


def not_negative(value: float) -> float:
    """The value; NaN where a device writes -1 for "unknown"."""
    return value if value >= 0.0 else math.nan


# Loggers name their sources freely; the words that say "not from satellites" are few.
_SOURCE_WORDS: Final = {
    "wifi": Source.WIFI,
    "wlan": Source.WIFI,
    "cell": Source.CELL,
    "lbs": Source.CELL,
    "gsm": Source.CELL,
    "beacon": Source.BEACON,
    "unknown": Source.UNKNOWN,
    "network": Source.UNKNOWN,
    "nlp": Source.UNKNOWN,  # Android's network location provider: Wi-Fi or cell, it does not say which
    "fused": Source.UNKNOWN,
    "flp": Source.UNKNOWN,  # Android's fused location provider
}


def source_named(text: str) -> Source:
    """What a track file's free word for its source means.

    A recorded track is satellite fixes unless it says so.
    """
    words: Iterable[str] = text.lower().replace("_", "-").split("-")
    return next((_SOURCE_WORDS[word] for word in words if word in _SOURCE_WORDS), Source.GNSS)


def source_words() -> dict[str, int]:
    """The words we write ourselves."""
    return {wire_name(source): int(source) for source in Source}
