"""The rulebook as the console looks things up in it: orders, conditions, people and zones by name."""

from collections.abc import Iterator
from functools import cached_property
from itertools import islice
from typing import Any, Final
from zoneinfo import ZoneInfo

from em_engine.alerts.alert import Alert
from em_engine.alerts.deadlines import ANY_TYPE
from em_engine.rulebook.models import Condition, Order, Person, Protocol, Rulebook, Zone
from em_engine.vocabulary import AlertType

PROTECTED_DESK: Final = "police"
"""The one desk at which a protected person's place may be seen. In Norway the police alone are in touch with
the protected person (Prop. 128 L (2022-2023))."""


class Directory:
    """One revision of the rulebook, indexed."""

    def __init__(self, rulebook: Rulebook) -> None:
        self.rulebook = rulebook
        self._orders = {order.id: order for order in rulebook.orders}

    def order(self, id: str) -> Order | None:
        """The order of that id; None where this revision has it no longer."""
        return self._orders.get(id)

    def condition(self, order: str, id: str) -> Condition | None:
        """The condition of an order; None where this revision has it no longer."""
        found = self._orders.get(order)
        return next((one for one in found.conditions if one.id == id), None) if found else None

    def protocol(self, type: AlertType) -> Protocol:
        """What the centre does about alerts of that type."""
        return self.rulebook.protocols.get(type, ANY_TYPE)

    def desk(self, alert: Alert) -> str:
        """Which desk works on the alert: where it was handed to, else where its protocol sends it."""
        return alert.desk or self.protocol(alert.type).desk

    def programme(self, order: str) -> str | None:
        """The programme of an order; None where this revision has it no longer."""
        found = self._orders.get(order)
        return None if found is None else found.programme.value

    @cached_property
    def desks(self) -> tuple[str, ...]:
        """Every desk that a protocol sends alerts to."""
        found = {one.desk for one in self.rulebook.protocols.values()}
        return tuple(sorted(found | {ANY_TYPE.desk, PROTECTED_DESK}))

    def zone_of(self, condition: Condition | None) -> Zone | None:
        """The zone the condition is about, if it is about one."""
        name = getattr(condition.terms, "zone", None) if condition else None
        return self.rulebook.zones.get(name) if name else None

    def time_zone(self, order: str) -> ZoneInfo:
        """The civil time of the order."""
        found = self._orders.get(order)
        return ZoneInfo(found.time_zone if found else self.rulebook.programme.time_zone)

    @property
    def centre_zone(self) -> ZoneInfo:
        """The civil time of the centre."""
        return ZoneInfo(self.rulebook.programme.time_zone)

    def wearers_called(self, text: str) -> list[str]:
        """The ids of wearers in whose name the text occurs; at most twenty."""
        wanted = text.casefold()
        called = (order.wearer for order in self.rulebook.orders if wanted in order.wearer.name.casefold())
        return list(dict.fromkeys(wearer.id for wearer in islice(called, 20)))

    @cached_property
    def places(self) -> list[tuple[Zone, str, Any]]:
        """Every zone with what it is (`exclusion` or `inclusion`) and the ids of the orders that name it."""
        orders: dict[tuple[str, str], list[str]] = {}
        for order, condition, zone in self._zones_named():
            role = "exclusion" if condition.kind == "exclusion" else "inclusion"
            orders.setdefault((zone.name, role), []).append(order.id)
        return [(self.rulebook.zones[name], role, ids) for (name, role), ids in sorted(orders.items())]

    def _zones_named(self) -> Iterator[tuple[Order, Condition, Zone]]:
        for order in self.rulebook.orders:
            for condition in order.conditions:
                zone = self.zone_of(condition)
                if zone is not None:
                    yield order, condition, zone


def title(zone: Zone) -> str:
    """What people call the zone: its `title`, else its `name`, else its id."""
    called = zone.properties.get("title") or zone.properties.get("name") or zone.name
    return str(called)


def protected_person(order: Order, condition: Condition | None) -> Person | None:
    """Whom a contact ban is about, if the condition is one."""
    wanted = getattr(condition.terms, "with_", None) if condition else None
    return next((person for person in order.protected if person.id == wanted), None)
