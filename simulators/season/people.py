"""Who is monitored in a season: homes and work across the country, and orders of seven programmes."""

from math import cos, pi, sin
from typing import Final

import numpy as np
from numpy.random import Generator
from shapely import Polygon

from em_engine.vocabulary import Floats
from simulators.season.duties import Case, Duty, Ground, Weekly
from simulators.season.town import Town, town_of

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
APART_M: Final = 2_300.0


def chance_of(seed: int, case: int, subject: int) -> Generator:
    """Random numbers of one subject in one case: the same however many cases a season has."""
    return np.random.default_rng((seed, case, subject))


def case_of(seed: int, number: int, days: int) -> Case:
    """The order of one wearer."""
    chance = chance_of(seed, number, 0)
    name, _, kinds = PROGRAMMES[_pick(chance, [share for _, share, _ in PROGRAMMES])]
    town = _pick(chance, [share for *_, share in TOWNS])
    places = _places(chance, town_of(town), is_apart="contact-ban" in kinds)
    zones = _zones(chance, town_of(town), places, kinds)
    duties = (*(_duty(chance, kind, zones) for kind in kinds), _health())
    return Case(
        id=f"S-{number:05d}",
        number=number,
        programme=name,
        ground=Ground(lon=TOWNS[town][0], lat=TOWNS[town][1]),
        town=town,
        duties=duties,
        places=places,
        has_beacon=name in WITH_BEACON,
        breaks_rules=bool(chance.random() < BREAKERS),
        days=days,
    )


def _pick(chance: Generator, weights: list[int]) -> int:
    return int(np.searchsorted(np.cumsum(weights), chance.random() * sum(weights), side="right"))


def _places(chance: Generator, town: Town, *, is_apart: bool) -> dict[str, Floats]:
    """Where two people live, work and go; of who must keep apart, nothing of his lies near hers."""
    home = _around(chance, town, np.zeros(2), 0, 3_000)
    hers = {"protected": _around(chance, town, home, 3_000, 6_500)}
    hers["protected-work"] = _around(chance, town, hers["protected"], 600, 3_000)
    shunned = np.stack([*hers.values()]) if is_apart else np.zeros((0, 2))
    for number in range(4):
        hers[f"protected-haunt-{number}"] = _around(chance, town, hers["protected"], 300, 2_000)
    his = {"home": home}
    reach_m = {"work": (600, 6_000), "office": (1_000, 5_000)} | {
        f"haunt-{k}": (300, 4_000) for k in range(4)
    }
    for name, (nearest_m, farthest_m) in reach_m.items():
        his[name] = _around(chance, town, home, nearest_m, farthest_m, shunned)
    return his | hers


def _around(
    chance: Generator,
    town: Town,
    middle: Floats,
    nearest_m: float,
    farthest_m: float,
    shunned: Floats | None = None,
) -> Floats:
    """A house on a street, so far off and not near what is shunned, as far as streets and shores allow."""
    for _ in range(30):
        bearing, away_m = chance.uniform(0.0, 2.0 * pi), chance.uniform(nearest_m, farthest_m)
        corner = town.nearest(middle + away_m * np.array([cos(bearing), sin(bearing)]))
        house = corner + chance.choice([-1.0, 1.0], 2) * chance.uniform(12.0, 50.0, 2)
        is_clear = shunned is None or not (np.hypot(*(shunned - house).T) < APART_M).any()
        if nearest_m <= np.hypot(*(house - middle)) <= farthest_m and is_clear:
            break
    return np.asarray(house)


def _zones(
    chance: Generator, town: Town, places: dict[str, Floats], kinds: tuple[str, ...]
) -> dict[str, Polygon]:
    forbidden = places["protected"] if "contact-ban" in kinds else None
    return {
        "exclusion": _forbidden(chance, town, places, forbidden),
        "inclusion": _outline(chance, places["home"], chance.uniform(11_000, 14_000), corners=60),
        "curfew": _outline(chance, places["home"], chance.uniform(40, 70), corners=8),
        "attendance": _outline(chance, places["office"], chance.uniform(40, 80), corners=8),
    }


def _forbidden(chance: Generator, town: Town, places: dict[str, Floats], middle: Floats | None) -> Polygon:
    """A zone around a place, or anywhere that no everyday place lies in or beside."""
    everyday = np.stack([spot for name, spot in places.items() if not name.startswith("protected")])
    while True:
        around = _around(chance, town, places["home"], 800, 5_000) if middle is None else middle
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
