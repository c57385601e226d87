"""Contact ban: a distance to keep from a protected person, wherever both are."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.between import Between, between, lies_between
from em_engine.law.breach import Look, Phase
from em_engine.law.certainty import BELIEF, Certainty
from em_engine.law.closing import closing
from em_engine.law.crossings import crossing
from em_engine.law.evidence import COLD_AFTER, Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.panic import PanicKeyWatch
from em_engine.law.separation import Pairs, Separation
from em_engine.law.terms import Forbidding, Metres, PersonId
from em_engine.law.watch import Bond, Told, describe_seat
from em_engine.law.whereabouts import PLACES, blank, describe_place, remember
from em_engine.law.windowed_watch import WINDOW_FIELDS, WindowedWatch, moved_on
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    SECOND,
    AlertType,
    Booleans,
    ChangeKind,
    Floats,
    Indices,
    Micros,
    Rows,
    Times,
    rfc3339,
)

UNKNOWN_AFTER: Final[Micros] = 10 * MINUTE
BEHIND: Final[Micros] = MINUTE
"""What is stored longer than that hides a meeting, when it is held against where the other is now."""
REACH_MPS: Final = 20.0
"""How fast two people may have closed in on each other unseen: a car in a town."""
_WARNING, _ALERT, _UNKNOWN, _PANIC = range(4)
_OF_DISTANCE: Final = (AlertType.CONTACT_WARNING, AlertType.CONTACT_ALERT)
_TYPES: Final = (*_OF_DISTANCE, AlertType.CONTACT_UNKNOWN, AlertType.PERSON_PANIC)

CONTACT_STATE: Final = np.dtype(
    [
        *WINDOW_FIELDS,
        ("seen_at", np.int64, (2,)),  # newest knowledge of where the wearer, and the other, is
        ("known_at", np.int64),  # the staler of both, as of the last look that told how they stand
        ("looked_at", np.int64),
        ("apart_m", np.float64),  # at that look
        ("spare_m", np.float64),  # apart_m - error - warn_m, at that look
        ("began_at", np.int64),
        PLACES,
    ]
)


@dataclass(frozen=True, slots=True, kw_only=True)
class ContactBanTerms(Forbidding):
    """The wearer must keep `alert_m` away from the protected person `with_`; from `warn_m` he is warned."""

    with_: PersonId
    alert_m: Metres
    warn_m: Metres | None = None  # twice alert_m where not given
    certainty: Certainty = field(default=Certainty.LIKELY, repr=False)  # and no higher


class ContactBanWatch(PanicKeyWatch):
    """Contact bans: warning, alert and unknown, and the protected person's panic key."""

    each, panic_slot = 4, _PANIC
    state_type = CONTACT_STATE
    never_yet = ("seen_at", "known_at", "looked_at", "began_at")

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._alert_m = np.array([bond.terms.alert_m for bond in bonds], dtype=np.float64)
        self._warn_m = np.array(
            [bond.terms.warn_m or 2.0 * bond.terms.alert_m for bond in bonds], dtype=np.float64
        )
        self._pairs = Pairs(bonds)
        blank(self.state)

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """By slot."""
        return _TYPES[slot]

    def slot_of(self, type: AlertType) -> int:
        """By type."""
        return _OF_DISTANCE.index(type) if type in _OF_DISTANCE else -1

    # Two positions, one instant ------------------------------------------------------------

    def separation(self, rows: Indices, at: Times, seats: Rows) -> Separation:
        """Both sides brought to `at` (or to the newer position, if that is later)."""
        places, ring_m = self.state["places"], self._warn_m[rows]
        return self._pairs.separation(rows, at, seats=seats, places=places, ring_m=ring_m)

    def behind(self, rows: Indices, seen: Sightings, seats: Rows) -> Indices:
        """Fixes so old beside the other side's newest that they are looked at in their own time, too."""
        in_time = seen.at >= self.state["settled_at"][rows]
        newest_at = self._pairs.newest_at(rows, seats)
        return np.flatnonzero(in_time & (newest_at - seen.at > BEHIND))

    def know_before(self, other: WindowedWatch, rows: Indices, first_at: Times) -> None:
        """Where both sides have been: the past asks for what came later, too."""
        self._pairs.are_past = True
        self.state["places"] = other.state["places"][rows]

    def learn(self, other: WindowedWatch, rows: Indices) -> None:
        """Where late fixes have been is remembered like the rest."""
        self.state["places"][rows] = other.state["places"]

    # Looks ------------------------------------------------------------------------------------

    def look(self, rows: Indices, seen: Sightings, seats: Rows) -> tuple[list[tuple[int, Told]], Indices]:
        """Every trusted fix of either side is a look at the distance."""
        side = self._pairs.side_of(rows, seen.seat)
        remember(self.state, rows, side=side, seen=seen, speed_mps=seats["speed_mps"][seen.seat])
        in_time = seen.at >= self.state["settled_at"][rows]
        late = np.flatnonzero(~in_time)
        if len(late):
            self._know(rows[late], self.separation(rows[late], seen.at[late], seats))
            self.reckon(rows[late])
        places = np.flatnonzero(in_time)
        rows = rows[places]
        pairs = self.separation(rows, seen.at[places], seats)
        stirs = self._stirs(rows, pairs)
        told = self._look_between(rows, places, seen.take(places), seats)
        for which in np.flatnonzero(stirs):
            fix = seen.take(places[[which]])
            answers = self._consider(int(rows[which]), pairs, int(which), fix, seats)
            told += [(int(places[which]), one) for one in answers]
        self._remember(rows, pairs)
        return told, late

    def _look_between(
        self, rows: Indices, places: Indices, seen: Sightings, seats: Rows
    ) -> list[tuple[int, Told]]:
        """Where each was at the instant of the other's newest fix: such a look accuses, or tells nothing."""
        other = self._pairs.newest_other(rows, seen.seat, seats)
        at = seats["at"][other]
        asked = lies_between(at, seen) & (other >= 0) & self.state["binds"][rows]
        asked &= at >= self.state["settled_at"][rows]
        if not asked.any():
            return []
        which = np.flatnonzero(asked)
        rows, places, seen = rows[which], places[which], seen.take(which)
        looks = between(seen, other[which], seats)
        margin_m = looks.apart_m - self._alert_m[rows]
        told: list[tuple[int, Told]] = []
        for place in np.flatnonzero(margin_m <= -looks.error_m).tolist():
            row, then, fix = int(rows[place]), int(looks.at[place]), seen.take(np.array([place]))
            slot = self.slots[row][_ALERT]
            since = int(slot["crossed_at"]) if slot["is_unlawful"] else then
            apart, error_m = float(looks.apart_m[place]), float(looks.error_m[place])
            if self._weigh_alert(row, then, since, fix, apart, error_m) is ChangeKind.OPENED:
                evidence = self._evidence_between(row, looks, place, seats)
                seat = self._wearer_seat(row)
                opened = self.told_opened(row, _ALERT, at=int(fix.at[0]), seat=seat, evidence=evidence)
                told.append((int(places[place]), opened))
        return told

    def _stirs(self, rows: Indices, pairs: Separation) -> Booleans:
        """Looks that may change the state of a slot."""
        slots = self.slots.take(rows, axis=0)
        margins_m = np.stack(
            (pairs.apart_m - self._warn_m[rows], pairs.apart_m - self._alert_m[rows]), axis=1
        )
        far = (margins_m >= pairs.error_m[:, None]).all(axis=1)
        at_rest = (slots["phase"] == Phase.CLEAR.value).all(axis=1)
        known_side = ~slots["is_unlawful"][:, :2].any(axis=1)
        return np.asarray(pairs.is_known & ~(far & at_rest & known_side))

    def _remember(self, rows: Indices, pairs: Separation) -> None:
        self._know(rows, pairs)
        known = np.flatnonzero(pairs.is_known)
        which = rows[known]
        self.state["looked_at"][which], self.state["apart_m"][which] = pairs.at[known], pairs.apart_m[known]
        self.state["spare_m"][which] = (pairs.apart_m - pairs.error_m - self._warn_m[rows])[known]
        self.reckon(rows)

    def _know(self, rows: Indices, pairs: Separation) -> None:
        """Where both sides were is known now, whether or not it decides anything."""
        self.state["seen_at"][rows] = pairs.seen_at
        told = np.flatnonzero(pairs.tells)
        self.state["known_at"][rows[told]] = pairs.seen_at[told].min(axis=1)

    def _consider(
        self, row: int, pairs: Separation, which: int, fix: Sightings, seats: Rows
    ) -> Iterator[Told]:
        at, apart, error_m = (
            int(pairs.at[which]),
            float(pairs.apart_m[which]),
            float(pairs.error_m[which]),
        )
        evidence = self._evidence(row, pairs, which, seats=seats)
        rings = ((_WARNING, self._warn_m[row]), (_ALERT, self._alert_m[row]))
        for number, ring_m in rings:
            self._track_side(row, number, at, apart - float(ring_m), float(ring_m))
        if self.state[row]["binds"]:
            yield from self._warn(row, at, apart, error_m, evidence)
            yield from self._alert(row, at, fix, apart, error_m, evidence)
        if self.slots[row][_UNKNOWN]["phase"] == Phase.OPEN and self._is_fresh(row, pairs, which, fix):
            yield self._clear(row, _UNKNOWN, at, at, evidence)

    def _is_fresh(self, row: int, pairs: Separation, which: int, fix: Sightings) -> bool:
        """Whether a look tells how they stand now: what was stored ends no silence that goes on."""
        spare_m = pairs.apart_m[[which]] - pairs.error_m[[which]] - self._warn_m[[row]]
        seen_at = pairs.seen_at[[which]].min(axis=1)
        return bool(self._lapses_at(np.array([row]), seen_at, spare_m)[0] > fix.received_at[0])

    def _track_side(self, row: int, number: int, at: Micros, margin_m: float, ring_m: float) -> None:
        state, slot = self.state[row], self.slots[row][number]
        is_unlawful = margin_m < 0.0
        is_first = state["looked_at"] == BEFORE_ALL or at - int(state["looked_at"]) > COLD_AFTER
        if is_first:
            slot["crossed_at"] = at
        elif is_unlawful != slot["is_unlawful"]:
            earlier_m = np.array([float(state["apart_m"]) - ring_m])
            times = np.array([int(state["looked_at"])]), np.array([at])
            slot["crossed_at"] = crossing(times[0], earlier_m, times[1], np.array([margin_m]))[0]
        slot["is_unlawful"] = is_unlawful

    def _warn(
        self, row: int, at: Micros, apart: float, error_m: float, evidence: dict[str, Any]
    ) -> Iterator[Told]:
        """Leans to warn: what is as likely as not is warned of."""
        slot = self.slots[row][_WARNING]
        margin_m = apart - float(self._warn_m[row])
        slot_p = breach.probability(margin_m, error_m)
        if slot["phase"] == Phase.CLEAR and margin_m <= 0.0:
            yield self._open(row, _WARNING, int(slot["crossed_at"]), at, slot_p, evidence)
        elif slot["phase"] == Phase.OPEN and margin_m >= error_m:
            yield self._clear(row, _WARNING, int(slot["crossed_at"]), at, evidence)

    def _alert(
        self, row: int, at: Micros, fix: Sightings, apart: float, error_m: float, evidence: dict[str, Any]
    ) -> Iterator[Told]:
        slot, seat = self.slots[row][_ALERT], self._wearer_seat(row)
        change = self._weigh_alert(row, at, int(slot["crossed_at"]), fix, apart, error_m)
        if change is ChangeKind.OPENED:
            yield self.told_opened(row, _ALERT, at=at, seat=seat, evidence=evidence)
        elif change is ChangeKind.CLEARED:
            cleared_at = int(slot["since"])
            yield self.told_cleared(row, slot, at=at, cleared_at=cleared_at, seat=seat, evidence=evidence)

    def _weigh_alert(
        self, row: int, at: Micros, crossed_at: Micros, fix: Sightings, apart: float, error_m: float
    ) -> ChangeKind | None:
        margin_m = apart - float(self._alert_m[row])
        look = Look(
            at=at,
            received_at=int(fix.received_at[0]),
            finding=breach.find(margin_m, error_m),
            p=breach.probability(margin_m, error_m),
            crossed_at=crossed_at,
            previous_at=int(fix.previous_at[0]),
            is_patient=False,
            enough=BELIEF[Certainty.LIKELY],
        )
        return breach.weigh(self.slots[row][_ALERT], look, not_before=int(self.state[row]["start"]))

    def _open(
        self, row: int, number: int, since: Micros, at: Micros, p: float, evidence: dict[str, Any]
    ) -> Told:
        slot = self.slots[row][number]
        slot["since"] = since
        slot["p"] = p
        breach.open_breach(slot, int(self.state[row]["start"]))
        return self.told_opened(row, number, at=at, seat=self._wearer_seat(row), evidence=evidence)

    def _clear(self, row: int, number: int, cleared_at: Micros, at: Micros, evidence: dict[str, Any]) -> Told:
        slot = self.slots[row][number]
        slot["phase"] = Phase.CLEAR
        return self.told_cleared(
            row, slot, at=at, cleared_at=cleared_at, seat=self._wearer_seat(row), evidence=evidence
        )

    # The clock ----------------------------------------------------------------------------------

    def begun(self, row: int, at: Micros) -> None:
        """Of whom nothing is known, not knowing counts from here."""
        if self.state[row]["began_at"] == BEFORE_ALL:
            self.state[row]["began_at"] = at

    def resume(self, at: Micros, since: Micros | None = None) -> None:
        """Not knowing counts from here anew."""
        began_at = self.state["began_at"]
        stale_at = began_at if since is None else np.maximum(began_at, self.state["known_at"])
        self.state["began_at"] = moved_on(stale_at, to=at, at=at, since=since)
        super().resume(at, since)

    def open_what_is_there(self, row: int, edge: Micros, seats: Rows) -> Iterator[Told]:
        """The window begins while they are together: a look at that instant."""
        pairs = self.separation(np.array([row]), np.array([edge]), seats)
        if not pairs.is_known[0] or pairs.at[0] != edge:
            return
        apart, error_m = float(pairs.apart_m[0]), float(pairs.error_m[0])
        evidence = self._evidence(row, pairs, 0, seats=seats)
        for number, ring_m, lean_m in (
            (_WARNING, self._warn_m[row], 0.0),
            (_ALERT, self._alert_m[row], error_m),
        ):
            margin_m = apart - float(ring_m)
            if self.slots[row][number]["phase"] == Phase.CLEAR and margin_m <= -lean_m:
                yield self._open(row, number, edge, edge, breach.probability(margin_m, error_m), evidence)

    def extra_due(self, rows: Indices) -> Times:
        """When what could have happened since the staler position includes a meeting."""
        state = self.state
        if self._pairs.are_past:
            return np.full(len(rows), NEVER)
        asked = state["binds"][rows] & (self.slots["phase"][rows, _UNKNOWN] == Phase.CLEAR.value)
        lapses_at = self._lapses_at(rows, state["known_at"][rows], state["spare_m"][rows])
        return np.where(asked, np.maximum(lapses_at, state["settled_at"][rows]), NEVER)

    def _lapses_at(self, rows: Indices, seen_at: Times, spare_m: Floats) -> Times:
        """Until when they cannot have met who were last seen then, with so many metres to spare."""
        stale_at = np.maximum(seen_at, self.state["began_at"][rows])
        spare_s = np.clip(spare_m / REACH_MPS, 0.0, 1e9)
        return np.asarray(
            np.maximum(stale_at + UNKNOWN_AFTER, stale_at + (spare_s * SECOND).astype(np.int64))
        )

    def elapse_extra(self, row: int, at: Micros) -> Iterator[Told]:
        """Nobody can say that they are apart."""
        state = self.state[row]
        evidence = self.frame(row) | {
            "with": self.bonds[row].terms.with_,
            "wearer_seen_at": _known(int(state["seen_at"][0])),
            "other_seen_at": _known(int(state["seen_at"][1])),
            "distance_known_at": _known(int(state["known_at"])),
        }
        yield self._open(row, _UNKNOWN, at, at, 0.5, evidence)

    def hear_heartbeats(self, rows: Indices, seat: Indices, reports: Rows, seats: Rows) -> tuple[()]:
        """A device that stands still is where it was."""
        self._see_still(rows, reports["at"], seats)
        return ()

    def hear_event(self, row: int, seat: int, report: Any, seats: Rows) -> Iterator[Told]:
        """The protected person's key, and a sign that a device is where it was."""
        self._see_still(np.array([row]), np.array([int(report["at"])]), seats)
        yield from super().hear_event(row, seat, report, seats)

    def _see_still(self, rows: Indices, at: Times, seats: Rows) -> None:
        if self._pairs.are_past:
            return  # of the past nobody is told what was not known
        pairs = self.separation(rows, at, seats)
        self._know(rows, replace(pairs, seen_at=np.maximum(self.state["seen_at"][rows], pairs.seen_at)))

    # Evidence -----------------------------------------------------------------------------------

    def _newest(self, row: int, seats: Rows) -> tuple[int, ...]:
        """The seats of the wearer and of the other with the newest positions."""
        both = self.bonds[row].wearer_seats, self.bonds[row].other_seats
        return tuple(max(of, key=lambda seat: int(seats[seat]["at"])) for of in both)

    def _wearer_seat(self, row: int) -> int:
        return self.bonds[row].wearer_seats[0]

    def _evidence(self, row: int, pairs: Separation, which: int, *, seats: Rows) -> dict[str, Any]:
        """Distances, and the wearer's fix: the protected person's position stays out of what is told."""
        here, there = self._newest(row, seats)
        placed_at = [int(at) for at in pairs.placed_at[which]]
        apart, error_m = float(pairs.apart_m[which]), float(pairs.error_m[which])
        told = self._distances(row, apart, error_m, other_fixed_at=placed_at[1])
        is_newest = [at == int(seats[one]["at"]) for at, one in zip(placed_at, (here, there), strict=True)]
        if not is_newest[0]:
            return told | {"fix": describe_place(self.state[row]["places"][0], placed_at[0])}
        told["fix"] = describe_seat(seats, here)
        if not is_newest[1]:
            return told
        return told | closing(seats[here], seats[there], separation_m=apart, ring_m=float(self._alert_m[row]))

    def _evidence_between(self, row: int, looks: Between, which: int, seats: Rows) -> dict[str, Any]:
        """Likewise, of a look at where one was between two of his fixes."""
        here, there = self._newest(row, seats)
        apart, error_m = float(looks.apart_m[which]), float(looks.error_m[which])
        told = self._distances(row, apart, error_m, other_fixed_at=int(seats[there]["at"]))
        return told | {"fix": describe_seat(seats, here), "together_at": rfc3339(int(looks.at[which]))}

    def _distances(self, row: int, apart: float, error_m: float, *, other_fixed_at: Micros) -> dict[str, Any]:
        return self.frame(row) | {
            "with": self.bonds[row].terms.with_,
            "separation_m": round(apart, 1),
            "accuracy_m": round(error_m, 1),
            "alert_m": float(self._alert_m[row]),
            "warn_m": float(self._warn_m[row]),
            "other_fixed_at": rfc3339(other_fixed_at),
        }


def _known(at: Micros) -> str | None:
    return None if at == BEFORE_ALL else rfc3339(at)
