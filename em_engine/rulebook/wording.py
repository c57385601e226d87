"""What a document's fields hold, as JSON values and in words: the language of `em rules diff`."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass
from datetime import datetime, timedelta
from enum import Enum, IntEnum
from typing import Any, Final

from em_engine.law.terms import HolidayRule, Leave, OneOff
from em_engine.law.weekly import DAY_MIN, parse_weekly
from em_engine.rulebook.documents import plain_name
from em_engine.rulebook.models import Condition
from em_engine.vocabulary import wire_name

_UNITS: Final = (("_m", " m"), ("_pct", " %"))


def turned(key: str, was: Any, now: Any) -> str:
    """`20 % → 15 %`; of lists only what came and went, as leave and steps are long."""
    if isinstance(was, list) and isinstance(now, list) and key.split()[0] != "weekly":
        gone = [f"without {one}" for one in was if one not in now]
        come = [f"with {one}" for one in now if one not in was]
        return "; ".join([*gone, *come]) or "in another order"
    return f"{said(key, was)} → {said(key, now)}"


def said(key: str, value: Any) -> str:
    """The value of a field in words, with its unit."""
    if key.split()[0] == "weekly":
        return f"{', '.join(value)} ({_hours_a_week(value):g} h a week)" if value else "always"
    if value in (None, "", []):
        return "none"
    if isinstance(value, list):
        return ", ".join(map(str, value))
    if isinstance(value, bool):
        return "yes" if value else "no"
    unit = next((unit for ending, unit in _UNITS if key.split()[0].endswith(ending)), "")
    return f"{value:g}{unit}" if isinstance(value, float | int) else f"{value}{unit}"


def _hours_a_week(weekly: list[str]) -> float:
    """How long the windows bind in a week without holidays; where they overlap they count once."""
    week = [False] * (7 * DAY_MIN)
    for window in map(parse_weekly, weekly):
        for day in window.days:
            start = day * DAY_MIN + window.start_min
            for minute in range(start, start + window.length_min):
                week[minute % len(week)] = True
    return round(sum(week) / 60, 2)


def condition_fields(condition: Condition) -> dict[str, Any]:
    """What a condition demands: its terms, its own validity, and what each phase changes."""
    plain = plain_fields(condition.terms)
    told = dict(plain)
    for name, edge in (("valid from", condition.from_), ("valid to", condition.to)):
        if edge is not None:
            told[name] = _plain(edge)
    for phase in condition.phases:
        before, plain = plain, plain_fields(phase.terms)
        told |= {
            f"{key} from {_plain(phase.from_)}": plain[key] for key in plain if plain[key] != before.get(key)
        }
    return told


def times_in_words(condition: Condition) -> Iterator[str]:
    """When a condition does not bind, and what its phases change, a line each."""
    for leave in getattr(condition.terms, "granted", ()):
        yield f"not {stretch_in_words(leave)}"
    plain = plain_fields(condition.terms)
    for phase in condition.phases:
        before, plain = plain, plain_fields(phase.terms)
        turned_to = ", ".join(
            f"{key} {said(key, plain[key])}" for key in plain if plain[key] != before.get(key)
        )
        yield f"from {_plain(phase.from_)}{f', {phase.title}' * bool(phase.title)}: {turned_to}"


def plain_fields(value: Any, within: str = "") -> dict[str, Any]:
    """The fields of a dataclass as JSON values under the names they have in documents: `grace.late`."""
    plain: dict[str, Any] = {}
    for one in fields(value):
        key, held = within + plain_name(one.name), getattr(value, one.name)
        if is_dataclass(held) and not isinstance(held, HolidayRule):
            plain |= plain_fields(held, f"{key}.")
        else:
            plain[key] = _plain(held)
    return plain


def _plain(value: Any) -> Any:
    match value:
        case timedelta():
            return written_span(value)
        case datetime():
            return value.isoformat(timespec="minutes")
        case IntEnum():
            return wire_name(value)
        case Enum():
            return value.value
        case HolidayRule():
            return f"{value.calendar} as {value.as_}"
        case Leave() | OneOff():
            return stretch_in_words(value)
        case tuple() | list() | frozenset():
            return [_plain(one) for one in value]
        case _:
            return value


def stretch_in_words(value: Leave | OneOff) -> str:
    """`2026-05-16T12:00 to 2026-05-18T20:00 (confirmation, court)`, or `as in handover (…)`."""
    given = (value.reason, value.authorised_by) if isinstance(value, Leave) else (value.reason,)
    why = ", ".join(part for part in given if part)
    by_schedule = value.schedule if isinstance(value, Leave) else None
    when = f"{_plain(value.from_)} to {_plain(value.to)}" if by_schedule is None else f"as in {by_schedule}"
    return when + (f" ({why})" if why else "")


def written_span(span: timedelta) -> str:
    """The span as documents write it: `PT10M`, `P1DT12H`."""
    hours, rest = divmod(span.seconds, 3600)
    minutes, seconds = divmod(rest, 60)
    clock = "".join(
        f"{count}{unit}" for count, unit in ((hours, "H"), (minutes, "M"), (seconds, "S")) if count
    )
    days = f"{span.days}D" if span.days else ""
    return f"P{days}T{clock}" if clock else f"P{days or 'T0S'}"
