"""A country of invented wearers, the same for the same number of tags: what every measure judges.

Each has four conditions, as the blueprint's measures want them: a curfew at home, two exclusion zones of
fifty corners beside it, and one municipality of five hundred corners to stay in.
"""

import json
from collections.abc import Mapping
from functools import lru_cache
from typing import Any, Final

import numpy as np
import shapely

from em_engine.law.curfew import CurfewTerms
from em_engine.law.geodesy import Zone as PreparedZone
from em_engine.law.geofence import ExclusionTerms, InclusionTerms
from em_engine.law.terms import WeeklyText, ZoneName
from em_engine.monitoring.columns import Rules, compile_orders
from em_engine.rulebook.centre import default_programme, default_protocols
from em_engine.rulebook.models import Condition, Order, Person, ProgrammeName, RecordProfile, Rulebook, Zone
from em_engine.vocabulary import (
    MINUTE,
    NEVER,
    SECOND,
    Batch,
    Floats,
    Micros,
    Source,
    blank_reports,
    parse_rfc3339,
)

NOON: Final[Micros] = parse_rfc3339("2026-05-04T10:00:00Z")
METRES_A_DEGREE: Final = 111_320.0
_MIDDLE: Final = (10.75, 59.91)
_HOME_M: Final = 60.0
_NIGHTS: Final = WeeklyText("daily 21:00-06:00")
_FROM: Final = "2026-01-01T00:00:00Z"


def tag(number: int) -> str:
    """The device of one wearer."""
    return f"tag-{number:06}"


@lru_cache(maxsize=4)
def homes(tags: int) -> Floats:
    """Where everyone lives: (tags, 2) degrees."""
    random = np.random.default_rng(2026)
    return np.column_stack([random.uniform(10.6, 10.9, tags), random.uniform(59.85, 59.97, tags)])


@lru_cache(maxsize=2)
def country(tags: int) -> Rulebook:
    """The rulebook of so many wearers."""
    places = [_zones_of(number, tuple(home)) for number, home in enumerate(homes(tags))]
    zones = {zone.name: zone for each in places for zone in each}
    zones["municipality"] = Zone(name="municipality", geometry=_blob(*_MIDDLE, corners=500, reach_m=20_000.0))
    programme = default_programme()
    return Rulebook(
        revision=f"bench-{tags}",
        orders=tuple(_order(number) for number in range(tags)),
        zones=zones,
        schedules={},
        protocols=default_protocols(),
        programme=programme,
        files={},
    )


_PREPARED: dict[int, dict[str, PreparedZone]] = {}


def compiled(tags: int) -> Rules:
    """The country in columns, without a past. Its zones are prepared once a process."""
    rulebook = country(tags)
    return compile_orders(rulebook, rulebook.orders, _PREPARED.setdefault(tags, {}))


def _zones_of(number: int, home: tuple[float, ...]) -> tuple[Zone, Zone, Zone]:
    lon, lat = home
    east, west = (_blob(lon + aside, lat, corners=50, reach_m=400.0) for aside in (0.03, -0.03))
    return (
        Zone(name=f"home-{number}", geometry=shapely.Point(lon, lat), radius_m=_HOME_M),
        Zone(name=f"east-{number}", geometry=east),
        Zone(name=f"west-{number}", geometry=west),
    )


def _blob(lon: float, lat: float, *, corners: int, reach_m: float) -> shapely.Polygon:
    """A coast with bays and capes, and a jag at every corner."""
    random = np.random.default_rng(int(lon * 1e6) ^ int(lat * 1e6))
    turns = np.linspace(0.0, 2.0 * np.pi, corners, endpoint=False)
    bays = sum(0.2 / n * np.sin(n * turns + random.uniform(0.0, 2.0 * np.pi)) for n in (2, 3, 5, 9))
    reach = (1.0 + bays + random.uniform(-0.01, 0.01, corners)) * reach_m / METRES_A_DEGREE
    ring = np.column_stack(
        [lon + reach * np.cos(turns) / np.cos(np.radians(lat)), lat + reach * np.sin(turns)]
    )
    return shapely.Polygon(ring)


