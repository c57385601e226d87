"""What is known of a seat (one device in one case) at one instant; duplicate, late and impossible fixes.

Rule numbers are those of section 1 in this folder's README.
"""

from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from em_engine.law.geodesy import apart_m
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    SECOND,
    Booleans,
    Floats,
    Indices,
    Micros,
    Rows,
    Times,
)

SIGMA_PER_RADIUS: Final = 1.0 / 1.515
"""Of two normal errors at right angles 68 % lie within 1.515 sigma: sqrt(-2 ln(1 - 0.6827))."""
SPEED_MPS_MAX: Final = 70.0
"""Faster than any train or car a wearer rides in (the Norwegian rail limit is 245 km/h, 68 m/s)."""
COLD_AFTER: Final[Micros] = 10 * MINUTE
"""A first fix after so long a silence is often wrong (recorded: 1.45 km off, right after 7 s)."""
REMEMBERED: Final = 16
"""Fixes a seat remembers, for telling duplicates and as neighbours of late ones."""
_NOWHERE_DEGREES: Final = 1e-6

SEAT: Final = np.dtype(
    [
        ("taken_at", np.int64),  # newest fixed_at taken in order
        ("at", np.int64),  # the trusted fix
        ("ecef", np.float64, (3,)),
        ("lonlat", np.float64, (2,)),
        ("radius_m", np.float32),
        ("source", np.int8),
        ("speed_mps", np.float32),  # between the last two trusted fixes
        ("still_at", np.int64),  # newest heartbeat that says the device stands where it was
        ("rests", np.bool_),  # no heartbeat since the trusted fix told of motion
        ("heartbeat_at", np.int64),
        ("suspect_at", np.int64),  # BEFORE_ALL where there is no suspect
        ("suspect_ecef", np.float64, (3,)),
        ("suspect_radius_m", np.float32),
        ("ring_at", np.int64, (REMEMBERED,)),
        ("ring_lonlat", np.float64, (REMEMBERED, 2)),
        ("ring_radius_m", np.float32, (REMEMBERED,)),
        ("ring_next", np.int8),
        ("event_at", np.int64, (8,)),  # events taken, for telling duplicates
        ("event", np.int8, (8,)),
        ("event_next", np.int8),
    ]
)


def blank_seats(count: int) -> Rows:
    """`count` seats of which nothing has been heard."""
    seats = np.zeros(count, dtype=SEAT)
    for name in ("taken_at", "at", "still_at", "heartbeat_at", "suspect_at", "ring_at", "event_at"):
        seats[name] = BEFORE_ALL
    return seats


@dataclass(slots=True, kw_only=True)
class Sightings:
    """Position fixes in columns, each with the trusted fix before it. All (n,), metres and microseconds."""

    seat: Indices
    arrival: Indices  # place in the batch
    at: Times
    received_at: Times
    lonlat: Floats  # (n, 2)
    ecef: Floats  # (n, 3)
    radius_m: Floats  # 68 %
    source: NDArray[np.int8]
    previous_at: Times  # BEFORE_ALL where there is none
    previous_ecef: Floats  # (n, 3)
    previous_radius_m: Floats
    is_cold: Booleans

    def __len__(self) -> int:
        return len(self.at)

    def take(self, which: Indices) -> "Sightings":
        """The rows at `which`, in that order, repeats allowed."""
        return Sightings(**{name: getattr(self, name)[which] for name in self.__slots__})


def gap(later: Times, earlier: Times) -> Times:
    """later - earlier, where `earlier` may be BEFORE_ALL: then longer than any silence, without overflow."""
    known = earlier != BEFORE_ALL
    return np.where(known, later - np.where(known, earlier, 0), np.int64(2**62))


def is_nowhere(lon: Floats, lat: Floats) -> Booleans:
    """Rule 2: zero longitude, zero latitude is what receivers without a position write."""
    return np.asarray((np.abs(lon) < _NOWHERE_DEGREES) & (np.abs(lat) < _NOWHERE_DEGREES))


