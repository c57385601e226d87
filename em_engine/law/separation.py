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
        self._sides = (
            _padded([bond.wearer_seats for bond in bonds]),
            _padded([bond.other_seats for bond in bonds]),
        )
        self.are_past = False
        """Places later than an instant are known, and asked for."""

    def side_of(self, rows: Indices, seat: Indices) -> Indices:
        """0 where a seat is the wearer's, 1 where it is the other's."""
        return np.where((self._sides[0][rows] == seat[:, None]).any(axis=1), 0, 1)

    def newest(self, rows: Indices, seats: Rows) -> tuple[Whereabouts, Whereabouts]:
        """Both sides' newest positions."""
        here, there = (_newest(side[rows], seats) for side in self._sides)
        return here, there

    def newest_at(self, rows: Indices, seats: Rows) -> Times:
        """When the newer of both sides' newest positions was made."""
        here, there = (seats["at"][_newest_seat(side[rows], seats)] for side in self._sides)
        return np.asarray(np.maximum(here, there))

    def separation(
        self, rows: Indices, at: Times, *, seats: Rows, places: Rows, ring_m: Floats
    ) -> Separation:
        """Both sides brought to `at` (or to the newer position, if that is later), beside a ring each."""
        newest = self.newest(rows, seats)
        at = np.maximum(at, np.maximum(newest[0].at, newest[1].at))
        here, there = (
            self._surest(one, places, rows=rows, side=side, at=at) for side, one in enumerate(newest)
        )
        both = (here.at != BEFORE_ALL) & (there.at != BEFORE_ALL)
        seen_at = np.stack([here.seen_at, there.seen_at], axis=1)
        oldest = np.where(both, seen_at.min(axis=1), at - 2 * COLD_AFTER)
        way_m = np.where(both, apart_m(here.ecef, there.ecef), np.inf)
        tells = (way_m > ring_m) | (np.hypot(here.radius_m, there.radius_m) <= ring_m)
        return Separation(
            at=at,
            apart_m=way_m,
            error_m=np.hypot(here.grown_m(at), there.grown_m(at)),
            seen_at=seen_at,
            placed_at=np.stack([here.at, there.at], axis=1),
            tells=tells,
            is_known=tells & both & (at - oldest <= COLD_AFTER),
        )

    def _surest(
        self, newest: Whereabouts, places: Rows, *, rows: Indices, side: int, at: Times
    ) -> Whereabouts:
        if not self.are_past and not (newest.radius_m > VAGUE_M).any():
            return newest
        return surest(newest, places, at, rows=rows, side=side, is_past=self.are_past)


def _newest(candidates: Indices, seats: Rows) -> Whereabouts:
    """Of each row's seats on one side, the one whose position is newest."""
    seat = _newest_seat(candidates, seats)
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


def _newest_seat(candidates: Indices, seats: Rows) -> Indices:
    if candidates.shape[1] == 1:
        return candidates[:, 0]
    at = np.where(candidates >= 0, seats["at"][candidates], BEFORE_ALL)
    return np.asarray(candidates[np.arange(len(candidates)), at.argmax(axis=1)])


def _padded(seats: Iterable[tuple[int, ...]]) -> Indices:
    """(n, most) seats, short rows filled with -1."""
    listed = list(seats)
    most = max((len(one) for one in listed), default=1)
    return np.array([(*one, *([-1] * (most - len(one)))) for one in listed], dtype=np.intp).reshape(-1, most)
