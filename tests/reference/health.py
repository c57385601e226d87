"""Section 5, device-health: the tag is heard, knows where it is, has power, and is on the leg."""

from datetime import timedelta
from typing import Any

from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    AlertType,
    ChangeKind,
    DeviceEvent,
    Micros,
    Tristate,
)
from tests.reference.doings import Deaf, Stalled, moved_on
from tests.reference.duty import Duty
from tests.reference.reports import Report
from tests.reference.seat import Seat

RISE_PCT = 5.0

OPENING = {
    DeviceEvent.STRAP_OPEN: AlertType.DEVICE_STRAP,
    DeviceEvent.CASE_OPEN: AlertType.DEVICE_CASE,
    DeviceEvent.JAMMING: AlertType.DEVICE_JAMMING,
    DeviceEvent.SHIELDING: AlertType.DEVICE_SHIELDING,
}
CLEARING = {
    DeviceEvent.STRAP_CLOSED: AlertType.DEVICE_STRAP,
    DeviceEvent.CASE_CLOSED: AlertType.DEVICE_CASE,
    DeviceEvent.JAMMING_ENDED: AlertType.DEVICE_JAMMING,
}

TAMPERS = tuple(OPENING.values())


class HealthDuty(Duty):
    """What an order asks of each device of the wearer."""

    looks_at_positions = False

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.devices = {seat.device: DeviceHealth(self, seat) for seat in self.wearer}

    def clock_at(self) -> Micros:
        if not self.is_enforced:
            return NEVER
        return min(device.clock_at() for device in self.devices.values())

    def ring(self, now: Micros) -> None:
        for device in self.devices.values():
            if device.clock_at() <= now:
                device.ring(now)
                return

    def resume(self, doing: Deaf | Stalled) -> None:
        for device in self.devices.values():
            device.heard_at = moved_on(device.heard_at, doing=doing, anew=doing.at)
            device.fixed_at = moved_on(device.fixed_at, doing=doing, anew=doing.at)

    def start_at(self, since: Micros) -> None:
        super().start_at(since)
        for device in self.devices.values():
            device.begin_at(max(since, self.not_before if self.is_enforced else since))

    def at_start(self, at: Micros) -> None:
        for device in self.devices.values():
            device.begin_at(at)

    def at_end(self, at: Micros) -> None:
        for device in self.devices.values():
            device.end_at(at)

    def on_fix(self, seat: Seat, fix: Report) -> None:
        if seat in self.wearer:
            self.devices[seat.device].located(fix)

    def on_heartbeat(self, seat: Seat, heartbeat: Report) -> None:
        if seat in self.wearer:
            self.devices[seat.device].beat(heartbeat)

    def on_event(self, seat: Seat, event: Report) -> None:
        if seat in self.wearer:
            self.devices[seat.device].happened(event)

    def on_sign(self, seat: Seat, report: Report) -> None:
        if seat in self.wearer:
            self.devices[seat.device].heard(report)


