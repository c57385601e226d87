"""What one step of the heart says: changes of alerts, positions to keep, what was missing or of no order."""

from dataclasses import dataclass, field
from typing import Any

import numpy as np

from em_engine.monitoring.sequence import Hole
from em_engine.vocabulary import Booleans, Change, Indices, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Kept:
    """Position fixes the law lets us keep: columns of one row a fix and seat."""

    seat: Indices
    fixed_at: Times
    lonlat: Any
    radius_m: Any
    source: Any
    is_in_breach: Booleans


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """What one step of the heart says."""

    changes: tuple[Change, ...] = ()
    kept: tuple[Kept, ...] = ()
    holes: tuple[Hole, ...] = ()
    unknown: Indices = field(default_factory=lambda: np.zeros(0, dtype=np.intp))  # rows of no order's device
    duplicates: int = 0
    late: int = 0
