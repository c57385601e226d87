"""How far a drawn outline may be off, and what a margin still proves.

It is one error, the same for every fix: no number of fixes averages it away, so it lessens each margin
itself, before anybody asks how surely the order is kept or broken.
"""

from math import copysign

import numpy as np

from em_engine.vocabulary import Floats


def proved_m(margins_m: Floats, doubt_m: Floats) -> Floats:
    """What is left of the margins, on either side, wherever the true outline runs. Columns that broadcast.

    0 where the position lies within `doubt_m` of the drawn border: it proves neither side.
    """
    return np.asarray(np.copysign(np.maximum(np.abs(margins_m) - doubt_m, 0.0), margins_m))


def proved_alone_m(margin_m: float, doubt_m: float) -> float:
    """The same of one margin."""
    return copysign(max(abs(margin_m) - doubt_m, 0.0), margin_m)


def allowed_m(margins_m: Floats, doubt_m: Floats) -> Floats:
    """The margins as the outline may at best allow: who may be where he must be is not held to be away."""
    return np.asarray(margins_m + doubt_m)
