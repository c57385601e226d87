"""Device health: the tag is heard, knows where it is, has power, and is on the leg."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Phase
from em_engine.law.evidence import Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.terms import Percent
from em_engine.law.watch import Bond, Told
from em_engine.law.windowed_watch import WINDOW_FIELDS, WindowedWatch
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    AlertType,
    DeviceEvent,
    Indices,
    Micros,
    ReportKind,
    Rows,
    Times,
    Tristate,
    rfc3339,
)

CHARGED_AGAIN_PCT: Final = 5.0
"""How far above its level the charge must rise before low battery clears: gauges waver by a few points."""
_SILENT, _NO_FIX, _LOW, _CRITICAL, _STRAP, _CASE, _JAMMING, _SHIELDING = range(8)
_TYPES: Final = (
    AlertType.DEVICE_SILENT,
    AlertType.DEVICE_NO_FIX,
    AlertType.DEVICE_BATTERY_LOW,
    AlertType.DEVICE_BATTERY_CRITICAL,
    AlertType.DEVICE_STRAP,
    AlertType.DEVICE_CASE,
    AlertType.DEVICE_JAMMING,
    AlertType.DEVICE_SHIELDING,
)
_BEGINS: Final = {
    DeviceEvent.STRAP_OPEN: _STRAP,
    DeviceEvent.CASE_OPEN: _CASE,
    DeviceEvent.JAMMING: _JAMMING,
    DeviceEvent.SHIELDING: _SHIELDING,
}
_ENDS: Final = {
    DeviceEvent.STRAP_CLOSED: _STRAP,
    DeviceEvent.CASE_CLOSED: _CASE,
    DeviceEvent.JAMMING_ENDED: _JAMMING,
}

HEALTH_STATE: Final = np.dtype(
    [
        *WINDOW_FIELDS,
        ("heard_at", np.int64),  # received_at of the newest sign of life
        ("fix_at", np.int64),  # newest trusted fix, or sign that none is needed
        ("is_at_beacon", np.bool_),
        ("battery_at", np.int64),
        ("battery_pct", np.float32),
        ("told_at", np.int64, (8,)),  # newest report that spoke of each slot
        ("is_so", np.bool_, (8,)),  # what it said, whether or not the order binds yet
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealthTerms:
    """The longest silences the order allows, and the charge below which the wearer must act."""

    heartbeat_every: timedelta | None = None
    fix_every: timedelta | None = None
    battery_low_pct: Percent = 20.0
    battery_critical_pct: Percent = 10.0


class DeviceHealthWatch(WindowedWatch):
    """One row a condition and device of the wearer. Nothing here has patience."""

    each = 8
    state_type = HEALTH_STATE
    never_yet = ("heard_at", "fix_at", "battery_at", "told_at")

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._heartbeat = _allowed([bond.terms.heartbeat_every for bond in bonds])
        self._fix = _allowed([bond.terms.fix_every for bond in bonds])

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """By slot."""
        return _TYPES[slot]

    # Silence ------------------------------------------------------------------------------------

    def begun(self, row: int, at: Micros) -> None:
        """The allowed silences count from here."""
        state = self.state[row]
        state["heard_at"] = max(int(state["heard_at"]), at)
        state["fix_at"] = max(int(state["fix_at"]), at)

    def resume(self, at: Micros) -> None:
        """What could not be heard is not held against the device."""
        for name in ("heard_at", "fix_at"):
            known = self.state[name] != BEFORE_ALL
            self.state[name] = np.where(known, np.maximum(self.state[name], at), BEFORE_ALL)
        super().resume(at)

    def extra_due(self, rows: Indices) -> Times:
        """The end of the allowed silences."""
        state, clear = self.state[rows], self.slots["phase"][rows] == Phase.CLEAR
        silent_at = _after(state["heard_at"], self._heartbeat[rows])
        no_fix_at = np.where(state["is_at_beacon"], NEVER, _after(state["fix_at"], self._fix[rows]))
        silent_at = np.where(clear[:, _SILENT], silent_at, NEVER)
        no_fix_at = np.where(clear[:, _NO_FIX], no_fix_at, NEVER)
        return np.where(state["binds"], np.minimum(silent_at, no_fix_at), NEVER)

    def elapse_extra(self, row: int, at: Micros) -> Iterator[Told]:
        """An allowed silence has ended without a sign."""
        state, phase = self.state[row], self.slots[row]["phase"]
        silent_at = int(_after(state["heard_at"], self._heartbeat[row]))
        if phase[_SILENT] == Phase.CLEAR and silent_at <= at:
            evidence = {
                "heard_at": rfc3339(int(state["heard_at"])),
                "allowed_s": int(self._heartbeat[row]) / 1e6,
            }
            yield self._open(row, _SILENT, silent_at - 1, at, evidence)
            return
        no_fix_at = int(_after(state["fix_at"], self._fix[row]))
        evidence = {"last_fix_at": rfc3339(int(state["fix_at"])), "allowed_s": int(self._fix[row]) / 1e6}
        yield self._open(row, _NO_FIX, no_fix_at - 1, at, evidence)

    def heard(self, rows: Indices, seat: Indices, received_at: Times, seats: Rows) -> list[tuple[int, Told]]:
        """A sign of life, of whatever kind."""
        self.state["heard_at"][rows] = received_at
        broken = np.flatnonzero(self.slots["phase"][rows, _SILENT] == Phase.OPEN)
        told = [
            (int(place), self._clear(int(rows[place]), _SILENT, int(received_at[place]))) for place in broken
        ]
        self.reckon(rows)
        return told

    def look(self, rows: Indices, seen: Sightings, seats: Rows) -> tuple[list[tuple[int, Told]], Indices]:
        """A trusted fix: that there is one is all that matters here."""
        self.state["fix_at"][rows] = np.maximum(self.state["fix_at"][rows], seen.at)
        broken = np.flatnonzero(self.slots["phase"][rows, _NO_FIX] == Phase.OPEN)
        told = [(int(place), self._clear(int(rows[place]), _NO_FIX, int(seen.at[place]))) for place in broken]
        for place in np.flatnonzero(
            self.state["is_so"][rows, _SHIELDING]
        ):  # what sees the sky is not shielded
            told += [
                (int(place), one) for one in self._ends(int(rows[place]), _SHIELDING, int(seen.at[place]))
            ]
        self.reckon(rows)
        return told, np.zeros(0, dtype=np.intp)

    # What the device says of itself ---------------------------------------------------------------

    def hear(self, row: int, seat: int, report: Any, seats: Rows) -> Iterator[Told]:
        """A heartbeat or an event of the device."""
        if report["kind"] == ReportKind.HEARTBEAT:
            yield from self._hear_heartbeat(row, report)
        else:
            yield from self._hear_event(row, DeviceEvent(int(report["event"])), int(report["at"]))
        self.reckon(np.array([row]))

    def _hear_heartbeat(self, row: int, report: Any) -> Iterator[Told]:
        at = int(report["at"])
        yield from self._state_of(row, _STRAP, int(report["strap_closed"]), at)
        yield from self._state_of(row, _CASE, int(report["case_closed"]), at)
        yield from self._battery(row, float(report["battery_pct"]), at)
        state, was_there = self.state[row], bool(self.state[row]["is_at_beacon"])
        state["is_at_beacon"] = report["beacon_in_range"] == Tristate.YES
        if state["is_at_beacon"] or was_there:  # fixes were not needed until now
            state["fix_at"] = max(int(state["fix_at"]), at)
        if state["is_at_beacon"] and self.slots[row][_NO_FIX]["phase"] == Phase.OPEN:
            yield self._clear(row, _NO_FIX, at)

    def _state_of(self, row: int, number: int, closed: int, at: Micros) -> Iterator[Told]:
        """A heartbeat restates how strap or case are; only a change of that is told."""
        is_so = bool(self.state[row]["is_so"][number])
        if closed == Tristate.NO and not is_so:
            yield from self._begins(row, number, at)
        elif closed == Tristate.YES and is_so:
            yield from self._ends(row, number, at)

    def _hear_event(self, row: int, event: DeviceEvent, at: Micros) -> Iterator[Told]:
        if event in _BEGINS:
            yield from self._begins(row, _BEGINS[event], at)
        elif event in _ENDS:
            yield from self._ends(row, _ENDS[event], at)

    def _begins(self, row: int, number: int, at: Micros) -> Iterator[Told]:
        """Tampering is always told: at once, again while it lasts, and in arrears if it was over before we
        heard."""
        slot, told_at = self.slots[row][number], self.state[row]["told_at"]
        over_at = int(told_at[number])
        told_at[number] = max(over_at, at)
        self.state[row]["is_so"][number] |= over_at <= at
        if not self.state[row]["binds"]:
            return
        if slot["phase"] == Phase.OPEN:
            slot["repeats"] += 1
            yield self.told_repeated(row, number, at=at, seat=self._seat(row), evidence=self._told(row, at))
        else:
            yield self._open(row, number, at, at, self._told(row, at))
            if over_at > at:
                yield self._clear(row, number, over_at)

    def _ends(self, row: int, number: int, at: Micros) -> Iterator[Told]:
        slot, told_at = self.slots[row][number], self.state[row]["told_at"]
        if at < told_at[number]:
            return
        told_at[number] = at
        self.state[row]["is_so"][number] = False
        if slot["phase"] == Phase.OPEN:
            yield self._clear(row, number, at)

    def open_what_is_there(self, row: int, edge: Micros, seats: Rows) -> Iterator[Told]:
        """A strap that is open when the order begins is open under it from that instant."""
        for number in np.flatnonzero(self.state[row]["is_so"]):
            yield self._open(row, int(number), edge, edge, self._told(row, edge))

    def _battery(self, row: int, charge_pct: float, at: Micros) -> Iterator[Told]:
        state, terms = self.state[row], self.bonds[row].terms
        if np.isnan(charge_pct) or at < state["battery_at"] or not state["binds"]:
            return
        state["battery_at"], state["battery_pct"] = at, charge_pct
        levels = ((_LOW, terms.battery_low_pct), (_CRITICAL, terms.battery_critical_pct))
        for number, level_pct in levels:
            is_open = self.slots[row][number]["phase"] == Phase.OPEN
            if not is_open and charge_pct <= level_pct:
                evidence = {"battery_pct": round(charge_pct, 1), "level_pct": level_pct}
                yield self._open(row, number, at, at, evidence)
            elif is_open and charge_pct >= level_pct + CHARGED_AGAIN_PCT:
                yield self._clear(row, number, at)

    # What is told -----------------------------------------------------------------------------------

    def _seat(self, row: int) -> int:
        return self.bonds[row].wearer_seats[0]

    def _told(self, row: int, at: Micros) -> dict[str, Any]:
        return {"happened_at": rfc3339(at), "repeats": int(self.slots[row]["repeats"].max())}

    def _open(self, row: int, number: int, since: Micros, at: Micros, evidence: dict[str, Any]) -> Told:
        slot = self.slots[row][number]
        slot["since"], slot["p"] = since, 1.0
        breach.open_breach(slot, int(self.state[row]["start"]))
        return self.told_opened(row, number, at=at, seat=self._seat(row), evidence=evidence)

    def _clear(self, row: int, number: int, at: Micros) -> Told:
        slot = self.slots[row][number]
        slot["phase"] = Phase.CLEAR
        return self.told_cleared(row, slot, at=at, cleared_at=at, seat=self._seat(row), evidence={})


def _allowed(spans: Sequence[timedelta | None]) -> Times:
    """Microseconds; NEVER where nothing is demanded."""
    return np.array(
        [NEVER if span is None else span // timedelta(microseconds=1) for span in spans], dtype=np.int64
    )


def _after(since: Times, allowed: Times) -> Times:
    """The first instant at which a silence since `since` is longer than allowed."""
    demanded = (allowed != NEVER) & (since != BEFORE_ALL)
    return np.where(demanded, np.where(demanded, since, 0) + np.where(demanded, allowed, 0) + 1, NEVER)
