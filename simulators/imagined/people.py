"""Who the orders are about, and where these people live: where their orders say, else clear of what they
forbid."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import shapely
from shapely import Point
from shapely.geometry.base import BaseGeometry

from em_engine.law.attendance import AttendanceTerms
from em_engine.law.contact_ban import ContactBanTerms
from em_engine.law.curfew import CurfewTerms
from em_engine.law.device_health import DeviceHealthTerms
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.law.windows import Span
from em_engine.rulebook.applied import Applied, applied
from em_engine.rulebook.models import Order, Rulebook, Zone
from em_engine.vocabulary import MINUTE, Floats, Micros
from simulators.world import Frame

RANGE_M: Final = 6_000.0
"""Nobody imagined goes farther from where the order's places are, unless an order has a place there."""
CLEAR_M: Final = 300.0
SOMEWHERE: Final = (10.75, 59.92)  # for a rulebook without a single zone


@dataclass(frozen=True, slots=True, kw_only=True)
class Somebody:
    """A person with tags, in metres around `frame`. `lures` are what a wearer comes too near to now and then:
    a forbidden area or somebody's home, and from how far the order tells of it."""

    id: str
    devices: tuple[str, ...]
    frame: Frame
    time_zone: str
    home: Floats
    work: Floats
    curfews: tuple[Span, ...] = ()
    visits: tuple[tuple[Span, Floats], ...] = ()  # where to be, and when
    lures: tuple[tuple[BaseGeometry, float], ...] = ()
    fix_every: Micros = 10 * MINUTE
    heartbeat_every: Micros = 10 * MINUTE


def everybody(rulebook: Rulebook, orders: Sequence[Order], span: Span, *, seed: int) -> Iterator[Somebody]:
    """The wearers of these orders, each once, and the protected persons who are not wearers themselves."""
    wearers = {order.wearer.id for order in orders}
    protected: dict[str, Somebody] = {}
    for wearer in sorted(wearers):
        own = [order for order in orders if order.wearer.id == wearer]
        bound, chance = _Bound(rulebook, own, span), np.random.default_rng((seed, *wearer.encode()))
        yield bound.wearer(chance)
        for order in own:
            for person in order.protected:
                if person.id not in wearers and person.devices:
                    protected.setdefault(person.id, bound.protected(person.id, person.devices, chance))
    yield from protected.values()


