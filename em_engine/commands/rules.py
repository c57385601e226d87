"""`em rules show`: what a rulebook demands, as the engine reads it."""

import json
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

import click

from em_engine.commands.options import now
from em_engine.law.terms import OF_TIME, Allowance, Grace
from em_engine.rulebook import load
from em_engine.rulebook.binding import Binding
from em_engine.rulebook.models import Condition, Order, Rulebook
from em_engine.rulebook.wording import times_in_words
from em_engine.vocabulary import BEFORE_ALL, HOUR, NEVER, Micros, instant, rfc3339

_SHOWN: Final[Micros] = 7 * 24 * HOUR


def show_command(folder: Path, *, order: str | None, at: Micros | None, as_json: bool) -> int:
    """The rulebook as it is read: a line an order, or one order with its coming windows."""
    rulebook = load(folder)
    if order is None:
        for one in rulebook.orders:
            click.echo(json.dumps(_summary(one), ensure_ascii=False) if as_json else _line(one))
        return 0
    chosen = next((one for one in rulebook.orders if one.id == order), None)
    if chosen is None:
        known = ", ".join(one.id for one in rulebook.orders[:10])
        click.echo(f"{folder}: no order {order!r}; there are {known}", err=True)
        return 2
    since = now() if at is None else at
    if as_json:
        click.echo(json.dumps(_detail(rulebook, chosen, since), ensure_ascii=False, indent=2))
    else:
        click.echo("\n".join(_told(rulebook, chosen, since)))
    return 0


def _summary(order: Order) -> dict[str, Any]:
    return {
        "order": order.id,
        "programme": order.programme.value,
        "wearer": order.wearer.id,
        "devices": list(order.wearer.devices),
        "protected": [person.id for person in order.protected],
        "valid": {"from": _edge(order.valid_from), "to": _edge(order.valid_to)},
        "record": order.record.value,
        "conditions": [{"id": one.id, "kind": one.kind} for one in order.conditions],
    }


def _edge(at: Micros) -> str | None:
    return None if at in (BEFORE_ALL, NEVER) else rfc3339(at)


def _line(order: Order) -> str:
    conditions = ", ".join(f"{one.id} ({one.kind})" for one in order.conditions)
    return f"{order.id:<20} {order.programme.value:<20} {order.wearer.id:<8} {conditions}"


def _detail(rulebook: Rulebook, order: Order, since: Micros) -> dict[str, Any]:
    detail = _summary(order)
    for told, condition in zip(detail["conditions"], order.conditions, strict=True):
        told["windows"] = [
            {"from": _edge(start), "to": _edge(end)}
            for start, end in _windows(rulebook, order, condition, since)
        ]
    return detail


def _told(rulebook: Rulebook, order: Order, since: Micros) -> Iterator[str]:
    zone = ZoneInfo(order.time_zone)
    yield f"{order.id}: {order.programme.value}, kept: {order.record.value}, times in {order.time_zone}"
    yield f"  valid {_civil(order.valid_from, zone)} to {_civil(order.valid_to, zone)}"
    for role, person in (("wearer", order.wearer), *(("protected", one) for one in order.protected)):
        yield f"  {role} {person.id}: {', '.join(person.devices)}"
    for condition in order.conditions:
        yield f"  {condition.id}: {condition.kind}, {_terms(condition)}"
        yield from (f"    {line}" for line in times_in_words(condition))
        for start, end in _windows(rulebook, order, condition, since):
            yield f"    {_civil(start, zone)} to {_civil(end, zone)}"


def _terms(condition: Condition) -> str:
    """The terms as an author writes them, without the windows that are shown below."""
    names = (
        name for name in getattr(condition.terms, "__dataclass_fields__", {}) if name not in _SHOWN_APART
    )
    written = ((name.rstrip("_"), getattr(condition.terms, name)) for name in names)
    return ", ".join(f"{name} {_plain(value)}" for name, value in written if value not in (None, ()))


_SHOWN_APART: Final = OF_TIME


def _plain(value: Any) -> str:
    if isinstance(value, timedelta):
        return f"{value.total_seconds() / 60:g} min"
    if isinstance(value, Grace):
        return f"{_plain(value.late)} late, {_plain(value.early)} early"
    if isinstance(value, Allowance):
        return f"{_plain(value.total)} a {value.per}"
    if isinstance(value, tuple):
        return ", ".join(map(_plain, value))
    return f"{value:g}" if isinstance(value, float) else str(value)


def _windows(
    rulebook: Rulebook, order: Order, condition: Condition, since: Micros
) -> Iterator[tuple[Micros, Micros]]:
    """The windows of the week from `since` on."""
    for part in Binding(rulebook).parts(order, condition):
        at = since
        while at < since + _SHOWN:
            stretch = part.schedule.at(at)
            if stretch.binds:
                yield stretch.start, stretch.end
            at = stretch.end


def _civil(at: Micros, zone: ZoneInfo) -> str:
    if at in (BEFORE_ALL, NEVER):
        return "open"
    return instant(at).astimezone(zone).strftime("%a %Y-%m-%d %H:%M%z")
