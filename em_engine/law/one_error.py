"""Which fixes share one error, and what they are worth then.

Errors belong to a place: who does not leave it keeps his, however often it is told and whatever turns in bed.
"""

from typing import Any

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Repute
from em_engine.law.evidence import Sightings, are_vague
from em_engine.law.geodesy import apart_m, to_ecef
from em_engine.law.motion import Stir, stir, wanders
from em_engine.vocabulary import BEFORE_ALL, Floats, Micros


def repute(seat: Any, seen: Sightings, place: int, *, margin_m: float, radius_m: float) -> Repute:
    """What a violating look at a zone is worth, `seat` being moved on by it: of one place it says little more
    than the fix before."""
    told = breach.repute(int(seen.source[place]))
    if not wanders(margin_m, radius_m):
        return told
    at, before_at = int(seen.at[place]), int(seen.previous_at[place])
    rests = stir(seat, at, before_at) is Stir.AT_REST
    return breach.resting(told) if rests or _is_of_one_place(seat, seen, place) else told


def _is_of_one_place(seat: Any, seen: Sightings, place: int) -> bool:
    """Whether a fix tells a speed, no speed tells of moving since the fix before, and their circles meet,
    both of satellites."""
    at, before_at = int(seen.at[place]), int(seen.previous_at[place])
    if before_at == BEFORE_ALL or seat["speed_at"] != at or seat["moved_at"] >= before_at:
        return False
    if are_vague(seat["ring_source"][seat["ring_at"] == before_at]).all():
        return False
    way_m = float(apart_m(seen.ecef[place][None], seen.previous_ecef[place][None])[0])
    return way_m <= float(seen.radius_m[place]) + float(seen.previous_radius_m[place])


def remembered_since(seat: Any, since: Micros) -> tuple[Floats, Floats]:
    """Of the fixes that a seat remembers, those of satellites that are newer: where, and their radii."""
    chosen = (seat["ring_at"] > since) & ~are_vague(seat["ring_source"])
    lonlat = seat["ring_lonlat"][chosen]
    return to_ecef(lonlat[:, 0], lonlat[:, 1]), seat["ring_radius_m"][chosen].astype(np.float64)


def differ_m(margins_m: Floats, radius_m: Floats) -> float:
    """How far apart margins are that a device told in one place: so much is their error, whatever radii they
    tell. What is farther off than a position wanders is no part of it."""
    near_m = margins_m[wanders(margins_m, radius_m)]
    return float(np.ptp(near_m)) if len(near_m) else 0.0


def gainsay(margins_m: Floats, radius_m: Floats) -> bool:
    """Whether any of these fixes does not find a device on the unlawful side with its whole circle."""
    return bool((margins_m > -radius_m).any())
