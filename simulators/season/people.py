"""Who is monitored in a season: homes and work across the country, and orders of seven programmes."""

from math import cos, pi, sin
from typing import Final

import numpy as np
from numpy.random import Generator
from shapely import Polygon

from em_engine.vocabulary import Floats
from simulators.season.duties import Case, Duty, Ground, Weekly

TOWNS: Final = (  # longitude, latitude, and how many of a thousand wearers live there
    (10.75, 59.91, 300),  # Oslo
    (5.33, 60.39, 130),  # Bergen
    (10.40, 63.43, 110),  # Trondheim
    (5.73, 58.97, 110),  # Stavanger
    (10.20, 59.74, 80),  # Drammen
    (10.95, 59.21, 80),  # Fredrikstad
    (7.99, 58.15, 60),  # Kristiansand
    (18.96, 69.65, 50),  # Tromsø
    (14.40, 67.28, 40),  # Bodø
    (23.27, 69.97, 20),  # Alta
    (15.63, 78.22, 20),  # Longyearbyen
)
PROGRAMMES: Final = (  # name, share of orders in per cent, kinds; made up, every kind well represented
    ("home-detention", 30, ("curfew", "inclusion", "attendance")),
    ("contact-ban", 24, ("exclusion", "contact-ban")),
    ("conditional-release", 16, ("exclusion", "inclusion", "curfew", "attendance")),
    ("youth-restrictions", 10, ("exclusion", "curfew")),
    ("remand", 10, ("inclusion", "curfew", "exclusion")),
    ("leave", 5, ("inclusion", "curfew")),
    ("day-release", 5, ("inclusion", "curfew", "exclusion")),
)
WITH_BEACON: Final = frozenset({"home-detention", "remand", "leave", "day-release"})
BREAKERS: Final = 0.4
"""Share of wearers who break an order now and then; the others keep every order as well as people can."""
GRACE_S: Final = 600


def chance_of(seed: int, case: int, subject: int) -> Generator:
    """Random numbers of one subject in one case: the same however many cases a season has."""
    return np.random.default_rng((seed, case, subject))


def case_of(seed: int, number: int, days: int) -> Case:
    """The order of one wearer."""
    chance = chance_of(seed, number, 0)
    name, _, kinds = PROGRAMMES[_pick(chance, [share for _, share, _ in PROGRAMMES])]
    places = _places(chance)
    zones = _zones(chance, places, kinds)
    duties = (*(_duty(chance, kind, zones) for kind in kinds), _health())
    return Case(
        id=f"S-{number:05d}",
        number=number,
        programme=name,
        ground=_ground(chance),
        duties=duties,
        places=places,
        has_beacon=name in WITH_BEACON,
        breaks_rules=bool(chance.random() < BREAKERS),
        days=days,
    )


def _pick(chance: Generator, weights: list[int]) -> int:
    return int(np.searchsorted(np.cumsum(weights), chance.random() * sum(weights), side="right"))


def _ground(chance: Generator) -> Ground:
    lon, lat, _ = TOWNS[_pick(chance, [share for *_, share in TOWNS])]
    return Ground(lon=lon + chance.uniform(-0.1, 0.1), lat=lat + chance.uniform(-0.05, 0.05))


def _places(chance: Generator) -> dict[str, Floats]:
    home = np.zeros(2)
    protected = _around(chance, home, 3_000, 8_000)
    places = {
        "home": home,
        "work": _around(chance, home, 600, 6_500),
        "office": _around(chance, home, 1_000, 5_000),
        "protected": protected,
        "protected-work": _around(chance, protected, 600, 4_000),
    }
    for number in range(4):
        places[f"haunt-{number}"] = _around(chance, home, 300, 4_000)
        places[f"protected-haunt-{number}"] = _around(chance, protected, 300, 3_000)
    return places


def _around(chance: Generator, middle: Floats, nearest_m: float, farthest_m: float) -> Floats:
    bearing, away_m = chance.uniform(0.0, 2.0 * pi), chance.uniform(nearest_m, farthest_m)
    return middle + away_m * np.array([cos(bearing), sin(bearing)])


def _zones(chance: Generator, places: dict[str, Floats], kinds: tuple[str, ...]) -> dict[str, Polygon]:
    forbidden = places["protected"] if "contact-ban" in kinds else None
    return {
        "exclusion": _forbidden(chance, places, forbidden),
        "inclusion": _outline(chance, places["home"], chance.uniform(9_000, 15_000), corners=60),
        "curfew": _outline(chance, places["home"], chance.uniform(40, 70), corners=8),
        "attendance": _outline(chance, places["office"], chance.uniform(40, 80), corners=8),
    }


def _forbidden(chance: Generator, places: dict[str, Floats], middle: Floats | None) -> Polygon:
    """A zone around a place, or anywhere that no everyday place lies in or beside."""
    everyday = np.stack([spot for name, spot in places.items() if not name.startswith("protected")])
    while True:
        around = _around(chance, places["home"], 800, 5_000) if middle is None else middle
        size_m = chance.uniform(120, 600)
        if middle is not None or np.hypot(*(everyday - around).T).min() > size_m * 1.3 + 100:
            return _outline(chance, around, size_m, corners=14)


def _outline(chance: Generator, middle: Floats, size_m: float, *, corners: int) -> Polygon:
    """An uneven area about so many metres across both ways from its middle."""
    bearing = np.linspace(0.0, 2.0 * pi, corners, endpoint=False)
    reach_m = size_m * chance.uniform(0.8, 1.2, size=corners)
    return Polygon(middle + reach_m[:, None] * np.stack([np.cos(bearing), np.sin(bearing)], axis=1))


def _duty(chance: Generator, kind: str, zones: dict[str, Polygon]) -> Duty:
    match kind:
        case "curfew":
            return Duty(
                id="nights",
                kind=kind,
                zone=zones[kind],
                weekly=_nights(chance),
                late_s=GRACE_S,
                early_s=GRACE_S // 2,
            )
        case "attendance":
            return Duty(
                id="office", kind=kind, zone=zones[kind], weekly=(_appointment(chance),), minimum_s=600
            )
        case "exclusion":
            buffer_m = float(chance.choice([0.0, 200.0, 500.0]))
            return Duty(id="keep-out", kind=kind, zone=zones[kind], buffer_m=buffer_m)
        case "contact-ban":
            return Duty(id="keep-apart", kind=kind, alert_m=float(chance.choice([300.0, 500.0, 1000.0])))
    return Duty(id="stay-in", kind=kind, zone=zones[kind])


def _nights(chance: Generator) -> tuple[Weekly, ...]:
    start_s = int(chance.choice([18, 20, 21, 22])) * 3600
    return (
        Weekly(days=(0, 1, 2, 3), start_s=start_s, end_s=6 * 3600),
        Weekly(days=(4, 5), start_s=start_s, end_s=9 * 3600),
        Weekly(days=(6,), start_s=start_s, end_s=6 * 3600),
    )


def _appointment(chance: Generator) -> Weekly:
    start_s = int(chance.integers(9, 14)) * 3600
    return Weekly(days=(int(chance.integers(5)),), start_s=start_s, end_s=start_s + 2700)


def _health() -> Duty:
    return Duty(id="alive", kind="device-health")
