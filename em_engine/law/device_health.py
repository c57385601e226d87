"""Device health: the tag is heard, knows where it is, has power, and is on the leg."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Phase
from em_engine.law.device_signs import (
    CHARGE_FIELDS,
    CLOCK_FIELDS,
    describe_charge,
    describe_clock,
    is_clock_off,
    note_charges,
)
from em_engine.law.evidence import Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.terms import Percent
from em_engine.law.watch import Bond, Told, describe_event
from em_engine.law.windowed_watch import WINDOW_FIELDS, WindowedWatch, moved_on
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    AlertType,
    Booleans,
    DeviceEvent,
    Indices,
    Micros,
    Rows,
    Times,
    Tristate,
    rfc3339,
)

CHARGED_AGAIN_PCT: Final = 5.0
"""How far above its level the charge must rise before low battery clears: gauges waver by a few points."""
_CLEAR, _OPEN = Phase.CLEAR.value, Phase.OPEN.value
_SILENT, _NO_FIX, _LOW, _CRITICAL, _STRAP, _CASE, _JAMMING, _SHIELDING, _CLOCK = range(9)
_TYPES: Final = (
    AlertType.DEVICE_SILENT,
    AlertType.DEVICE_NO_FIX,
    AlertType.DEVICE_BATTERY_LOW,
    AlertType.DEVICE_BATTERY_CRITICAL,
    AlertType.DEVICE_STRAP,
    AlertType.DEVICE_CASE,
    AlertType.DEVICE_JAMMING,
    AlertType.DEVICE_SHIELDING,
    AlertType.DEVICE_CLOCK,
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
        ("received_at", np.int64),  # of the newest sign of life
        ("heard_at", np.int64),  # the same, or when its silence began to count
        ("fix_at", np.int64),  # newest trusted fix, or sign that none is needed
        ("excused_at", np.int64),  # a silence that began before it is allowed twice as long
        ("is_at_beacon", np.bool_),
        ("beacon_lost_at", np.int64),
        ("moved_at", np.int64),  # newest heartbeat that told of motion
        *CHARGE_FIELDS,
        *CLOCK_FIELDS,
        ("told_at", np.int64, (len(_TYPES),)),  # newest report that spoke of each slot
        ("is_so", np.bool_, (len(_TYPES),)),  # what it said, whether or not the order binds yet
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceHealthTerms:
    """The longest silences the order allows, how wrong the clock may be, and the charge below which the
    wearer must act."""

    heartbeat_every: timedelta | None = None
    fix_every: timedelta | None = None
    clock_within: timedelta = timedelta(minutes=5)
    battery_low_pct: Percent = 20.0
    battery_critical_pct: Percent = 10.0


class DeviceHealthWatch(WindowedWatch):
    """One row a condition and device of the wearer. Nothing here has patience."""

    each = len(_TYPES)
    state_type = HEALTH_STATE
    never_yet = (
        "received_at", "heard_at", "fix_at", "excused_at", "beacon_lost_at", "moved_at", "battery_at",
        "told_at",
    )  # fmt: skip

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._heartbeat = _allowed([bond.terms.heartbeat_every for bond in bonds])
        self._fix = _allowed([bond.terms.fix_every for bond in bonds])
        self._clock_within = _allowed([bond.terms.clock_within for bond in bonds])
        self._low_pct = np.array([bond.terms.battery_low_pct for bond in bonds], dtype=np.float64)
        self._critical_pct = np.array([bond.terms.battery_critical_pct for bond in bonds], dtype=np.float64)

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """By slot."""
        return _TYPES[slot]

    # Silence ------------------------------------------------------------------------------------

    def begun(self, row: int, at: Micros) -> None:
        """The allowed silences count from here."""
        state = self.state[row]
        state["heard_at"] = max(int(state["heard_at"]), at)
        state["fix_at"] = max(int(state["fix_at"]), at)

    def resume(self, at: Micros, since: Micros | None = None) -> None:
        """What could not be heard is not held against the device."""
        for name in ("heard_at", "fix_at"):
            times = self.state[name]
            times[:] = np.where(times == BEFORE_ALL, times, moved_on(times, to=at, at=at, since=since))
        super().resume(at, since)

    def excuse(self, rows: Indices, at: Micros) -> None:
        """Many fell silent together: a silence that began by then is allowed twice as long."""
        self.state["excused_at"][rows] = at
        self.reckon(rows)

    @property
    def heartbeat_allowed(self) -> Times:
        """The longest silence each allows; NEVER where it demands no signs of life."""
        return self._heartbeat

    def is_told_silent(self, rows: Indices) -> Booleans:
        """Whether their silence is told."""
        return np.asarray(self.slots["phase"][rows, _SILENT] != _CLEAR)

    def silences(self, rows: Indices) -> tuple[Times, Times]:
        """When each was last heard, and from when on that silence is longer than allowed.

        NEVER where none is forbidden, or it is told already.
        """
        heard_at, allowed = self.state["heard_at"][rows], self._heartbeat[rows]
        is_excused = (self.state["excused_at"][rows] >= heard_at) & (allowed != NEVER)
        silent_at = _after(heard_at, np.where(is_excused, allowed * (1 + is_excused), allowed))
        is_told = self.is_told_silent(rows) | ~self.state["binds"][rows]
        return heard_at, np.where(is_told, NEVER, silent_at)

    def extra_due(self, rows: Indices) -> Times:
        """The end of the allowed silences."""
        is_told = self.slots["phase"][rows, _NO_FIX] != _CLEAR
        is_needless = is_told | self.state["is_at_beacon"][rows] | ~self.state["binds"][rows]
        no_fix_at = _after(self.state["fix_at"][rows], self._fix[rows])
        return np.minimum(self.silences(rows)[1], np.where(is_needless, NEVER, no_fix_at))

    def elapse_extra(self, row: int, at: Micros) -> Iterator[Told]:
        """An allowed silence has ended without a sign."""
        silent_at = int(self.silences(np.array([row]))[1][0])
        if silent_at <= at:
            yield self._open(row, _SILENT, silent_at - 1, at, self._unheard(row, silent_at))
        else:
            no_fix_at = int(_after(self.state["fix_at"][[row]], self._fix[[row]])[0])
            yield self._open(row, _NO_FIX, no_fix_at - 1, at, self._unlocated(row))

    def _unheard(self, row: int, silent_at: Micros) -> dict[str, Any]:
        heard_at = int(self.state[row]["heard_at"])
        allowed = {"heard_at": rfc3339(heard_at), "allowed_s": (silent_at - 1 - heard_at) / 1e6}
        return allowed | describe_charge(self.state[row])

    def _unlocated(self, row: int) -> dict[str, Any]:
        """Why there may be no position: it moves, it left its beacon, or what it said of interference."""
        state, fix_at = self.state[row], int(self.state[row]["fix_at"])
        evidence = {"last_fix_at": rfc3339(fix_at), "allowed_s": int(self._fix[row]) / 1e6}
        for name in ("moved_at", "beacon_lost_at"):
            if state[name] >= fix_at:
                evidence[name] = rfc3339(int(state[name]))
        return evidence

    def heard(
        self, rows: Indices, seat: Indices, received_at: Times, sent_at: Times, seats: Rows
    ) -> list[tuple[int, Told]]:
        """A sign of life, of whatever kind, and what it says of the device's clock.

        It only moves the end of the allowed silence on, and so is reckoned anew where that is not so.
        """
        was_excused = self.state["excused_at"][rows] >= self.state["heard_at"][rows]
        self.state["heard_at"][rows] = self.state["received_at"][rows] = received_at
        broken = np.flatnonzero(self.slots["phase"][rows, _SILENT] == _OPEN)
        told = [
            (int(place), self._clear(int(rows[place]), _SILENT, int(received_at[place]))) for place in broken
        ]
        off = sent_at - received_at  # wraps around where it is not known
        is_known = (sent_at != BEFORE_ALL) & self.state["binds"][rows]
        is_off = is_known & (np.abs(off) > self._clock_within[rows])
        for place in np.flatnonzero(is_off | (is_known & (self.state["clock_run"][rows] > 0))):
            row, at = int(rows[place]), int(received_at[place])
            told += [(int(place), one) for one in self._clock(row, int(off[place]), at, bool(is_off[place]))]
        if len(broken) or was_excused.any():
            self.reckon(rows)
        return told

    def _clock(self, row: int, off: Micros, received_at: Micros, is_off: bool) -> Iterator[Told]:
        state, is_open = self.state[row], self.slots[row][_CLOCK]["phase"] == Phase.OPEN
        if not is_off:
            state["clock_run"] = 0
            if is_open:
                yield self._clear(row, _CLOCK, received_at)
        elif is_clock_off(state, off, received_at) and not is_open:
            evidence = describe_clock(off, received_at + off)
            yield self._open(row, _CLOCK, int(state["clock_first_at"]), received_at, evidence)

    def look(self, rows: Indices, seen: Sightings, seats: Rows) -> tuple[list[tuple[int, Told]], Indices]:
        """A trusted fix: that there is one is all that matters here."""
        told: list[tuple[int, Told]] = []
        self.state["fix_at"][rows] = np.maximum(self.state["fix_at"][rows], seen.at)
        for place in np.flatnonzero(self.slots["phase"][rows, _NO_FIX] == _OPEN):
            row, at = int(rows[place]), int(seen.at[place])
            told += [(int(place), one) for one in self._located(row, at, int(seen.received_at[place]))]
            self.reckon(rows[[place]])
        for place in np.flatnonzero(self.state["is_so"][rows, _SHIELDING]):
            # What sees the sky is not shielded.
            row, at = int(rows[place]), int(seen.at[place])
            told += [(int(place), one) for one in self._ends(row, _SHIELDING, at)]
        return told, np.zeros(0, dtype=np.intp)

    def _located(self, row: int, at: Micros, received_at: Micros) -> Iterator[Told]:
        """A sign of where the device is. One as old as the silence it should end ends nothing."""
        state = self.state[row]
        state["fix_at"] = max(int(state["fix_at"]), at)
        if self.slots[row][_NO_FIX]["phase"] == Phase.OPEN and received_at - at <= self._fix[row]:
            yield self._clear(row, _NO_FIX, at)

    # What the device says of itself ---------------------------------------------------------------

    def hear_heartbeats(
        self, rows: Indices, seat: Indices, reports: Rows, seats: Rows
    ) -> Iterator[tuple[int, Told]]:
        """Heartbeats of the devices: mostly they restate what is known."""
        stirs = self._stirs(rows, reports)
        calm = np.flatnonzero(~stirs)
        self._note(rows[calm], reports.take(calm))
        for place in np.flatnonzero(stirs):
            for told in self._hear_heartbeat(int(rows[place]), reports[place]):
                yield int(place), told
        self.reckon(rows)

    def _stirs(self, rows: Indices, reports: Rows) -> Booleans:
        """Which heartbeats may change what is told: of strap, case, charge, or where the device is."""
        is_so, phase = self.state["is_so"][rows], self.slots["phase"][rows]
        stirs = phase[:, _NO_FIX] == _OPEN
        for number, name in ((_STRAP, "strap_closed"), (_CASE, "case_closed")):
            stirs |= reports[name] == np.where(is_so[:, number], Tristate.YES.value, Tristate.NO.value)
        for number, level_pct in ((_LOW, self._low_pct), (_CRITICAL, self._critical_pct)):
            is_open = phase[:, number] == _OPEN
            stirs |= is_open | (reports["battery_pct"] <= level_pct[rows])
        return np.asarray(stirs)

    def _note(self, rows: Indices, reports: Rows) -> None:
        """What heartbeats say that change nothing that is told."""
        state, at = self.state, reports["at"]
        is_known = ~np.isnan(reports["battery_pct"]) & (at >= state["battery_at"][rows])
        which = np.flatnonzero(is_known & state["binds"][rows])
        note_charges(state, rows[which], reports.take(which))
        was_there, is_there = state["is_at_beacon"][rows], reports["beacon_in_range"] == Tristate.YES.value
        state["is_at_beacon"][rows] = is_there
        lost = was_there & ~is_there
        state["beacon_lost_at"][rows[lost]] = at[lost]
        moves = reports["motion"] == Tristate.YES.value
        state["moved_at"][rows[moves]] = np.maximum(state["moved_at"][rows[moves]], at[moves])
        located = is_there | was_there  # fixes were not needed until now
        state["fix_at"][rows[located]] = np.maximum(state["fix_at"][rows[located]], at[located])

    def hear_event(self, row: int, seat: int, report: Any, seats: Rows) -> Iterator[Told]:
        """An event of the device."""
        yield from self._hear_event(row, seats[seat], report)
        self.reckon(np.array([row]))

    def _hear_heartbeat(self, row: int, report: Any) -> Iterator[Told]:
        at, state = int(report["at"]), self.state[row]
        yield from self._state_of(row, _STRAP, int(report["strap_closed"]), at)
        yield from self._state_of(row, _CASE, int(report["case_closed"]), at)
        yield from self._battery(row, report)
        was_there, is_there = bool(state["is_at_beacon"]), report["beacon_in_range"] == Tristate.YES
        state["is_at_beacon"] = is_there
        if was_there and not is_there:
            state["beacon_lost_at"] = at
        if report["motion"] == Tristate.YES:
            state["moved_at"] = max(int(state["moved_at"]), at)
        if is_there or was_there:  # fixes were not needed until now
            yield from self._located(row, at, int(report["received_at"]))

    def _state_of(self, row: int, number: int, closed: int, at: Micros) -> Iterator[Told]:
        """A heartbeat restates how strap or case are; only a change of that is told."""
        is_so = bool(self.state[row]["is_so"][number])
        if closed == Tristate.NO and not is_so:
            yield from self._begins(row, number, at)
        elif closed == Tristate.YES and is_so:
            yield from self._ends(row, number, at)

    def _hear_event(self, row: int, seat: Any, report: Any) -> Iterator[Told]:
        event, at = DeviceEvent(int(report["event"])), int(report["at"])
        if event in _BEGINS:
            yield from self._begins(row, _BEGINS[event], at, describe_event(report))
        elif event in _ENDS:
            yield from self._ends(row, _ENDS[event], at)
        elif event == DeviceEvent.POWERED_OFF and at >= max(seat["heartbeat_at"], seat["taken_at"]):
            yield from self._goes_off(row, at)

    def _goes_off(self, row: int, at: Micros) -> Iterator[Told]:
        """A device that says that it goes silent need not be waited for."""
        if self.state[row]["binds"] and self.slots[row][_SILENT]["phase"] == Phase.CLEAR:
            evidence = {"powered_off_at": rfc3339(at), "heard_at": rfc3339(int(self.state[row]["heard_at"]))}
            yield self._open(row, _SILENT, at, at, evidence | describe_charge(self.state[row]))

    def _begins(
        self, row: int, number: int, at: Micros, evidence: dict[str, Any] | None = None
    ) -> Iterator[Told]:
        """Tampering is always told: at once, again while it lasts, and in arrears if it was over before we
        heard."""
        slot, told_at = self.slots[row][number], self.state[row]["told_at"]
        over_at, evidence = int(told_at[number]), evidence or {"happened_at": rfc3339(at)}
        told_at[number] = max(over_at, at)
        self.state[row]["is_so"][number] |= over_at <= at
        if not self.state[row]["binds"]:
            return
        if slot["phase"] == Phase.OPEN:
            slot["repeats"] += 1
            evidence = evidence | {"repeats": int(slot["repeats"])}
            yield self.told_repeated(row, number, at=at, seat=self._seat(row), evidence=evidence)
        else:
            yield self._open(row, number, at, at, evidence | {"repeats": 0})
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
            happened_at = rfc3339(int(self.state[row]["told_at"][number]))
            yield self._open(row, int(number), edge, edge, {"happened_at": happened_at, "repeats": 0})

    def _battery(self, row: int, report: Any) -> Iterator[Told]:
        state, terms = self.state[row], self.bonds[row].terms
        charge_pct, at = float(report["battery_pct"]), int(report["at"])
        if np.isnan(charge_pct) or at < state["battery_at"] or not state["binds"]:
            return
        note_charges(self.state, np.array([row]), report[None])
        levels = ((_LOW, terms.battery_low_pct), (_CRITICAL, terms.battery_critical_pct))
        for number, level_pct in levels:
            is_open = self.slots[row][number]["phase"] == Phase.OPEN
            if not is_open and charge_pct <= level_pct:
                yield self._open(row, number, at, at, describe_charge(state) | {"level_pct": level_pct})
            elif is_open and charge_pct >= level_pct + CHARGED_AGAIN_PCT:
                yield self._clear(row, number, at)

    # What is told -----------------------------------------------------------------------------------

    def _seat(self, row: int) -> int:
        return self.bonds[row].wearer_seats[0]

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
    is_demanded = (allowed != NEVER) & (since != BEFORE_ALL)
    return np.where(is_demanded, since + allowed + 1, NEVER)  # wraps around where it is not demanded
