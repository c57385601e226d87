"""Whether a device has moved since it was last found on the lawful side: by the speeds its receiver tells,
and by its motion sensor.

A position may wander off for minutes while the device lies still; who leaves has to move. Rule numbers are
those of section 1 in this folder's README.
"""

from enum import IntEnum
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    SECOND,
    Micros,
    Rows,
    Times,
    Tristate,
)

MOVING_MPS: Final = 1.0
"""A slow walk; receivers know their speed to 0.2 m/s even where their position wanders."""
WATCH_GAP: Final[Micros] = 150 * SECOND
"""Between speeds further apart someone may have gone and stopped unseen; one fix a minute may be lost."""
REST_GAP: Final[Micros] = 10 * MINUTE
"""Heartbeats further apart do not vouch for what was between."""
WANDERS_M: Final = 400.0
"""How far the position of a device indoors wanders while it lies still: 50 to 300 m are told by the trade."""


class Stir(IntEnum):
    """What is known of a device's moving since an instant."""

    MAY_HAVE_MOVED = 0
    SEEN_STILL = 1  # its receiver told speeds all along, none of them a walk's
    AT_REST = 2  # its motion sensor vouches for it, up to now


def watch_speeds(
    seats: Rows, seat: Any, *, at: Times, silence: Times, speed_mps: NDArray[np.float32]
) -> None:
    """Rule 8: the seats of trusted fixes, moved on by the speeds these tell (NaN where they tell none)."""
    told = ~np.isnan(speed_mps)
    if not told.any():
        return
    gap = at - np.maximum(seats["speed_at"][seat], BEFORE_ALL // 2)
    begun = np.where(silence <= WATCH_GAP, at - silence, at)
    since = np.where(gap <= WATCH_GAP, seats["watched_since"][seat], begun)
    seats["watched_since"][seat] = np.where(told, since, seats["watched_since"][seat])
    seats["speed_at"][seat] = np.where(told, at, seats["speed_at"][seat])
    seats["moved_at"][seat] = np.where(told & (speed_mps >= MOVING_MPS), at, seats["moved_at"][seat])


def hear_motion(seat: Any, *, at: Micros, motion: int, before: Micros) -> None:
    """Rule 9: a heartbeat tells whether the device has moved since the one before. One seat, changed in
    place."""
    if motion == Tristate.YES:
        seat["rest_since"], seat["rest_at"] = NEVER, BEFORE_ALL
    elif motion == Tristate.NO:
        if seat["rest_since"] == NEVER or at - int(seat["rest_at"]) > REST_GAP:
            is_near = before != BEFORE_ALL and at - before <= REST_GAP
            seat["rest_since"] = before if is_near else at
        seat["rest_at"] = at


def stir(seat: Any, at: Micros, since: Micros) -> Stir:
    """Rule 10: what is known at `at` of this seat's moving since then."""
    if since == BEFORE_ALL or seat["moved_at"] >= since:
        return Stir.MAY_HAVE_MOVED
    if seat["rest_since"] <= since and at - int(seat["rest_at"]) <= REST_GAP:
        return Stir.AT_REST
    is_watched = seat["watched_since"] <= since and at - int(seat["speed_at"]) <= WATCH_GAP
    return Stir.SEEN_STILL if is_watched else Stir.MAY_HAVE_MOVED
