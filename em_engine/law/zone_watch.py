"""Conditions about one zone: depth, and the road from a look to a breach. Kinds add their margins and rules.

The common path is columns: most fixes moved less than their clearance and need no geometry; of the rest most
change nothing. Only rows whose state may change are considered one at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, ClassVar, Final

import numpy as np

from em_engine.law import breach, one_error
from em_engine.law.breach import Finding, Look, Phase
from em_engine.law.certainty import BELIEF, PROBABILITY, level_of
from em_engine.law.crossings import crossing
from em_engine.law.doubt import allowed_m, proved_alone_m, proved_m
from em_engine.law.edge import p_at_edge
from em_engine.law.evidence import COLD_AFTER, Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.motion import Stir, found_lawful, stillness, stir
from em_engine.law.watch import Bond, Told, describe_fix, describe_seat, describe_speed
from em_engine.law.windowed_watch import WINDOW_FIELDS, WindowedWatch
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    AlertType,
    Booleans,
    ChangeKind,
    Floats,
    Indices,
    Micros,
    Rows,
    Times,
)

FAIR_RADIUS_M_MAX: Final = 100.0
"""A fix vaguer than this is no sign of where the wearer is, unless its whole circle lies on one side."""

ZONE_STATE: Final = np.dtype(
    [
        *WINDOW_FIELDS,
        ("anchor", np.float64, (3,)),  # where geometry was last asked
        ("clearance_m", np.float32),  # how far from the nearest ring the anchor is
        ("is_calm", np.bool_),  # nothing can change while the clearance holds
        ("calm_at", np.int64),  # the last look of which that was so
        ("before_at", np.int64),  # the last fix before a suspicion
        ("before_ecef", np.float64, (3,)),
        ("before_radius_m", np.float32),
        ("before_seat", np.int32),
        ("before_is_torn", np.bool_),  # the fix with which it began
        ("home_at", np.int64),  # last found in the zone, surely
        ("known_at", np.int64),  # last known to be in it or out of it
        ("unconfirmed_at", np.int64),  # since when that is too long ago; BEFORE_ALL while it is not
    ]
)

_BEFORE: Final = {
    "before_at": "previous_at",
    "before_ecef": "previous_ecef",
    "before_radius_m": "previous_radius_m",
    "before_seat": "seat",
    "before_is_torn": "is_torn",
}
_UNTOLD: Final = (Phase.CLEAR, Phase.SUSPECTED)


class ZoneWatch(WindowedWatch):
    """Conditions of one kind about one zone each."""

    each = 1
    state_type = ZONE_STATE
    never_yet: ClassVar[tuple[str, ...]] = ("calm_at", "before_at", "home_at", "known_at", "unconfirmed_at")
    leaning_excuses: ClassVar[bool] = True  # as of a home, where one may expect him

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self.zone = np.array([bond.zone for bond in bonds], dtype=np.intp)
        # The anchor is one device's; beside another one's it says nothing.
        self._has_one_seat = np.array([len(bond.wearer_seats) == 1 for bond in bonds], dtype=bool)

    def doubt_m(self, rows: Indices) -> Floats:
        """How far the outline of each one's zone may be off: (n, 1)."""
        return self.zones.outline_accuracy_m[self.zone[rows]][:, None]

    def enough(self, row: int) -> float:
        """The belief that the order asks for before a breach is told."""
        return BELIEF[level_of(self.bonds[row].terms)]

    # What a kind says of itself ------------------------------------------------------------

    def margins_m(self, rows: Indices, depth_m: Floats) -> Floats:
        """(n, slots): metres to spare on the lawful side of each slot's ring."""
        raise NotImplementedError

    def after_look(self, row: int, place: int, seen: Sightings, margins_m: Floats) -> Iterable[Told]:
        """Whatever else the kind makes of a look."""
        return ()

    def note_calm(self, rows: Indices, at: Times) -> None:
        """Keep what the kind counts of looks so far from every ring that they can tell, and change
        nothing."""

    def note_signs(self, rows: Indices, seen: Sightings, margins_m: Floats) -> None:
        """Keep what the kind counts of every other look."""

    def begun(self, row: int, at: Micros) -> None:
        """Looks count from here: none is calm."""
        self.state[row]["is_calm"] = False

    def stretch_begins(self, row: int) -> None:
        """No look is calm."""
        self.state[row]["is_calm"] = False

    # The clock ------------------------------------------------------------

    def open_what_is_there(self, row: int, edge: Micros, seats: Rows) -> Iterator[Told]:
        """Section 4, rule 1: what is already broken when the window begins is broken from that instant."""
        seat = self.newest_seat(row, seats)
        if seat < 0 or edge - int(seats[seat]["at"]) > COLD_AFTER:
            return
        if seats[seat]["line_since"] == seats[seat]["at"]:
            return  # a first fix after a long silence is often wrong: it needs company here as anywhere
        self._found_lawful(np.array([row]))
        depth_m = self.zones.depth_m(self.zone[[row]], seats["ecef"][[seat]])
        doubt_m, needed = self._doubt_of(row), PROBABILITY[level_of(self.bonds[row].terms)]
        for number, margin_m in enumerate(self.margins_m(np.array([row]), depth_m)[0].tolist()):
            slot = self.slots[row][number]
            p = p_at_edge(slot, seats[seat], proved_alone_m(margin_m, doubt_m), edge=edge)
            if p >= needed and slot["phase"] == Phase.CLEAR:
                breach.open_at(slot, edge, p)
                evidence = self.frame(row) | {"fix": describe_seat(seats, seat), "margin_m": _m(margin_m)}
                yield self.told_opened(row, number, at=edge, seat=seat, evidence=evidence)

    def newest_seat(self, row: int, seats: Rows) -> int:
        """The wearer's seat whose trusted fix is newest, -1 where there is none."""
        known = [seat for seat in self.bonds[row].wearer_seats if seats[seat]["at"] != BEFORE_ALL]
        return max(known, key=lambda seat: int(seats[seat]["at"]), default=-1)

    def open_by_the_clock(self, row: int, now: Micros, seats: Rows) -> Iterator[Told]:
        """A suspicion with enough belief that nothing contradicted in time.

        Not of a device that is known by now not to have moved: heartbeats may come after the fix, and late
        fixes.
        """
        seat = self.newest_seat(row, seats)
        due = [number for number, slot in enumerate(self.slots[row]) if slot["opens_at"] <= now]
        depth_m = self.zones.depth_m(self.zone[[row]], seats["ecef"][[seat]])
        margins_m = self.margins_m(np.array([row]), depth_m)[0]
        for number in due:
            slot, margin_m = self.slots[row][number], proved_alone_m(margins_m[number], self._doubt_of(row))
            at, radius_m = int(slot["last_at"]), breach.radius_m(seats[seat])
            still = stillness(slot, seats[seat], at, before_at=at, margin_m=margin_m, radius_m=radius_m)
            if still is Stir.AT_REST:
                breach.end_suspicion(slot)
            elif self._is_lone_leap(row, slot, seats[seat]):
                breach.await_company(slot)
            elif still or slot["belief"] < self.enough(row):
                slot["opens_at"] = NEVER
            else:
                breach.open_breach(slot, int(self.not_before(row)))
                evidence = self.frame(row) | {"fix": describe_seat(seats, seat), "fixes": int(slot["fixes"])}
                yield self.told_opened(row, number, at=now, seat=seat, evidence=evidence)

    def _is_lone_leap(self, row: int, slot: Any, seat: Any) -> bool:
        """One fix against a device that was at rest since the fix before it, or since it was found lawful:
        however far off it lies, it needs company."""
        at, since, before_at = int(slot["last_at"]), int(slot["lawful_at"]), int(self.state[row]["before_at"])
        since = max(since, before_at) if before_at < at else since
        return int(slot["fixes"]) == 1 and stir(seat, at, since) is Stir.AT_REST

    # The looks ------------------------------------------------------------

    def look(self, rows: Indices, seen: Sightings, seats: Rows) -> tuple[list[tuple[int, Told]], Indices]:
        """Judge one trusted fix a row; see `WindowedWatch.look`."""
        state = self.state
        step = seen.ecef - state["anchor"][rows]
        moved_m = np.sqrt(np.einsum("ij,ij->i", step, step))
        in_time = seen.at >= state["settled_at"][rows]
        calm = state["is_calm"][rows] & (moved_m + 2.0 * seen.radius_m + 1.0 < state["clearance_m"][rows])
        calm &= in_time & ~seen.is_cold
        told: list[tuple[int, Told]] = []
        if calm.all():
            self.state["calm_at"][rows] = seen.at
            self.note_calm(rows, seen.at)
        else:
            self.state["calm_at"][rows[calm]] = seen.at[calm]
            self.note_calm(rows[calm], seen.at[calm])
            asked = np.flatnonzero(~calm)
            told = self._ask_geometry(rows[asked], seen.take(asked), asked, seats)
        return told, (~in_time).nonzero()[0]

    def _ask_geometry(
        self, rows: Indices, seen: Sightings, places: Indices, seats: Rows
    ) -> list[tuple[int, Told]]:
        depth_m = self.zones.depth_m(self.zone[rows], seen.ecef)
        margins_m = self.margins_m(rows, depth_m)
        self.state["anchor"][rows] = seen.ecef
        proved = proved_m(margins_m, self.doubt_m(rows))
        self.state["clearance_m"][rows] = np.abs(proved).min(axis=1)
        self._found_lawful(rows)
        self._track_sides(rows, seen, margins_m)
        self.note_signs(rows, seen, margins_m)
        told: list[tuple[int, Told]] = []
        stirring = np.flatnonzero(self._stirs(rows, seen, margins_m, proved))
        for which in stirring:
            answers = self._consider(int(rows[which]), int(which), seen, margins_m[which], seats)
            told += [(int(places[which]), one) for one in answers]
        self._find_lawful(rows, seen, margins_m)
        self._calm_down(rows, margins_m)
        if len(stirring):
            self.reckon(rows[stirring])
        return told

    def _found_lawful(self, rows: Indices) -> None:
        """Looks that were calm on the lawful side found the wearer there."""
        calm_at = np.where(self.slots["is_unlawful"][rows], BEFORE_ALL, self.state["calm_at"][rows, None])
        self.slots["lawful_at"][rows] = np.maximum(self.slots["lawful_at"][rows], calm_at)

    def slot_of(self, type: AlertType) -> int:
        """There is one, unless a kind has more."""
        return 0

    def know_before(self, other: WindowedWatch, rows: Indices, first_at: Times) -> None:
        """When the wearer was last found on the lawful side, and in the zone."""
        assert isinstance(other, ZoneWatch), "both are of one kind"
        other._found_lawful(rows)
        lawful_at, home_at = other.slots["lawful_at"][rows], other.state["home_at"][rows]
        self.slots["lawful_at"] = np.where(lawful_at < first_at[:, None], lawful_at, BEFORE_ALL)
        self.state["home_at"] = np.where(home_at < first_at, home_at, BEFORE_ALL)

    def learn(self, other: WindowedWatch, rows: Indices) -> None:
        """Likewise of what late fixes showed; and when somebody knew where the wearer was."""
        assert isinstance(other, ZoneWatch), "both are of one kind"
        other._found_lawful(np.arange(len(rows)))
        self.slots["lawful_at"][rows] = np.maximum(self.slots["lawful_at"][rows], other.slots["lawful_at"])
        for name in ("home_at", "known_at"):
            self.state[name][rows] = np.maximum(self.state[name][rows], other.state[name])
        self.reckon(rows)

    def _find_lawful(self, rows: Indices, seen: Sightings, margins_m: Floats) -> None:
        """So do looks that can tell, and fair ones that lean that way, as the outline may allow."""
        radius_m = seen.radius_m[:, None]
        margins_m = allowed_m(margins_m, self.doubt_m(rows))
        is_fair = (radius_m <= FAIR_RADIUS_M_MAX) & self.leaning_excuses
        is_lawful = (margins_m > 0.0) & (is_fair | (margins_m >= radius_m))
        at = np.where(is_lawful, seen.at[:, None], BEFORE_ALL)
        self.slots["lawful_at"][rows] = np.maximum(self.slots["lawful_at"][rows], at)

    def _track_sides(self, rows: Indices, seen: Sightings, margins_m: Floats) -> None:
        """On which side of each ring the fixes lie, and where that changed, when."""
        is_unlawful = margins_m < 0.0
        was_unlawful, crossed_at = self.slots["is_unlawful"][rows], self.slots["crossed_at"][rows]
        changed = is_unlawful != was_unlawful
        at, previous_at = seen.at[:, None], seen.previous_at[:, None]
        is_overtaken = previous_at < crossed_at  # by a later sign than the fix before
        at_once = seen.is_cold[:, None] | (changed & is_overtaken)
        crossed_at = np.where(at_once, at, crossed_at)
        between = changed & ~at_once
        which = np.flatnonzero(between.any(axis=1))
        if len(which):
            previous_m = self.previous_margins_m(rows[which], seen.take(which))
            crossings = crossing(previous_at[which], previous_m, at[which], margins_m[which])
            crossed_at[which] = np.where(between[which], crossings, crossed_at[which])
        self.slots["crossed_at"][rows] = crossed_at
        self.slots["is_unlawful"][rows] = is_unlawful

    def previous_margins_m(self, rows: Indices, seen: Sightings) -> Floats:
        """Margins of the fixes before these: (n, slots)."""
        return self.margins_m(rows, self.zones.depth_m(self.zone[rows], seen.previous_ecef))

    def _stirs(self, rows: Indices, seen: Sightings, margins_m: Floats, proved: Floats) -> Booleans:
        """Which looks may change the state of a slot, or are wanted by the kind."""
        phase = self.slots["phase"][rows]
        clear, open_ = phase == Phase.CLEAR.value, phase == Phase.OPEN.value
        violating = proved <= -seen.radius_m[:, None]
        binds = self.state["binds"][rows][:, None]
        at_rest = (clear & ~(violating & binds)) | (open_ & (margins_m < 0.0))
        in_time = seen.at >= self.state["settled_at"][rows]
        return np.asarray((in_time & ~at_rest.all(axis=1)) | self.looks_closer(rows, seen, margins_m))

    def looks_closer(self, rows: Indices, seen: Sightings, margins_m: Floats) -> Booleans:
        """Looks that the kind wants to consider though they would change no slot."""
        return np.zeros(len(rows), dtype=bool)

    def _calm_down(self, rows: Indices, margins_m: Floats) -> None:
        phase = self.slots["phase"][rows]
        clear, open_ = phase == Phase.CLEAR.value, phase == Phase.OPEN.value
        free = ~self.state["binds"][rows][:, None]
        settled = (clear & ((margins_m > 0.0) | free)) | (open_ & (margins_m < 0.0))
        self.state["is_calm"][rows] = settled.all(axis=1) & self.may_be_calm(rows) & self._has_one_seat[rows]

    def may_be_calm(self, rows: Indices) -> Booleans:
        """Rows for which the kind can do without every single look."""
        return np.ones(len(rows), dtype=bool)

    def _consider(
        self, row: int, place: int, seen: Sightings, margins_m: Floats, seats: Rows
    ) -> Iterator[Told]:
        """One row's look, slot by slot; a look in arrears judges nothing."""
        if seen.at[place] < self.state[row]["settled_at"]:
            return
        for number, margin_m in enumerate(margins_m.tolist()):
            phase = self.slots[row][number]["phase"]
            if self.state[row]["binds"] or phase in (Phase.OPEN, Phase.RETURNING):
                yield from self._weigh(row, number, place, seen, margin_m, seats)
        yield from self.after_look(row, place, seen, margins_m)

    def _weigh(
        self, row: int, number: int, place: int, seen: Sightings, margin_m: float, seats: Rows
    ) -> Iterator[Told]:
        slot = self.slots[row][number]
        repute, seat = breach.repute(int(seen.source[place])), seats[seen.seat[place]]
        at, before_at = int(seen.at[place]), int(seen.previous_at[place])
        radius_m = float(seen.radius_m[place]) * repute.widening
        proved = proved_alone_m(margin_m, self._doubt_of(row))
        still = stillness(slot, seat, at, before_at=before_at, margin_m=proved, radius_m=radius_m)
        unmoved_since = found_lawful(slot, at, before_at=before_at) if still else NEVER
        if still is Stir.SEEN_STILL and proved <= -radius_m:
            told = self._remembered(row, number, seat, unmoved_since)
            radius_m = max(radius_m, one_error.differ_m(*told))
        finding = breach.find(proved, radius_m)
        if finding == Finding.VIOLATING:
            repute = one_error.repute(seat, seen, place, margin_m=proved, radius_m=radius_m)
        if still is Stir.AT_REST and finding == Finding.VIOLATING and slot["phase"] in _UNTOLD:
            breach.end_suspicion(slot)
            slot["astray_at"] = max(int(slot["astray_at"]), int(seen.at[place]))
            return
        correlation = breach.correlation(repute, proved, radius_m)
        is_of_router = finding == Finding.VIOLATING and correlation == NEVER
        if is_of_router and one_error.gainsay(*self._remembered(row, number, seat, int(seat["moved_at"]))):
            finding = Finding.UNDETERMINED
        look = Look(
            at=at,
            received_at=int(seen.received_at[place]),
            finding=finding,
            p=breach.probability(proved, radius_m, repute.gross),
            crossed_at=int(slot["crossed_at"]),
            previous_at=before_at,
            unmoved_since=unmoved_since,
            correlation=correlation,
            is_torn=bool(seen.is_torn[place]),
            dwell=breach.ROUTER_DWELL if is_of_router else breach.DWELL,
            enough=self.enough(row),
            is_cold=bool(seen.is_cold[place]),
        )
        was = slot.copy()
        change = breach.weigh(slot, look, not_before=self.not_before(row))
        if change is not None:
            yield self._told(row, number, place, seen, margin_m, change)
        elif was["phase"] == Phase.SUSPECTED and slot["phase"] == Phase.CLEAR:
            yield from self.suspicion_passed(row, number, place, seen, seat, was)
        if was["phase"] == Phase.CLEAR and slot["phase"] != Phase.CLEAR:
            for name, column in _BEFORE.items():
                self.state[row][name] = getattr(seen, column)[place]

    def _remembered(self, row: int, number: int, seat: Any, since: Micros) -> tuple[Floats, Floats]:
        """The margins of what a device's satellites have told since then, and their radii."""
        ecef, radius_m = one_error.remembered_since(seat, since)
        depth_m = self.zones.depth_m(np.full(len(ecef), self.zone[row]), ecef)
        return self.margins_m(np.full(len(ecef), row), depth_m)[:, number], radius_m

    def _told(
        self, row: int, number: int, place: int, seen: Sightings, margin_m: float, change: ChangeKind
    ) -> Told:
        slot, at, seat = self.slots[row][number], int(seen.at[place]), int(seen.seat[place])
        evidence = (
            self.frame(row)
            | {
                "fix": describe_fix(seen, place),
                "margin_m": _m(margin_m),
                "fixes": int(slot["fixes"]),
            }
            | describe_speed(seen, place)
        )
        if change is ChangeKind.OPENED:
            return self.told_opened(row, number, at=at, seat=seat, evidence=evidence)
        cleared_at = int(slot["since"])
        return self.told_cleared(row, slot, at=at, cleared_at=cleared_at, seat=seat, evidence=evidence)

    def suspicion_passed(
        self, row: int, number: int, place: int, seen: Sightings, seat: Any, was: Any
    ) -> Iterable[Told]:
        """A look of this seat's has ended a suspicion; `was` is the slot before it."""
        return ()

    def frame(self, row: int) -> dict[str, Any]:
        """The window in force, the zone, and how far its outline may be off, if it may."""
        doubt_m = self._doubt_of(row)
        doubt = {"outline_accuracy_m": _m(doubt_m)} if doubt_m else {}
        return {"zone": self.zones.names[int(self.zone[row])]} | doubt | super().frame(row)

    def _doubt_of(self, row: int) -> float:
        return float(self.zones.outline_accuracy_m[self.zone[row]])


def _m(metres: float) -> float:
    return round(float(metres), 1)
