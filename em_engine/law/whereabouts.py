"""Where both sides of a ban have been, minute by minute: so that a vague fix does not hide a good one, and
two people whose fixes come hours apart are brought to one instant of the past.

Eight hours and a half, the surest fix of every minute: a shift out of reach, or a night. What does not fit is
forgotten, and a minute that either side has reached again is forgotten of both.
"""

from dataclasses import dataclass, replace
from typing import Any, Final

import numpy as np

from em_engine.law.breach import widenings
from em_engine.law.evidence import COLD_AFTER, Sightings, straying_m
from em_engine.law.geodesy import apart_m, to_ecef
from em_engine.law.watch import describe_position
from em_engine.vocabulary import BEFORE_ALL, MINUTE, Booleans, Floats, Indices, Micros, Rows, Times

MINUTES: Final = 512
VAGUE_M: Final = 100.0
"""A fix vaguer than this may be a worse guess than an older one."""
_UNITS: Final = 1e7  # of a degree, a centimetre
_SPAN: Final = np.arange(-(COLD_AFTER // MINUTE) - 1, COLD_AFTER // MINUTE + 2)

PLACE: Final = np.dtype(
    [
        ("at", np.int64),
        ("lonlat", np.int32, (2,)),  # ten-millionths of a degree
        ("radius_m", np.float32),
        ("speed_mps", np.float32),  # on the way there
        ("source", np.int8),
    ]
)
PLACES: Final = ("places", PLACE, (2, MINUTES))
"""The field of a ban's state: its wearer's places and the other's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Whereabouts:
    """Where people are taken to be: columns of one row a side of a ban, metres and microseconds."""

    at: Times  # of the fix; BEFORE_ALL where none is known
    held_at: Times  # when it last held, for the growth of its radius
    seen_at: Times  # when anything was last known
    ecef: Floats
    radius_m: Floats  # then
    reach_m: Floats  # the same beside other places: a mast's circle is too small
    speed_mps: Floats

    def grown_m(self, at: Times) -> Floats:
        """The radius as it has grown by another instant."""
        age = np.abs(at - np.maximum(self.held_at, 0))
        return np.asarray(self.radius_m + straying_m(self.speed_mps, age), dtype=np.float64)


def blank(state: Rows) -> None:
    """Nobody has been anywhere yet."""
    state["places"]["at"] = BEFORE_ALL


def remember(state: Rows, rows: Indices, *, side: Indices, seen: Sightings, speed_mps: Floats) -> None:
    """Keeps these fixes, one a row, each of that side of its ban, unless its minute has a surer one."""
    place = (seen.at // MINUTE) % MINUTES
    _forget(state, rows, side=1 - side, place=place, at=seen.at)
    minute, its = seen.at // MINUTE, state["places"]["at"][rows, side, place] // MINUTE
    is_surer, again = minute > its, np.flatnonzero(minute == its)
    if len(again):
        known_m = state["places"]["radius_m"][rows[again], side[again], place[again]]
        is_surer[again] = seen.radius_m[again].astype(np.float32) < known_m
    which = np.flatnonzero(is_surer)
    kept = np.zeros(len(which), dtype=PLACE)
    kept["at"], kept["lonlat"] = seen.at[which], np.round(seen.lonlat[which] * _UNITS)
    kept["radius_m"], kept["source"] = seen.radius_m[which], seen.source[which]
    kept["speed_mps"] = speed_mps[which]
    state["places"][rows[which], side[which], place[which]] = kept


def _forget(state: Rows, rows: Indices, *, side: Indices, place: Indices, at: Times) -> None:
    """What lies that far back is no longer anyone's business."""
    was = state["places"]["at"][rows, side, place]
    old = np.flatnonzero((was != BEFORE_ALL) & (was // MINUTE < at // MINUTE))
    if len(old):
        nothing = np.zeros(1, dtype=PLACE)
        nothing["at"] = BEFORE_ALL
        state["places"][rows[old], side[old], place[old]] = nothing


def describe_place(places: Rows, at: Micros) -> dict[str, Any]:
    """The fix of that time among one side's places, as evidence: JSON values."""
    one = places[at // MINUTE % MINUTES]
    return describe_position(at, one["lonlat"] / _UNITS, radius_m=one["radius_m"], source=one["source"])


def surest(
    newest: Whereabouts, places: Rows, at: Times, *, rows: Indices, side: Indices, is_past: bool
) -> Whereabouts:
    """The newest place of each, or a remembered one of these ten minutes that tells more of that instant.

    `places` are those of all bans, (bans, 2, MINUTES), `rows` and `side` say whose are asked. In the present
    only a vague fix gives way, to an earlier one that its circle touches; in the past, anything to what came
    later.
    """
    is_vague = newest.radius_m > VAGUE_M
    which = np.arange(len(at)) if is_past else np.flatnonzero(is_vague & (newest.at != BEFORE_ALL))
    if not len(which):
        return newest
    near = places[rows[which, None], side[which, None], (at[which, None] // MINUTE + _SPAN) % MINUTES]
    found = _candidates(newest, which, near=near, at=at[which])
    best = found.argmin(axis=1)
    best_m = found[np.arange(len(which)), best]
    is_known = newest.at[which] != BEFORE_ALL
    now_m = np.where(is_known, (newest.grown_m(at) - newest.radius_m + newest.reach_m)[which], np.inf)
    better = best_m < now_m
    return _taken(newest, which[better], near[np.arange(len(which)), best][better])


def _candidates(newest: Whereabouts, which: Indices, *, near: Rows, at: Times) -> Floats:
    """(n, span) grown radii as they count; infinite where a place is out of the question."""
    age = np.abs(at[:, None] - np.maximum(near["at"], 0))
    grown_m = _reach_m(near) + straying_m(near["speed_mps"], age)
    is_later = near["at"] > newest.at[which, None]
    may_be = (near["at"] != BEFORE_ALL) & (age <= COLD_AFTER)
    is_vague = (newest.radius_m > VAGUE_M)[which, None]
    asked = np.nonzero(may_be & ~is_later & is_vague)
    may_be &= is_later
    may_be[asked] = _touch(newest, which[asked[0]], near=near[asked], grown_m=grown_m[asked])
    return np.where(may_be, grown_m, np.inf)


def _touch(newest: Whereabouts, which: Indices, *, near: Rows, grown_m: Floats) -> Booleans:
    """Whether the newest fix, a vague one, may well have been made at the place: one a row."""
    apart = apart_m(_ecef(near), newest.ecef[which])
    return np.asarray(apart <= grown_m + newest.reach_m[which])


def _taken(newest: Whereabouts, rows: Indices, places: Rows) -> Whereabouts:
    """These places in the newest ones' stead."""
    columns = {name: getattr(newest, name).copy() for name in ("at", "held_at", "seen_at", "ecef")}
    columns |= {name: getattr(newest, name).copy() for name in ("radius_m", "reach_m", "speed_mps")}
    for name in ("at", "held_at"):
        columns[name][rows] = places["at"]
    columns["seen_at"][rows] = np.maximum(newest.seen_at[rows], places["at"])
    columns["ecef"][rows] = _ecef(places)
    columns["radius_m"][rows], columns["speed_mps"][rows] = places["radius_m"], places["speed_mps"]
    columns["reach_m"][rows] = _reach_m(places)
    return replace(newest, **columns)


def _reach_m(places: Rows) -> Floats:
    return np.asarray(places["radius_m"] * widenings(places["source"]), dtype=np.float64)


def _ecef(places: Any) -> Floats:
    lonlat = places["lonlat"] / _UNITS
    return to_ecef(lonlat[..., 0], lonlat[..., 1])