class _Bound:
    """What the orders of one wearer demand in a span, on a map in metres."""

    def __init__(self, rulebook: Rulebook, orders: Sequence[Order], span: Span) -> None:
        self.orders = orders
        self.held: list[Applied] = [one for order in orders for one in applied(rulebook, order, span)]
        self.zones = rulebook.zones
        named = [self.zones[zone] for one in self.held if (zone := _zone(one)) is not None]
        lon, lat = _somewhere(named or list(rulebook.zones.values()))
        self.frame = Frame(lon=lon, lat=lat)
        self.banned = [(self.area(one), self.terms(one).buffer_m) for one in self._of(ExclusionTerms)]

    def wearer(self, chance: np.random.Generator) -> Somebody:
        """The wearer: at home where a curfew says, else where no order forbids it."""
        allowed = self._allowed()
        curfews = self._of(CurfewTerms)
        home = _middle(self.area(curfews[0])) if curfews else _within(allowed, chance)
        order = self.orders[0]
        return Somebody(
            id=order.wearer.id,
            devices=tuple(dict.fromkeys(device for one in self.orders for device in one.wearer.devices)),
            frame=self.frame,
            time_zone=order.time_zone,
            home=home,
            work=_reached(home, allowed, self._closed(), chance),
            curfews=tuple(sorted(span for one in curfews for span in one.binds)),
            visits=tuple(
                (span, _middle(self.area(one))) for one in self._of(AttendanceTerms) for span in one.binds
            ),
            lures=(*self.banned, *self._kept_apart()),
            fix_every=self._health("fix_every"),
            heartbeat_every=self._health("heartbeat_every"),
        )

    def protected(self, id: str, devices: tuple[str, ...], chance: np.random.Generator) -> Somebody:
        """A protected person: at home in the forbidden area, if there is one."""
        home = self._shelter()
        near = Point(home).buffer(1_500.0)
        return Somebody(
            id=id,
            devices=devices,
            frame=self.frame,
            time_zone=self.orders[0].time_zone,
            home=home,
            work=_within(near, chance),
        )

    def area(self, one: Applied) -> BaseGeometry:
        """The zone the condition names."""
        return _area(self.zones[self.terms(one).zone], self.frame)

    @staticmethod
    def terms(one: Applied) -> Any:
        """What the condition demands."""
        return one.condition.terms

    def _of(self, kind: type) -> list[Applied]:
        return [one for one in self.held if isinstance(one.condition.terms, kind)]

    def _shelter(self) -> Floats:
        return _middle(self.banned[0][0]) if self.banned else np.array([0.0, RANGE_M / 2])

    def _kept_apart(self) -> Iterator[tuple[BaseGeometry, float]]:
        for one in self._of(ContactBanTerms):
            terms = self.terms(one)
            yield (
                Point(self._shelter()).buffer(terms.alert_m),
                (terms.warn_m or 2 * terms.alert_m) - terms.alert_m,
            )

    def _closed(self) -> BaseGeometry:
        return shapely.union_all([area.buffer(ring + CLEAR_M) for area, ring in self.banned])

    def _allowed(self) -> BaseGeometry:
        """Where an ordinary day may lead: within what must not be left, out of what is forbidden."""
        within = shapely.intersection_all([self.area(one) for one in self._of(InclusionTerms)])
        whole = Point(0.0, 0.0).buffer(RANGE_M) if within.is_empty else within
        return shapely.make_valid(whole).difference(self._closed())

    def _health(self, name: str) -> Micros:
        """How often the strictest condition wants to hear of the device, with time to spare."""
        wanted = [getattr(self.terms(one), name) for one in self._of(DeviceHealthTerms)]
        spans = [int(one.total_seconds() * 800_000) for one in wanted if one is not None]
        return min([10 * MINUTE, *spans])


def _zone(one: Applied) -> str | None:
    zone: str | None = getattr(one.condition.terms, "zone", None)
    return zone


def _somewhere(zones: Sequence[Zone]) -> tuple[float, float]:
    if not zones:
        return SOMEWHERE
    inside = zones[0].geometry.representative_point()
    return inside.x, inside.y


def _area(zone: Zone, frame: Frame) -> BaseGeometry:
    shape = shapely.transform(zone.geometry, frame.to_metres)
    return shape if zone.radius_m is None else shape.buffer(zone.radius_m)


def _middle(area: BaseGeometry) -> Floats:
    inside = area.representative_point()
    return np.array([inside.x, inside.y])


def _within(area: BaseGeometry, chance: np.random.Generator) -> Floats:
    """A place in the area, and near the middle of things where the area is a whole country."""
    if area.is_empty:
        return np.array([0.0, 0.0])
    west, south, east, north = area.bounds
    low, high = np.maximum((west, south), -RANGE_M), np.minimum((east, north), RANGE_M)
    for _ in range(100):
        place = chance.uniform(np.minimum(low, high), np.maximum(low, high))
        if area.contains(Point(place)):
            return place
    return _middle(area)


def _reached(
    home: Floats, allowed: BaseGeometry, closed: BaseGeometry, chance: np.random.Generator
) -> Floats:
    """A place of work: if there is one, with a straight way to it that no order closes."""
    near = allowed.intersection(Point(home).buffer(RANGE_M))
    places = [_within(near if not near.is_empty else allowed, chance) for _ in range(20)]
    free = [one for one in places if not shapely.LineString([home, one]).intersects(closed)]
    return (free or places)[0]
