"""How orders are broken: long, short, grazing. Each act is a piece of a day; the truth is told elsewhere,
from the way it leaves behind, so that an act that fails is no breach."""

from collections.abc import Callable
from math import cos, pi, sin
from typing import Final

import numpy as np
from numpy.random import Generator
from shapely import Point, Polygon

from em_engine.vocabulary import Floats
from simulators.season.diary import SPEED_MPS, Doing, along, through
from simulators.season.duties import DAY_S, Case
from simulators.season.life import Life

Act = Callable[[], None]
ACTS: Final = {
    "exclusion": ("zone-long", "zone-visit", "zone-through", "zone-corner", "zone-driven", "zone-beside"),
    "inclusion": ("border-long", "border-short"),
    "curfew": ("curfew-late", "curfew-early", "night-walk", "night-minutes"),
    "contact-ban": ("approach-long", "approach-passing", "approach-driven"),
    "attendance": ("attendance-skipped", "attendance-short"),
    "device-health": ("strap", "off", "strap-seconds"),
}
"""What can be done to each kind of condition. `zone-beside` and a late way home may well be lawful."""
AWAY_S: Final = (17.2 * 3600.0, 18.0 * 3600.0)


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
    match act:
        case "night-walk":
            _stroll(life, start_s, away_m=minutes(200, 1500), stay_s=60.0 * minutes(5, 60))
        case "night-minutes":
            _stroll(life, start_s, away_m=minutes(110, 250), stay_s=60.0 * minutes(0.5, 3))
        case "strap":
            life.strap_open.append((start_s, start_s + 60.0 * minutes(3, 60)))
        case "strap-seconds":
            life.strap_open.append((start_s, start_s + minutes(4, 50)))
        case "off":
            start_s = day * DAY_S + minutes(8, 22) * 3600.0
            life.off.append((start_s, start_s + 60.0 * minutes(10, 180)))


def _stroll(life: Life, start_s: float, *, away_m: float, stay_s: float) -> None:
    bearing = life.chance.uniform(0.0, 2.0 * pi)
    there = life.diary.home + away_m * np.array([cos(bearing), sin(bearing)])
    out = life.diary.way_to(there, doing=Doing.ON_FOOT)
    life.diary.follow(out, start_s, then=Doing.LINGERING)
    home = life.diary.way_to(life.diary.home, doing=Doing.ON_FOOT)
    life.diary.follow(home, life.diary.now_s + stay_s)


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
    share = {"through": 0.4, "corner": life.chance.uniform(0.03, 0.12), "driven": 0.35, "beside": 0.02}[style]
    doing = Doing.DRIVEN if style == "driven" else Doing.ON_FOOT
    _walk(life, through(area, life.chance, share), start_s, doing)


def _walk(life: Life, line: Floats, start_s: float, doing: Doing) -> None:
    life.diary.go(line[0], start_s, then=Doing.LINGERING)
    way = along(life.chance, line, speed_mps=SPEED_MPS[doing], doing=doing)
    life.diary.follow(way, life.diary.now_s + 30.0, then=Doing.LINGERING)


def _border(life: Life, style: str, start_s: float) -> None:
    duty = life.case.duty("inclusion")
    assert duty is not None, "an act follows from a condition"
    assert duty.zone is not None, "an inclusion has a zone"
    bearing = life.chance.uniform(0.0, 2.0 * pi)
    ray = np.array([cos(bearing), sin(bearing)])
    reach_m = np.linspace(5_000.0, 25_000.0, 2_001)
    inside = [bool(duty.zone.covers(Point(ray * reach))) for reach in reach_m[::20]]
    edge_m = float(reach_m[::20][int(np.argmin(inside))])
    beyond_m = life.chance.uniform(500, 4_000) if style == "long" else life.chance.uniform(150, 500)
    stay_s = 60.0 * (life.chance.uniform(15, 90) if style == "long" else life.chance.uniform(1, 6))
    life.diary.go(ray * (edge_m + beyond_m), start_s, then=Doing.LINGERING)
    life.diary.go(life.case.places["haunt-1"], life.diary.now_s + stay_s)


def _approach(life: Life, style: str, start_s: float) -> None:
    """Where the protected person is when he gets there, as he learned beforehand."""
    duty = life.case.duty("contact-ban")
    assert duty is not None, "an act follows from a condition"
    assert life.protected is not None, "a contact ban protects somebody"
    target = life.protected.where(np.array([start_s + 900.0]))[0]
    bearing = life.chance.uniform(0.0, 2.0 * pi)
    ray, near_m = np.array([cos(bearing), sin(bearing)]), life.chance.uniform(0.1, 0.9) * duty.alert_m
    if style == "long":
        life.diary.go(target + near_m * ray, start_s, then=Doing.LINGERING)
        life.diary.go(life.case.places["haunt-0"], life.diary.now_s + 60.0 * life.chance.uniform(3, 40))
        return
    aside = np.array([-ray[1], ray[0]]) * 1.5 * duty.warn_m
    doing = Doing.DRIVEN if style == "driven" else Doing.ON_FOOT
    _walk(life, target + near_m * ray + np.stack([-aside, 0.0 * aside, aside]), start_s, doing)
