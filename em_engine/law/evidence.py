"""What is known of a seat (one device in one case) at one instant; duplicate, late and impossible fixes.

Rule numbers are those of section 1 in this folder's README.
"""

from dataclasses import dataclass, field
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from em_engine.law.geodesy import apart_m
from em_engine.law.motion import watch_speeds
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
    Source,
    Times,
)

SIGMA_PER_RADIUS: Final = 1.0 / 1.515
"""Of two normal errors at right angles 68 % lie within 1.515 sigma: sqrt(-2 ln(1 - 0.6827))."""
SPEED_MPS_MAX: Final = 70.0
"""Faster than any train or car a wearer rides in (the Norwegian rail limit is 245 km/h, 68 m/s)."""
COLD_AFTER: Final[Micros] = 10 * MINUTE
"""A first fix after so long a silence is often wrong (recorded: 1.45 km off, right after 7 s)."""
STRAYING_MPS_MIN: Final = 1.5
"""A person whose newest position is old has walked since, for all we know."""
STRAYING_MPS_MAX: Final = 40.0
REMEMBERED: Final = 16
"""Fixes and heartbeats a seat remembers, for telling duplicates and as neighbours of late fixes."""
QUIET: Final[Micros] = 5 * SECOND
"""How long what comes late waits for others."""
QUIET_MAX: Final[Micros] = MINUTE
"""How long the first of them waits at most."""
_NOWHERE_DEGREES: Final = 1e-6
_LONG_AGO: Final[Micros] = -(2**61)
"""Seventy thousand years before anything: what is reckoned from it does not overflow."""

SEAT: Final = np.dtype(
    [
        ("taken_at", np.int64),  # newest fixed_at taken in order
        ("at", np.int64),  # the trusted fix
        ("ecef", np.float64, (3,)),
        ("lonlat", np.float64, (2,)),
        ("radius_m", np.float32),
        ("source", np.int8),
        ("speed_mps", np.float32),  # between the last two trusted fixes
        ("placed_at", np.int64),  # the first of the trusted fixes that told this very place
        ("still_at", np.int64),  # newest heartbeat that says the device stands where it was
        ("rests", np.bool_),  # no heartbeat since the trusted fix told of motion
        ("tied_at", np.int64),  # newest heartbeat of those that tie the position to the beacon
        ("tied_m", np.float32),  # how far from the trusted fix the beacon may hold the device
        ("moved_at", np.int64),  # newest trusted fix whose own speed is a walk's, or more
        ("speed_at", np.int64),  # newest trusted fix that told a speed
        ("watched_since", np.int64),  # since when speeds were told without a gap
        ("pace_mps", np.float64),  # of the last minutes, as told
        ("rest_since", np.int64),  # since when heartbeats told of no motion; NEVER where the newest did
        ("rest_at", np.int64),  # the newest of those
        ("stirs_since", np.int64),  # since when heartbeats told of motion; NEVER where the newest did not
        ("heartbeat_at", np.int64),
        ("line_since", np.int64),  # first of the trusted fixes that follow each other; NEVER before any
        ("before_ecef", np.float64, (3,)),  # the trusted fix before the trusted fix
        ("suspect_at", np.int64),  # the newest suspect; BEFORE_ALL where there is none
        ("suspects_since", np.int64),  # the first of those that follow each other up to it
        ("suspect_ecef", np.float64, (3,)),
        ("suspect_radius_m", np.float32),
        ("ring_at", np.int64, (REMEMBERED,)),
        ("ring_lonlat", np.float64, (REMEMBERED, 2)),
        ("ring_radius_m", np.float32, (REMEMBERED,)),
        ("ring_speed_mps", np.float32, (REMEMBERED,)),
        ("ring_source", np.int8, (REMEMBERED,)),
        ("ring_next", np.int8),
        ("beat_at", np.int64, (REMEMBERED,)),  # heartbeats, likewise
        ("beat_motion", np.int8, (REMEMBERED,)),
        ("beat_beacon", np.int8, (REMEMBERED,)),
        ("beat_next", np.int8),
        ("event_at", np.int64, (8,)),  # events taken, for telling duplicates
        ("event", np.int8, (8,)),
        ("event_next", np.int8),
    ]
)
_NOT_YET: Final = (
    "taken_at",
    "at",
    "placed_at",
    "still_at",
    "tied_at",
    "moved_at",
    "speed_at",
    "rest_at",
    "heartbeat_at",
    "suspect_at",
    "ring_at",
    "beat_at",
    "event_at",
)
_NOT_SINCE: Final = ("watched_since", "rest_since", "stirs_since", "line_since")


