"""What a seed means: who does what, what the network does to it, and when the engine is in trouble."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Final

import numpy as np
from numpy.random import Generator

from em_engine.rulebook import Rulebook, load_files
from em_engine.vocabulary import (
    MINUTE,
    SECOND,
    Batch,
    DeviceEvent,
    Micros,
    ReportKind,
    Rows,
    blank_reports,
    parse_rfc3339,
)
from simulators.faults import Fault, Scope, suffer
from simulators.faults.named import FAULTS
from simulators.faults.network import Delay, Duplication, Loss, Outage, Reordering
from simulators.scenarios.ground import Ground

START: Final = parse_rfc3339("2026-11-20T12:00:00Z")
LASTS: Final[Micros] = 60 * MINUTE
TROUBLE_AT: Final = START + 2 * MINUTE
"""Before that every device has been heard: nobody can miss what came before a device's first message."""
CALM_FOR: Final[Micros] = 15 * MINUTE
"""At the end nothing goes wrong any more, so that everything may be made good."""
ROLES: Final = ("quiet", "enters", "opens the strap", "falls silent", "stays out", "comes near", "quiet")
WEARERS: Final = len(ROLES)
PHONE: Final = "phone-1"
PROTECTED: Final = "protected"
SILENT_FOR: Final[Micros] = 25 * MINUTE
SILENCE_ALLOWED: Final[Micros] = 10 * MINUTE
"""What the orders below allow."""
_ZONE_M: Final = 2_000.0
_OUT_M: Final = 1_000.0  # who stays out is there while the curfew binds
_CURFEW: Final = "daily 13:15-13:50"  # civil time: a quarter of an hour after the run begins
_CURFEW_AT: Final = START + 15 * MINUTE
_HERS_M: Final = -4_000.0
_GROUND: Final = Ground()


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """A run, before it is run."""

    seed: int
    rulebook: Rulebook = field(repr=False)
    roles: Mapping[str, str]  # what each wearer does, by device
    made: Batch = field(repr=False)
    arrived: Batch = field(repr=False)  # what comes of itself; the rest must be asked for
    garbled: frozenset[int]  # rows of `arrived` whose bytes are bad on the way
    kills: tuple[tuple[Micros, Micros], ...]  # when the engine dies, and when it is started again
    broker_away: tuple[tuple[Micros, Micros], ...]
    record_bad: tuple[tuple[Micros, Micros], ...]


def plan_of(seed: int, *, lasts: Micros = LASTS) -> Plan:
    """The plan of a seed: everything that is chance, decided. A run lasts an hour at least."""
    assert lasts >= 60 * MINUTE, "a silence and what is told of it must fit in"
    calm_at = START + lasts - CALM_FOR
    chance = np.random.default_rng((seed, 0))
    roles = {f"tag-{number}": str(role) for number, role in enumerate(chance.permutation(ROLES), start=1)}
    made = _made(chance, roles, START + lasts)
    arrived = suffer(made, _faults(chance, calm_at), seed=seed)
    arrived = _unhurt(made, arrived, START + lasts)
    received_at = arrived.rows["received_at"]
    may_be_garbled = (received_at >= TROUBLE_AT) & (received_at < calm_at)
    garbled = np.flatnonzero(may_be_garbled & (chance.random(len(arrived)) < 0.02))
    return Plan(
        seed=seed,
        rulebook=load_files(_files(roles)),
        roles=roles,
        made=made,
        arrived=arrived,
        garbled=frozenset(int(row) for row in garbled),
        kills=_spans(chance, calm_at, count=int(chance.integers(0, 5)), most=3 * MINUTE),
        broker_away=_spans(chance, calm_at, count=int(chance.integers(0, 4)), most=6 * MINUTE),
        record_bad=_spans(chance, calm_at, count=int(chance.integers(0, 4)), most=4 * MINUTE),
    )


def _spans(
    chance: Generator, calm_at: Micros, *, count: int, most: Micros
) -> tuple[tuple[Micros, Micros], ...]:
    starts = np.sort(chance.integers(TROUBLE_AT, calm_at - 8 * MINUTE, count))
    spans = [(int(start), int(start + chance.integers(SECOND, most))) for start in starts]
    return tuple(
        span
        for span, after in zip(spans, [*spans[1:], None], strict=False)
        if after is None or span[1] < after[0]
    )


_AWAY_M: Final = {"enters": _ZONE_M, "stays out": _OUT_M, "comes near": _HERS_M, PROTECTED: _HERS_M}
"""Where they are, metres to the east of home, while they do what they do."""


# Who does what ---------------------------------------------------------------------------------


def _made(chance: Generator, roles: Mapping[str, str], end: Micros) -> Batch:
    parts = [_reports(chance, number, role, end) for number, role in enumerate(roles.values())]
    parts.append(_reports(chance, len(roles), PROTECTED, end))
    rows = np.concatenate(parts)
    return Batch(devices=(*roles, PHONE), rows=rows[np.argsort(rows["received_at"], kind="stable")])


