"""Conditions about one zone: depth, and the road from a look to a breach. Kinds add their margins and rules.

The common path is columns: most fixes moved less than their clearance and need no geometry; of the rest most
change nothing. Only rows whose state may change are considered one at a time.
"""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Finding, Look, Phase
from em_engine.law.evidence import COLD_AFTER, Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.watch import Bond, Told, describe_fix, describe_seat
from em_engine.law.windowed_watch import WINDOW_FIELDS, WindowedWatch
from em_engine.vocabulary import BEFORE_ALL, Booleans, ChangeKind, Floats, Indices, Micros, Rows

ZONE_STATE: Final = np.dtype(
    [
        *WINDOW_FIELDS,
        ("anchor", np.float64, (3,)),  # where geometry was last asked
        ("clearance_m", np.float32),  # how far from the nearest ring the anchor is
        ("is_calm", np.bool_),  # nothing can change while the clearance holds
        ("before_at", np.int64),  # the last fix before a suspicion
        ("before_ecef", np.float64, (3,)),
        ("home_at", np.int64),  # last found in the zone, surely
        ("known_at", np.int64),  # last known to be in it or out of it
        ("unconfirmed_at", np.int64),  # since when that is too long ago; BEFORE_ALL while it is not
        ("present", np.int64),  # time spent in it in this window
    ]
)


