"""The rulebook as the heart wants it: seats, cases, zones and one watch a kind, all in columns."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np

from em_engine.law.geodesy import Zone, Zones, prepare_zones
from em_engine.law.kinds import KINDS, Kind
from em_engine.law.outline import concat
from em_engine.law.watch import Bond
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.rulebook.binding import Binding
from em_engine.rulebook.models import Order, Person, Rulebook
from em_engine.vocabulary import AlertType, Floats, Indices, Severity, Source

WEARER: Final = "wearer"
PROTECTED: Final = "protected"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seat:
    """One device in one case."""

    case: int
    person: str
    role: str  # WEARER or PROTECTED
    device: str


class Incidence:
    """Which rows belong to which key: a table of ranges (compressed sparse rows)."""

    def __init__(self, pairs: Iterable[tuple[int, int]], keys: int) -> None:
        listed = np.array(sorted(pairs), dtype=np.intp).reshape(-1, 2)
        self._rows: Indices = listed[:, 1].copy()
        self._starts = np.searchsorted(listed[:, 0], np.arange(keys))
        self._counts = np.searchsorted(listed[:, 0], np.arange(keys), side="right") - self._starts
        self.is_plain = not (self._counts > 1).any()
        """No key has more rows than one: then those of all keys are in the places of the keys."""
        self._only = np.full(keys, -1)
        self._only[listed[:, 0]] = listed[:, 1]

    def of(self, keys: Indices) -> tuple[Indices, Indices]:
        """For each key its rows: (places in `keys`, rows), flat and in order."""
        if len(keys) == 1:  # the common case of a live message, four times as fast
            key = keys[0]
            rows = self._rows[self._starts[key] : self._starts[key] + self._counts[key]]
            return np.zeros(len(rows), dtype=np.intp), rows
        if self.is_plain:
            found = self._only[keys]
            places = (found >= 0).nonzero()[0]
            return places, found if len(places) == len(keys) else found[places]
        counts = self._counts[keys]
        places = np.repeat(np.arange(len(keys)), counts)
        return places, self._rows[concat(self._starts[keys], counts)]


@dataclass(frozen=True, slots=True, kw_only=True)
class WatchColumns:
    """The conditions of one kind: their watch, and how to find its rows."""

    kind: Kind
    looks: bool  # at positions
    hears_beats: bool  # listens to heartbeats
    hears_life: bool  # counts every sign of life
    watch: WindowedWatch
    by_seat: Incidence
    by_case: Incidence


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """One compiled rulebook, or a part of it."""

    revision: str
    orders: tuple[Order, ...]  # one a case, in its place
    seats: tuple[Seat, ...]
    seat_case: Indices
    device_numbers: Mapping[str, int]
    seats_by_device: Incidence  # one key more than there are devices: nobody's
    watches: tuple[WatchColumns, ...]
    severity: Mapping[AlertType, Severity]
    accuracy_default_m: Floats  # by Source
    rulebook: Rulebook = field(repr=False)
    prepared: dict[str, Zone] = field(repr=False)

    def case_numbers(self) -> dict[str, int]:
        """Each order's case, by the order's id."""
        return {order.id: number for number, order in enumerate(self.orders)}

    def seat_numbers(self) -> dict[tuple[int, str, str], int]:
        """Each seat by its case, person and device."""
        return _seat_numbers(self.seats)


def compile_rules(rulebook: Rulebook) -> Rules:
    """The whole rulebook in columns."""
    return compile_orders(rulebook, rulebook.orders, {})


def compile_orders(rulebook: Rulebook, orders: Sequence[Order], prepared: dict[str, Zone]) -> Rules:
    """These orders in columns; zones that are already prepared are taken from `prepared`, new ones added."""
    seats = tuple(_seats(orders))
    devices: dict[str, int] = {}
    seated = [(devices.setdefault(seat.device, len(devices)), number) for number, seat in enumerate(seats)]
    bonds, zones = _bonds(rulebook, orders, seats, prepared)
    watches = tuple(
        _columns(KINDS[kind], bonds[kind], zones, seats, len(orders)) for kind in bonds if bonds[kind]
    )
    accuracy = [rulebook.programme.accuracy_default_m[source] for source in Source]
    return Rules(
        revision=rulebook.revision,
        orders=tuple(orders),
        seats=seats,
        seat_case=np.array([seat.case for seat in seats], dtype=np.intp),
        device_numbers=devices,
        seats_by_device=Incidence(seated, len(devices) + 1),
        watches=watches,
        severity={type: protocol.severity for type, protocol in rulebook.protocols.items()},
        accuracy_default_m=np.array(accuracy),
        rulebook=rulebook,
        prepared=prepared,
    )


def _seats(orders: Sequence[Order]) -> Iterable[Seat]:
    for case, order in enumerate(orders):
        for role, people in ((WEARER, (order.wearer,)), (PROTECTED, order.protected)):
            for person in people:
                for device in person.devices:
                    yield Seat(case=case, person=person.id, role=role, device=device)


def _seat_numbers(seats: Sequence[Seat]) -> dict[tuple[int, str, str], int]:
    return {(seat.case, seat.person, seat.device): number for number, seat in enumerate(seats)}


def _bonds(
    rulebook: Rulebook, orders: Sequence[Order], seats: Sequence[Seat], prepared: dict[str, Zone]
) -> tuple[dict[str, list[Bond]], Zones]:
    """The conditions of every kind, bound to seats and zones, in the order of the table of kinds."""
    places: dict[str, int] = {}
    binding = Binding(rulebook)
    seat_numbers = _seat_numbers(seats)
    bonds: dict[str, list[Bond]] = {kind: [] for kind in KINDS}
    for case, order in enumerate(orders):

        def seated(person: Person, case: int = case) -> tuple[int, ...]:
            return tuple(seat_numbers[case, person.id, device] for device in person.devices)

        for condition in order.conditions:
            kind = KINDS[condition.kind]
            for part in binding.parts(order, condition):
                zone = getattr(part.terms, "zone", None)
                bond = Bond(
                    case=case,
                    condition=condition.id,
                    terms=part.terms,
                    schedule=part.schedule,
                    zone=-1 if zone is None else places.setdefault(zone, len(places)),
                    wearer_seats=seated(order.wearer),
                    other_seats=_other_seats(order, part.terms, seated),
                    part=part.number,
                    wearer=order.wearer.id,
                    record=order.record.value,
                    excepted=tuple(
                        places.setdefault(name, len(places)) for name in getattr(part.terms, "except_", ())
                    ),
                )
                bonds[kind.name] += _split(bond, order.wearer) if kind.is_per_device else [bond]
    missing = {name: rulebook.zones[name] for name in places if name not in prepared}
    prepared |= prepare_zones(
        {name: (zone.geometry, zone.radius_m) for name, zone in missing.items()},
        outline_accuracy_m={name: zone.outline_accuracy_m for name, zone in missing.items()},
    )
    return bonds, Zones([prepared[name] for name in places])


def _other_seats(order: Order, terms: Any, seated: Any) -> tuple[int, ...]:
    wanted = getattr(terms, "with_", None)
    return tuple(seat for person in order.protected if person.id == wanted for seat in seated(person))


def _split(bond: Bond, wearer: Person) -> list[Bond]:
    return [
        Bond(
            case=bond.case,
            condition=bond.condition,
            terms=bond.terms,
            schedule=bond.schedule,
            wearer_seats=(seat,),
            device=device,
            part=bond.part,
        )
        for seat, device in zip(bond.wearer_seats, wearer.devices, strict=True)
    ]


def _columns(kind: Kind, bonds: list[Bond], zones: Zones, seats: Sequence[Seat], cases: int) -> WatchColumns:
    return WatchColumns(
        kind=kind,
        looks=kind.watch.look is not WindowedWatch.look,
        hears_beats=kind.watch.hear_heartbeats is not WindowedWatch.hear_heartbeats,
        hears_life=kind.watch.heard is not WindowedWatch.heard,
        watch=kind.watch(bonds, zones),
        by_seat=Incidence(
            (
                (seat, row)
                for row, bond in enumerate(bonds)
                for seat in (*bond.wearer_seats, *bond.other_seats)
            ),
            len(seats),
        ),
        by_case=Incidence(((bond.case, row) for row, bond in enumerate(bonds)), cases),
    )
