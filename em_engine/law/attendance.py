"""Attendance: come to a place within a window and stay the minimum."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np

from em_engine.law import breach
from em_engine.law.doubt import allowed_m
from em_engine.law.evidence import Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.terms import Scheduled, ZoneName
from em_engine.law.watch import Bond, Told
from em_engine.law.zone_watch import ZoneWatch
from em_engine.vocabulary import (
    BEFORE_ALL,
    SECOND,
    AlertType,
    Booleans,
    Floats,
    Indices,
    Micros,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceTerms(Scheduled):
    """In every window the wearer must be in `zone` for at least `minimum`."""

    zone: ZoneName
    minimum: timedelta = timedelta(0)


class AttendanceWatch(ZoneWatch):
    """Appointments: nothing is a breach before the window is over."""

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._minimum = np.array(
            [bond.terms.minimum // timedelta(microseconds=1) for bond in bonds], dtype=np.int64
        )

    def margins_m(self, rows: Indices, depth_m: Floats) -> Floats:
        """Metres inside the place, as its outline may at best allow; it never opens a breach by itself."""
        return allowed_m(depth_m[:, None], self.doubt_m(rows))

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """There is one."""
        return AlertType.ATTENDANCE_MISSED

    def enforced(self, row: int, start: Micros, end: Micros) -> tuple[Micros, Micros]:
        """No look within the window accuses: what counts is told at its end."""
        return end, end

    def may_be_calm(self, rows: Indices) -> Booleans:
        """Within a window every look counts."""
        return np.asarray(~self.state["in_window"][rows])

    def looks_closer(self, rows: Indices, seen: Sightings, margins_m: Floats) -> Booleans:
        """Likewise."""
        return np.asarray(self.state["in_window"][rows])

    def after_look(self, row: int, place: int, seen: Sightings, margins_m: Floats) -> Iterator[Told]:
        """Time between two fixes in the place is time spent there, unless one between was surely outside."""
        state, at, margin_m = self.state[row], int(seen.at[place]), float(margins_m[0])
        if seen.is_cold[place]:
            state["there_at"] = BEFORE_ALL
        if state["in_window"] and margin_m > 0.0:
            since = max(self._there_since(row, place, seen), int(state["start"]))
            state["present"] += max(0, at - since)
            state["home_at"] = state["there_at"] = max(int(state["there_at"]), at)
        elif margin_m <= -float(seen.radius_m[place]) * breach.repute(int(seen.source[place])).widening:
            state["there_at"] = BEFORE_ALL
        yield from ()

    def _there_since(self, row: int, place: int, seen: Sightings) -> Micros:
        """The look in the place that goes before this one: in this window, or the fix before it."""
        there_at = int(self.state[row]["there_at"])
        if there_at != BEFORE_ALL or seen.is_cold[place]:
            return there_at if there_at != BEFORE_ALL else int(seen.at[place])
        before_m = self.previous_margins_m(np.array([row]), seen.take(np.array([place])))[0, 0]
        return int(seen.previous_at[place] if before_m > 0.0 else seen.at[place])

    def at_end(self, row: int, edge: Micros) -> Iterator[Told]:
        """The appointment is over: was he there, and long enough?"""
        state = self.state[row]
        came = state["home_at"] != BEFORE_ALL and state["home_at"] >= state["start"]
        if came and state["present"] >= self._minimum[row]:
            return
        evidence = self.frame(row) | {
            "present_s": round(int(state["present"]) / SECOND, 1),
            "minimum_s": round(int(self._minimum[row]) / SECOND, 1),
            "came": bool(came),
        }
        yield from self.told_at_once(row, AlertType.ATTENDANCE_MISSED, at=edge, seat=-1, evidence=evidence)