class DeviceHealth:
    """One device under one such condition."""

    def __init__(self, duty: HealthDuty, seat: Seat) -> None:
        self.duty, self.seat = duty, seat
        self.heartbeat_every = _micros(duty.terms.heartbeat_every)
        self.fix_every = _micros(duty.terms.fix_every)
        self.heard_at = self.fixed_at = BEFORE_ALL
        self.is_at_beacon = False
        self.clock_run: list[tuple[Micros, Micros]] = []
        """Of the reports in a row whose clock is off by as much: how much, and when they came."""
        self.open: dict[AlertType, Micros] = {}
        self.is_so: set[AlertType] = set()
        """What the device last said is wrong, whether or not the order held then."""
        self.told_at: dict[AlertType, Micros] = {}
        """The newest word about each of these; what is older and comes late ends nothing."""

    # The order ----------------------------------------

    def begin_at(self, at: Micros) -> None:
        """No silence before monitoring or the order began is forbidden; a strap that is open then is."""
        self.heard_at, self.fixed_at = max(self.heard_at, at), max(self.fixed_at, at)
        if self.duty.is_enforced:
            for type in TAMPERS:
                if type in self.is_so:
                    self._open(type, at, detected_at=at)

    def end_at(self, at: Micros) -> None:
        """What is open ends with the order."""
        for type in list(self.open):
            self._clear(type, at, detected_at=at)

    # Silence ----------------------------------------

    def _silent_from(self) -> Micros:
        is_asked = self.heartbeat_every is not None and AlertType.DEVICE_SILENT not in self.open
        return self.heard_at + self.heartbeat_every if is_asked else NEVER

    def _without_fix_from(self) -> Micros:
        is_asked = self.fix_every is not None and AlertType.DEVICE_NO_FIX not in self.open
        return self.fixed_at + self.fix_every if is_asked and not self.is_at_beacon else NEVER

    def clock_at(self) -> Micros:
        first = min(self._silent_from(), self._without_fix_from())
        return NEVER if first == NEVER else max(first + 1, self.duty.not_before)

    def ring(self, now: Micros) -> None:
        """The allowed silence is over."""
        for type, since in (
            (AlertType.DEVICE_SILENT, self._silent_from()),
            (AlertType.DEVICE_NO_FIX, self._without_fix_from()),
        ):
            if since < now:
                self._open(type, max(since, self.duty.not_before), detected_at=now)

    # Signs ----------------------------------------

    def heard(self, report: Report) -> None:
        """Anything received."""
        if self.duty.is_enforced:
            self._clear(AlertType.DEVICE_SILENT, report.received_at, detected_at=report.received_at)
        self.heard_at = report.received_at
        if self.duty.is_enforced and report.sent_at != BEFORE_ALL:
            self._clock(report.sent_at - report.received_at, report.received_at)

    def _clock(self, off: Micros, received_at: Micros) -> None:
        if abs(off) <= _micros(self.duty.terms.clock_within):
            self.clock_run = []
            self._clear(AlertType.DEVICE_CLOCK, received_at, detected_at=received_at)
            return
        if self.clock_run and abs(off - self.clock_run[0][0]) > MINUTE:
            self.clock_run = []
        self.clock_run.append((off, received_at))
        first_at = self.clock_run[0][1]
        is_proved = len(self.clock_run) >= 3 and received_at - first_at >= MINUTE
        if is_proved and AlertType.DEVICE_CLOCK not in self.open:
            self._open(AlertType.DEVICE_CLOCK, max(first_at, self.duty.not_before), detected_at=received_at)

    def located(self, fix: Report) -> None:
        """A fix in order."""
        self._is_somewhere(fix)
        if AlertType.DEVICE_SHIELDING in self.is_so:  # what sees the sky is not shielded
            self._right(AlertType.DEVICE_SHIELDING, fix.at)

    def _is_somewhere(self, report: Report) -> None:
        """A sign of where it is; one that is older than the silence it should end ends nothing."""
        self.fixed_at = max(self.fixed_at, report.at)
        if self.fix_every is not None and report.received_at - report.at <= self.fix_every:
            self._clear(AlertType.DEVICE_NO_FIX, report.at, detected_at=report.at)

    def beat(self, heartbeat: Report) -> None:
        """The newest heartbeat."""
        was_there = self.is_at_beacon
        self.is_at_beacon = heartbeat.beacon_in_range == Tristate.YES
        if was_there or self.is_at_beacon:  # who leaves home has the allowed time to get a fix
            self._is_somewhere(heartbeat)
        self._tell_closed(AlertType.DEVICE_STRAP, heartbeat.strap_closed, heartbeat.at)
        self._tell_closed(AlertType.DEVICE_CASE, heartbeat.case_closed, heartbeat.at)
        if heartbeat.battery_pct is not None:
            self._charged(AlertType.DEVICE_BATTERY_LOW, self.duty.terms.battery_low_pct, heartbeat)
            self._charged(AlertType.DEVICE_BATTERY_CRITICAL, self.duty.terms.battery_critical_pct, heartbeat)

    def _tell_closed(self, type: AlertType, is_closed: Tristate, at: Micros) -> None:
        if is_closed == Tristate.NO and type not in self.is_so:
            self._wrong(type, at)
        elif is_closed == Tristate.YES and type in self.is_so:
            self._right(type, at)

    def _charged(self, type: AlertType, level_pct: float, heartbeat: Report) -> None:
        assert heartbeat.battery_pct is not None
        if heartbeat.battery_pct <= level_pct and type not in self.open and self.duty.is_enforced:
            self._open(type, max(heartbeat.at, self.duty.not_before), detected_at=heartbeat.at)
        elif heartbeat.battery_pct >= level_pct + RISE_PCT:
            self._clear(type, heartbeat.at, detected_at=heartbeat.at)

    def happened(self, event: Report) -> None:
        """An event."""
        if event.event in OPENING:
            self._wrong(OPENING[event.event], event.at)
        elif event.event in CLEARING:
            self._right(CLEARING[event.event], event.at)
        elif event.event == DeviceEvent.POWERED_OFF and self.duty.is_enforced:
            self._goes_off(event.at)

    def _goes_off(self, at: Micros) -> None:
        beat = self.seat.newest_heartbeat
        newest_at = max(self.seat.newest_taken_at, BEFORE_ALL if beat is None else beat.at)
        if at >= newest_at and AlertType.DEVICE_SILENT not in self.open:
            self._open(AlertType.DEVICE_SILENT, max(at, self.duty.not_before), detected_at=at)

    def _wrong(self, type: AlertType, at: Micros) -> None:
        newest_at = self.told_at.get(type, BEFORE_ALL)
        self.told_at[type] = max(newest_at, at)
        if at >= newest_at:
            self.is_so.add(type)
        if type in self.open:
            self.duty.tell(type, ChangeKind.REPEATED, opened_at=self.open[type], detected_at=at)
        elif self.duty.is_enforced:
            self._open(type, max(at, self.duty.not_before), detected_at=at)
            if at < newest_at:  # it was over before we heard of it
                self._clear(type, newest_at, detected_at=newest_at)

    def _right(self, type: AlertType, at: Micros) -> None:
        if at < self.told_at.get(type, BEFORE_ALL):
            return
        self.told_at[type] = at
        self.is_so.discard(type)
        self._clear(type, at, detected_at=at)

    # Telling ----------------------------------------

    def _open(self, type: AlertType, opened_at: Micros, *, detected_at: Micros) -> None:
        self.open[type] = opened_at
        self.duty.tell(type, ChangeKind.OPENED, opened_at=opened_at, detected_at=detected_at)

    def _clear(self, type: AlertType, at: Micros, *, detected_at: Micros) -> None:
        if type in self.open:
            opened_at = self.open.pop(type)
            self.duty.tell(
                type,
                ChangeKind.CLEARED,
                opened_at=opened_at,
                detected_at=detected_at,
                cleared_at=max(at, opened_at),
            )


def _micros(span: timedelta | None) -> Any:
    return None if span is None else span // timedelta(microseconds=1)
