"""What the order's legal profile lets us keep of a position fix, and for how long."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from em_engine.vocabulary import Booleans, Micros


class Profile(IntEnum):
    """The order's `record`."""

    EVERYTHING = 0
    SITUATIONAL = 1
    BREACHES_ONLY = 2


PROFILES: Final = {"everything": 0, "situational": 1, "breaches-only": 2}


def keeps(profile: NDArray[np.int8], is_in_breach: Booleans) -> Booleans:
    """Which fixes may be kept beyond the journal's short life: all, or under breaches-only those of a breach.

    Under `situational` all are kept but may be seen only while a breach is open: whoever shows them asks
    that.
    """
    return np.asarray((profile != Profile.BREACHES_ONLY) | is_in_breach)


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
