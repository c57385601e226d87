"""What the order's legal profile lets us keep of a position fix."""

from enum import IntEnum
from typing import Final

import numpy as np
from numpy.typing import NDArray

from em_engine.vocabulary import Booleans


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
