"""Section 5, attendance: come, and stay the minimum."""

from datetime import timedelta
from typing import Any

from em_engine.vocabulary import AlertType, ChangeKind, Micros
from tests.reference.duty import Duty
from tests.reference.reports import Report
from tests.reference.seat import Seat
from tests.reference.slot import told_radius_m


class AttendanceDuty(Duty):
    """Be in the zone for so long in every window."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.stayed: Micros = 0
        self.came = False
        self.there_at: Micros | None = None
        """The last look in the zone, if none since was surely outside."""

    def at_start(self, at: Micros) -> None:
        self._begin_anew()

    def at_end(self, at: Micros) -> None:
        minimum = self.terms.minimum // timedelta(microseconds=1)
        if self.came and self.stayed >= minimum:
            return
        missed = AlertType.ATTENDANCE_MISSED
        self.tell(missed, ChangeKind.OPENED, opened_at=at, detected_at=at)
        self.tell(missed, ChangeKind.CLEARED, opened_at=at, detected_at=at, cleared_at=at)

    def on_fix(self, seat: Seat, fix: Report) -> None:
        if self.is_in_arrears(fix):
            return
        margin_m = self._margin_m(fix)
        if seat.is_cold:
            self.there_at = None
        if self.is_enforced and margin_m > 0.0:
            self.came = True
            self.stayed += max(0, fix.at - max(self._since(seat, fix), self.start))
            self.there_at = fix.at if self.there_at is None else max(self.there_at, fix.at)
        elif margin_m <= -told_radius_m(fix):
            self.there_at = None

    def _since(self, seat: Seat, fix: Report) -> Micros:
        """The look in the zone before this one, or the seat's fix before it, if that was there."""
        if self.there_at is not None:
            return self.there_at
        previous = None if seat.is_cold else seat.previous
        return fix.at if previous is None or self._margin_m(previous) <= 0.0 else previous.at

    def _margin_m(self, fix: Report) -> float:
        return self.ground.depth_m(self.terms.zone, fix.lon, fix.lat) + self.ground.doubt_m(self.terms.zone)