def blank_seats(count: int) -> Rows:
    """`count` seats of which nothing has been heard."""
    seats = np.zeros(count, dtype=SEAT)
    for name in _NOT_YET:
        seats[name] = BEFORE_ALL
    for name in _NOT_SINCE:
        seats[name] = NEVER
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
    speed_mps: NDArray[np.float32]  # the receiver's own word; NaN where it tells none
    is_torn: Booleans  # messages from before it, or between, are missing and may be on their way
    previous_at: Times = field(init=False)  # BEFORE_ALL where there is none; these four are filled by `trust`
    previous_ecef: Floats = field(init=False)  # (n, 3)
    previous_radius_m: Floats = field(init=False)
    is_cold: Booleans = field(init=False)

    def __len__(self) -> int:
        return len(self.at)

    def take(self, which: Indices) -> "Sightings":
        """The rows at `which`, in that order, repeats allowed. A column is taken when first looked at."""
        return _Taken(self, which)

    def where(self, chosen: Booleans) -> "Sightings":
        """The rows that are chosen, in their order."""
        return self if chosen.all() else self.take(np.flatnonzero(chosen))


class _Taken(Sightings):
    """Some rows of other sightings: most looks are calm, and need few of the columns."""

    __slots__ = ("_of", "_which")

    def __init__(self, of: Sightings, which: Indices) -> None:
        self._of, self._which = of, which

    def __len__(self) -> int:
        return len(self._which)

    def __getattr__(self, name: str) -> Any:
        """The column `name`, which nobody has looked at before."""
        column = getattr(self._of, name)[self._which]
        setattr(self, name, column)
        return column


def gap(later: Times, earlier: Times) -> Times:
    """later - earlier, where `earlier` may be BEFORE_ALL: then longer than any silence, without overflow."""
    return np.asarray(later - np.maximum(earlier, _LONG_AGO))


def straying_m(speed_mps: Any, age: Times | Micros) -> Floats:
    """How far somebody may have gone in so long, who was last that fast."""
    return np.asarray(np.clip(speed_mps, STRAYING_MPS_MIN, STRAYING_MPS_MAX) * (age / SECOND))


def are_vague(source: NDArray[np.int8]) -> Booleans:
    """Which sources are wrong by the same again and again: a router that moved house, a mast."""
    return np.asarray((source == Source.WIFI.value) | (source == Source.CELL.value))


def is_nowhere(lon: Floats, lat: Floats) -> Booleans:
    """Rule 2: zero longitude, zero latitude is what receivers without a position write."""
    return np.asarray((np.abs(lon) < _NOWHERE_DEGREES) & (np.abs(lat) < _NOWHERE_DEGREES))


def split_by_order(seats: Rows, seat: Indices, at: Times) -> tuple[Booleans, Booleans]:
    """Rule 3: which fixes are in order, and which of the others are late; the rest are duplicates."""
    in_order = at > seats["taken_at"][seat]
    late = ~in_order
    behind = np.flatnonzero(late)
    if len(behind):
        late[behind] = (seats["ring_at"][seat[behind]] != at[behind, None]).all(axis=1)
    return in_order, late


