"""When somebody crossed a line, between two fixes on either side of it."""

import numpy as np

from em_engine.vocabulary import Floats, Times


def crossing(earlier: Times, earlier_m: Floats, later: Times, later_m: Floats) -> Times:
    """When the margin changed sign, were it straight between two fixes. Columns that broadcast together.

    Where the earlier fix is already on the later one's side (it was a suspect, and proved true): its own
    time.
    """
    fall_m = earlier_m - later_m
    straddles = (earlier_m < 0.0) != (later_m < 0.0)
    share = np.divide(earlier_m, fall_m, out=np.zeros_like(fall_m), where=straddles)
    return np.asarray(earlier + ((later - earlier) * share).astype(np.int64))
