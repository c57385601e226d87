"""Section 5, attendance: come, and stay the minimum."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, AlertType, ChangeKind, Micros
from tests.reference.duty import Duty
from tests.reference.reports import Report
from tests.reference.seat import Seat
from tests.reference.slot import FAIR_RADIUS_M, told_radius_m

PARTS = 128
REACH = 10 * MINUTE
TOLD_AFTER = MINUTE


class AttendanceDuty(Duty):
    """Be in the zone for so long in every window."""

    def __init__(self, **given: Any) -> None:
        self.window = (NEVER, NEVER)
        """That in force, or the last one."""
        super().__init__(**given)
        self.counted = (BEFORE_ALL, BEFORE_ALL)
        self.before: Micros | None = None
        self.looks: dict[tuple[int, bool], Micros] = {}
        """The first look of each part of the counted window, by part and whether it was in the zone."""
        self.tells_at: Micros = NEVER
        self.missed_at: Micros | None = None
        self.lawful_at = BEFORE_ALL

    def _enter(self, edge: tuple[Micros, str, Micros, Micros]) -> None:
        super()._enter(edge)
        self.window = edge[2:]

    # Looks ----------------------------------------

    def on_fix(self, seat: Seat, fix: Report) -> None:
        self._look(seat, fix)
        margin_m = self._margin_m(fix)
        if margin_m > 0.0 and (fix.radius_m <= FAIR_RADIUS_M or margin_m >= fix.radius_m):
            self.lawful_at = max(self.lawful_at, fix.at)

    def _look(self, seat: Seat, fix: Report) -> None:
        if self.is_in_arrears(fix) or not self.is_enforced or self.tells_at != NEVER:
            return
        self._count(self.window)
        margin_m, previous = self._margin_m(fix), seat.previous
        was_before = previous is not None and not seat.is_cold and previous.at < self.start
        if was_before and previous is not None and self._margin_m(previous) > 0.0:
            self.before = previous.at if self.before is None else max(self.before, previous.at)
        if margin_m > 0.0:
            self._note(fix.at, is_there=True)
        elif margin_m <= -told_radius_m(fix) and not self._has_wandered(seat, fix, margin_m):
            self._note(fix.at, is_there=False)

    def _has_wandered(self, seat: Seat, fix: Report, margin_m: float) -> bool:
        """The device is still where it was found: its position is not."""
        before = BEFORE_ALL if seat.previous is None else seat.previous.at
        lawful_at = self.lawful_at if self.lawful_at <= fix.at else before
        still = seat.motion.stillness(
            fix.at,
            lawful_at=lawful_at,
            astray_at=BEFORE_ALL,
            margin_m=margin_m,
            radius_m=told_radius_m(fix),
        )
        return still != ""

    def _count(self, window: tuple[Micros, Micros]) -> None:
        if window != self.counted:
            self.counted, self.before, self.looks = window, None, {}

    def _note(self, at: Micros, *, is_there: bool) -> None:
        start, end = self.counted
        length = max(MINUTE, (end - start + PARTS - 1) // PARTS)
        part = min((at - start) // length, PARTS - 1), is_there
        self.looks[part] = min(self.looks.get(part, at), at)

    def _margin_m(self, fix: Report) -> float:
        return self.ground.depth_m(self.terms.zone, fix.lon, fix.lat) + self.ground.doubt_m(self.terms.zone)

    # Late ones ----------------------------------------

    def know_before(self, present: Any, first_at: Micros) -> None:
        if present.lawful_at < first_at:
            self.lawful_at = present.lawful_at

    def learn(self, past: Any) -> None:
        self.lawful_at = max(self.lawful_at, past.lawful_at)
        if past.counted > self.counted:
            self._count(past.counted)
        if past.counted == self.counted:
            self.before = max((one for one in (self.before, past.before) if one is not None), default=None)
            for part, at in past.looks.items():
                self.looks[part] = min(self.looks.get(part, at), at)

    def reconsider(self, at: Micros) -> None:
        if self.missed_at is not None and self._is_kept():
            self._tell(ChangeKind.WITHDRAWN, at)
            self.missed_at = None

    # The end ----------------------------------------

    def at_end(self, at: Micros) -> None:
        self._count(self.window)
        self.tells_at, self.missed_at = at + TOLD_AFTER, None

    def clock_at(self) -> Micros:
        return self.tells_at

    def ring(self, now: Micros) -> None:
        self.tells_at = NEVER
        if not self._is_kept():
            self.missed_at = self.counted[1]
            self._tell(ChangeKind.OPENED, now)
            self._tell(ChangeKind.CLEARED, now)

    def _tell(self, change: ChangeKind, at: Micros) -> None:
        edge = self.counted[1]
        cleared_at = None if change is ChangeKind.OPENED else edge
        self.tell(AlertType.ATTENDANCE_MISSED, change, opened_at=edge, detected_at=at, cleared_at=cleared_at)

    def _is_kept(self) -> bool:
        came = any(is_there for _, is_there in self.looks)
        return came and self._lasted() >= self.terms.minimum // timedelta(microseconds=1)

    def _lasted(self) -> Micros:
        """Moments near a look in the zone, with none between that says he was not: from edge to edge."""
        start, end = self.counted
        there = [at for (_, is_there), at in self.looks.items() if is_there]
        there += [] if self.before is None else [self.before]
        elsewhere = [at for (_, is_there), at in self.looks.items() if not is_there]
        near = [one for at in there for one in (at - REACH, at, at + REACH)]
        edges = sorted({start, end, *(one for one in (*near, *elsewhere) if start < one < end)})
        return sum(
            until - since
            for since, until in pairwise(edges)
            if _counts((since + until) // 2, there, elsewhere)
        )


def _counts(moment: Micros, there: list[Micros], elsewhere: list[Micros]) -> bool:
    near = [at for at in there if abs(at - moment) <= REACH]
    return any(not any(min(at, moment) <= one <= max(at, moment) for one in elsewhere) for at in near)
