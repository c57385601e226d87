"""Rulebooks made in a test, without files."""

from collections.abc import Mapping, Sequence
from functools import lru_cache
from typing import Any

from em_engine.rulebook.centre import default_protocols
from em_engine.rulebook.models import (
    Condition,
    Order,
    Person,
    Programme,
    ProgrammeName,
    RecordProfile,
    Rulebook,
    Zone,
)
from em_engine.vocabulary import ACCURACY_DEFAULT_M, BEFORE_ALL, NEVER, AlertType, Micros


@lru_cache(maxsize=1)
def _protocols() -> Mapping[AlertType, Any]:
    return default_protocols()


def rulebook(orders: Sequence[Order], zones: Sequence[Zone]) -> Rulebook:
    """A rulebook of these orders and zones, with the protocols and defaults that ship."""
    return Rulebook(
        revision="0123456789ab",
        orders=tuple(orders),
        zones={zone.name: zone for zone in zones},
        schedules={},
        protocols=_protocols(),
        programme=Programme(
            accuracy_default_m=ACCURACY_DEFAULT_M,
        ),
        files={},
    )


def order(
    id: str,
    *conditions: Condition,
    devices: tuple[str, ...],
    protected: Mapping[str, tuple[str, ...]] | None = None,
    valid_from: Micros = BEFORE_ALL,
    valid_to: Micros = NEVER,
    time_zone: str = "Europe/Oslo",
) -> Order:
    """An order of these conditions; `protected` maps persons to their devices."""
    return Order(
        id=id,
        programme=ProgrammeName.CONTACT_BAN,
        time_zone=time_zone,
        valid_from=valid_from,
        valid_to=valid_to,
        wearer=Person(id=f"wearer-of-{id}", devices=devices),
        protected=tuple(Person(id=name, devices=its) for name, its in (protected or {}).items()),
        record=RecordProfile.EVERYTHING,
        conditions=conditions,
    )