def split_by_order(seats: Rows, at: Times) -> tuple[Booleans, Booleans]:
    """Rule 3: which fixes are in order, and which of the others are late; the rest are duplicates."""
    in_order = at > seats["taken_at"]
    is_known = (seats["ring_at"] == at[:, None]).any(axis=1)
    return np.asarray(in_order), np.asarray(~in_order & ~is_known)


def trust(seats: Rows, fixes: Sightings) -> tuple[Rows, Booleans]:
    """Rules 4 and 5: the seats after these fixes in order, and which fixes are trusted. One fix a seat.

    Fills the `previous_*` and `is_cold` columns of `fixes`.
    """
    after = seats.copy()
    reached = _is_reachable(fixes, seats["at"], seats["ecef"], seats["radius_m"])
    from_suspect = (seats["suspect_at"] != BEFORE_ALL) & _is_reachable(
        fixes, seats["suspect_at"], seats["suspect_ecef"], seats["suspect_radius_m"]
    )
    is_first = seats["at"] == BEFORE_ALL
    trusted = is_first | reached | from_suspect
    jumped = trusted & ~is_first & ~reached
    _fill_previous(fixes, seats, jumped)
    _move_to(after, fixes, trusted)
    _suspect(after, fixes, ~trusted)
    _remember(after, fixes)
    return after, np.asarray(trusted)


def _is_reachable(fixes: Sightings, at: Times, ecef: Floats, radius_m: Floats) -> Booleans:
    needed_m = apart_m(fixes.ecef, ecef) - fixes.radius_m - radius_m
    return np.asarray(needed_m <= SPEED_MPS_MAX * (gap(fixes.at, at) / SECOND))


def _fill_previous(fixes: Sightings, seats: Rows, jumped: Booleans) -> None:
    fixes.previous_at = np.where(jumped, seats["suspect_at"], seats["at"])
    fixes.previous_ecef = np.where(jumped[:, None], seats["suspect_ecef"], seats["ecef"])
    fixes.previous_radius_m = np.where(jumped, seats["suspect_radius_m"], seats["radius_m"]).astype(
        np.float64
    )
    fixes.is_cold = gap(fixes.at, fixes.previous_at) > COLD_AFTER


def _move_to(after: Rows, fixes: Sightings, trusted: Booleans) -> None:
    span_s = np.maximum(gap(fixes.at, fixes.previous_at) / SECOND, 1e-3)
    speed_mps = np.where(fixes.is_cold, 0.0, apart_m(fixes.ecef, fixes.previous_ecef) / span_s)
    for name, column in (
        ("at", fixes.at),
        ("radius_m", fixes.radius_m),
        ("source", fixes.source),
        ("speed_mps", speed_mps),
    ):
        after[name] = np.where(trusted, column, after[name])
    after["ecef"] = np.where(trusted[:, None], fixes.ecef, after["ecef"])
    after["lonlat"] = np.where(trusted[:, None], fixes.lonlat, after["lonlat"])
    after["suspect_at"] = BEFORE_ALL
    after["rests"] |= trusted
    after["taken_at"] = fixes.at


def _suspect(after: Rows, fixes: Sightings, doubted: Booleans) -> None:
    after["suspect_at"] = np.where(doubted, fixes.at, after["suspect_at"])
    after["suspect_ecef"] = np.where(doubted[:, None], fixes.ecef, after["suspect_ecef"])
    after["suspect_radius_m"] = np.where(doubted, fixes.radius_m, after["suspect_radius_m"])


def _remember(after: Rows, fixes: Sightings) -> None:
    rows = np.arange(len(after))
    place = after["ring_next"].astype(np.intp)
    after["ring_at"][rows, place] = fixes.at
    after["ring_lonlat"][rows, place] = fixes.lonlat
    after["ring_radius_m"][rows, place] = fixes.radius_m
    after["ring_next"] = (after["ring_next"] + 1) % REMEMBERED


def rest_on(seat: Any, at: Micros) -> None:
    """A heartbeat says the device stands still: where it was, it is, if nothing came between.

    An old position is not made young by it: the device may have moved unheard before it came to rest. One
    seat, changed in place.
    """
    known_at = max(int(seat["at"]), int(seat["still_at"]))
    if seat["rests"] and known_at != BEFORE_ALL and 0 <= at - known_at <= COLD_AFTER:
        seat["still_at"] = at
