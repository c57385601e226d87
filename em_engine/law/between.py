"""Where somebody was between two of his fixes: on the straight way, give or take.

A fix that comes tells not only where he is but where he has come from. Beside the other's fix of meanwhile
that is a surer look than by the fix before alone, from which he might have gone anywhere since.
"""

from dataclasses import dataclass
from typing import Final

import numpy as np

from em_engine.law.evidence import Sightings, gap, straying_m
from em_engine.law.geodesy import apart_m
from em_engine.vocabulary import SECOND, Booleans, Floats, Indices, Micros, Rows, Times

SPAN_MAX: Final[Micros] = 150 * SECOND
"""Between fixes farther apart the straight way says little."""
ASTRAY: Final = 2.0 / 3.0
"""How far he strays from the straight way midway, as a share of how far he may have gone by then from its
nearer end, and falling towards both as a parabola: so did 68 of 100 in the recordings of walks, buses and
cars, fixes a half, one and two minutes apart (12 to 15 m on foot at one minute, a seventh of the way in a
vehicle)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Between:
    """Looks at two people at the instant of the other's newest fix: columns of one row a pair, metres."""

    at: Times
    apart_m: Floats
    error_m: Floats  # 68 % radius of the whole


def lies_between(at: Times, seen: Sightings) -> Booleans:
    """Whether these instants lie between each fix and the one before it, if that is not too long ago."""
    whole = gap(seen.at, seen.previous_at)
    return np.asarray((seen.previous_at < at) & (at < seen.at) & (whole <= SPAN_MAX))


def between(seen: Sightings, other: Indices, seats: Rows) -> Between:
    """Fixes beside the newest trusted ones of other seats, which lie between each and the one before it."""
    at, span = seats["at"][other], seen.at - seen.previous_at
    share = (at - seen.previous_at) / span
    place = seen.previous_ecef + share[:, None] * (seen.ecef - seen.previous_ecef)
    radius_m = seen.previous_radius_m + share * (seen.radius_m - seen.previous_radius_m)
    step_mps = apart_m(seen.ecef, seen.previous_ecef) / (span / SECOND)
    astray_m = ASTRAY * share * (1.0 - share) * straying_m(step_mps, span)
    its_m = seats["radius_m"][other].astype(np.float64)
    return Between(
        at=at,
        apart_m=apart_m(place, seats["ecef"][other]),
        error_m=np.sqrt(radius_m**2 + astray_m**2 + its_m**2),
    )
