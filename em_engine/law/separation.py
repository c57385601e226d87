"""How far apart the two sides of a ban are at one instant, whatever the age and rate of their fixes."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np

from em_engine.law.breach import widenings
from em_engine.law.evidence import COLD_AFTER
from em_engine.law.geodesy import apart_m
from em_engine.law.watch import Bond
from em_engine.law.whereabouts import VAGUE_M, Whereabouts, surest
from em_engine.vocabulary import BEFORE_ALL, Booleans, Floats, Indices, Rows, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class Separation:
    """How far apart two people are at one instant: columns of one row a pair, metres."""

    at: Times
    apart_m: Floats
    error_m: Floats  # 68 % radius of the whole
    seen_at: Times  # (n, 2)
    placed_at: Times  # (n, 2) from when the places are that were taken
    tells: Booleans  # not where they seem to be within the ring, by a circle wider than the ring
    is_known: Booleans  # it tells, and both positions are recent, or known to stand still


class Pairs:
    """The two sides of every ban: the wearer's seats, and the protected person's."""

    def __init__(self, bonds: Sequence[Bond]) -> None:
        sides = [bond.wearer_seats for bond in bonds] + [bond.other_seats for bond in bonds]
        padded = _padded(sides)
        self._seats = padded.reshape(2, len(bonds), padded.shape[1])
        self.are_past = False
        """Places later than an instant are known, and asked for."""

    def side_of(self, rows: Indices, seat: Indices) -> Indices:
        """0 where a seat is the wearer's, 1 where it is the other's."""
        return np.where((self._seats[0, rows] == seat[:, None]).any(axis=1), 0, 1)

    def newest_at(self, rows: Indices, seats: Rows) -> Times:
        """When the newer of both sides' newest positions was made."""
        return np.asarray(seats["at"][self._newest_seats(rows, seats)].reshape(2, -1).max(axis=0))

    def newest_other(self, rows: Indices, seat: Indices, seats: Rows) -> Indices:
        """The seat with the newest position of the side that each seat is not of; -1 where it has none."""
        newest = self._newest_seats(rows, seats).reshape(2, -1)
        return np.asarray(newest[1 - self.side_of(rows, seat), np.arange(len(rows))])

    def separation(
        self, rows: Indices, at: Times, *, seats: Rows, places: Rows, ring_m: Floats
    ) -> Separation:
        """Both sides brought to `at` (or to the newer position, if that is later), beside a ring each."""
        newest = _positions(self._newest_seats(rows, seats), seats)
        newest_at = newest.at.reshape(2, -1)
        at = np.maximum(at, newest_at.max(axis=0))
        both_at = np.concatenate([at, at])
        taken = self._surest(newest, places, rows=rows, at=both_at)
        placed_at, seen_at = taken.at.reshape(2, -1), taken.seen_at.reshape(2, -1)
        both = (placed_at != BEFORE_ALL).all(axis=0)
        oldest = np.where(both, seen_at.min(axis=0), at - 2 * COLD_AFTER)
        here, there = taken.ecef.reshape(2, -1, 3)
        way_m = np.where(both, apart_m(here, there), np.inf)
        tells = (way_m > ring_m) | (np.hypot(*taken.radius_m.reshape(2, -1)) <= ring_m)
        return Separation(
            at=at,
            apart_m=way_m,
            error_m=np.hypot(*taken.grown_m(both_at).reshape(2, -1)),
            seen_at=seen_at.T,
            placed_at=placed_at.T,
            tells=tells,
            is_known=tells & both & (at - oldest <= COLD_AFTER),
        )

    def _newest_seats(self, rows: Indices, seats: Rows) -> Indices:
        """The seats with each side's newest positions: all wearers', then all the others'."""
        candidates = self._seats[:, rows].reshape(2 * len(rows), self._seats.shape[2])
        if candidates.shape[1] == 1:
            return candidates[:, 0]
        at = np.where(candidates >= 0, seats["at"][candidates], BEFORE_ALL)
        return np.asarray(candidates[np.arange(len(candidates)), at.argmax(axis=1)])

    def _surest(self, newest: Whereabouts, places: Rows, *, rows: Indices, at: Times) -> Whereabouts:
        if not self.are_past and not (newest.radius_m > VAGUE_M).any():
            return newest
        side = np.repeat([0, 1], len(rows))
        return surest(newest, places, at, rows=np.tile(rows, 2), side=side, is_past=self.are_past)


def _positions(seat: Indices, seats: Rows) -> Whereabouts:
    """Where these seats are, as far as each knows."""
    at = seats["at"][seat]
    seen_at = np.maximum(at, seats["still_at"][seat])
    radius_m, tied_m = seats["radius_m"][seat], seats["tied_m"][seat]
    return Whereabouts(
        at=at,
        held_at=seen_at,
        seen_at=seen_at,
        ecef=seats["ecef"][seat],
        radius_m=np.asarray(radius_m + tied_m, dtype=np.float64),
        reach_m=np.asarray(radius_m * widenings(seats["source"][seat]) + tied_m, dtype=np.float64),
        speed_mps=seats["speed_mps"][seat],
    )


def _padded(seats: Iterable[tuple[int, ...]]) -> Indices:
    """(n, most) seats, short rows filled with -1."""
    listed = list(seats)
    most = max((len(one) for one in listed), default=1)
    return np.array([(*one, *([-1] * (most - len(one)))) for one in listed], dtype=np.intp).reshape(-1, most)
