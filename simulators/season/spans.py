"""Sets of times: rising, disjoint, half-open stretches of seconds."""

from collections.abc import Iterable, Sequence

import numpy as np

from em_engine.vocabulary import Booleans, Floats
from simulators.season.duties import Stretch


def runs(at_s: Floats, is_so: Booleans) -> list[Stretch]:
    """Where a statement holds that may change at `at_s[k]` and is `is_so[k]` from there to `at_s[k + 1]`.

    (n,) instants, (n - 1,) statements.
    """
    edge = np.diff(np.concatenate([[False], is_so, [False]]).astype(np.int8))
    starts, ends = at_s[np.flatnonzero(edge == 1)], at_s[np.flatnonzero(edge == -1)]
    return [(float(start), float(end)) for start, end in zip(starts, ends, strict=True) if start < end]


def common(one: Sequence[Stretch], other: Sequence[Stretch]) -> list[Stretch]:
    """What lies in both."""
    both = ((max(a, c), min(b, d)) for a, b in one for c, d in other if a < d and c < b)
    return sorted((start, end) for start, end in both if start < end)


def outside(one: Iterable[Stretch], start_s: float, end_s: float) -> list[Stretch]:
    """What of the time from start to end is not in these."""
    edges = [start_s, *(edge for stretch in sorted(one) for edge in stretch), end_s]
    return [(a, b) for a, b in zip(edges[::2], edges[1::2], strict=True) if a < b]


def lasting(stretches: Iterable[Stretch]) -> float:
    """Seconds in all."""
    return sum(end - start for start, end in stretches)
