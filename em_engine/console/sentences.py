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
            since="siden kl. {0}",
            from_to="fra kl. {0} til {1}",
            thousands=NO_BREAK,
            quoted="«{0}»",
            unknown_zone="sonen",
            unknown_device="(ukjent)",
        ),
        "nn": Words(
            at="kl. {0}",
            since="sidan kl. {0}",
            from_to="frå kl. {0} til {1}",
            thousands=NO_BREAK,
            quoted="«{0}»",
            unknown_zone="sona",
            unknown_device="(ukjend)",
        ),
        "en": Words(
            at="at {0}",
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
    opened = _clock(told.opened_at, told)
    known = {
        "zone": words.quoted.format(told.zone) if told.zone else words.unknown_zone,
        "device": told.device or words.unknown_device,
        "other": told.other or "",
        "at": words.at.format(opened),
        "span": _span(told, opened, words),
        "last": _last_sign(told, words),
        "allowed": _minutes(told.evidence.get("allowed_s")),
        "battery": _percent(told.evidence.get("battery_pct")),
        "count": _whole(told.evidence.get("count")),
        "beyond": _metres(_size(told.evidence.get("margin_m")), words),
        "apart": _metres(told.evidence.get("separation_m"), words),
        "buffer": _metres(told.buffer_m, words),
        "warn": _metres(told.warn_m, words),
        "alert": _metres(told.alert_m, words),
    }
    return {name: text for name, text in known.items() if text is not None}


def _span(told: Told, opened: str, words: Words) -> str:
    if told.cleared_at is None:
        return words.since.format(opened)
    return words.from_to.format(opened, _clock(told.cleared_at, told))


def _last_sign(told: Told, words: Words) -> str | None:
    """When the last sign came; of no use once there is a newer one."""
    last = told.evidence.get("last_heard_at")
    if told.cleared_at is not None or not isinstance(last, str):
        return None
    at = _parsed(last)
    return None if at is None else words.at.format(_clock(at, told)).removeprefix("at ")


def _parsed(text: str) -> Micros | None:
    try:
        return parse_rfc3339(text)
    except ValueError:
        return None


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
