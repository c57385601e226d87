"""What is drawn: an alert with its zone and trail, the places of all orders, where everyone is. GeoJSON.

Here it is decided whose position leaves the server. Wearers: as the order's legal profile allows. Protected
persons: only for those who may see them.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Final

import numpy as np

from em_engine.alerts.alert import Alert
from em_engine.console import sketch
from em_engine.console.directory import Directory, protected_person, title
from em_engine.law import geodesy
from em_engine.record.interface import Reading
from em_engine.record.rows import KeptPosition, Role
from em_engine.rulebook.models import Condition, Order, Person, RecordProfile, Zone
from em_engine.vocabulary import MINUTE, Micros, Source, rfc3339, wire_name

TRAIL_BEFORE: Final = 30 * MINUTE
"""How much of the way to a breach is drawn: enough to see where the wearer came from."""
TRAIL_AFTER: Final = 5 * MINUTE
FIXES_MAX: Final = 2_000

Feature = dict[str, Any]
Sees = Callable[[str | None], bool]
"""Whether cases of a programme are the person's to see."""


def _everything(_: str | None) -> bool:
    return True


def alert_map(
    alert: Alert, directory: Directory, reading: Reading, *, now: Micros, sees_protected: bool
) -> dict[str, Any]:
    """The map of one alert."""
    order, condition = directory.order(alert.order), directory.condition(alert.order, alert.condition)
    fixes = _trail(alert, order, reading, now=now)
    features = [*_zone_and_buffer(condition, directory.zone_of(condition)), *_way(fixes)]
    if sees_protected and order is not None:
        features += _pair(fixes, _other_fixes(alert, order, condition, reading, now=now))
    drawn = _collection(features)
    # The zones of another revision than the one that judged may differ from what the engine saw.
    return drawn | {"rulebook": directory.rulebook.revision, "judged_by": alert.rulebook}


def places(directory: Directory, sees: Sees = _everything) -> dict[str, Any]:
    """The zones of all orders of programmes that are seen."""
    drawn = []
    for zone, role, orders in directory.places:
        seen = [order for order in orders if sees(directory.programme(order))]
        if seen:
            drawn.append(_place(zone, role, seen))
    return _collection(drawn)


def positions(
    directory: Directory,
    reading: Reading,
    *,
    in_breach: AbstractSet[str],
    sees_protected: bool,
    sees: Sees = _everything,
) -> dict[str, Any]:
    """Where everyone is whose position may be shown. `in_breach` are the cases in which a breach is open."""
    features = []
    for order in directory.rulebook.orders:
        if not sees(order.programme.value):
            continue
        features += _wearer(order, reading, has_open_breach=order.id in in_breach)
        if sees_protected:
            features += _protected(order, reading)
    return _collection(features)


def _collection(features: list[Feature]) -> dict[str, Any]:
    drawn: dict[str, Any] = {"type": "FeatureCollection", "features": features}
    box = sketch.bbox(features)
    return drawn if box is None else drawn | {"bbox": box}


def _feature(role: str, geometry: dict[str, Any], **properties: Any) -> Feature:
    return {"type": "Feature", "geometry": geometry, "properties": {"role": role, **properties}}


def _trail(alert: Alert, order: Order | None, reading: Reading, *, now: Micros) -> list[KeptPosition]:
    """The wearer's fixes around the breach, oldest first, as far as the order lets them be shown."""
    since = alert.opened_at - TRAIL_BEFORE
    until = max(alert.detected_at, alert.cleared_at or now) + TRAIL_AFTER
    kept = reading.positions(alert.case, since=since, until=until, role=Role.WEARER, limit=FIXES_MAX)
    if not kept and order is not None:
        # Of a tag long silent the last known place is what is asked for.
        last = reading.last_position(alert.case, order.wearer.id)
        kept = [last] if last and last.role == Role.WEARER else []
    return [fix for fix in kept if may_be_shown(fix, order)]


def may_be_shown(fix: KeptPosition, order: Order | None) -> bool:
    """Whether the order's legal profile lets the position be shown."""
    return fix.in_breach or _keeps_everything(order)


def _keeps_everything(order: Order | None) -> bool:
    # Without the order nothing says that we may: then we may not.
    return order is not None and order.record == RecordProfile.EVERYTHING


