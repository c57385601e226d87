"""Conditions that hold at times: windows beginning and ending, and what the clock does of itself between
reports."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from typing import Any, ClassVar, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Phase
from em_engine.law.certainty import describe_level
from em_engine.law.evidence import Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.retention import forget_places
from em_engine.law.watch import Bond, Told, describe_stretch
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    AlertType,
    Booleans,
    Change,
    ChangeKind,
    Indices,
    Micros,
    Rows,
    Times,
)

WINDOW_FIELDS: Final = [
    ("in_window", np.bool_),
    ("binds", np.bool_),  # within the enforced part of a window
    ("start", np.int64),  # of the window, or of the stretch without one
    ("end", np.int64),
    ("edge", np.int64),  # when that next changes
    ("settled_at", np.int64),  # the last edge passed
]
_NO_ROWS: Final[Indices] = np.zeros(0, dtype=np.intp)


class WindowedWatch:
    """Conditions of one kind, their windows and slots; kinds add the looks."""

    each: ClassVar[int]
    """Slots a condition has."""
    state_type: ClassVar[np.dtype[np.void]]
    never_yet: ClassVar[tuple[str, ...]] = ()
    """Fields of the state that hold the time of something that has not happened."""

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        self.bonds = tuple(bonds)
        self.zones = self.drawn = zones  # a kind may take others of its own in `zones`
        self.state: Rows = np.zeros(len(bonds), dtype=self.state_type)
        for name in ("start", "end", "settled_at", *self.never_yet):
            self.state[name] = BEFORE_ALL
        self.state["edge"] = NEVER
        self.slots = breach.blank_slots(len(bonds), self.each)
        self.due: Times = np.full(len(bonds), NEVER)
        self.quiet_until: Micros = BEFORE_ALL
        """No row is due before this; some may be due later than it says (see `is_quiet`)."""
        self._soonest = 0

    # What a kind says of itself ------------------------------------------------------------

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """What a breach that opens now is an alert of."""
        raise NotImplementedError

    def enforced(self, row: int, start: Micros, end: Micros) -> tuple[Micros, Micros]:
        """The part of a window in which breaches may open."""
        return start, end

    def open_what_is_there(self, row: int, edge: Micros, seats: Rows) -> Iterable[Told]:
        """Section 4, rule 1: what is already broken when the window begins is broken from that instant."""
        return ()

    def open_by_the_clock(self, row: int, now: Micros, seats: Rows) -> Iterable[Told]:
        """A suspicion with enough belief that nothing contradicted in time."""
        return ()

    def extra_due(self, rows: Indices) -> Times | None:
        """Deadlines of the kind's own."""
        return None

    def elapse_extra(self, row: int, at: Micros) -> Iterable[Told]:
        """What the kind does at such a deadline."""
        return ()

    def at_end(self, row: int, edge: Micros) -> Iterable[Told]:
        """Whatever else the kind does where a window ends."""
        return ()

    def begun(self, row: int, at: Micros) -> None:
        """Whatever else the kind does where monitoring, or the enforced part of a window, begins."""

    def stretch_begins(self, row: int) -> None:
        """Whatever else the kind does where a window, or the time between two, begins."""

    # The clock ------------------------------------------------------------

    def begin(self, rows: Indices, at: Micros) -> None:
        """Monitoring of these rows begins: take up the stretch each is in."""
        for row in rows:
            self._take_up(int(row), at)
            self._settle(int(row), at)
            self.begun(int(row), at)
        self.reckon(rows)

    def bind_from(self, rows: Indices, at: Micros) -> None:
        """These conditions are new or changed since `at`: nobody broke them before that."""
        for row in rows:
            state = self.state[row]
            if state["in_window"]:
                state["start"] = max(int(state["start"]), at)
                self._place_edge(int(row), at)
        self.reckon(rows)

    def _settle(self, row: int, at: Micros) -> None:
        """The edge before `at` has passed: what was before it is not judged."""
        state = self.state[row]
        first = self.not_before(row) if state["in_window"] else NEVER
        state["settled_at"] = first if first <= at else state["start"]

    def _take_up(self, row: int, at: Micros) -> None:
        state = self.state[row]
        stretch = self.bonds[row].schedule.at(at)
        if not (stretch.binds and state["in_window"]):
            state["start"] = stretch.start
            self.stretch_begins(row)
        state["in_window"] = stretch.binds
        state["end"] = stretch.end
        self._place_edge(row, at)

    def _place_edge(self, row: int, at: Micros) -> None:
        state = self.state[row]
        first, last = (NEVER, NEVER)
        if state["in_window"]:
            first, last = self.enforced(row, int(state["start"]), int(state["end"]))
        state["binds"] = first <= at < last
        state["edge"] = min(edge for edge in (first, last, int(state["end"])) if edge > at)

    def excuse(self, rows: Indices, at: Micros) -> None:
        """Nothing, unless a kind counts signs of life."""

    def resume(self, at: Micros, since: Micros | None = None) -> None:
        """We hear again after having been deaf: silences that were ours count from here.

        With `since` we were deaf for a moment, and only that moment does not count. A suspicion that nothing
        contradicted while nothing could be heard has its minute again.
        """
        waits = self.slots["opens_at"] != NEVER
        again_at = moved_on(self.slots["opens_at"], to=at + breach.SUSPICION_OPENS, at=at, since=since)
        self.slots["opens_at"] = np.where(waits, again_at, NEVER)
        self.reckon(np.arange(len(self.bonds)))

    def elapse(self, row: int, at: Micros, seats: Rows) -> Iterator[Told]:
        """Windows' edges, suspicions nothing contradicted, and the kind's own deadlines, in order of time."""
        while self.due[row] <= at:
            now = int(self.due[row])
            if self.state[row]["edge"] <= now:
                yield from self._pass_edge(row, seats)
            elif (self.slots[row]["opens_at"] <= now).any():
                yield from self.open_by_the_clock(row, now, seats)
            else:
                yield from self.elapse_extra(row, now)
            self.reckon(np.array([row]))

    def pass_edges(self, row: int, at: Micros, seats: Rows) -> Iterator[Told]:
        """Edges only, up to `at`: a fix in order has reached them."""
        while self.state[row]["edge"] <= at:
            yield from self._pass_edge(row, seats)
        self.reckon(np.array([row]))

    def _pass_edge(self, row: int, seats: Rows) -> Iterator[Told]:
        state = self.state[row]
        edge, was_binding = int(state["edge"]), bool(state["binds"])
        state["settled_at"] = edge
        if edge < state["end"]:
            self._place_edge(row, edge)
        else:
            yield from self._pass_end(row, edge)
        if state["binds"] and not was_binding:
            self.begun(row, edge)
            yield from self.open_what_is_there(row, edge, seats)
        elif was_binding and not state["binds"]:
            self._end_suspicions(row)

    def _pass_end(self, row: int, edge: Micros) -> Iterator[Told]:
        goes_on = self.bonds[row].schedule.at(edge).binds
        was_in_window = self.state[row]["in_window"]
        if not goes_on and (was_in_window or not self.bonds[row].schedule.is_valid(edge)):
            yield from self.clear_all(row, edge)
        if not goes_on and was_in_window:
            yield from self.at_end(row, edge)
        self._take_up(row, edge)

    def clear_all(self, row: int, edge: Micros) -> Iterator[Told]:
        """Nothing binds any longer: what is open clears at `edge`."""
        self._end_suspicions(row)
        for slot in self.slots[row]:
            if slot["phase"] in (Phase.OPEN, Phase.RETURNING):
                slot["phase"] = Phase.CLEAR
                yield self.told_cleared(
                    row, slot, at=edge, cleared_at=edge, seat=-1, evidence=self.frame(row)
                )

    def _end_suspicions(self, row: int) -> None:
        for slot in self.slots[row]:
            if slot["phase"] == Phase.SUSPECTED:
                breach.end_suspicion(slot)

    def not_before(self, row: int) -> Micros:
        """Where the enforced part of the window in force began."""
        state = self.state[row]
        return self.enforced(row, int(state["start"]), int(state["end"]))[0]

    def reckon(self, rows: Indices) -> None:
        """When each row next wants to be asked."""
        due = np.minimum(self.state["edge"][rows], self.slots["opens_at"][rows].min(axis=1))
        extra = self.extra_due(rows)
        due = due if extra is None else np.minimum(due, extra)
        self.due[rows] = due
        self.quiet_until = min(self.quiet_until, int(due.min(initial=NEVER)))

    def due_by(self, until: Micros) -> Indices:
        """The rows that want to be asked by then."""
        if self.is_quiet(until):
            return _NO_ROWS
        rows = np.flatnonzero(self.due <= until)
        return rows[self.are_due(rows, until)]

    def is_quiet(self, until: Micros) -> bool:
        """Whether no row wants to be asked by then: mostly so, and then no row needs to be looked at.

        Deadlines are read again to find out, but not while the one that was soonest then is not served: in a
        batch of a day cases stand hours apart, and some are always due by the time that others have reached.
        """
        if self.quiet_until > until or not len(self.due):
            return True
        if self.due[self._soonest] > until:
            self.reckon((self.due <= until).nonzero()[0])
            self._soonest = int(self.due.argmin())
            self.quiet_until = int(self.due[self._soonest])
        return self.quiet_until > until

    def are_due(self, rows: Indices, at: Times | Micros) -> Booleans:
        """Which of the rows want to be asked by `at`.

        A deadline that moved on since it was reckoned, as with a sign of life, is found out where it comes.
        """
        is_due = np.asarray(self.due[rows] <= at)
        if is_due.any():
            self.reckon(rows[is_due])
            is_due = np.asarray(self.due[rows] <= at)
        return is_due

    # What is told ------------------------------------------------------------

    def told_opened(self, row: int, number: int, *, at: Micros, seat: int, evidence: dict[str, Any]) -> Told:
        """The breach just opened in a slot."""
        slot = self.slots[row][number]
        breach.set_type(slot, self.type_at_opening(row, number))
        evidence = evidence | describe_level(self.bonds[row].terms, float(slot["belief"]))
        return self.told_of(row, slot, ChangeKind.OPENED, at=at, seat=seat, evidence=evidence)

    def told_repeated(
        self, row: int, number: int, *, at: Micros, seat: int, evidence: dict[str, Any]
    ) -> Told:
        """The same again, while its breach is open."""
        return self.told_of(
            row, self.slots[row][number], ChangeKind.REPEATED, at=at, seat=seat, evidence=evidence
        )

    def told_cleared(
        self, row: int, slot: Any, *, at: Micros, cleared_at: Micros, seat: int, evidence: dict[str, Any]
    ) -> Told:
        """The breach just cleared in a slot; not before it opened."""
        cleared = self.told_of(row, slot, ChangeKind.CLEARED, at=at, seat=seat, evidence=evidence)
        return replace(cleared, cleared_at=max(cleared_at, cleared.opened_at))

    def told_of(
        self, row: int, slot: Any, change: ChangeKind, *, at: Micros, seat: int, evidence: dict[str, Any]
    ) -> Told:
        """What is said of the breach that a slot carries."""
        return Told(
            row=row,
            type=breach.type_of(slot),
            change=change,
            opened_at=int(slot["opened_at"]),
            detected_at=at,
            confidence=float(slot["p"]),
            seat=seat,
            evidence=evidence,
        )

    def told_at_once(
        self, row: int, type: AlertType, *, at: Micros, seat: int, evidence: dict[str, Any]
    ) -> Iterator[Told]:
        """What was missed is over the instant it is told, and in no slot."""
        opened = Told(
            row=row,
            type=type,
            change=ChangeKind.OPENED,
            opened_at=at,
            detected_at=at,
            seat=seat,
            evidence=evidence,
        )
        yield opened
        yield replace(opened, change=ChangeKind.CLEARED, cleared_at=at)

    def frame(self, row: int) -> dict[str, Any]:
        """The evidence that frames every other: the window in force."""
        state = self.state[row]
        return {"window": describe_stretch(int(state["start"]), int(state["end"]))}

    def slot_of(self, type: AlertType) -> int:
        """Which slot suspects what would become such an alert; -1 where none does."""
        return -1

    def take_up(self, row: int, opened: Change) -> Phase:
        """A breach that late fixes prove is open from then on, if the row suspects it. Returns the phase
        before."""
        number = self.slot_of(opened.type)
        if number < 0 or not self.state[row]["binds"]:
            return Phase.CLEAR
        slot = self.slots[row][number]
        was = Phase(int(slot["phase"]))
        if was is Phase.SUSPECTED:
            slot["since"], slot["p"] = opened.opened_at, opened.confidence
            breach.open_breach(slot, opened.opened_at)
            breach.set_type(slot, opened.type)
            self.reckon(np.array([row]))
        return was

    def know_before(self, other: "WindowedWatch", rows: Indices, first_at: Times) -> None:
        """Nothing, unless a kind wants to know what these rows of another watch knew before the `first_at` of
        each."""

    def learn(self, other: "WindowedWatch", rows: Indices) -> None:
        """Nothing, unless a kind takes over into these rows what another watch found with late fixes."""

    def forget(self, rows: Indices, seats: Indices) -> None:
        """Places that these seats told, about which these rows are, are known no longer."""
        forget_places(self.state, rows)

    def reconsider(self, row: int, at: Micros) -> Iterable[Told]:
        """What was told and is taken back at `at`, now that late fixes have been learnt from."""
        return ()

    def look(self, rows: Indices, seen: Sightings, seats: Rows) -> tuple[list[tuple[int, Told]], Indices]:
        """Judge trusted fixes, one a row, each with its row; nothing, unless a kind looks at positions.

        Returns what is told, each with its place in `seen`, and the places of fixes that are in arrears here.
        """
        return [], _NO_ROWS

    def behind(self, rows: Indices, seen: Sightings, seats: Rows) -> Indices:
        """Places in `seen` of fixes that want a look at the past beside the present's; none, unless a kind
        holds fixes of several people against each other."""
        return _NO_ROWS

    def hear_heartbeats(
        self, rows: Indices, seat: Indices, reports: Rows, seats: Rows
    ) -> Iterable[tuple[int, Told]]:
        """Judge heartbeats, one a row; nothing, unless a kind listens to them.

        Returns what is told, each with its place in `reports`.
        """
        return ()

    def hear_event(self, row: int, seat: int, report: Any, seats: Rows) -> Iterable[Told]:
        """Nothing, unless a kind listens to events."""
        return ()

    def heard(
        self, rows: Indices, seat: Indices, received_at: Times, sent_at: Times, seats: Rows
    ) -> list[tuple[int, Told]]:
        """Nothing, unless a kind counts signs of life."""
        return []


def moved_on(times: Times, *, to: Micros, at: Micros, since: Micros | None) -> Times:
    """Instants from which something counts, at `to` at the earliest; where only the span from `since` to `at`
    does not count, later by that span, and no later than `to`."""
    return np.maximum(times, to if since is None else np.minimum(times + (at - since), to))
