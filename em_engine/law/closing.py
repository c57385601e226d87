"""How two people came near each other, as evidence for the operator: how fast, until when, and who moved."""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from em_engine.law.evidence import COLD_AFTER, REMEMBERED, SPEED_MPS_MAX
from em_engine.law.geodesy import apart_m, to_ecef
from em_engine.law.motion import MOVING_MPS
from em_engine.vocabulary import BEFORE_ALL, SECOND, Floats

CLOSING_MPS_MIN: Final = 0.3
"""Slower than this is the wavering of two positions."""


def closing(wearer: Any, other: Any, *, separation_m: float, ring_m: float) -> dict[str, Any]:
    """What the last step of each of two seats says: how fast they close in, when they will be `ring_m` apart,
    who came nearer, and whether both stand still."""
    steps = [_step(one, to) for one, to in ((wearer, other), (other, wearer))]
    told: dict[str, Any] = {
        "nearer_by": _WHO.get((steps[0].is_sure, steps[1].is_sure)),
        "both_still": all(_stands(one) for one in (wearer, other)),
    }
    if any(step.is_known for step in steps):
        closing_mps = sum(step.nearer_mps for step in steps)
        told["closing_mps"] = round(closing_mps, 1)
        if closing_mps >= CLOSING_MPS_MIN and separation_m > ring_m:
            told["alert_in_s"] = round((separation_m - ring_m) / closing_mps)
    return told


_WHO: Final = {(True, True): "both", (True, False): "wearer", (False, True): "protected"}


@dataclass(frozen=True, slots=True)
class _Step:
    """From someone's fix before to his newest, towards another."""

    is_known: bool = False
    nearer_mps: float = 0.0
    is_sure: bool = False  # by more than both ends of the step may be wrong


def _step(seat: Any, to: Any) -> _Step:
    newest = (int(seat["ring_next"]) - 1) % REMEMBERED
    before = (newest - 1) % REMEMBERED
    before_at, radius_m = int(seat["ring_at"][before]), float(seat["ring_radius_m"][before])
    if seat["ring_at"][newest] != seat["at"] or before_at == BEFORE_ALL:
        return _Step()
    was, now, there = _ecef(seat["ring_lonlat"][before]), seat["ecef"][None], to["ecef"][None]
    span_s = (int(seat["at"]) - before_at) / SECOND
    if span_s > COLD_AFTER / SECOND or apart_m(was, now)[0] > SPEED_MPS_MAX * span_s:
        return _Step()
    nearer_m = float(apart_m(was, there)[0] - apart_m(now, there)[0])
    return _Step(True, nearer_m / span_s, nearer_m > float(np.hypot(radius_m, seat["radius_m"])))


def _stands(seat: Any) -> bool:
    return bool(seat["speed_mps"] < MOVING_MPS and seat["moved_at"] < seat["at"])


def _ecef(lonlat: Any) -> Floats:
    return to_ecef(lonlat[[0]], lonlat[[1]])
