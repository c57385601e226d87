"""A receiver that is stuck tells one place for ever, though the device moves on: it tells nothing new.

A receiver at rest may hold its place, and Wi-Fi and masts always tell the same; so only what contradicts it
makes a repeated place suspicious. Rule numbers are those of section 1 in this folder's README.
"""

from typing import Final

import numpy as np

from em_engine.law.motion import MOVING_MPS, REST_GAP
from em_engine.vocabulary import (
    BEFORE_ALL,
    MINUTE,
    NEVER,
    SECOND,
    Booleans,
    Indices,
    Micros,
    Rows,
    Source,
    Times,
    Tristate,
)

GONE_M: Final = 30.0
"""Who has gone so far, by the speeds he tells, is not where he was to the last digit."""
STIRS_FOR: Final[Micros] = 10 * MINUTE
"""A motion sensor wakes at every turn in bed; nobody turns for so long."""


def are_frozen(seats: Rows, seat: Indices, reports: Rows) -> Booleans:
    """Rule 2: which fixes repeat the place of their seat's trusted fix though the device says that it moves.

    One fix a seat. Rows that are no fixes have no place, and are not.
    """
    known = seats["lonlat"][seat]
    again = (known[:, 0] == reports["lon"]) & (known[:, 1] == reports["lat"])
    which = np.flatnonzero(again)
    if len(which):
        again[which] = _move(seats.take(seat[which]), reports.take(which))
    return np.asarray(again)


def _move(seats: Rows, reports: Rows) -> Booleans:
    at, told_mps = reports["at"], reports["speed_mps"]
    gone_m = told_mps * ((at - seats["placed_at"]) / SECOND)
    has_gone = (told_mps >= MOVING_MPS) & (gone_m >= GONE_M)
    since = np.maximum(seats["placed_at"], seats["stirs_since"])
    stirs = (since != NEVER) & (at - since >= STIRS_FOR) & (at - seats["heartbeat_at"] <= REST_GAP)
    return np.asarray((reports["source"] == Source.GNSS.value) & (has_gone | stirs))


def hear_stirring(seats: Rows, seat: Indices, *, at: Times, motion: Booleans, before: Times) -> None:
    """Heartbeats tell whether the device has moved since the one before. One row a seat."""
    since, moves = seats["stirs_since"][seat], motion == Tristate.YES.value
    is_far = at - np.maximum(before, BEFORE_ALL // 2) > REST_GAP
    began = np.where(is_far, np.where(moves, at, NEVER), np.where(moves & (since == NEVER), before, since))
    seats["stirs_since"][seat] = np.where(motion == Tristate.NO.value, NEVER, began)
