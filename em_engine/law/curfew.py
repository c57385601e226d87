"""Curfew: at home between these hours."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.allowance import WithAllowance
from em_engine.law.breach import GROSS, Finding, Look, Phase
from em_engine.law.certainty import Certainty
from em_engine.law.doubt import allowed_m, proved_m
from em_engine.law.evidence import QUIET_MAX, Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.terms import Allowance, Grace, Scheduled, ZoneName
from em_engine.law.watch import Bond, Told
from em_engine.law.windowed_watch import WindowedWatch, moved_on
from em_engine.law.zone_watch import ZoneWatch
from em_engine.vocabulary import (
    BEFORE_ALL,
    HOUR,
    MINUTE,
    NEVER,
    AlertType,
    Booleans,
    ChangeKind,
    Floats,
    Indices,
    Micros,
    Rows,
    Times,
    Tristate,
    rfc3339,
)

EARLY_WITHIN: Final[Micros] = HOUR
"""Who goes in the last hour of a window has gone early; who goes before it has left."""
CONFIRMING_RADIUS_M_MAX: Final = 100.0
"""A fix vaguer than this is no sign of where the wearer is."""
LEANING_MAX: Final = 0.5
"""Of its radius a fair fix may lie outside: then he is at home with one chance in five, or more."""
AWAITED: Final[Micros] = QUIET_MAX
"""A sign may be on its way: tags take one every so many minutes, and orders ask for one in a multiple of
that."""
_AWAY = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class CurfewTerms(Scheduled):
    """The wearer must be in `zone` throughout every window, but for the grace at its ends."""

    zone: ZoneName
    grace: Grace = field(default_factory=Grace)
    allowance: Allowance | None = None  # of absence, before it is a breach
    confirm_every: timedelta = timedelta(minutes=30)  # how old the last sign of where he is may grow
    certainty: Certainty = field(default=Certainty.CONVINCING, repr=False)


class AwayWatch(ZoneWatch):
    """Curfews: one slot for being away, whatever it is called, and one for not being confirmed."""

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._late = _spans(bond.terms.grace.late for bond in bonds)
        self._early = _spans(bond.terms.grace.early for bond in bonds)
        self._confirm = _spans(bond.terms.confirm_every for bond in bonds)

    def margins_m(self, rows: Indices, depth_m: Floats) -> Floats:
        """Metres inside the home."""
        return depth_m[:, None]

    def enforced(self, row: int, start: Micros, end: Micros) -> tuple[Micros, Micros]:
        """Between the graces."""
        first, last = start + int(self._late[row]), end - int(self._early[row])
        return (first, last) if first < last else (NEVER, NEVER)

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """Late if not home since the window began; early if gone in its last hour; else left."""
        state = self.state[row]
        if state["home_at"] == BEFORE_ALL or state["home_at"] < state["start"]:
            return AlertType.CURFEW_LATE
        if self.slots[row][slot]["opened_at"] >= state["end"] - EARLY_WITHIN:
            return AlertType.CURFEW_EARLY
        return AlertType.CURFEW_LEFT

    def begun(self, row: int, at: Micros) -> None:
        """Where nothing is known yet, a first sign has as much time as any other."""
        super().begun(row, at)
        if self.state[row]["known_at"] == BEFORE_ALL:
            self.state[row]["known_at"] = at

    def know_before(self, other: WindowedWatch, rows: Indices, first_at: Times) -> None:
        """Nor does the past begin with a sign: what was known then is as old as it was."""
        super().know_before(other, rows, first_at)
        self.state["known_at"] = np.minimum(other.state["known_at"][rows], first_at)

    def resume(self, at: Micros, since: Micros | None = None) -> None:
        """Likewise after we have been deaf."""
        known = self.state["known_at"] != BEFORE_ALL
        later = moved_on(self.state["known_at"], to=at, at=at, since=since)
        self.state["known_at"] = np.where(known, later, BEFORE_ALL)
        super().resume(at, since)

    # Signs of where the wearer is ------------------------------------------------------------

    def note_calm(self, rows: Indices, at: Times) -> None:
        """A calm look can tell; a lawful one found the wearer at home."""
        if len(rows):
            is_home = ~self.slots["is_unlawful"][rows, _AWAY]
            self._note("known_at", rows, at)
            self._note("home_at", rows[is_home], at[is_home])

    def note_signs(self, rows: Indices, seen: Sightings, margins_m: Floats) -> None:
        """A look that can tell, or a fair one that leans to home, is a sign; a sure one found him at home."""
        is_home = margins_m[:, _AWAY] - self.doubt_m(rows)[:, 0] >= seen.radius_m
        is_sign = self._is_sign(rows, seen, margins_m)
        self._note("known_at", rows[is_sign], seen.at[is_sign])
        self._note("home_at", rows[is_home], seen.at[is_home])

    def _note(self, name: str, rows: Indices, at: Times) -> None:
        """Deadlines only move on by it: they are reckoned anew where they come."""
        self.state[name][rows] = np.maximum(self.state[name][rows], at)

    def looks_closer(self, rows: Indices, seen: Sightings, margins_m: Floats) -> Booleans:
        """Every sign while presence is unconfirmed."""
        is_open = self.state["unconfirmed_at"][rows] != BEFORE_ALL
        return np.asarray(is_open & self._is_sign(rows, seen, margins_m))

    def _is_sign(self, rows: Indices, seen: Sightings, margins_m: Floats) -> Booleans:
        """Looks that tell where the wearer is: clearly in or out, or fair and hardly leaning away from home.

        A mast 700 m off that says 960 m from home says nothing that anybody could act on.
        """
        margin_m, doubt_m = margins_m[:, _AWAY], self.doubt_m(rows)[:, 0]
        is_near = allowed_m(margin_m, doubt_m) > -seen.radius_m * LEANING_MAX
        radius_m = seen.radius_m * breach.widenings(seen.source)
        proved = proved_m(margin_m, doubt_m)
        is_fair = seen.radius_m <= CONFIRMING_RADIUS_M_MAX
        return np.asarray((is_fair & (is_near | (proved <= -radius_m))) | (proved >= radius_m))

    def _consider(
        self, row: int, place: int, seen: Sightings, margins_m: Floats, seats: Rows
    ) -> Iterator[Told]:
        yield from super()._consider(row, place, seen, margins_m, seats)
        if self.looks_closer(np.array([row]), seen.take(np.array([place])), margins_m[None, :])[0]:
            yield from self._known(row, seen.at[place], seen.received_at[place], int(seen.seat[place]))

    def may_be_calm(self, rows: Indices) -> Booleans:
        """Not while every look may confirm."""
        return np.asarray(self.state["unconfirmed_at"][rows] == BEFORE_ALL)

    def open_what_is_there(self, row: int, edge: Micros, seats: Rows) -> Iterator[Told]:
        """Not if the beacon has been in range since the fix that says so."""
        seat = self.newest_seat(row, seats)
        if seat >= 0 and self.state[row]["home_at"] <= seats[seat]["at"]:
            yield from super().open_what_is_there(row, edge, seats)

    def hear_heartbeats(
        self, rows: Indices, seat: Indices, reports: Rows, seats: Rows
    ) -> Iterator[tuple[int, Told]]:
        """The beacon in range is a look at home, with certainty."""
        in_time = reports["at"] >= self.state["settled_at"][rows]
        places = np.flatnonzero(in_time & (reports["beacon_in_range"] == Tristate.YES.value))
        rows, at = rows[places], reports["at"][places]
        self._note_home(rows, at)
        asks = self.slots["phase"][rows, _AWAY] != Phase.CLEAR.value
        asks |= self.state["unconfirmed_at"][rows] != BEFORE_ALL
        for which in np.flatnonzero(asks):
            row, place = int(rows[which]), int(places[which])
            for told in self._home_by_beacon(row, int(seat[place]), reports[place]):
                yield place, told
        self.reckon(rows)

    def _note_home(self, rows: Indices, at: Times) -> None:
        """No fix before it tells when he left after it."""
        for name in ("home_at", "known_at"):
            self.state[name][rows] = np.maximum(self.state[name][rows], at)
        self.state["is_calm"][rows] = False
        self.slots["crossed_at"][rows, _AWAY], self.slots["is_unlawful"][rows, _AWAY] = at, False
        self.slots["lawful_at"][rows, _AWAY] = np.maximum(self.slots["lawful_at"][rows, _AWAY], at)

    def _home_by_beacon(self, row: int, seat: int, report: Any) -> Iterator[Told]:
        slot, at = self.slots[row][_AWAY], int(report["at"])
        look = Look(
            at=at,
            received_at=int(report["received_at"]),
            finding=Finding.COMPLIANT,
            p=GROSS,
            crossed_at=int(slot["crossed_at"]),
            previous_at=at - MINUTE,  # it stands alone
        )
        change = breach.weigh(slot, look, not_before=self.not_before(row))
        if change is ChangeKind.CLEARED:
            evidence = self.frame(row) | {"beacon": "in-range", "heartbeat_at": rfc3339(at)}
            yield self.told_cleared(
                row, slot, at=at, cleared_at=int(slot["since"]), seat=seat, evidence=evidence
            )
        yield from self._known(row, at, int(report["received_at"]), seat)

    def _known(self, row: int, at: Micros, received_at: Micros, seat: int) -> Iterator[Told]:
        """A sign that was older than allowed when it came does not say where he is now: one silence, one
        alert."""
        state = self.state[row]
        state["known_at"] = max(int(state["known_at"]), int(at))
        is_fresh = int(received_at) - int(at) < self._confirm[row]
        if is_fresh and state["unconfirmed_at"] != BEFORE_ALL:
            yield self._told_unconfirmed(row, ChangeKind.CLEARED, at=int(at), seat=seat)

    # Their absence ------------------------------------------------------------

    def extra_due(self, rows: Indices) -> Times:
        """When presence has gone unconfirmed too long, where that is asked and not yet told, and no sign can
        be on its way."""
        state = self.state
        stale_at = np.maximum(state["known_at"][rows], 0) + self._confirm[rows]
        asked = state["binds"][rows] & (state["unconfirmed_at"][rows] == BEFORE_ALL)
        return np.where(asked, np.maximum(stale_at, state["settled_at"][rows]) + AWAITED, NEVER)

    def elapse_extra(self, row: int, at: Micros) -> Iterator[Told]:
        """Nobody knows where the wearer is, and he must be home."""
        self.state[row]["unconfirmed_at"] = at - AWAITED
        self.state[row]["is_calm"] = False
        yield self._told_unconfirmed(row, ChangeKind.OPENED, at=at, seat=-1)

    def at_end(self, row: int, edge: Micros) -> Iterable[Told]:
        """What is unconfirmed need be no longer."""
        if self.state[row]["unconfirmed_at"] == BEFORE_ALL:
            return ()
        return (self._told_unconfirmed(row, ChangeKind.CLEARED, at=edge, seat=-1),)

    def _told_unconfirmed(self, row: int, change: ChangeKind, *, at: Micros, seat: int) -> Told:
        since = int(self.state[row]["unconfirmed_at"])
        known_at = int(self.state[row]["known_at"])
        if change is ChangeKind.CLEARED:
            self.state[row]["unconfirmed_at"] = BEFORE_ALL
        return Told(
            row=row,
            type=AlertType.CURFEW_UNCONFIRMED,
            change=change,
            opened_at=since,
            detected_at=at,
            cleared_at=max(at, since) if change is ChangeKind.CLEARED else None,
            seat=seat,
            evidence=self.frame(row)
            | {"last_known_at": None if known_at == BEFORE_ALL else rfc3339(known_at)},
        )


class CurfewWatch(WithAllowance, AwayWatch):
    """Curfews, some of which grant an allowance of absence."""


def _spans(spans: Iterable[timedelta]) -> Times:
    return np.array([span // timedelta(microseconds=1) for span in spans], dtype=np.int64)
