"""Why the engine raised an alert, in one plain sentence a language, from the alert's type and evidence.

Lengths are metres, times are civil time of the order's zone with its offset.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, tzinfo
from string import Formatter
from types import MappingProxyType
from typing import Any, Final, TypeGuard

from em_engine.console.phrases import PHRASES, Phrase
from em_engine.vocabulary import AlertType, Micros, instant, parse_rfc3339

LANGUAGES: Final = Phrase._fields
NO_BREAK: Final = "\N{NO-BREAK SPACE}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """What a sentence is made from: the alert, and the words its order and zone have for things."""

    type: AlertType
    device: str | None
    opened_at: Micros
    cleared_at: Micros | None
    evidence: Mapping[str, Any]
    zone: str | None = None
    other: str | None = None
    buffer_m: float | None = None
    warn_m: float | None = None
    alert_m: float | None = None
    time_zone: tzinfo = UTC


def reason(told: Told) -> dict[str, str]:
    """The sentence by language: `nb`, `nn`, `en`."""
    return {language: _say(told, language) for language in LANGUAGES}


def _say(told: Told, language: str) -> str:
    facts = _facts(told, WORDS[language])
    for phrase in PHRASES[told.type]:
        template: str = getattr(phrase, language)
        if _needs(template) <= facts.keys():
            return template.format_map(facts)
    raise AssertionError(f"no phrase of {told.type} is content with what every alert has")


def _needs(template: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(template) if name}


@dataclass(frozen=True, slots=True, kw_only=True)
class Words:
    """How one language puts numbers and times."""

    at: str
    last: str  # after a word that says since
    since: str
    from_to: str
    thousands: str
    quoted: str
    unknown_zone: str
    unknown_device: str


WORDS: Final[Mapping[str, Words]] = MappingProxyType(
    {
        "nb": Words(
            at="kl. {0}",
            last="kl. {0}",
            since="siden kl. {0}",
            from_to="fra kl. {0} til {1}",
            thousands=NO_BREAK,
            quoted="«{0}»",
            unknown_zone="sonen",
            unknown_device="(ukjent)",
        ),
        "nn": Words(
            at="kl. {0}",
            last="kl. {0}",
            since="sidan kl. {0}",
            from_to="frå kl. {0} til {1}",
            thousands=NO_BREAK,
            quoted="«{0}»",
            unknown_zone="sona",
            unknown_device="(ukjend)",
        ),
        "en": Words(
            at="at {0}",
            last="{0}",
            since="since {0}",
            from_to="from {0} to {1}",
            thousands=",",
            quoted="“{0}”",
            unknown_zone="the zone",
            unknown_device="(unknown)",
        ),
    }
)


def _facts(told: Told, words: Words) -> dict[str, str]:
    """Everything known that a phrase may name, already in words."""
    known = _circumstances(told, words) | _lengths(told, words) | _amounts(told.evidence)
    return {name: text for name, text in known.items() if text is not None}


def _circumstances(told: Told, words: Words) -> dict[str, str | None]:
    opened, zone = _clock(told.opened_at, told), told.zone or told.evidence.get("zone")
    return {
        "zone": words.quoted.format(zone) if zone else words.unknown_zone,
        "device": told.device or words.unknown_device,
        "group": words.quoted.format(told.evidence["group"]) if told.evidence.get("group") else None,
        "other": told.other or str(told.evidence.get("with", "")),
        "at": words.at.format(opened),
        "span": _span(told, opened, words),
        "last": _last_sign(told, words),
    }


def _lengths(told: Told, words: Words) -> dict[str, str | None]:
    evidence, buffer_m = told.evidence, told.buffer_m
    margin_m = evidence.get("margin_m")
    # The margin of an approach is to the ring; people ask how far it is to the zone.
    near_m = margin_m + buffer_m if _is_number(margin_m) and buffer_m else None
    lengths_m = {
        "beyond": _size(evidence.get("depth_m", margin_m)),
        "near": near_m if near_m is not None and near_m >= 0 else None,
        "apart": evidence.get("separation_m"),
        "buffer": buffer_m,
        "warn": evidence.get("warn_m", told.warn_m),
        "alert": evidence.get("alert_m", told.alert_m),
    }
    return {name: _metres(length_m, words) for name, length_m in lengths_m.items()}


def _amounts(evidence: Mapping[str, Any]) -> dict[str, str | None]:
    came = evidence.get("came") is True
    return {
        "proof": _minutes(evidence.get("proof_within_s")),
        "allowed": _minutes(evidence.get("allowed_s")),
        "present": _minutes(evidence.get("present_s")) if came else None,
        "minimum": _minutes(evidence.get("minimum_s")),
        "left": _minutes(evidence.get("left_s")),
        "clock": _minutes(_size(evidence.get("clock_ahead_s"))),
        "battery": _percent(evidence.get("battery_pct")),
        "count": _whole(evidence.get("count")),
    }


def _span(told: Told, opened: str, words: Words) -> str:
    if told.cleared_at is None:
        return words.since.format(opened)
    cleared = _clock(told.cleared_at, told)
    return words.at.format(opened) if cleared == opened else words.from_to.format(opened, cleared)


_FAR_FUTURE: Final = parse_rfc3339("2200-01-01T00:00:00Z")
LAST_SIGNS: Final = ("heard_at", "last_fix_at", "last_known_at")
"""What evidence calls the last sign before a silence."""


def _last_sign(told: Told, words: Words) -> str | None:
    """When the last sign came; of no use once there is a newer one."""
    last = next((told.evidence[name] for name in LAST_SIGNS if told.evidence.get(name)), None)
    if told.cleared_at is not None or not isinstance(last, str):
        return None
    at = _parsed(last)
    return None if at is None else words.last.format(_clock(at, told))


def _parsed(text: str) -> Micros | None:
    try:
        at = parse_rfc3339(text)
    except (ValueError, OverflowError):
        return None
    # What lies before all clocks, or after them, is no time anybody was heard at.
    return at if 0 <= at < _FAR_FUTURE else None


def _clock(at: Micros, told: Told) -> str:
    """`21:14 (+01:00)`, with the date where it is not the day on which the breach began."""
    civil = instant(at).astimezone(told.time_zone)
    day = instant(told.opened_at).astimezone(told.time_zone).date()
    date = "" if civil.date() == day else f"{civil.date().isoformat()} "
    return f"{date}{civil:%H:%M} ({_offset(civil)})"


def _offset(civil: datetime) -> str:
    text = civil.strftime("%z")
    return f"{text[:3]}:{text[3:5]}"


def _metres(length_m: object, words: Words) -> str | None:
    if not _is_number(length_m):
        return None
    # Tens are as near as any fix is once people are a hundred metres off.
    step = 1 if length_m < 100 else 10
    return f"{round(length_m / step) * step:,}".replace(",", words.thousands) + f"{NO_BREAK}m"


def _minutes(span_s: object) -> str | None:
    if not _is_number(span_s):
        return None
    return f"{span_s / 60:.0f}{NO_BREAK}min" if span_s >= 60 else f"{span_s:.0f}{NO_BREAK}s"


def _percent(share: object) -> str | None:
    return f"{share:.0f}{NO_BREAK}%" if _is_number(share) else None


def _whole(count: object) -> str | None:
    return str(count) if isinstance(count, int) else None


def _size(length_m: object) -> float | None:
    return abs(length_m) if _is_number(length_m) else None


def _is_number(value: object) -> TypeGuard[float]:
    return isinstance(value, float | int) and not isinstance(value, bool)
