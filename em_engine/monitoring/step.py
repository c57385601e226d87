"""What one step of the heart says: changes of alerts, positions to keep, what was missing or of no order."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from em_engine.monitoring.rounds import arrival_before
from em_engine.monitoring.sequence import Hole
from em_engine.vocabulary import Booleans, Change, Indices, Micros, Times


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


@dataclass(slots=True)
class Tally:
    """What a step counts on its way."""

    received_at: Times  # of the batch
    kept: list[Kept] = field(default_factory=list)
    duplicates: int = 0
    late: int = 0

    def just_before(self, at: Micros) -> tuple[Micros, int]:
        """When, and where in the order of arrival, something comes before all that comes at that instant."""
        return at - 1, arrival_before(at, self.received_at)

    def step(
        self, changes: tuple[Change, ...], *, holes: Sequence[Hole] = (), unknown: Indices | None = None
    ) -> Step:
        """The step's answer, with what was counted."""
        return Step(
            changes=changes,
            kept=tuple(self.kept),
            holes=tuple(holes),
            unknown=np.zeros(0, dtype=np.intp) if unknown is None else unknown,
            duplicates=self.duplicates,
            late=self.late,
        )
