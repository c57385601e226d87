"""Protected persons who are wearers themselves: two people banned from each other have an order each."""

from collections.abc import Sequence
from dataclasses import replace

from em_engine.rulebook.coded import Said
from em_engine.rulebook.models import Order, Person
from em_engine.rulebook.orders import ReadOrder
from em_engine.rulebook.problems import Findings, nearest


def with_worn_devices(orders: Sequence[ReadOrder], findings: Findings) -> list[ReadOrder]:
    """The orders with the devices of protected persons that are written in another order, as its wearer's."""
    worn: dict[str, list[Order]] = {}
    for read in orders:
        worn.setdefault(read.order.wearer.id, []).append(read.order)
    return [_completed(read, worn, findings) for read in orders]


def _completed(read: ReadOrder, worn: dict[str, list[Order]], findings: Findings) -> ReadOrder:
    order = read.order
    if all(person.devices for person in order.protected):
        return read
    protected = tuple(
        person if person.devices else _wearing(read, index, person, worn, findings)
        for index, person in enumerate(order.protected)
    )
    return replace(read, order=replace(order, protected=protected))


def _wearing(
    read: ReadOrder, index: int, person: Person, worn: dict[str, list[Order]], findings: Findings
) -> Person:
    orders = [other for other in worn.get(person.id, ()) if _overlap(read.order, other)]
    if not orders:
        told = "{!r} has no devices here, and is the wearer of no order of that time"
        message = Said("person.devices", told, person.id)
        hint = nearest(person.id, worn) or Said("hint.person.devices", "add `devices`")
        findings.error(read.document, ("protected", index), "person.devices", message, hint=hint)
    devices = dict.fromkeys(device for other in orders for device in other.wearer.devices)
    return replace(person, devices=tuple(devices))


def _overlap(one: Order, other: Order) -> bool:
    return one.valid_from < other.valid_to and other.valid_from < one.valid_to
