"""Breaches as the truth tells them and alerts as the engine told them: both are spans of time under one
key."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from em_engine.rulebook.coded import Said
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros
from simulators.places import member_places
from simulators.tracks.track import Fault, unopened
from simulators.tracks.values import Misread, instant, no_json, shown

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
    """A file that is no list of alerts, or no truth: `faults` is the one thing that is wrong with it."""

    def __init__(self, path: Path, why: Said, at: tuple[int, int] = (1, 1)) -> None:
        line, column = at
        self.faults = (Fault(file=str(path), line=line, column=column, message=why),)
        super().__init__(str(self.faults[0]))


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
            raise _no_json(path, error, line) from None
        except _WRONG as error:
            why = Said("score.alert", "no alert change: {}", _told(error))
            raise ScoreRefused(path, why, (line, 1)) from None
    return list(told.values())


def read_truth(path: Path) -> tuple[list[Span], float]:
    """The breaches in a `TRUTH.json` and its device-days. Raises ScoreRefused."""
    text = _text(path)
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        raise _no_json(path, error, error.lineno) from None
    if not isinstance(document, dict) or not isinstance(document.get("breaches"), list):
        raise ScoreRefused(path, Said("score.truth", 'a truth is {"breaches": […], "device_days": n}'))
    device_days = document.get("device_days")
    if isinstance(device_days, bool) or not isinstance(device_days, int | float) or not device_days > 0:
        told = "device_days {} is not a number above 0"
        raise ScoreRefused(path, Said("score.days", told, shown(device_days)))
    return [_breach(path, text, index, one) for index, one in enumerate(document["breaches"])], device_days


_WRONG: Final = (KeyError, TypeError, ValueError, OverflowError)


def _no_json(path: Path, error: json.JSONDecodeError, line: int) -> ScoreRefused:
    return ScoreRefused(path, no_json(error), (line, error.colno))


def _told(error: Exception) -> Said:
    if isinstance(error, Misread):
        return error.why
    if isinstance(error, KeyError):
        return Said("score.missing", "{} is missing", str(error.args[0]))
    return Said("score.form", "it has another form")


def _alert(change: Mapping[str, Any]) -> Span:
    return Span(
        key=(str(change["case"]), str(change["condition"]), str(change["type"])),
        start=instant(change["opened_at"]),
        end=NEVER if change["cleared_at"] is None else instant(change["cleared_at"]),
        detected_at=instant(change["detected_at"]),
    )


def _breach(path: Path, text: str, index: int, told: Mapping[str, Any]) -> Span:
    try:
        breach = Span(
            key=(str(told["case"]), str(told["condition"]), str(told["type"])),
            start=instant(told["from"]),
            end=NEVER if told["to"] is None else instant(told["to"]),
        )
        if breach.end < breach.start:
            raise Misread(Said("score.ends", "it ends at {}, before it begins", told["to"]))
    except _WRONG as error:
        why = Said("score.breach", "breach {}: {}", index, _told(error))
        raise ScoreRefused(path, why, member_places(text, "breaches")[index]) from None
    return breach


def _text(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig")
    except OSError as error:
        raise ScoreRefused(path, unopened(error)) from None
    except UnicodeDecodeError as error:
        raise ScoreRefused(path, Said("track.utf8", "no UTF-8 at byte {}", error.start)) from None