def trust(seats: Rows, fixes: Sightings) -> Booleans:
    """Rules 4 and 5: moves the seats of these fixes on, and says which fixes are trusted.

    The fixes are in order, one a seat. Fills their `previous_*` and `is_cold` columns.
    """
    fixes.previous_at = seats["at"][fixes.seat]
    fixes.previous_ecef = seats["ecef"][fixes.seat]
    fixes.previous_radius_m = seats["radius_m"][fixes.seat].astype(np.float64)
    silence_s, shown_m = since_previous(fixes)
    trusted = _is_reachable(silence_s, shown_m)  # so is every first fix: no way is as long as its silence
    are_all_trusted = bool(trusted.all())
    if not are_all_trusted:
        _follow_suspects(seats, fixes, trusted)
        silence_s, shown_m = since_previous(fixes)
    fixes.is_cold = silence_s > COLD_AFTER / SECOND
    speed_mps = np.where(fixes.is_cold, 0.0, shown_m / np.maximum(silence_s, 1e-3))
    seats["suspect_at"][fixes.seat] = BEFORE_ALL
    if are_all_trusted:
        _move_to(seats, fixes, speed_mps)
    else:
        _move_to(seats, fixes.where(trusted), speed_mps[trusted])
        _suspect(seats, fixes.where(~trusted))
    _remember(seats, fixes)
    return trusted


def since_previous(fixes: Sightings) -> tuple[Floats, Floats]:
    """Seconds from the fix before each, and as many metres of the way as both radii leave."""
    way_m = apart_m(fixes.ecef, fixes.previous_ecef)
    shown_m = np.maximum(way_m - fixes.radius_m - fixes.previous_radius_m, 0.0)
    return gap(fixes.at, fixes.previous_at) / SECOND, shown_m


def _is_reachable(silence_s: Floats, shown_m: Floats) -> Booleans:
    return np.asarray(shown_m <= SPEED_MPS_MAX * silence_s)


def _follow_suspects(seats: Rows, fixes: Sightings, trusted: Booleans) -> None:
    """What the trusted fix does not reach and a suspect does: once such have gone on for long enough they
    were true, and the suspect is the fix before it."""
    for place in np.flatnonzero(~trusted):
        seat, one = seats[fixes.seat[place]], fixes.take(np.array([place]))
        one.previous_at = seat["suspect_at"][None]
        one.previous_ecef = seat["suspect_ecef"][None]
        one.previous_radius_m = seat["suspect_radius_m"][None].astype(np.float64)
        at = int(one.at[0])
        if seat["suspect_at"] == BEFORE_ALL or not _is_reachable(*since_previous(one))[0]:
            seat["suspects_since"] = at
        elif at - int(seat["suspects_since"]) >= _outlasted_after(seat, one.ecef):
            trusted[place] = True
            seat["line_since"], seat["placed_at"] = seat["suspects_since"], seat["suspect_at"]
            for name in ("previous_at", "previous_ecef", "previous_radius_m"):
                getattr(fixes, name)[place] = getattr(one, name)[0]


def _outlasted_after(seat: Any, ecef: Floats) -> Micros:
    """How long suspects must go on to be believed before what stood before them: a lone fix, or one that a
    vague source told, stands for nothing; a line of them as long as it is, and ten minutes at most."""
    if int(seat["suspects_since"]) - int(seat["at"]) > COLD_AFTER or are_vague(seat["source"]):
        return 0
    trusted, before = seat["ecef"][None], seat["before_ecef"][None]
    if before.any() and apart_m(ecef, before)[0] < apart_m(trusted, before)[0]:
        return 0  # the trusted fix was the odd one
    return min(int(seat["at"]) - int(seat["line_since"]), COLD_AFTER)


def _move_to(seats: Rows, fixes: Sightings, speed_mps: Floats) -> None:
    stays = (fixes.ecef == fixes.previous_ecef).all(axis=1)
    seats["placed_at"][fixes.seat] = np.where(stays, seats["placed_at"][fixes.seat], fixes.at)
    for name in ("at", "ecef", "lonlat", "radius_m", "source"):
        seats[name][fixes.seat] = getattr(fixes, name)
    seats["before_ecef"][fixes.seat] = fixes.previous_ecef
    seats["speed_mps"][fixes.seat] = speed_mps
    _begin_lines(seats, fixes)
    watch_speeds(seats, fixes.seat, at=fixes.at, speed_mps=fixes.speed_mps)
    seats["rests"][fixes.seat] = True
    seats["tied_at"][fixes.seat] = BEFORE_ALL
    seats["tied_m"][fixes.seat] = 0.0


