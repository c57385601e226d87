"""How orders are broken: long, short, grazing, clever. Each act is a piece of a day; the truth is told apart,
from the way it leaves behind, so that an act that fails is no breach."""

from collections.abc import Callable
from math import cos, pi, sin
from typing import Final

import numpy as np
from numpy.random import Generator
from shapely import Polygon

from em_engine.vocabulary import Floats
from simulators.season.duties import DAY_S, Case
from simulators.season.life import Deed, Life
from simulators.season.travel import Way, along, through
from simulators.season.way import Doing

Act = Callable[[], None]
ACTS: Final = {
    "exclusion": (
        "zone-long",
        "zone-visit",
        "zone-through",
        "zone-corner",
        "zone-driven",
        "zone-tram",
        "zone-beside",
    ),
    "inclusion": ("border-long", "border-short"),
    "curfew": ("curfew-late", "curfew-early", "night-walk", "night-minutes"),
    "contact-ban": (
        "approach-long",
        "approach-passing",
        "approach-driven",
        "approach-creeping",
        "approach-aboard",
    ),
    "attendance": ("attendance-skipped", "attendance-short"),
    "device-health": ("strap", "off", "strap-seconds", "case", "jammed", "shielded"),
}
"""What can be done to each kind of condition. `zone-beside` and a late way home may well be lawful."""
AWAY_S: Final = (17.2 * 3600.0, 18.0 * 3600.0)
CREEPING_MPS: Final = 0.5
HOURS_AHEAD_S: Final = 15 * 3600.0
TO_THE_TAG: Final = {
    "strap": (Deed.STRAP, (180.0, 3600.0)),
    "strap-seconds": (Deed.STRAP, (4.0, 50.0)),
    "case": (Deed.CASE, (20.0, 600.0)),
    "jammed": (Deed.JAMMED, (120.0, 2400.0)),
    "shielded": (Deed.SHIELDED, (120.0, 2400.0)),
}
"""What is done to the tag, and for how many seconds."""


def choose(case: Case, chance: Generator, day: int) -> str:
    """What this wearer does today, of what his order forbids."""
    kinds = [duty.kind for duty in case.duties if duty.kind in ACTS]
    office = case.duty("attendance")
    if office is not None and office.weekly[0].days[0] != day % 7:
        kinds.remove("attendance")
    acts = ACTS[kinds[int(chance.integers(len(kinds)))]]
    return acts[int(chance.integers(len(acts)))]


def spot(area: Polygon) -> Floats:
    """A place well within an area."""
    return np.array(area.representative_point().coords[0])


def in_the_evening(life: Life, act: str, day: int) -> None:
    """What is done between work and the way home."""
    start_s = day * DAY_S + life.chance.uniform(*AWAY_S)
    name, _, style = act.partition("-")
    match name:
        case "zone":
            _zone(life, style, start_s)
        case "border":
            _border(life, style, start_s)
        case "approach":
            _approach(life, style, start_s)


def in_the_night(life: Life, act: str, day: int) -> None:
    """What is done after coming home, and to the tag."""
    start_s = max(life.diary.now_s, day * DAY_S + life.chance.uniform(21.5, 26.0) * 3600.0)
    minutes = life.chance.uniform
    if act in TO_THE_TAG:
        deed, lasts_s = TO_THE_TAG[act]
        life.done.append((deed, (start_s, start_s + minutes(*lasts_s))))
    match act:
        case "night-walk":
            _stroll(life, start_s, away_m=minutes(200, 1500), stay_s=60.0 * minutes(5, 60))
        case "night-minutes":
            _stroll(life, start_s, away_m=minutes(110, 250), stay_s=60.0 * minutes(0.5, 3))
        case "off":
            start_s = day * DAY_S + minutes(8, 22) * 3600.0
            life.off.append((start_s, start_s + 60.0 * minutes(10, 180)))


def _stroll(life: Life, start_s: float, *, away_m: float, stay_s: float) -> None:
    there = _ashore(life, life.diary.home, away_m)
    life.diary.go(there, start_s, then=Doing.LINGERING, doing=Doing.ON_FOOT)
    life.diary.go(life.diary.home, life.diary.now_s + stay_s, doing=Doing.ON_FOOT)


def _ashore(life: Life, middle: Floats, away_m: float) -> Floats:
    """A place so far off, ashore if one of a few bearings is."""
    for _ in range(8):
        bearing = life.chance.uniform(0.0, 2.0 * pi)
        there = middle + away_m * np.array([cos(bearing), sin(bearing)])
        if life.diary.town.is_land(there):
            break
    return there