class ZoneWatch(WindowedWatch):
    """Conditions of one kind about one zone each."""

    each = 1
    state_type = ZONE_STATE
    never_yet = ("before_at", "home_at", "known_at", "unconfirmed_at")

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self.zone = np.array([bond.zone for bond in bonds], dtype=np.intp)

    # What a kind says of itself ------------------------------------------------------------

    def margins_m(self, rows: Indices, depth_m: Floats) -> Floats:
        """(n, slots): metres to spare on the lawful side of each slot's ring."""
        raise NotImplementedError

    def after_look(self, row: int, place: int, seen: Sightings, margins_m: Floats) -> Iterable[Told]:
        """Whatever else the kind makes of a look."""
        return ()

    def note_calm(self, rows: Indices, seen: Sightings) -> None:
        """Keep what the kind counts for looks that changed nothing."""

    def begun(self, row: int, at: Micros) -> None:
        """Looks count from here: none is calm."""
        self.state[row]["is_calm"] = False

    def stretch_begins(self, row: int) -> None:
        """No look is calm, and no time was spent in the zone."""
        self.state[row]["is_calm"] = False
        self.state[row]["present"] = 0

    # The clock ------------------------------------------------------------

    def open_what_is_there(self, row: int, edge: Micros, seats: Rows) -> Iterator[Told]:
        """Section 4, rule 1: what is already broken when the window begins is broken from that instant."""
        seat = self.newest_seat(row, seats)
        if seat < 0 or edge - int(seats[seat]["at"]) > COLD_AFTER:
            return
        radius_m = np.array([float(seats[seat]["radius_m"])])
        depth_m = self.zones.depth_m(self.zone[[row]], seats["ecef"][[seat]])
        for number, margin_m in enumerate(self.margins_m(np.array([row]), depth_m)[0]):
            slot = self.slots[row][number]
            if slot["phase"] == Phase.CLEAR and margin_m <= -radius_m[0]:
                p = float(breach.probability(np.array([margin_m]), radius_m)[0])
                breach.open_at(slot, edge, p)
                evidence = self.frame(row) | {"fix": describe_seat(seats, seat), "margin_m": _m(margin_m)}
                yield self.told_opened(row, number, at=edge, seat=seat, evidence=evidence)

    def newest_seat(self, row: int, seats: Rows) -> int:
        """The wearer's seat whose trusted fix is newest, -1 where there is none."""
        known = [seat for seat in self.bonds[row].wearer_seats if seats[seat]["at"] != BEFORE_ALL]
        return max(known, key=lambda seat: int(seats[seat]["at"]), default=-1)

    def open_by_the_clock(self, row: int, now: Micros, seats: Rows) -> Iterator[Told]:
        """A suspicion with enough belief that nothing contradicted in time."""
        seat = self.newest_seat(row, seats)
        for number, slot in enumerate(self.slots[row]):
            if slot["opens_at"] <= now:
                breach.open_breach(slot, int(self.not_before(row)))
                evidence = self.frame(row) | {"fix": describe_seat(seats, seat), "fixes": int(slot["fixes"])}
                yield self.told_opened(row, number, at=now, seat=seat, evidence=evidence)

    # The looks ------------------------------------------------------------

    def look(self, rows: Indices, seen: Sightings, seats: Rows) -> tuple[list[tuple[int, Told]], Indices]:
        """Judge one trusted fix a row; see `Watch.look`."""
        state = self.state[rows]
        step = seen.ecef - state["anchor"]
        moved_m = np.sqrt(np.einsum("ij,ij->i", step, step))
        in_time = seen.at >= state["settled_at"]
        calm = state["is_calm"] & (moved_m + 2.0 * seen.radius_m + 1.0 < state["clearance_m"])
        calm &= in_time & ~seen.is_cold
        asked = np.flatnonzero(~calm)
        self.note_calm(rows[calm], seen.take(np.flatnonzero(calm)))
        told = self._ask_geometry(rows, seen, asked) if len(asked) else []
        return told, np.flatnonzero(~in_time)

    def _ask_geometry(self, rows: Indices, seen: Sightings, asked: Indices) -> list[tuple[int, Told]]:
        rows = rows[asked]
        depth_m = self.zones.depth_m(self.zone[rows], seen.ecef[asked])
        margins_m = self.margins_m(rows, depth_m)
        state = self.state[rows]
        state["anchor"] = seen.ecef[asked]
        state["clearance_m"] = np.abs(margins_m).min(axis=1)
        self.state[rows] = state
        stirs = self._stirs(rows, seen, asked, margins_m)
        quiet = ~stirs
        self.note_calm(rows[quiet], seen.take(asked[quiet]))
        told: list[tuple[int, Told]] = []
        for which in np.flatnonzero(stirs):
            row, place = int(rows[which]), int(asked[which])
            told += [(place, one) for one in self._consider(row, place, seen, margins_m[which])]
        self._calm_down(rows, margins_m)
        if stirs.any():
            self.reckon(rows[stirs])
        return told

    def _stirs(self, rows: Indices, seen: Sightings, asked: Indices, margins_m: Floats) -> Booleans:
        """Which looks may change the state of a slot."""
        slots = self.slots[rows]
        radius_m = seen.radius_m[asked][:, None]
        unlawful = margins_m < 0.0
        violating = margins_m <= -radius_m
        phase = slots["phase"]
        clear, open_ = phase == Phase.CLEAR, phase == Phase.OPEN
        binds = self.state["binds"][rows][:, None]
        at_rest = (clear & ~(violating & binds)) | (open_ & unlawful)
        known_side = unlawful == slots["is_unlawful"]
        in_arrears = seen.at[asked] < self.state["settled_at"][rows]
        stirs = ~(at_rest & known_side).all(axis=1) | seen.is_cold[asked] | in_arrears
        return np.asarray(stirs | self.looks_closer(rows, seen, asked, margins_m))

    def looks_closer(self, rows: Indices, seen: Sightings, asked: Indices, margins_m: Floats) -> Booleans:
        """Looks that the kind wants to consider though they would change no slot."""
        return np.zeros(len(rows), dtype=bool)

    def _calm_down(self, rows: Indices, margins_m: Floats) -> None:
        slots = self.slots[rows]
        settled = ((slots["phase"] == Phase.CLEAR) & (margins_m > 0.0)) | (
            (slots["phase"] == Phase.OPEN) & (margins_m < 0.0)
        )
        settled |= (slots["phase"] == Phase.CLEAR) & ~self.state["binds"][rows][:, None]
        self.state["is_calm"][rows] = settled.all(axis=1) & self.may_be_calm(rows)

    def may_be_calm(self, rows: Indices) -> Booleans:
        """Rows for which the kind can do without every single look."""
        return np.ones(len(rows), dtype=bool)

    def _consider(self, row: int, place: int, seen: Sightings, margins_m: Floats) -> Iterator[Told]:
        in_arrears = bool(seen.at[place] < self.state[row]["settled_at"])
        previous_m = self._previous_margins_m(row, place, seen)
        p = breach.probability(margins_m, np.full(self.each, seen.radius_m[place]))
        findings = breach.find(margins_m, np.full(self.each, seen.radius_m[place]))
        for number in range(self.each):
            slot = self.slots[row][number]
            self._track_side(slot, place, seen, margins_m[number], previous_m[number])
            if in_arrears or (
                not self.state[row]["binds"] and slot["phase"] in (Phase.CLEAR, Phase.SUSPECTED)
            ):
                continue
            look = Look(
                at=int(seen.at[place]),
                received_at=int(seen.received_at[place]),
                finding=Finding(findings[number]),
                p=float(p[number]),
                crossed_at=int(slot["crossed_at"]),
                previous_at=int(seen.previous_at[place]),
            )
            yield from self._weigh(row, number, look, place, seen, float(margins_m[number]))
        if not in_arrears:
            yield from self.after_look(row, place, seen, margins_m)

    def _weigh(
        self, row: int, number: int, look: Look, place: int, seen: Sightings, margin_m: float
    ) -> Iterator[Told]:
        slot = self.slots[row][number]
        was = Phase(int(slot["phase"]))
        before = (float(slot["belief"]), int(slot["since"]))
        change = breach.weigh(slot, look, not_before=self.not_before(row))
        evidence = self.frame(row) | {
            "fix": describe_fix(seen, place),
            "margin_m": _m(margin_m),
            "fixes": int(slot["fixes"]),
        }
        seat = int(seen.seat[place])
        if change is ChangeKind.OPENED:
            yield self.told_opened(row, number, at=look.at, seat=seat, evidence=evidence)
        elif change is ChangeKind.CLEARED:
            yield self.told_cleared(
                row, slot, at=look.at, cleared_at=int(slot["since"]), seat=seat, evidence=evidence
            )
        elif was == Phase.SUSPECTED and slot["phase"] == Phase.CLEAR:
            yield from self.suspicion_passed(row, number, place, seen, belief=before[0])
        if was == Phase.CLEAR and slot["phase"] != Phase.CLEAR:
            self.state[row]["before_at"] = seen.previous_at[place]
            self.state[row]["before_ecef"] = seen.previous_ecef[place]

    def suspicion_passed(
        self, row: int, number: int, place: int, seen: Sightings, *, belief: float
    ) -> Iterable[Told]:
        """A compliant look has ended a suspicion."""
        return ()

    def _previous_margins_m(self, row: int, place: int, seen: Sightings) -> Floats:
        """Margins of the fix before; NaN where there is none to speak of."""
        if seen.is_cold[place]:
            return np.full(self.each, np.nan)
        depth_m = self.zones.depth_m(self.zone[[row]], seen.previous_ecef[[place]])
        return np.asarray(self.margins_m(np.array([row]), depth_m)[0])

    def _track_side(self, slot: Any, place: int, seen: Sightings, margin_m: float, previous_m: float) -> None:
        is_unlawful = bool(margin_m < 0.0)
        is_overtaken = seen.previous_at[place] <= slot["crossed_at"]  # a later sign than the fix before
        if seen.is_cold[place] or (is_unlawful != slot["is_unlawful"] and is_overtaken):
            slot["crossed_at"] = seen.at[place]
        elif is_unlawful != slot["is_unlawful"]:
            slot["crossed_at"] = crossing(
                int(seen.previous_at[place]), previous_m, int(seen.at[place]), margin_m
            )
        slot["is_unlawful"] = is_unlawful

    def frame(self, row: int) -> dict[str, Any]:
        """The window in force, and the zone."""
        return {"zone": self.zones.names[int(self.zone[row])]} | super().frame(row)


def crossing(earlier: Micros, earlier_m: float, later: Micros, later_m: float) -> Micros:
    """When the margin changed sign, were it straight between two fixes.

    Where the earlier fix is already on the later one's side (it was a suspect, and proved true): its own
    time.
    """
    if (earlier_m < 0.0) == (later_m < 0.0):
        return earlier
    return earlier + int((later - earlier) * (earlier_m / (earlier_m - later_m)))


def _m(metres: float) -> float:
    return round(float(metres), 1)
