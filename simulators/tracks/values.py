"""What a cell of a track file may say: numbers, degrees, sources, and the ways devices spell "unknown"."""

import math
from collections.abc import Iterable
from typing import Final

from em_engine.vocabulary import (
    ACCURACY_UNKNOWN_M,
    DeviceEvent,
    ReportKind,
    Source,
    TestResult,
    Tristate,
    wire_name,
)

KINDS: Final = {wire_name(kind): kind for kind in ReportKind}
EVENTS: Final = {wire_name(event): int(event) for event in DeviceEvent if event is not DeviceEvent.NONE}
RESULTS: Final = {wire_name(result): int(result) for result in TestResult if result is not TestResult.NONE}
YES_NO: Final = {"true": int(Tristate.YES), "false": int(Tristate.NO)}
CLOSED: Final = {"closed": int(Tristate.YES), "open": int(Tristate.NO)}
RANGE: Final = {"in-range": int(Tristate.YES), "out-of-range": int(Tristate.NO)}


class Misread(ValueError):
    """One row could not be read; `column` is the place in its line, from 1."""

    def __init__(self, message: str, column: int = 1) -> None:
        super().__init__(message)
        self.column = column


def degrees_north(text: str) -> float:
    """A latitude. Raises Misread where it is none on Earth."""
    return latitude(number(text, "latitude"))


def degrees_east(text: str) -> float:
    """A longitude. Raises Misread where it is none on Earth."""
    return longitude(number(text, "longitude"))


def latitude(value: float) -> float:
    """The latitude. Raises Misread where it is none on Earth."""
    if not -90.0 <= value <= 90.0:  # refuses NaN as well
        raise Misread(f"latitude {value} is not between -90 and 90")
    return value


def longitude(value: float) -> float:
    """The longitude. Raises Misread where it is none on Earth."""
    if not -180.0 <= value <= 180.0:
        raise Misread(f"longitude {value} is not between -180 and 180")
    return value


def number(text: str, name: str) -> float:
    """A finite number. Raises Misread."""
    try:
        value = float(text)
    except ValueError:
        raise Misread(f"{name} {text!r} is not a number") from None
    if not math.isfinite(value):
        raise Misread(f"{name} {text!r} is not a finite number")
    return value


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
