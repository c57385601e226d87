"""Where a person truly is at any instant, straight between knots."""

from dataclasses import dataclass
from enum import IntEnum

import numpy as np
from numpy.typing import NDArray

from em_engine.vocabulary import Floats


class Doing(IntEnum):
    """What a person does, as far as a receiver feels it."""

    INDOORS = 0
    ON_FOOT = 1
    BY_BIKE = 2
    DRIVEN = 3
    LINGERING = 4  # outdoors, hardly moving
    BY_BUS = 5  # or by tram
    BY_TRAIN = 6
    BY_FERRY = 7


@dataclass(frozen=True, slots=True, kw_only=True)
class Path:
    """A whole season of one person: knots in time, and what is done from each to the next."""

    at_s: Floats  # (n,), rising
    xy_m: Floats  # (n, 2)
    doing: NDArray[np.int8]  # (n,) from this knot on

    def where(self, at_s: Floats) -> Floats:
        """(m, 2) metres at these instants."""
        return np.stack([np.interp(at_s, self.at_s, self.xy_m[:, axis]) for axis in (0, 1)], axis=1)

    def activity(self, at_s: Floats) -> NDArray[np.int8]:
        """(m,) what is done at these instants."""
        return self.doing[np.clip(np.searchsorted(self.at_s, at_s, side="right") - 1, 0, None)]
