"""Small random worlds of groups: wearers who must not meet; they pass, meet, part and live side by side."""

from dataclasses import replace
from datetime import timedelta
from typing import Any

import numpy as np
import shapely

from em_engine.law.non_association import NonAssociationTerms
from em_engine.rulebook.models import Condition, Order, Phase, RecordProfile, Zone
from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER
from tests.properties import worlds
from tests.properties.worlds import NOON, Walk, World, degrees
from tests.reference.documents import order, rulebook

GROUPS = ("red", "blue")
PROFILES = (RecordProfile.EVERYTHING, RecordProfile.SITUATIONAL, RecordProfile.BREACHES_ONLY)


def crowd(seed: int, *, length: int, cases: int = 5) -> World:
    """The world of that seed: `length` reports a device of so many cases, most of one group."""
    random = np.random.default_rng(seed)
    zones = [
        Zone(name=name, geometry=shapely.Point(degrees(*worlds.PLACES_M[name])), radius_m=80.0)
        for name in worlds.PLACES_M
    ]
    orders = [worlds.at_levels(_order(random, f"case-{number}"), seed + number) for number in range(cases)]
    if random.random() < 0.3:  # one wearer under two orders
        twin = order(
            "case-twin",
            _condition(random, "apart", "red"),
            devices=orders[0].wearer.devices,
            valid_to=NOON + int(random.integers(0, 200)) * MINUTE,
        )
        orders.append(replace(twin, wearer=orders[0].wearer))
    devices = dict.fromkeys(device for one in orders for device in one.wearer.devices)
    told = [report for device in devices for report in Walk(random, device).reports(length)]
    told.sort(key=lambda report: report.received_at)
    return World(rulebook(orders, zones), tuple(told))


def _order(random: Any, id: str) -> Order:
    conditions = [_condition(random, "apart", GROUPS[int(random.random() < 0.2)])]
    if random.random() < 0.2:
        conditions.append(_condition(random, "apart-too", str(random.choice(GROUPS))))
    valid_from, valid_to = BEFORE_ALL, NEVER
    if random.random() < 0.2:
        valid_from = NOON + int(random.integers(-60, 120)) * MINUTE
    if random.random() < 0.3:
        valid_to = max(valid_from, NOON) + int(random.integers(10, 200)) * MINUTE
    devices = (f"{id}-tag", f"{id}-spare") if random.random() < 0.15 else (f"{id}-tag",)
    made = order(id, *conditions, devices=devices, valid_from=valid_from, valid_to=valid_to)
    return replace(made, record=PROFILES[int(random.integers(0, 3))])


def _condition(random: Any, id: str, group: str) -> Condition:
    terms, phases = _terms(random, group), []
    if random.random() < 0.2:
        eased = replace(terms, alert_m=terms.alert_m / 2.0) if random.random() < 0.5 else terms
        phases.append(Phase(from_=worlds._soon(random), terms=replace(eased, leave=worlds._leave(random))))
    return Condition(id=id, kind="non-association", terms=terms, phases=tuple(phases))


def _terms(random: Any, group: str) -> NonAssociationTerms:
    alert_m = float(random.choice([60.0, 150.0, 400.0]))
    return NonAssociationTerms(
        group=group,  # type: ignore[arg-type]
        alert_m=alert_m,
        warn_m=alert_m * 2.5 if random.random() < 0.5 else None,
        dwell=timedelta(seconds=int(random.choice([0, 10, 60, 300]))),
        except_=("home",) if random.random() < 0.3 else (),  # type: ignore[arg-type]
        weekly=worlds._weekly(random) if random.random() < 0.5 else (),  # type: ignore[arg-type]
        leave=worlds._leave(random),
        allow=worlds._leave(random),
    )
