"""What the order's legal profile lets us keep of a position fix, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from em_engine.vocabulary import BEFORE_ALL, HOUR, Booleans, Indices, Micros, Rows


class Profile(IntEnum):
    """The order's `record`."""

    EVERYTHING = 0
    SITUATIONAL = 1
    BREACHES_ONLY = 2


FORGOTTEN_AFTER: Final[Micros] = 24 * HOUR
"""A tag remembers a day of fixes at most. Until then one of them may come late and be judged beside what the
engine remembers; from then on a place it remembers decides nothing."""
_PLACES: Final = ("ecef", "lonlat", "before_ecef", "suspect_ecef", "ring_lonlat", "anchor")
_TIMES: Final = ("at", "suspect_at", "before_at", "placed_at")
_SIGNS: Final = ("at", "taken_at", "still_at", "tied_at", "suspect_at")

PROFILES: Final = {"everything": 0, "situational": 1, "breaches-only": 2}


def keeps(profile: NDArray[np.int8], is_in_breach: Booleans) -> Booleans:
    """Which fixes may be kept beyond the journal's short life: all, or under breaches-only those of a breach.

    Under `situational` all are kept but may be seen only while a breach is open: whoever shows them asks
    that.
    """
    return np.asarray((profile != Profile.BREACHES_ONLY) | is_in_breach)


def forgettable(seats: Rows, profile: NDArray[np.int8], at: Micros) -> Booleans:
    """Seats of orders that keep breaches only, whose places are a day old and decide nothing any more.

    `profile` is that of each seat's order.
    """
    newest = np.max([seats[name] for name in _SIGNS], axis=0)
    has_places = (seats["lonlat"] != 0).any(axis=1) | (seats["ring_lonlat"] != 0).any(axis=(1, 2))
    return np.asarray((profile == Profile.BREACHES_ONLY) & has_places & (newest < at - FORGOTTEN_AFTER))


def forget_places(rows: Rows, which: Booleans | Indices) -> None:
    """Of these rows, seats or a watch's state, no place is known any more; when they were seen still is."""
    names = rows.dtype.names or ()
    for name in _PLACES:
        if name in names:
            rows[name][which] = 0.0
    for name in _TIMES:
        if name in names:
            rows[name][which] = BEFORE_ALL
    if "places" in names:
        rows["places"][which] = np.zeros(1, dtype=rows["places"].dtype)
        rows["places"]["at"][which] = BEFORE_ALL
    if "is_calm" in names:
        rows["is_calm"][which] = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Period:
    """How long what is kept of orders of a programme may be kept; None where the centre has set no end."""

    programme: str | None = None  # None: of every other
    positions: Micros | None = None
    alerts: Micros | None = None  # since they were closed


def period_of(periods: Sequence[Period], programme: str | None) -> Period:
    """The first that fits; where none does, nothing is deleted."""
    fitting = (one for one in periods if one.programme in (programme, None))
    return next(fitting, Period(programme=programme))
