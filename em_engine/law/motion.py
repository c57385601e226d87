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
    Booleans,
    Floats,
    Indices,
    Micros,
    Rows,
    Times,
    Tristate,
)

MOVING_MPS: Final = 1.0
"""A slow walk; receivers know their speed to 0.2 m/s even where their position wanders."""
CREEPING_MPS: Final = 0.3
"""Lying still, a receiver that errs by 0.2 m/s tells 0.16 in the mean of minutes, and 0.3 hardly ever."""
PACE_TIME: Final[Micros] = 5 * MINUTE
"""Over which told speeds are taken together. Of a receiver that lies still and errs by 0.2 m/s, a speed a
minute, the pace comes to 0.3 m/s once in a day; over three minutes it would once in three hours."""
WATCH_GAP: Final[Micros] = 150 * SECOND
"""Between speeds further apart someone may have gone and stopped unseen; one fix a minute may be lost."""
REST_GAP: Final[Micros] = 10 * MINUTE
"""Heartbeats further apart do not vouch for what was between."""
TOGETHER: Final[Micros] = 10 * SECOND
"""A fix and the heartbeat of the same waking: nobody gets anywhere between the two (section 3's dwell)."""
WANDERS_M: Final = 400.0
"""How far the position of a device indoors wanders while it lies still: 50 to 300 m are told by the trade."""
WANDERS_FOR: Final[Micros] = 30 * MINUTE
"""A position that wandered off and came back wanders off again within that time."""
SHARP: Final = 10.0
SHARP_M: Final = 150.0
"""That far off, and by so many radii, only a device that has moved finds itself. Of 534 fixes of a season
that were at home, still, and wrong, none was off by ten times what it told, and two by six."""


class Stir(IntEnum):
    """What is known of a device's moving since an instant."""

    MAY_HAVE_MOVED = 0
    SEEN_STILL = 1  # its receiver told speeds all along, none a walk's; or its position was wandering already
    AT_REST = 2  # its motion sensor vouches for it, up to now


def watch_speeds(seats: Rows, seat: Indices, *, at: Times, speed_mps: NDArray[np.float32]) -> None:
    """Rule 9: the seats of trusted fixes, moved on by the speeds these tell (NaN where they tell none).

    Fixes that tell none may lie between: they hide no more than no fix at all would.
    """
    told = np.flatnonzero(~np.isnan(speed_mps))
    if not len(told):
        return
    seat, at, speed_mps = seat[told], at[told], speed_mps[told]
    gap = at - np.maximum(seats["speed_at"][seat], BEFORE_ALL // 2)
    begun = np.maximum(seats["line_since"][seat], at - WATCH_GAP)
    seats["watched_since"][seat] = np.where(gap <= WATCH_GAP, seats["watched_since"][seat], begun)
    seats["speed_at"][seat] = at
    seats["pace_mps"][seat] = pace_mps = _pace(seats["pace_mps"][seat], gap, speed_mps)
    creeps = (pace_mps >= CREEPING_MPS) & (seats["rest_since"][seat] == NEVER)
    moved = (speed_mps >= MOVING_MPS) | creeps
    seats["moved_at"][seat] = np.where(moved, at, seats["moved_at"][seat])


def _pace(before_mps: Floats, gap: Times, speed_mps: NDArray[np.float32]) -> Floats:
    """The speed of the last minutes, in which one told now has the more weight the longer none was."""
    kept = np.exp(-np.minimum(gap, WATCH_GAP) / PACE_TIME)
    told_mps = np.minimum(speed_mps, MOVING_MPS)
    return np.where(gap <= WATCH_GAP, told_mps + (before_mps - told_mps) * kept, 0.0)


def hear_motion(seats: Rows, seat: Indices, *, at: Times, motion: Booleans, before: Times) -> None:
    """Likewise: heartbeats tell whether the device has moved since the one before. One row a seat."""
    moves, rests = motion == Tristate.YES.value, motion == Tristate.NO.value
    seats["rest_since"][seat[moves]], seats["rest_at"][seat[moves]] = NEVER, BEFORE_ALL
    broken = at - np.maximum(seats["rest_at"][seat], BEFORE_ALL // 2) > REST_GAP
    begins = rests & ((seats["rest_since"][seat] == NEVER) | broken)
    is_near = at - np.maximum(before, BEFORE_ALL // 2) <= REST_GAP
    seats["rest_since"][seat[begins]] = np.where(is_near, before, at)[begins]
    seats["rest_at"][seat[rests]] = at[rests]


def learn(seats: Rows, seat: Indices, past: Rows) -> None:
    """Late fixes may have told speeds between those of the seats' trusted fixes, up to the same newest."""
    is_same = past["speed_at"] == seats["speed_at"][seat]
    for name in ("watched_since", "pace_mps"):
        seats[name][seat] = np.where(is_same, past[name], seats[name][seat])
    seats["moved_at"][seat] = np.maximum(seats["moved_at"][seat], past["moved_at"])


def stir(seat: Any, at: Micros, since: Micros, *, astray_at: Micros = BEFORE_ALL) -> Stir:
    """Rule 10: what is known at `at` of this seat's moving since then.

    `astray_at` is when its position was last on the other side though it was at rest.
    """
    if since == BEFORE_ALL or seat["moved_at"] >= since:
        return Stir.MAY_HAVE_MOVED
    if seat["rest_since"] <= since + TOGETHER and at - int(seat["rest_at"]) <= REST_GAP:
        return Stir.AT_REST
    tells = at - int(seat["speed_at"]) <= WATCH_GAP
    is_watched = tells and seat["watched_since"] <= since
    wanders = astray_at > (since - WANDERS_FOR if tells else since)
    return Stir.SEEN_STILL if is_watched or wanders else Stir.MAY_HAVE_MOVED


def found_lawful(slot: Any, at: Micros, *, before_at: Micros) -> Micros:
    """When a slot was last found lawful before a look at `at`; at `before_at`, that of the fix before it,
    where a later sign came first."""
    lawful_at = int(slot["lawful_at"])
    return lawful_at if lawful_at <= at else before_at


def stillness(
    slot: Any, seat: Any, at: Micros, *, before_at: Micros, margin_m: float, radius_m: float
) -> Stir:
    """Rule 10: what a look knows of the device's moving since it was last found lawful.

    A position as far off as none wanders stands against it.
    """
    if not wanders(margin_m, radius_m):
        return Stir.MAY_HAVE_MOVED
    since = found_lawful(slot, at, before_at=before_at)
    known = stir(seat, at, since, astray_at=int(slot["astray_at"]))
    is_sharp = -margin_m >= max(SHARP_M, SHARP * radius_m)
    return Stir.MAY_HAVE_MOVED if known is Stir.SEEN_STILL and is_sharp else known


def wanders(margin_m: Any, radius_m: Any) -> Any:
    """Whether a position, or each of a column, is no farther off than one wanders by itself."""
    return margin_m > -(WANDERS_M + 2.0 * radius_m)
