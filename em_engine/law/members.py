"""The members of groups: what each one's newest trusted position is, and how two of them stand to each other.

A member is one wearer in one group, under however many orders. What reports make of a member is noted, and
taken later in the order of arrival.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Final

import numpy as np

from em_engine.law.breach import repute
from em_engine.law.evidence import COLD_AFTER, SEAT, straying_m
from em_engine.law.geodesy import apart_m
from em_engine.law.motion import Stir, stir
from em_engine.vocabulary import BEFORE_ALL, Floats, Indices, Micros, Rows, Times, Tristate

_COPIED: Final = (
    "at", "ecef", "lonlat", "radius_m", "source", "speed_mps", "still_at", "tied_m",
    "moved_at", "speed_at", "watched_since", "rest_since", "rest_at",
)  # fmt: skip

KNOWN: Final = np.dtype([(name, SEAT[name].base, SEAT[name].shape) for name in _COPIED])
"""What a seat tells of where its device is."""
MEMBER: Final = np.dtype(
    [
        ("seat", np.int64),  # of the newest trusted fix; -1 where there is none
        ("known", KNOWN),
        ("home_at", np.int64),  # newest heartbeat with the home beacon in range, if none since says otherwise
        ("before_at", np.int64),  # the position before
        ("before_ecef", np.float64, (3,)),
    ]
)
ENTRY: Final = np.dtype(
    [
        ("arrival", np.int64),
        ("received_at", np.int64),
        ("member", np.int64),
        ("seat", np.int64),
        ("known", KNOWN),
        ("home_at", np.int64),
        ("is_late", np.bool_),  # what a late fix would have made of it
    ]
)


def blank_members(count: int) -> Rows:
    """`count` members of whom nothing is known."""
    members = np.zeros(count, dtype=MEMBER)
    members["seat"] = -1
    for name in ("home_at", "before_at"):
        members[name] = BEFORE_ALL
    members["known"]["at"] = members["known"]["still_at"] = BEFORE_ALL
    return members


def forget_members(members: Rows, which: Indices) -> None:
    """Of these no place is known any more, nor the one before. In place."""
    members[which] = blank_members(len(which))


def entries(seats: Rows, *, member: Indices, seat: Indices, arrival: Indices, received_at: Times) -> Rows:
    """What reports have made of these of the seats, for the log: (n,) columns in, (n,) rows out."""
    made = np.empty(len(member), dtype=ENTRY)
    made["arrival"], made["received_at"] = arrival, received_at
    made["member"], made["seat"] = member, seat
    here = seats[seat]
    for name in _COPIED:
        made["known"][name] = here[name]
    made["home_at"], made["is_late"] = _home_at(here), False
    return made


def _home_at(here: Rows) -> Times:
    """The newest heartbeat that speaks of the beacon, if it says that it is in range."""
    says = here["beat_beacon"] != Tristate.UNKNOWN
    at = np.where(says, here["beat_at"], BEFORE_ALL)
    newest = at.argmax(axis=1)
    rows = np.arange(len(here))
    is_in_range = here["beat_beacon"][rows, newest] == Tristate.YES
    return np.where(is_in_range, at[rows, newest], BEFORE_ALL)


def moves(members: Rows, noted: Rows) -> Indices:
    """Which of the entries, of distinct members, bring a newer position."""
    return np.flatnonzero(noted["known"]["at"] > members["known"]["at"][noted["member"]])


def take(members: Rows, noted: Rows) -> None:
    """Members moved on by entries, of distinct members: a newer position, or news of the newest."""
    of = noted["member"]
    is_newer = noted["known"]["at"] > members["known"]["at"][of]
    newer = of[is_newer]
    members["before_at"][newer] = members["known"]["at"][newer]
    members["before_ecef"][newer] = members["known"]["ecef"][newer]
    is_told = is_newer | (noted["seat"] == members["seat"][of])
    told = noted if is_told.all() else noted[is_told]
    for name in ("seat", "known", "home_at"):
        members[name][told["member"]] = told[name]


@dataclass(frozen=True, slots=True, kw_only=True)
class Meeting:
    """How two members stand to each other at one instant, and stood before the one who moved did."""

    at: Micros
    apart_m: float
    error_m: float  # 68 % radius of the whole
    gross: float  # half the share of such looks that are wrong beyond any model
    correlation: Micros
    are_home: bool  # each held by the beacon of his own home
    previous_at: Micros  # the mover's fix before; BEFORE_ALL where there is none
    before_at: Micros  # of the look before; BEFORE_ALL where there is none
    before_apart_m: float


def meeting(mover: Any, other: Any, at: Micros = BEFORE_ALL) -> Meeting | None:
    """A look at two members at the newer one's position, or at `at`, if that is later; None where one of them
    is not known then."""
    here, there = mover["known"], other["known"]
    if BEFORE_ALL in (int(here["at"]), int(there["at"])):
        return None
    at = max(at, int(here["at"]), int(there["at"]))
    if at - min(_seen_at(here), _seen_at(there)) > COLD_AFTER:
        return None
    reputes = [repute(int(one["source"])) for one in (here, there)]
    before_at = max(int(mover["before_at"]), int(there["at"]))
    has_before = mover["before_at"] != BEFORE_ALL and at - before_at <= COLD_AFTER
    return Meeting(
        at=at,
        apart_m=_apart_m(here["ecef"], there["ecef"]),
        error_m=float(np.hypot(_grown_m(here, at), _grown_m(there, at))),
        gross=max(one.gross for one in reputes),
        correlation=max(one.correlation for one in reputes),
        are_home=all(at - max(int(one["home_at"]), BEFORE_ALL // 2) <= COLD_AFTER for one in (mover, other)),
        previous_at=int(mover["before_at"]),
        before_at=before_at if has_before else BEFORE_ALL,
        before_apart_m=_apart_m(mover["before_ecef"], there["ecef"]) if has_before else np.inf,
    )


def stillness(both: Iterable[Any], at: Micros, since: Micros) -> Stir:
    """What is known of the moving of two members since then: they are as still as the less still of them."""
    return min(stir(one["known"], at, since) for one in both)


def _seen_at(known: Any) -> Micros:
    return max(int(known["at"]), int(known["still_at"]))


def _grown_m(known: Any, at: Micros) -> float:
    """The radius of a position as it has grown since it was last known to hold."""
    told_m = float(known["radius_m"]) * repute(int(known["source"])).widening
    strayed_m = float(straying_m(known["speed_mps"], max(at - _seen_at(known), 0)))
    return told_m + float(known["tied_m"]) + strayed_m


def _apart_m(here: Floats, there: Floats) -> float:
    return float(apart_m(here[None], there[None])[0])


def same_before(member: Indices) -> Indices:
    """For each entry the place of the same member's entry before it; -1 where it is the member's first."""
    order = np.argsort(member, kind="stable")
    before = np.full(len(member), -1, dtype=np.intp)
    is_again = member[order][1:] == member[order][:-1]
    before[order[1:][is_again]] = order[:-1][is_again]
    return before
