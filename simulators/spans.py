"""Breaches as the truth tells them and alerts as the engine told them: both are spans of time under one
key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros, parse_rfc3339
from simulators.places import member_places

Key = tuple[str, str, str]
"""Case, condition, type."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Span:
    """A breach as the truth tells it, or an alert as the engine told it."""

    key: Key
    start: Micros
    end: Micros  # NEVER while it lasts
    detected_at: Micros = BEFORE_ALL

    def touches(self, other: "Span", tolerance: Micros) -> bool:
        """Whether both can be of the same breach."""
        return self.start - tolerance <= other.end and other.start <= self.end + tolerance


class ScoreRefused(Exception):
    """A file that is no list of alerts, or no truth; the text is `file:line:column: message`."""


def read_alerts(path: Path) -> list[Span]:
    """The alerts in an `ALERTS.jsonl`, each as its last change leaves it. Raises ScoreRefused."""
    told: dict[str, Span] = {}
    for line, text in enumerate(_text(path).split("\n"), start=1):
        if not text.strip():
            continue
        try:
            change = json.loads(text)
            now, first = _alert(change), told.get(change["alert"])
            # Later changes move an alert's end; when it was opened and proved is what the first one says.
            told[change["alert"]] = now if first is None else replace(first, end=now.end)
        except json.JSONDecodeError as error:
            raise ScoreRefused(f"{path}:{line}:{error.colno}: no JSON: {error.msg}") from None
        except _WRONG as error:
            raise ScoreRefused(f"{path}:{line}:1: no alert change: {_told(error)}") from None
    return list(told.values())


def read_truth(path: Path) -> tuple[list[Span], float]:
    """The breaches in a `TRUTH.json` and its device-days. Raises ScoreRefused."""
    text = _text(path)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise ScoreRefused(f"{path}:{error.lineno}:{error.colno}: no JSON: {error.msg}") from None
    if not isinstance(document, dict) or not isinstance(document.get("breaches"), list):
        raise ScoreRefused(f'{path}:1:1: a truth is {{"breaches": […], "device_days": n}}')
    device_days = document.get("device_days")
    if isinstance(device_days, bool) or not isinstance(device_days, int | float) or not device_days > 0:
        raise ScoreRefused(f"{path}:1:1: device_days {device_days!r} is not a number above 0")
    return [_breach(path, text, index, one) for index, one in enumerate(document["breaches"])], device_days


_WRONG: Final = (KeyError, TypeError, ValueError, OverflowError)


def _told(error: Exception) -> str:
    return f"{error.args[0]} is missing" if isinstance(error, KeyError) else str(error)


def _alert(change: Mapping[str, Any]) -> Span:
    return Span(
        key=(str(change["case"]), str(change["condition"]), str(change["type"])),
        start=parse_rfc3339(change["opened_at"]),
        end=NEVER if change["cleared_at"] is None else parse_rfc3339(change["cleared_at"]),
        detected_at=parse_rfc3339(change["detected_at"]),
    )


def _breach(path: Path, text: str, index: int, told: Mapping[str, Any]) -> Span:
    try:
        breach = Span(
            key=(str(told["case"]), str(told["condition"]), str(told["type"])),
            start=parse_rfc3339(told["from"]),
            end=NEVER if told["to"] is None else parse_rfc3339(told["to"]),
        )
        if breach.end < breach.start:
            raise ValueError(f"it ends at {told['to']}, before it begins")
    except _WRONG as error:
        line, column = member_places(text, "breaches")[index]
        raise ScoreRefused(f"{path}:{line}:{column}: breach {index}: {_told(error)}") from None
    return breach


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScoreRefused(f"{path}:1:1: cannot be opened: {error.strerror}") from None
    except UnicodeDecodeError as error:
        raise ScoreRefused(f"{path}:1:1: no UTF-8 at byte {error.start}") from None
