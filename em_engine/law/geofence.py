"""Inclusion and exclusion: a zone the wearer must stay in, or out of."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Phase
from em_engine.law.certainty import Certainty
from em_engine.law.evidence import Sightings
from em_engine.law.excepted import ZonesWithExceptions
from em_engine.law.geodesy import Zones
from em_engine.law.terms import Forbidding, MetresOrNone, Scheduled, ZoneName
from em_engine.law.visit import VisitedZoneWatch
from em_engine.law.watch import Bond, Told, describe_fix
from em_engine.vocabulary import (
    BEFORE_ALL,
    SECOND,
    AlertType,
    Booleans,
    ChangeKind,
    Floats,
    Indices,
    Micros,
    Rows,
    rfc3339,
)

CROSSING_SPAN_MAX: Final[Micros] = 300 * SECOND
"""Between fixes further apart the straight way says nothing."""
_NOWHERE_NEAR_M: Final = 1e9
"""The margin of a ring that is not there."""
_APPROACH, _ENTERED = 0, 1
_SLOTS: Final = {AlertType.EXCLUSION_APPROACH: _APPROACH, AlertType.EXCLUSION_ENTERED: _ENTERED}


@dataclass(frozen=True, slots=True, kw_only=True)
class ExclusionTerms(Forbidding):
    """The wearer must stay out of `zone`, but for `except_`; within `buffer_m` of it an approach is told."""

    zone: ZoneName
    buffer_m: MetresOrNone = 0.0
    except_: tuple[ZoneName, ...] = ()  # ways and places in the zone, or in its ring, that are allowed
    certainty: Certainty = field(default=Certainty.LIKELY, repr=False)


@dataclass(frozen=True, slots=True, kw_only=True)
class InclusionTerms(Scheduled):
    """The wearer must stay in `zone`."""

    zone: ZoneName
    certainty: Certainty = field(default=Certainty.LIKELY, repr=False)


@dataclass(frozen=True, slots=True)
class _Way:
    """The straight way to a fix, from where it began."""

    since: Micros
    start: Floats  # (3,) ECEF
    radius_m: float  # the larger of both ends'


class InclusionWatch(VisitedZoneWatch):
    """Inclusion zones: one slot, `inclusion.left`."""

    def margins_m(self, rows: Indices, depth_m: Floats) -> Floats:
        """Metres inside the zone."""
        return depth_m[:, None]

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """There is one."""
        return AlertType.INCLUSION_LEFT


class ExclusionWatch(VisitedZoneWatch):
    """Exclusion zones: the ring around the zone, the zone, and the way through it between two fixes."""

    each = 2
    leaning_excuses = False

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._has_passed = False  # whether the look that is considered has ended a suspicion
        self._buffer_m = np.array([bond.terms.buffer_m for bond in bonds], dtype=np.float64)
        if any(bond.excepted for bond in bonds):
            self.zones = excepting = ZonesWithExceptions(zones, bonds)
            self.zone = np.array([excepting.number(bond) for bond in bonds], dtype=np.intp)

    def margins_m(self, rows: Indices, depth_m: Floats) -> Floats:
        """Metres outside the ring, and outside the zone; or inside an exception, where that is more.

        Without a buffer the ring is infinitely far. `depth_m` is (n,), or (n, 2) where there are exceptions.
        """
        buffer_m = self._buffer_m[rows]
        outside_m = -depth_m if depth_m.ndim == 1 else -depth_m[:, 0]
        ring_m = np.where(buffer_m > 0.0, outside_m - buffer_m, _NOWHERE_NEAR_M)
        margins_m = np.stack((ring_m, outside_m), axis=1)
        return margins_m if depth_m.ndim == 1 else np.maximum(margins_m, depth_m[:, 1:])

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """By slot."""
        return AlertType.EXCLUSION_APPROACH if slot == _APPROACH else AlertType.EXCLUSION_ENTERED

    def slot_of(self, type: AlertType) -> int:
        """By type; a way through the zone is suspected by none."""
        return _SLOTS.get(type, -1)

    def looks_closer(self, rows: Indices, seen: Sightings, margins_m: Floats) -> Booleans:
        """Steps long enough to have passed through the zone."""
        step = seen.ecef - seen.previous_ecef
        step_m = np.sqrt(np.einsum("ij,ij->i", step, step))
        may_be_out = margins_m[:, _ENTERED] + self.doubt_m(rows)[:, 0] > 0.0
        could_pass = (step_m > margins_m[:, _ENTERED]) & may_be_out
        return np.asarray(could_pass & ~seen.is_cold & self.state["binds"][rows])

    def after_look(self, row: int, place: int, seen: Sightings, margins_m: Floats) -> Iterator[Told]:
        """A way that led through the zone though neither end lies in it."""
        entered = self.slots[row][_ENTERED]
        if self._has_passed:
            return  # the longer way, around the suspicion, has been judged with this very look
        span = int(seen.at[place]) - int(seen.previous_at[place])
        doubt_m = float(self.doubt_m(np.array([row]))[0, 0])
        if seen.is_cold[place] or span > CROSSING_SPAN_MAX or margins_m[_ENTERED] + doubt_m <= 0.0:
            return
        if entered["phase"] != Phase.CLEAR or not self.state[row]["binds"]:
            return
        previous_m = float(
            self.previous_margins_m(np.array([row]), seen.take(np.array([place])))[0, _ENTERED]
        )
        if previous_m + doubt_m > 0.0:
            radius_m = max(float(seen.radius_m[place]), float(seen.previous_radius_m[place]))
            way = _Way(int(seen.previous_at[place]), seen.previous_ecef[place], radius_m)
            yield from self._passage(row, place, seen, way)

    def _consider(
        self, row: int, place: int, seen: Sightings, margins_m: Floats, seats: Rows
    ) -> Iterator[Told]:
        self._has_passed = False
        yield from super()._consider(row, place, seen, margins_m, seats)

    def suspicion_passed(
        self, row: int, number: int, place: int, seen: Sightings, seat: Any, was: Any
    ) -> Iterator[Told]:
        """Too short for a breach; a passage all the same, if the way before and after it leads through."""
        passages = list(self._passed(row, number, place, seen, belief=float(was["belief"])))
        yield from passages or super().suspicion_passed(row, number, place, seen, seat, was)

    def _passed(self, row: int, number: int, place: int, seen: Sightings, *, belief: float) -> Iterable[Told]:
        state = self.state[row]
        is_same_device = state["before_seat"] == seen.seat[place]
        enough = min(self.enough(row), breach.BELIEF_TO_OPEN)  # the way before and after it speaks, too
        if number != _ENTERED or belief < enough or not is_same_device:
            return ()
        if state["before_at"] == BEFORE_ALL:
            return ()
        self._has_passed = True
        radius_m = max(float(seen.radius_m[place]), float(state["before_radius_m"]))
        way = _Way(int(state["before_at"]), state["before_ecef"].copy(), radius_m)
        return self._passage(row, place, seen, way)

    def _passage(self, row: int, place: int, seen: Sightings, way: _Way) -> Iterator[Told]:
        at, began_at = int(seen.at[place]), int(self.state[row]["start"])
        span = at - way.since
        if span > CROSSING_SPAN_MAX:
            return
        passage = self.zones.passage(int(self.zone[row]), way.start, seen.ecef[place])
        if passage is None:
            return
        proved_m = passage[2] - float(self.doubt_m(np.array([row]))[0, 0])
        if proved_m < way.radius_m:
            return
        entered_at, left_at = way.since + int(span * passage[0]), way.since + int(span * passage[1])
        if left_at <= began_at:
            return
        step_m = float(np.linalg.norm(seen.ecef[place] - way.start))
        told = Told(
            row=row,
            type=AlertType.EXCLUSION_CROSSED,
            change=ChangeKind.OPENED,
            opened_at=max(began_at, entered_at),
            detected_at=at,
            confidence=breach.probability(-proved_m, way.radius_m),
            seat=int(seen.seat[place]),
            waits=bool(seen.is_torn[place]),
            evidence=self.frame(row)
            | {
                "fix": describe_fix(seen, place),
                "previous_fix_at": rfc3339(way.since),
                "depth_m": round(passage[2], 1),
                "speed_mps": round(step_m / max(span / SECOND, 1e-3), 1),
            },
        )
        yield told
        yield replace(told, change=ChangeKind.CLEARED, cleared_at=left_at)
