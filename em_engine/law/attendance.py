"""Attendance: come to a place within a window and stay the minimum."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any, Final

import numpy as np

from em_engine.law import breach, presence
from em_engine.law.breach import Finding
from em_engine.law.evidence import Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.motion import stillness
from em_engine.law.terms import Scheduled, ZoneName
from em_engine.law.watch import Bond, Told, describe_stretch
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.law.zone_watch import ZONE_STATE, ZoneWatch
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    SECOND,
    AlertType,
    Booleans,
    ChangeKind,
    Floats,
    Indices,
    Micros,
    Rows,
    Times,
)

TOLD_AFTER: Final[Micros] = MINUTE
"""Late fixes that came before the window was over have been judged by then."""

ATTENDANCE_STATE: Final = np.dtype(
    [
        *ZONE_STATE.descr,
        *presence.PRESENCE_FIELDS,
        ("tells_at", np.int64),  # when an appointment that is over is told of, if it was missed
        ("missed_at", np.int64),  # the end of the one last told as missed; BEFORE_ALL if it was kept
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class AttendanceTerms(Scheduled):
    """In every window the wearer must be in `zone` for at least `minimum`."""

    zone: ZoneName
    minimum: timedelta = timedelta(0)


class AttendanceWatch(ZoneWatch):
    """Appointments: nothing is a breach before the window is over."""

    state_type = ATTENDANCE_STATE
    never_yet = (*ZoneWatch.never_yet, "counts_from", "counts_to", "came_at", "missed_at")

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._minimum = np.array(
            [bond.terms.minimum // timedelta(microseconds=1) for bond in bonds], dtype=np.int64
        )
        for name in ("tells_at", "there_at", "elsewhere_at"):
            self.state[name] = NEVER

    def margins_m(self, rows: Indices, depth_m: Floats) -> Floats:
        """Metres inside the place; it never opens a breach by itself."""
        return depth_m[:, None]

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """There is one."""
        return AlertType.ATTENDANCE_MISSED

    def enforced(self, row: int, start: Micros, end: Micros) -> tuple[Micros, Micros]:
        """No look within the window accuses: what counts is told when it is over."""
        return end, end

    def may_be_calm(self, rows: Indices) -> Booleans:
        """Within a window every look counts."""
        return np.asarray(~self.state["in_window"][rows])

    def looks_closer(self, rows: Indices, seen: Sightings, margins_m: Floats) -> Booleans:
        """Likewise."""
        return np.asarray(self.state["in_window"][rows])

    def _consider(
        self, row: int, place: int, seen: Sightings, margins_m: Floats, seats: Rows
    ) -> Iterator[Told]:
        """He was there, or elsewhere, or the look cannot tell."""
        state, at, margin_m = self.state[row], int(seen.at[place]), self._allowed_m(row, margins_m)
        if state["in_window"] and state["tells_at"] == NEVER and at >= state["settled_at"]:
            self._count(row)
            if self._was_there_before(row, place, seen):
                presence.note_before(state, int(seen.previous_at[place]))
            if margin_m > 0.0:
                presence.note(state, at, is_there=True)
            elif self._is_elsewhere(row, place, seen, margin_m, seats):
                presence.note(state, at, is_there=False)
        yield from ()

    def _is_elsewhere(self, row: int, place: int, seen: Sightings, margin_m: float, seats: Rows) -> bool:
        """Not if the device did not move since it was there: then its position wandered off."""
        radius_m = float(seen.radius_m[place]) * breach.repute(int(seen.source[place])).widening
        if breach.find(margin_m, radius_m) != Finding.VIOLATING:
            return False
        slot, seat, at = self.slots[row][0], seats[seen.seat[place]], int(seen.at[place])
        before_at = int(seen.previous_at[place])
        return not stillness(slot, seat, at, before_at=before_at, margin_m=margin_m, radius_m=radius_m)

    def _count(self, row: int) -> None:
        """The looks of the window in force."""
        state = self.state[row]
        if state["counts_from"] != state["start"]:
            presence.begin(state, int(state["start"]), int(state["end"]))

    def _was_there_before(self, row: int, place: int, seen: Sightings) -> bool:
        if seen.is_cold[place] or seen.previous_at[place] >= self.state[row]["start"]:
            return False
        before_m = self.previous_margins_m(np.array([row]), seen.take(np.array([place])))[0]
        return self._allowed_m(row, before_m) > 0.0

    def _allowed_m(self, row: int, margins_m: Floats) -> float:
        """As the outline of the place may at best allow."""
        return float(margins_m[0]) + self._doubt_of(row)

    def learn(self, other: WindowedWatch, rows: Indices) -> None:
        """Late looks are put among the others."""
        super().learn(other, rows)
        for row, past in zip(rows, other.state, strict=True):
            presence.join(self.state[row], past)

    # The appointment is over ------------------------------------------------------------

    def at_end(self, row: int, edge: Micros) -> Iterator[Told]:
        """Soon it is told of, if it was missed."""
        self._count(row)
        self.state[row]["tells_at"] = edge + TOLD_AFTER
        self.state[row]["missed_at"] = BEFORE_ALL
        yield from ()

    def extra_due(self, rows: Indices) -> Times:
        """That is when."""
        return np.asarray(self.state["tells_at"][rows])

    def elapse_extra(self, row: int, at: Micros) -> Iterator[Told]:
        """Was he there, and long enough?"""
        state = self.state[row]
        state["tells_at"] = NEVER
        if not self._is_kept(row):
            state["missed_at"] = state["counts_to"]
            missed = self._missed(row, ChangeKind.OPENED, at)
            yield replace(missed, cleared_at=None)
            yield replace(missed, change=ChangeKind.CLEARED)

    def reconsider(self, row: int, at: Micros) -> Iterator[Told]:
        """Late looks may show that an appointment was kept that was told as missed: who was there is not
        held to have been elsewhere, however late it is known."""
        state = self.state[row]
        if state["missed_at"] != BEFORE_ALL and self._is_kept(row):
            withdrawn = self._missed(row, ChangeKind.WITHDRAWN, at)
            state["missed_at"] = BEFORE_ALL
            because = {"because": "late positions show that the appointment was kept"}
            yield replace(withdrawn, evidence=because | dict(withdrawn.evidence))

    def _missed(self, row: int, change: ChangeKind, at: Micros) -> Told:
        """Of the appointment that is over: it was missed when it was over, and that was all."""
        edge = int(self.state[row]["counts_to"])
        return Told(
            row=row,
            type=AlertType.ATTENDANCE_MISSED,
            change=change,
            opened_at=edge,
            detected_at=at,
            cleared_at=edge,
            evidence=self._evidence(row),
        )

    def _is_kept(self, row: int) -> bool:
        return presence.came(self.state[row]) and presence.lasted(self.state[row]) >= self._minimum[row]

    def _evidence(self, row: int) -> dict[str, Any]:
        state = self.state[row]
        return self.frame(row) | {
            "window": describe_stretch(int(state["counts_from"]), int(state["counts_to"])),
            "present_s": round(presence.lasted(state) / SECOND, 1),
            "minimum_s": round(int(self._minimum[row]) / SECOND, 1),
            "came": presence.came(state),
        }
