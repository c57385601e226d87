"""Sobriety: take a test when one is due, and pass it."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Phase
from em_engine.law.evidence import Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.terms import Scheduled
from em_engine.law.watch import Bond, Told
from em_engine.law.windowed_watch import WINDOW_FIELDS, WindowedWatch
from em_engine.vocabulary import (
    BEFORE_ALL,
    AlertType,
    DeviceEvent,
    Indices,
    Micros,
    Rows,
    TestResult,
    rfc3339,
    wire_name,
)

_FAILED: Final = 0
SOBRIETY_STATE: Final = np.dtype(
    [
        *WINDOW_FIELDS,
        ("tested_at", np.int64),  # newest test that was taken, however it went
        ("passed_at", np.int64),  # newest test that was passed
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class SobrietyTerms(Scheduled):
    """In every window the wearer must take a test; whenever he takes one he must pass it.

    Without windows no test is due by itself.
    """


class SobrietyWatch(WindowedWatch):
    """Sobriety tests: one slot for a test that was not passed; a missed one is told at once and for all."""

    each = 1
    state_type = SOBRIETY_STATE
    never_yet = ("tested_at", "passed_at")

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._has_windows = [bond.schedule.has_windows for bond in bonds]

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """There is one."""
        return AlertType.SOBRIETY_FAILED

    def look(self, rows: Indices, seen: Sightings, seats: Rows) -> tuple[list[tuple[int, Told]], Indices]:
        """Where the wearer is says nothing of this."""
        return [], np.zeros(0, dtype=np.intp)

    def hear_event(self, row: int, seat: int, report: Any, seats: Rows) -> Iterator[Told]:
        """A test was taken, or was asked for and not taken."""
        is_test, at = report["event"] == DeviceEvent.SOBRIETY_TEST, int(report["at"])
        if not is_test or seat not in self.bonds[row].wearer_seats or not self._is_in_force(row, at):
            return
        result = TestResult(int(report["result"]))
        if result is TestResult.MISSED:
            yield from self._missed(row, at, seat)
        elif result is TestResult.PASS:
            yield from self._passed(row, at, seat)
        elif result in (TestResult.FAIL, TestResult.REFUSED):
            yield from self._not_passed(row, at, seat, result)
            yield from self._too_late(row, int(report["received_at"]), seat)

    def _is_in_force(self, row: int, at: Micros) -> bool:
        return self.bonds[row].schedule.is_valid(at)

    def _passed(self, row: int, at: Micros, seat: int) -> Iterator[Told]:
        state, slot = self.state[row], self.slots[row][_FAILED]
        state["tested_at"] = max(int(state["tested_at"]), at)
        state["passed_at"] = max(int(state["passed_at"]), at)
        if slot["phase"] == Phase.OPEN and at > slot["last_at"]:
            yield self._clear(row, at, seat)

    def _not_passed(self, row: int, at: Micros, seat: int, result: TestResult) -> Iterator[Told]:
        """Always told: at once, again while it stands, in arrears if a later test passed before we heard."""
        state, slot = self.state[row], self.slots[row][_FAILED]
        state["tested_at"] = max(int(state["tested_at"]), at)
        evidence = {"tested_at": rfc3339(at), "result": wire_name(result)}
        if slot["phase"] == Phase.OPEN:
            slot["repeats"] += 1
            slot["last_at"] = max(int(slot["last_at"]), at)
            yield self.told_repeated(row, _FAILED, at=at, seat=seat, evidence=evidence)
            return
        slot["since"], slot["last_at"], slot["p"] = at, at, 1.0
        breach.open_breach(slot, BEFORE_ALL)
        yield self.told_opened(row, _FAILED, at=at, seat=seat, evidence=evidence)
        if state["passed_at"] > at:
            yield self._clear(row, int(state["passed_at"]), seat)

    def _too_late(self, row: int, received_at: Micros, seat: int) -> Iterator[Told]:
        """One that is heard of when the order is over has ended with it."""
        ends, slot = self.bonds[row].schedule.order_ends, self.slots[row][_FAILED]
        if received_at >= ends and slot["phase"] == Phase.OPEN:
            slot["phase"] = Phase.CLEAR
            yield self.told_cleared(row, slot, at=ends, cleared_at=ends, seat=seat, evidence={})

    def _clear(self, row: int, at: Micros, seat: int) -> Told:
        slot = self.slots[row][_FAILED]
        slot["phase"] = Phase.CLEAR
        return self.told_cleared(
            row, slot, at=at, cleared_at=at, seat=seat, evidence={"passed_at": rfc3339(at)}
        )

    def clear_all(self, row: int, edge: Micros) -> Iterator[Told]:
        """A test that was not passed stands beyond its window, to the end of the order."""
        if not self._is_in_force(row, edge):
            yield from super().clear_all(row, edge)

    def at_end(self, row: int, edge: Micros) -> Iterator[Told]:
        """The window is over: was a test taken in it?"""
        state = self.state[row]
        was_taken = state["tested_at"] != BEFORE_ALL and state["tested_at"] >= state["start"]
        if self._has_windows[row] and not was_taken:
            yield from self._missed(row, edge, -1)

    def _missed(self, row: int, at: Micros, seat: int) -> Iterator[Told]:
        missed = AlertType.SOBRIETY_MISSED
        yield from self.told_at_once(row, missed, at=at, seat=seat, evidence=self.frame(row))
