"""Who carries which device, over all orders: one device tells of one person at a time."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from em_engine.rulebook.coded import Said
from em_engine.rulebook.models import Order, Person, Programme
from em_engine.rulebook.orders import ReadOrder
from em_engine.rulebook.problems import Findings, Path, nearest

Role = Literal["wearer", "protected person"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """A device named by an order as carried by a person."""

    device: str
    role: Role
    person: str
    read: ReadOrder
    path: Path

    @property
    def order(self) -> Order:
        """The order that names the device."""
        return self.read.order


def check_inventory(read: ReadOrder, programme: Programme, findings: Findings) -> None:
    """Devices that the centre's inventory, where it keeps one, does not know."""
    for carried in _carried(read) if programme.devices is not None else ():
        if carried.device not in (programme.devices or ()):
            told = "the device {!r} is not in the inventory of programme.yaml"
            message = Said("device.unknown", told, carried.device)
            hint = nearest(carried.device, programme.devices or ())
            findings.error(read.document, carried.path, "device.unknown", message, hint=hint)


def check_fights(orders: Iterable[ReadOrder], findings: Findings) -> None:
    """Devices that two people carry at the same time, or one person twice in one order."""
    by_device: dict[str, list[Carried]] = defaultdict(list)
    for read in orders:
        for carried in _carried(read):
            by_device[carried.device].append(carried)
    for device, shared in by_device.items():
        if len(shared) > 1:
            _check_shared(device, shared, findings)


def _check_shared(device: str, shared: list[Carried], findings: Findings) -> None:
    """Each time a device is named is compared with the earlier ones, and told of once."""
    for index, carried in enumerate(shared):
        fight = next((one for one in shared[:index] if _fights(one, carried)), None)
        if fight is not None:
            where = findings.position(fight.read.document, fight.path)
            message = Said(
                "device.shared", "the device {!r} is {}, at {}", device, _told(fight, carried), where
            )
            hint = Said("hint.device.shared", "one device tells of one person at a time")
            findings.error(carried.read.document, carried.path, "device.shared", message, hint=hint)


def _fights(one: Carried, other: Carried) -> bool:
    if one.read is other.read:
        return True
    return one.person != other.person and _overlap(one.order, other.order)


def _overlap(one: Order, other: Order) -> bool:
    return one.valid_from < other.valid_to and other.valid_from < one.valid_to


def _told(earlier: Carried, later: Carried) -> Said:
    if earlier.read is later.read and earlier.person == later.person and earlier.role == later.role:
        return Said("device.here", "named twice here")
    who = _THE[earlier.role]
    if earlier.read is later.read:
        return Said("device.carried", "carried by {} {!r} too", who, earlier.person)
    told = "carried by {} {!r} too in the order {!r} of the same time"
    return Said("device.elsewhere", told, who, earlier.person, earlier.order.id)


_THE: Final[Mapping[Role, Said]] = {
    "wearer": Said("the.wearer", "the wearer"),
    "protected person": Said("the.protected", "the protected person"),
}


def _carried(read: ReadOrder) -> Iterator[Carried]:
    order = read.order
    yield from _of(read, "wearer", order.wearer, ("wearer",))
    for index, person in enumerate(order.protected):
        yield from _of(read, "protected person", person, ("protected", index))


def _of(read: ReadOrder, role: Role, person: Person, path: Path) -> Iterator[Carried]:
    for index, device in enumerate(person.devices):
        yield Carried(device=device, role=role, person=person.id, read=read, path=(*path, "devices", index))
