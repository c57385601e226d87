"""Section 5, sobriety: take a test when one is due, and pass it."""

from typing import Any

from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    AlertType,
    ChangeKind,
    DeviceEvent,
    Micros,
    TestResult,
)
from tests.reference.duty import Duty
from tests.reference.reports import Report
from tests.reference.seat import Seat

FAILED, MISSED = AlertType.SOBRIETY_FAILED, AlertType.SOBRIETY_MISSED


class SobrietyDuty(Duty):
    """Pass every test, and take one in every window."""

    looks_at_positions = False

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.failed_at: Micros | None = None
        self.newest_at = BEFORE_ALL
        """Of those not passed since then."""
        self.passed_at = BEFORE_ALL
        self.tested_at = BEFORE_ALL

    def clock_at(self) -> Micros:
        return NEVER if self.failed_at is None else self.valid_to

    def ring(self, now: Micros) -> None:
        self._clear_failed(now)

    def at_end(self, at: Micros) -> None:
        its = self.terms
        has_windows = its.weekly or its.once or its.calendar or its.schedule
        if has_windows and self.tested_at < self.start_of_window:
            self._tell_missed(at)

    def pass_edge(self) -> None:
        self.start_of_window = self.edges[0][2]
        super().pass_edge()

    def on_event(self, seat: Seat, event: Report) -> None:
        is_in_force = self.valid_from <= event.at < self.valid_to
        if event.event != DeviceEvent.SOBRIETY_TEST or seat not in self.wearer or not is_in_force:
            return
        if event.result == TestResult.MISSED:
            self._tell_missed(event.at)
        else:
            self.tested_at = max(self.tested_at, event.at)
        if event.result in (TestResult.FAIL, TestResult.REFUSED):
            self._failed(event.at)
        elif event.result == TestResult.PASS:
            self.passed_at = max(self.passed_at, event.at)
            if event.at > self.newest_at:
                self._clear_failed(event.at)

    def _failed(self, at: Micros) -> None:
        if self.failed_at is None:
            self.failed_at = self.newest_at = at
            self.tell(FAILED, ChangeKind.OPENED, opened_at=at, detected_at=at)
            if self.passed_at > at:
                self._clear_failed(self.passed_at)
        else:
            self.newest_at = max(self.newest_at, at)
            self.tell(FAILED, ChangeKind.REPEATED, opened_at=self.failed_at, detected_at=at)

    def _clear_failed(self, at: Micros) -> None:
        if self.failed_at is not None:
            opened_at, self.failed_at = self.failed_at, None
            self.tell(FAILED, ChangeKind.CLEARED, opened_at=opened_at, detected_at=at, cleared_at=at)

    def _tell_missed(self, at: Micros) -> None:
        self.tell(MISSED, ChangeKind.OPENED, opened_at=at, detected_at=at)
        self.tell(MISSED, ChangeKind.CLEARED, opened_at=at, detected_at=at, cleared_at=at)
