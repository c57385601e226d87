"""What heartbeats and events tell of their seat, whichever conditions there are: columns of one row a seat.

Rule numbers are those of section 1 in this folder's README.
"""

from typing import Final

import numpy as np

from em_engine.law.evidence import COLD_AFTER, gap, straying_m
from em_engine.law.frozen import hear_stirring
from em_engine.law.motion import TOGETHER, hear_motion
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    Booleans,
    Indices,
    Micros,
    ReportKind,
    Rows,
    Times,
    Tristate,
)

TIED_WITHIN: Final[Micros] = MINUTE
"""A beacon heard so soon after a fix was heard beside it: the last steps home, or the drive up the street."""
BEACON_REACH_M: Final = 50.0
"""How far the home beacon is heard: a house and its yard."""


def are_told(seats: Rows, seat: Indices, reports: Rows) -> Booleans:
    """Which of the reports are heartbeats or events that were taken before."""
    at, kind = reports["at"], reports["kind"]
    is_event, is_heartbeat = kind == ReportKind.EVENT.value, kind == ReportKind.HEARTBEAT.value
    again = is_heartbeat & (seats["heartbeat_at"][seat] == at)
    if is_event.any():
        same = (seats["event_at"][seat] == at[:, None]) & (seats["event"][seat] == reports["event"][:, None])
        again |= is_event & same.any(axis=1)
    return np.asarray(again)


def take_events(seats: Rows, seat: Indices, reports: Rows) -> None:
    """Remembers events, for telling that one comes again."""
    place = seats["event_next"][seat]
    seats["event_at"][seat, place], seats["event"][seat, place] = reports["at"], reports["event"]
    seats["event_next"][seat] = (place + 1) % seats["event"].shape[1]


def take_heartbeats(seats: Rows, seat: Indices, reports: Rows) -> Booleans:
    """Moves the seats on by what their heartbeats say, and says which say anything: old ones do not."""
    is_news = reports["at"] >= seats["heartbeat_at"][seat]
    if not is_news.all():
        which = np.flatnonzero(is_news)
        seat, reports = seat[which], reports.take(which)
    at, motion, before = reports["at"], reports["motion"], seats["heartbeat_at"][seat]
    hear_motion(seats, seat, at=at, motion=motion, before=before)
    hear_stirring(seats, seat, at=at, motion=motion, before=before)
    seats["heartbeat_at"][seat] = at
    _remember(seats, seat, reports)
    is_told = reports["beacon_in_range"] != Tristate.UNKNOWN.value
    is_in_range = reports["beacon_in_range"][is_told] == Tristate.YES.value
    _stay_by_beacon(seats, seat[is_told], at[is_told], is_in_range)
    rests, moves = motion == Tristate.NO.value, motion == Tristate.YES.value
    _rest_on(seats, seat[rests], at[rests])
    _stir(seats, seat[moves], at[moves])
    return np.asarray(is_news)


def _remember(seats: Rows, seat: Indices, reports: Rows) -> None:
    """What they say of where the device is will be wanted if a late fix comes."""
    place = seats["beat_next"][seat]
    seats["beat_at"][seat, place] = reports["at"]
    seats["beat_motion"][seat, place] = reports["motion"]
    seats["beat_beacon"][seat, place] = reports["beacon_in_range"]
    seats["beat_next"][seat] = (place + 1) % seats["beat_at"].shape[1]


def _stir(seats: Rows, seat: Indices, at: Times) -> None:
    """The device has moved since the heartbeat before.

    Told with a fix, in one waking, that was before it; unless the fix itself tells of moving.
    """
    is_together = gap(at, seats["at"][seat]) <= TOGETHER
    was_before = is_together & (seats["moved_at"][seat] < seats["at"][seat])
    seats["rests"][seat[~was_before]] = False


def _rest_on(seats: Rows, seat: Indices, at: Times) -> None:
    """The device stands still: where it was, it is, if nothing came between.

    An old position is not made young by it: the device may have moved unheard before it came to rest.
    """
    known_at = np.maximum(seats["at"][seat], seats["still_at"][seat])
    age = gap(at, known_at)
    which = seats["rests"][seat] & (known_at != BEFORE_ALL) & (age >= 0) & (age <= COLD_AFTER)
    seats["still_at"][seat[which]] = at[which]


def _stay_by_beacon(seats: Rows, seat: Indices, at: Times, is_in_range: Booleans) -> None:
    """The home beacon is in range, or is not: who came home with a fix at the door stays there.

    The beacon holds the device near the fix it was first heard beside, whatever moves within the house.
    """
    tied_at, fixed_at = seats["tied_at"][seat], seats["at"][seat]
    age = gap(at, fixed_at)
    is_tied = tied_at != BEFORE_ALL
    begins = is_in_range & ~is_tied & (fixed_at != BEFORE_ALL) & (age >= 0) & (age <= TIED_WITHIN)
    strayed_m = straying_m(seats["speed_mps"][seat[begins]], age[begins])
    seats["tied_m"][seat[begins]] = BEACON_REACH_M + strayed_m
    holds = begins | (is_in_range & is_tied & (gap(at, tied_at) <= COLD_AFTER))
    seats["tied_at"][seat] = np.where(holds, at, BEFORE_ALL)
    seats["still_at"][seat[holds]] = at[holds]