def _zone(life: Life, style: str, start_s: float) -> None:
    duty = life.chance.choice(np.array(life.case.of_kind("exclusion"), dtype=object))
    if style in ("long", "visit"):
        stay_s = 60.0 * (life.chance.uniform(20, 60) if style == "long" else life.chance.uniform(2, 10))
        # One in two of those who stay do so in a house.
        then = Doing.INDOORS if life.chance.random() < 0.5 else Doing.LINGERING
        life.diary.go(spot(duty.zone), start_s, then=then)
        life.diary.go(life.case.places["haunt-0"], life.diary.now_s + stay_s)
        return
    area = duty.zone.buffer(life.chance.uniform(25, 90)) if style == "beside" else duty.zone
    shares = {"corner": life.chance.uniform(0.03, 0.12), "driven": 0.35, "tram": 0.35, "beside": 0.02}
    share = shares.get(style, 0.4)
    doing = {"driven": Doing.DRIVEN, "tram": Doing.BY_BUS}.get(style, Doing.ON_FOOT)
    _walk(life, through(area, life.chance, share), start_s, doing)


def _walk(life: Life, line: Floats, start_s: float, doing: Doing, *, speed_mps: float | None = None) -> None:
    life.diary.go(line[0], start_s, then=Doing.LINGERING)
    way = along(life.chance, line, doing=doing, speed_mps=speed_mps)
    life.diary.follow([way], life.diary.now_s + 30.0, then=Doing.LINGERING)


def _border(life: Life, style: str, start_s: float) -> None:
    duty = life.case.duty("inclusion")
    assert duty is not None, "an act follows from a condition"
    assert duty.zone is not None, "an inclusion has a zone"
    home, outline = life.diary.home, duty.zone.exterior
    edge = np.array(outline.interpolate(life.chance.random(), normalized=True).coords[0])
    edge_m = float(np.hypot(*(edge - home)))
    ray = (edge - home) / edge_m
    beyond_m = life.chance.uniform(500, 2_500) if style == "long" else life.chance.uniform(150, 500)
    stay_s = 60.0 * (life.chance.uniform(15, 90) if style == "long" else life.chance.uniform(1, 6))
    life.diary.go(home + ray * (edge_m + beyond_m), start_s, then=Doing.LINGERING)
    life.diary.go(life.case.places["haunt-1"], life.diary.now_s + stay_s)


def _approach(life: Life, style: str, start_s: float) -> None:
    """Where the protected person is when he gets there, as he learned beforehand."""
    duty = life.case.duty("contact-ban")
    assert duty is not None, "an act follows from a condition"
    assert life.protected is not None, "a contact ban protects somebody"
    if style == "aboard" and _ride_along(life, start_s):
        return
    target = life.protected.where(np.array([start_s + 900.0]))[0]
    near_m = life.chance.uniform(0.1, 0.9) * duty.alert_m
    spot = _ashore(life, target, near_m)
    if style in ("long", "aboard"):
        life.diary.go(spot, start_s, then=Doing.LINGERING)
        life.diary.go(life.case.places["haunt-0"], life.diary.now_s + 60.0 * life.chance.uniform(3, 40))
        return
    if style == "creeping":
        line = np.stack([target + (spot - target) / near_m * 1.2 * duty.warn_m, spot])
        _walk(life, line, start_s, Doing.ON_FOOT, speed_mps=CREEPING_MPS)
        return
    ray = (spot - target) / near_m
    aside = np.array([-ray[1], ray[0]]) * 1.5 * duty.warn_m
    doing = Doing.DRIVEN if style == "driven" else Doing.ON_FOOT
    _walk(life, spot + np.stack([-aside, 0.0 * aside, aside]), start_s, doing)


def _ride_along(life: Life, start_s: float) -> bool:
    """In the same bus as the protected person, a seat away, if she takes one in the hours to come."""
    path = life.protected
    assert path is not None, "a contact ban protects somebody"
    is_soon = (path.at_s > start_s + 1800.0) & (path.at_s < start_s + HOURS_AHEAD_S)
    soon = np.flatnonzero((path.doing == Doing.BY_BUS) & is_soon)
    if not len(soon):
        return False
    ride = soon[: int(np.argmax(np.append(np.diff(soon) > 1, True))) + 1]
    line = path.xy_m[ride] + 2.0
    life.diary.arrive(line[0], float(path.at_s[ride[0]]) - 20.0)
    aboard = Way(xy_m=line, after_s=path.at_s[ride] - path.at_s[ride[0]], doing=Doing.BY_BUS)
    life.diary.follow([aboard], float(path.at_s[ride[0]]), then=Doing.LINGERING)
    return True