def _order(number: int) -> Order:
    def outside(side: str) -> Condition:
        terms = ExclusionTerms(zone=ZoneName(f"{side}-{number}"))
        return Condition(id=side, kind="exclusion", terms=terms)

    home = CurfewTerms(zone=ZoneName(f"home-{number}"), weekly=(_NIGHTS,))
    return Order(
        id=f"BENCH-{number:06}",
        programme=ProgrammeName.CONTACT_BAN,
        time_zone="Europe/Oslo",
        valid_from=parse_rfc3339(_FROM),
        valid_to=NEVER,
        wearer=Person(id=f"W-{number:06}", devices=(tag(number),)),
        record=RecordProfile.BREACHES_ONLY,
        conditions=(
            Condition(id="nights", kind="curfew", terms=home),
            outside("east"),
            outside("west"),
            Condition(id="town", kind="inclusion", terms=InclusionTerms(zone=ZoneName("municipality"))),
        ),
    )


# The same country as documents ------------------------------------------------------------------


def documents(tags: int) -> Mapping[str, bytes]:
    """The files of the rulebook, as an author would have written them."""
    rulebook = country(tags)
    features = [_feature(zone) for zone in rulebook.zones.values()]
    drawn = json.dumps({"type": "FeatureCollection", "features": features})
    orders = {f"orders/{order.id}.yaml": _ORDER.format(order=order, number=n).encode()
              for n, order in enumerate(rulebook.orders)}  # fmt: skip
    return {"zones/country.geojson": drawn.encode(), **orders}


_ORDER: Final = """\
order: {order.id}
programme: {order.programme.value}
time_zone: {order.time_zone}
valid: {{from: 2026-01-01T01:00}}
wearer: {{id: {order.wearer.id}, devices: [{order.wearer.devices[0]}]}}
record: {order.record.value}
conditions:
  - {{id: nights, kind: curfew, zone: home-{number}, weekly: ["daily 21:00-06:00"]}}
  - {{id: east, kind: exclusion, zone: east-{number}}}
  - {{id: west, kind: exclusion, zone: west-{number}}}
  - {{id: town, kind: inclusion, zone: municipality}}
"""


def _feature(zone: Zone) -> dict[str, Any]:
    return {
        "type": "Feature",
        "id": zone.name,
        "properties": {} if zone.radius_m is None else {"radius_m": zone.radius_m},
        "geometry": json.loads(shapely.to_geojson(zone.geometry)),
    }


# What its tags report ----------------------------------------------------------------------------


class Motion:
    """Everyone at home and about it: a fix a minute each, steps of `step_m`, drawn back towards home."""

    def __init__(self, tags: int, *, step_m: float = 5.0, seed: int = 1) -> None:
        self._homes = homes(tags)
        self._away = np.zeros((tags, 2))
        self._step = step_m / METRES_A_DEGREE
        self._random = np.random.default_rng(seed)
        self._names = tuple(map(tag, range(tags)))
        self.minute = 0

    def batches(self, size: int) -> list[Batch]:
        """The next minute's fixes of everyone, in batches of that size."""
        self._away = self._away * 0.95 + self._random.normal(0.0, self._step, self._away.shape)
        rows = blank_reports(len(self._homes))
        rows["device"] = np.arange(len(rows))
        rows["seq"] = self.minute
        in_turn = NOON + self.minute * MINUTE + np.arange(len(rows)) * MINUTE // len(rows)
        rows["at"] = in_turn // SECOND * SECOND
        rows["sent_at"] = rows["at"] + self._random.integers(500, 2_000, len(rows)) * 1_000
        rows["received_at"] = in_turn + 2 * SECOND
        rows["lon"], rows["lat"] = np.round(self._homes + self._away, 7).T
        rows["accuracy_m"] = np.round(self._random.gamma(4.0, 2.5, len(rows)) + 3.0, 1)
        rows["speed_mps"] = np.round(self._random.gamma(1.0, 0.3, len(rows)), 1)
        rows["heading_deg"] = self._random.integers(0, 360, len(rows))
        rows["hdop"] = np.round(self._random.gamma(4.0, 0.3, len(rows)) + 0.5, 1)
        rows["satellites"] = self._random.integers(5, 16, len(rows))
        rows["source"] = Source.GNSS
        self.minute += 1
        return [self._batch(rows[start : start + size]) for start in range(0, len(rows), size)]

    def _batch(self, rows: Any) -> Batch:
        """As the door makes it: the devices it names, and no others."""
        first = int(rows["device"][0])
        rows = rows.copy()
        rows["device"] -= first
        return Batch(devices=self._names[first : first + len(rows)], rows=rows)
