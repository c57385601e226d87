"""A story's orders as a rulebook's files, and what an engine's own rulebook lacks of them."""

import textwrap
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

from em_engine.law.terms import OF_TIME
from em_engine.rulebook import Rulebook
from em_engine.rulebook.models import Condition, Order
from em_engine.vocabulary import BEFORE_ALL, NEVER
from simulators.scenarios.scenario import Scenario


def orders_of(scenario: Scenario) -> list[Order]:
    """The orders that name a device of the story."""
    there = {*scenario.devices, *scenario.recorded.devices}
    return [order for order in scenario.rulebook.orders if there & devices_of(order)]


def devices_of(order: Order) -> set[str]:
    """Every device of its wearer and of whom it protects."""
    return {device for person in (order.wearer, *order.protected) for device in person.devices}


def write_story_rules(scenario: Scenario, folder: Path) -> None:
    """The rulebook's files, as an author would have them. Raises OSError where they cannot be written."""
    for name, content in scenario.rulebook.files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content if path.suffix != ".yaml" else _moved_left(content))


def _moved_left(content: bytes) -> bytes:
    """An order stands in its story at some line and column; alone it begins at the first."""
    return (textwrap.dedent(content.decode("utf-8-sig")).strip("\n") + "\n").encode()


def names_times(scenario: Scenario) -> bool:
    """Whether its orders hold at some times and not at others: then the story has no day but its own."""
    return any(_is_bound(order) for order in orders_of(scenario))


def _is_bound(order: Order) -> bool:
    is_limited = order.valid_from != BEFORE_ALL or order.valid_to != NEVER
    return is_limited or any(map(_has_times, order.conditions))


def _has_times(condition: Condition) -> bool:
    held = (condition.from_, condition.to, condition.phases)
    return any(held) or any(getattr(condition.terms, name, None) for name in OF_TIME)


# What an engine lacks --------------------------------------------------------------------------


def lacking(scenario: Scenario, engine: Rulebook) -> Iterator[str]:
    """What must be mended before an engine with this rulebook can be judged by the story, a sentence each."""
    theirs = {order.id: order for order in engine.orders}
    wanted = orders_of(scenario)
    for order in wanted:
        if order.id not in theirs:
            yield f"order {order.id}: the engine has no such order"
        elif parts := [*_differing(order, theirs[order.id]), *_zones(order, scenario.rulebook, engine)]:
            yield f"order {order.id}: the engine's differs in {', '.join(parts)}"
    ours = {order.id for order in wanted}
    devices = set[str]().union(*map(devices_of, wanted))
    for other in engine.orders:
        if other.id not in ours and (shared := sorted(devices & devices_of(other))):
            yield f"order {other.id}: it is about {', '.join(shared)} too, and is no order of the story"


def _differing(order: Order, other: Order) -> Iterator[str]:
    for name in ("programme", "time_zone", "valid_from", "valid_to", "wearer", "protected", "record"):
        if getattr(order, name) != getattr(other, name):
            yield name
    theirs = {one.id: one for one in other.conditions}
    yield from (one.id for one in order.conditions if theirs.get(one.id) != one)
    yield from sorted({one.id for one in other.conditions} - {one.id for one in order.conditions})


def _zones(order: Order, rulebook: Rulebook, engine: Rulebook) -> Iterator[str]:
    for name in sorted(set().union(*(_named(one.terms, rulebook.zones) for one in order.conditions))):
        mine, other = rulebook.zones[name], engine.zones.get(name)
        if other is None or not mine.geometry.equals(other.geometry) or mine.radius_m != other.radius_m:
            yield f"zone {name}"


def _named(terms: Any, zones: Mapping[str, Any]) -> set[str]:
    """The zones that terms name, in whatever field."""
    values = [getattr(terms, one.name) for one in fields(terms)]
    texts = [text for value in values for text in (value if isinstance(value, tuple) else (value,))]
    return {text for text in texts if isinstance(text, str) and text in zones}
