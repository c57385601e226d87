"""Section 5, attendance: come, and stay the minimum."""

from datetime import timedelta
from typing import Any

from em_engine.vocabulary import AlertType, ChangeKind, Micros
from tests.reference.duty import Duty
from tests.reference.reports import Report
from tests.reference.seat import Seat


class AttendanceDuty(Duty):
    """Be in the zone for so long in every window."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self._begin_anew()

    def _begin_anew(self) -> None:
        self.stayed: Micros = 0
        self.came = False

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
        if not self.is_enforced or self.is_in_arrears(fix) or not self._is_in(fix):
            return
        self.came = True
        previous = seat.previous
        if previous is not None and not seat.is_cold and self._is_in(previous):
            self.stayed += fix.at - max(previous.at, self.start)

    def _is_in(self, fix: Report) -> bool:
        return self.ground.depth_m(self.terms.zone, fix.lon, fix.lat) > 0.0