def _reports(chance: Generator, number: int, role: str, end: Micros) -> Rows:
    """One device's reports: a fix each minute, a heartbeat each five, and what its role adds."""
    acts_at = START + int(chance.integers(10, (end - START) // MINUTE - 40)) * MINUTE
    first = START + int(chance.integers(1, 60)) * SECOND
    fixes = _blank(np.arange(first, end, MINUTE), ReportKind.FIX)
    if role == "stays out":
        acts_at = _CURFEW_AT + int(chance.integers(-10, 5)) * MINUTE
    acts = (fixes["at"] >= acts_at) & (fixes["at"] < acts_at + 15 * MINUTE)
    away_m = _AWAY_M.get(role, 0.0)
    usual_m = _HERS_M if role == PROTECTED else 0.0
    east_m = np.where(acts, away_m, usual_m) + chance.normal(0.0, 3.0, len(fixes))
    places = _GROUND.degrees(np.stack((east_m, chance.normal(0.0, 3.0, len(fixes))), axis=1))
    fixes["lon"], fixes["lat"], fixes["accuracy_m"] = places[:, 0], places[:, 1], 6.0
    beats = _blank(np.arange(first + SECOND, end, 5 * MINUTE), ReportKind.HEARTBEAT)
    beats["battery_pct"] = 70.0
    events = _blank(np.array([acts_at, acts_at + 3 * SECOND]), ReportKind.EVENT)
    events["event"] = [DeviceEvent.STRAP_OPEN, DeviceEvent.STRAP_CLOSED]
    rows = np.concatenate([fixes, beats, events if role == "opens the strap" else events[:0]])
    if role == "falls silent":
        rows = rows[(rows["at"] < acts_at) | (rows["at"] >= acts_at + SILENT_FOR)]
    rows = rows[np.argsort(rows["at"], kind="stable")]
    rows["device"], rows["seq"] = number, np.arange(1, len(rows) + 1)
    return rows


def _blank(at: "np.ndarray[tuple[int], np.dtype[np.int64]]", kind: ReportKind) -> Rows:
    rows = blank_reports(len(at))
    rows["kind"], rows["at"] = kind, at
    rows["sent_at"], rows["received_at"] = at, at + SECOND
    return rows


def _faults(chance: Generator, calm_at: Micros) -> list[Fault]:
    bad = Scope(start=TROUBLE_AT, end=calm_at)
    terms = [
        Loss(share=float(chance.uniform(0.0, 0.1))),
        Delay(most=timedelta(seconds=int(chance.integers(1, 40))), share=float(chance.uniform(0.0, 0.5))),
        Duplication(share=float(chance.uniform(0.0, 0.3))),
        Reordering(share=float(chance.uniform(0.0, 0.2))),
    ]
    names = {kind: name for name, (kind, _) in FAULTS.items()}
    faults = [_fault(names[type(one)], one, bad) for one in terms]
    for start, end in _spans(chance, calm_at, count=int(chance.integers(0, 3)), most=8 * MINUTE):
        device = str(chance.choice([*(f"tag-{number}" for number in range(1, WEARERS + 1)), PHONE]))
        faults.append(_fault("outage", Outage(), Scope(devices=(device,), start=start, end=end)))
    return faults


def _fault(name: str, terms: object, scope: Scope) -> Fault:
    return Fault(name=name, terms=terms, scope=scope, change=FAULTS[name][1])


def _unhurt(made: Batch, arrived: Batch, end: Micros) -> Batch:
    """Arrivals within the run: what would come later comes at its end."""
    rows = arrived.rows.copy()
    rows["received_at"] = np.minimum(rows["received_at"], end - SECOND)
    return Batch(devices=made.devices, rows=rows[np.argsort(rows["received_at"], kind="stable")])


def _files(roles: Mapping[str, str]) -> dict[str, bytes]:
    places = (("ban", _ZONE_M, 300), ("home", 0.0, 300))
    features = [
        {
            "type": "Feature",
            "id": name,
            "properties": {"radius_m": radius_m},
            "geometry": {"type": "Point", "coordinates": _GROUND.degrees([(east_m, 0.0)])[0].tolist()},
        }
        for name, east_m, radius_m in places
    ]
    zones = json.dumps({"type": "FeatureCollection", "features": features})
    return {"zones/places.geojson": zones.encode()} | {
        f"orders/{device}.yaml": _order(device, role).encode() for device, role in roles.items()
    }


def _order(device: str, role: str) -> str:
    """Everybody is kept out of a place and heard; who does not go elsewhere is at home while a curfew binds,
    and one must keep away from somebody."""
    more = ""
    if role in ("quiet", "stays out"):
        more = f"  - {{id: nights, kind: curfew, zone: home, weekly: [{_CURFEW}]}}\n"
    if role == "comes near":
        more = "  - {id: keep-apart, kind: contact-ban, with: P-1, alert_m: 500}\n"
    return f"""\
order: O-{device}
programme: contact-ban
time_zone: Europe/Oslo
wearer: {{id: W-{device}, devices: [{device}]}}
protected: [{{id: P-1, devices: [{PHONE}]}}]
conditions:
  - {{id: keep-out, kind: exclusion, zone: ban}}
  - {{id: alive, kind: device-health, heartbeat_every: PT10M, fix_every: PT10M}}
{more}"""