def _zone_and_buffer(condition: Condition | None, zone: Zone | None) -> list[Feature]:
    if condition is None or zone is None:
        return []
    about = {"name": zone.name, "title": title(zone), "kind": condition.kind}
    drawn = [_feature("zone", sketch.outline(zone.name, zone.geometry, zone.radius_m), **about)]
    buffer_m = getattr(condition.terms, "buffer_m", 0.0)
    if buffer_m > 0.0:
        ring = sketch.outline(zone.name, zone.geometry, zone.radius_m, margin_m=buffer_m)
        drawn.append(_feature("buffer", ring, **about, buffer_m=buffer_m))
    return drawn


def _way(fixes: Sequence[KeptPosition]) -> list[Feature]:
    points = [_feature("fix", _point(fix), **_told(fix)) for fix in fixes]
    if len(fixes) < 2:
        return points
    line = {"type": "LineString", "coordinates": [_degrees(fix) for fix in fixes]}
    return [
        _feature("trail", line, **{"from": rfc3339(fixes[0].fixed_at), "to": rfc3339(fixes[-1].fixed_at)}),
        *points,
    ]


def _other_fixes(
    alert: Alert, order: Order, condition: Condition | None, reading: Reading, *, now: Micros
) -> list[KeptPosition]:
    """The fixes, around the breach, of the protected person the alert is about; oldest first."""
    person = protected_person(order, condition) or _carrier(order, alert.device)
    if person is None:
        return []
    kept = reading.positions(
        alert.case,
        since=alert.opened_at - TRAIL_BEFORE,
        until=(alert.cleared_at or now) + TRAIL_AFTER,
        role=Role.PROTECTED,
        limit=FIXES_MAX,
    )
    return [fix for fix in kept if fix.person == person.id]


def _carrier(order: Order, device: str | None) -> Person | None:
    return next((person for person in order.protected if device in person.devices), None)


def _pair(fixes: Sequence[KeptPosition], others: Sequence[KeptPosition]) -> list[Feature]:
    drawn = [_feature("other-fix", _point(other), **_told(other), person=other.person) for other in others]
    if fixes and others:
        # The two that were true at the same time, as nearly as there are such.
        other = others[-1]
        fix = min(fixes, key=lambda one: abs(one.fixed_at - other.fixed_at))
        line = {"type": "LineString", "coordinates": [_degrees(fix), _degrees(other)]}
        drawn.append(_feature("pair", line, distance_m=_apart_m(fix, other)))
    return drawn


def _apart_m(here: KeptPosition, there: KeptPosition) -> float:
    ecef = geodesy.to_ecef(np.array([here.lon, there.lon]), np.array([here.lat, there.lat]))
    return round(float(geodesy.apart_m(ecef[:1], ecef[1:])[0]), 1)


def _place(zone: Zone, role: str, orders: Iterable[str]) -> Feature:
    shape = sketch.outline(zone.name, zone.geometry, zone.radius_m)
    feature = _feature(role, shape, name=zone.name, title=title(zone), orders=sorted(orders))
    return feature | {"id": f"{role}/{zone.name}"}


def _wearer(order: Order, reading: Reading, *, has_open_breach: bool) -> list[Feature]:
    if not (_keeps_everything(order) or has_open_breach):
        return []
    fix = reading.last_position(order.id, order.wearer.id)
    if fix is None or not (fix.in_breach or _keeps_everything(order)):
        return []
    return [_person("wearer", order, order.wearer, fix)]


def _protected(order: Order, reading: Reading) -> list[Feature]:
    found = ((person, reading.last_position(order.id, person.id)) for person in order.protected)
    return [_person("protected", order, person, fix) for person, fix in found if fix is not None]


def _person(role: str, order: Order, person: Person, fix: KeptPosition) -> Feature:
    who = {"person": person.id, "name": person.name, "case": fix.case, "order": order.id}
    return _feature(role, _point(fix), **who, programme=order.programme.value, **_told(fix))


def _point(fix: KeptPosition) -> dict[str, Any]:
    return {"type": "Point", "coordinates": _degrees(fix)}


def _degrees(fix: KeptPosition) -> list[float]:
    return [round(fix.lon, 6), round(fix.lat, 6)]


def _told(fix: KeptPosition) -> dict[str, Any]:
    return {
        "device": fix.device,
        "fixed_at": rfc3339(fix.fixed_at),
        "accuracy_m": None if math.isnan(fix.accuracy_m) else round(fix.accuracy_m, 1),
        "source": wire_name(Source(fix.source)),
        "in_breach": fix.in_breach,
    }