def _begin_lines(seats: Rows, fixes: Sightings) -> None:
    """After a long silence a new line begins. A seat's very first fix may go on one that was known before."""
    cold = np.flatnonzero(fixes.is_cold)
    if len(cold):
        seat, at = fixes.seat[cold], fixes.at[cold]
        is_first = fixes.previous_at[cold] == BEFORE_ALL
        seats["line_since"][seat] = np.where(is_first, np.minimum(seats["line_since"][seat], at), at)


def _suspect(seats: Rows, fixes: Sightings) -> None:
    seats["suspect_at"][fixes.seat] = fixes.at
    seats["suspect_ecef"][fixes.seat] = fixes.ecef
    seats["suspect_radius_m"][fixes.seat] = fixes.radius_m


def _remember(seats: Rows, fixes: Sightings) -> None:
    seat, place = fixes.seat, seats["ring_next"][fixes.seat]
    seats["taken_at"][seat] = fixes.at
    seats["ring_at"][seat, place] = fixes.at
    seats["ring_lonlat"][seat, place] = fixes.lonlat
    seats["ring_radius_m"][seat, place] = fixes.radius_m
    seats["ring_speed_mps"][seat, place] = fixes.speed_mps
    seats["ring_source"][seat, place] = fixes.source
    seats["ring_next"][seat] = (place + 1) % REMEMBERED


def remember_late(seat: Any, fixes: Rows, accuracy_default_m: Floats) -> None:
    """Late fixes that were judged are neighbours of others that come later still. One seat, in place."""
    radius_m = np.where(
        np.isnan(fixes["accuracy_m"]), accuracy_default_m[fixes["source"]], fixes["accuracy_m"]
    )
    late = {
        "ring_at": fixes["at"],
        "ring_lonlat": np.stack((fixes["lon"], fixes["lat"]), axis=1),
        "ring_radius_m": radius_m,
        "ring_speed_mps": fixes["speed_mps"],
        "ring_source": fixes["source"],
    }
    known_at, first = np.unique(np.concatenate([seat["ring_at"], late["ring_at"]]), return_index=True)
    newest = first[known_at != BEFORE_ALL][-REMEMBERED:]
    for name, column in late.items():
        seat[name][REMEMBERED - len(newest) :] = np.concatenate([seat[name], column])[newest]
    seat["ring_at"][: REMEMBERED - len(newest)] = BEFORE_ALL
    seat["ring_next"] = 0  # the oldest of them


def know_before(blank: Rows, seats: Rows) -> Times:
    """Tells blank seats what is known from before the oldest fix and heartbeat that are remembered.

    Returns the time of that oldest fix of each.
    """
    fix_at = np.where(seats["ring_at"] == BEFORE_ALL, NEVER, seats["ring_at"]).min(axis=1)
    beat_at = np.where(seats["beat_at"] == BEFORE_ALL, NEVER, seats["beat_at"]).min(axis=1)
    was_watched, was_resting = seats["watched_since"] < fix_at, seats["rest_since"] < beat_at
    blank["line_since"] = np.where(seats["line_since"] < fix_at, seats["line_since"], NEVER)
    blank["watched_since"] = np.where(was_watched, seats["watched_since"], NEVER)
    blank["speed_at"] = np.where(was_watched, np.minimum(seats["speed_at"], fix_at - 1), BEFORE_ALL)
    blank["pace_mps"] = np.where(was_watched & (seats["speed_at"] < fix_at), seats["pace_mps"], 0.0)
    blank["moved_at"] = np.where(seats["moved_at"] < fix_at, seats["moved_at"], BEFORE_ALL)
    blank["rest_since"] = np.where(was_resting, seats["rest_since"], NEVER)
    blank["rest_at"] = np.where(was_resting, np.minimum(seats["rest_at"], beat_at), BEFORE_ALL)
    return np.asarray(fix_at)
