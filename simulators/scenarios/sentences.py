"""The sentences of a story: a table of templates with typed slots, and what each is called.

A sentence that fits no template is refused with the nearest one; a slot that does not fit says why.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import Final

from em_engine.vocabulary import HOUR, MINUTE, SECOND, Micros

SPEEDS_MPS: Final[Mapping[str, float]] = {
    "on foot": 1.4,
    "running": 3.0,
    "by bike": 5.0,
    "by bus": 8.0,
    "by ferry": 9.0,
    "by tram": 9.0,
    "by car": 14.0,
    "by train": 30.0,
    "at once": 1e6,
}
_UNITS: Final[Mapping[str, Micros]] = {"s": SECOND, "min": MINUTE, "h": HOUR}
_PLACE: Final = r"(?:\d+(?:\.\d+)? k?m [a-z-]+ of )?[^\s,]+"
_SLOTS: Final[Mapping[str, str]] = {
    "who": r"[^\s']+",
    "place": _PLACE,
    "places": rf"{_PLACE}(?:, {_PLACE})*",
    "how": "|".join(SPEEDS_MPS) + r"|at \d+(?:\.\d+)? km/h",
    "span": r"\d+(?:\.\d+)? (?:s|min|h)",
    "metres": r"\d+(?:\.\d+)? m",
    "speed": r"\d+(?:\.\d+)? m/s",
    "time": r"(?:\d{4}-\d{2}-\d{2} )?\d{2}:\d{2}(?::\d{2})?",
    "number": r"\d+(?:\.\d+)?",
    "source": "gnss|wifi|cell|beacon|unknown",
}


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence that was understood: which one it is, and what stands in its slots, still as text."""

    name: str
    text: str
    words: Mapping[str, str]


TEMPLATES: Final[Mapping[str, str]] = {
    # Ways
    "{who} goes to {place} {how}": "go",
    "{who} goes to {place} via {places} {how}": "go",
    "{who} stays": "stay",
    # Reports
    "{who} takes a fix every {span}": "fix_every",
    "{who} takes no fixes": "no_fixes",
    "{who} sends a heartbeat every {span}": "heartbeat_every",
    "{who} sends no heartbeats": "no_heartbeats",
    "{who} sends a fix": "one_fix",
    "{who} sends a fix from {place}": "one_fix",
    "{who} sends a fix from {place} accurate to {metres}": "one_fix",
    "{who} sends a fix from {place} measured at {time}": "one_fix",
    "{who} sends a fix from {place} measured at {time} accurate to {metres}": "one_fix",
    "{who} sends a heartbeat": "one_heartbeat",
    "{who} sends its last message again": "again",
    "{who} sends everything again": "everything_again",
    "{who} falls silent": "silent",
    "{who} is heard again": "heard",
    "{who} loses the network": "offline",
    "{who} has the network again": "online",
    # The receiver
    "{who} says it is accurate to {metres}": "accuracy",
    "{who} says nothing of its accuracy": "no_accuracy",
    "{who} is off by {metres}": "error",
    "{who} locates by {source}": "source",
    "{who} seems to be at {place}": "seems",
    "{who} seems to drift to {place} at {speed}": "drifts",
    "{who} is seen right again": "right",
    "{who} freezes": "freezes",
    "{who} moves again": "thaws",
    "{who} reports nowhere": "nowhere",
    "{who} reports somewhere again": "somewhere",
    # Its state
    "{who}'s strap opens": "strap_opens",
    "{who}'s strap closes": "strap_closes",
    "{who}'s case opens": "case_opens",
    "{who}'s case closes": "case_closes",
    "{who} is jammed": "jammed",
    "{who} is no longer jammed": "unjammed",
    "{who} is shielded": "shielded",
    "{who} presses the panic key": "panics",
    "{who} falls": "falls",
    "{who} passes a test": "test_passed",
    "{who} fails a test": "test_failed",
    "{who} refuses a test": "test_refused",
    "{who} misses a test": "test_missed",
    "{who}'s battery is at {number} %": "battery",
    "{who} is charged": "charged",
    "{who} switches off": "off",
    "{who} switches on": "on",
    "{who}'s clock runs {span} ahead": "clock_ahead",
    "{who}'s clock runs {span} behind": "clock_behind",
    "{who}'s clock is right": "clock_right",
    # Everyone
    "the engine restarts": "engine_restarts",
    "the engine is away for {span}": "engine_away",
    "the broker is away for {span}": "engine_away",
}


class NotUnderstood(ValueError):
    """A sentence that fits no template; `hint` is the nearest."""

    def __init__(self, message: str, hint: str = "") -> None:
        self.hint = hint
        super().__init__(message)


def understand(text: str) -> Sentence:
    """The sentence in `text`. Raises NotUnderstood."""
    for template, pattern in _PATTERNS.items():
        found = pattern.fullmatch(text)
        if found is not None:
            return Sentence(TEMPLATES[template], text, found.groupdict())
    near = max(TEMPLATES, key=lambda template: _alike(text, template))
    raise NotUnderstood(f"“{text}” is no sentence of a story", f"did you mean “{near}”?")


def _alike(text: str, template: str) -> float:
    """How many words both have, in order; the slots' own words tell nothing."""
    return SequenceMatcher(None, text.split(), template.split()).ratio()


def _pattern(template: str) -> re.Pattern[str]:
    parts = re.split(r"\{(\w+)\}", template)
    made = [f"(?P<{part}>{_SLOTS[part]})" if at % 2 else re.escape(part) for at, part in enumerate(parts)]
    return re.compile("".join(made))


_PATTERNS: Final = {template: _pattern(template) for template in TEMPLATES}


def span_of(text: str) -> Micros:
    """`10 min` in microseconds."""
    number, unit = text.split(" ")
    return round(float(number) * _UNITS[unit])


def metres_of(text: str) -> float:
    """`400 m` in metres."""
    return float(text.split(" ")[0])


def speed_of(text: str) -> float:
    """`by bike`, `at 40 km/h` or `2 m/s` in metres a second."""
    if text in SPEEDS_MPS:
        return SPEEDS_MPS[text]
    number = float(re.findall(r"[\d.]+", text)[0])
    return number / 3.6 if text.endswith("km/h") else number
