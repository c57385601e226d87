"""Visits that one fix alone has shown, after a silence, and the next one confirms: by the speed it tells, its
device came from there.

A single false fix comes after silences too; but then the next one finds its device where it was, and at rest.
"""

from collections.abc import Iterable
from dataclasses import replace
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import COMPANY_AFTER, DWELL, Phase
from em_engine.law.evidence import Sightings, since_previous
from em_engine.law.geodesy import to_degrees
from em_engine.law.motion import MOVING_MPS, WATCH_GAP
from em_engine.law.watch import Told, describe_position, describe_speed
from em_engine.law.zone_watch import ZoneWatch
from em_engine.vocabulary import BEFORE_ALL, NEVER, SECOND, Micros, Source, rfc3339

STEP_MAX: Final[Micros] = WATCH_GAP
"""Between fixes farther apart a told speed says nothing of the whole way."""


class VisitedZoneWatch(ZoneWatch):
    """Zones of which a visit is told when it is over, if it was not before."""

    def suspicion_passed(
        self, row: int, number: int, place: int, seen: Sightings, seat: Any, was: Any
    ) -> Iterable[Told]:
        """Opened and cleared at once; waiting, where what is missing may show another way."""
        slot, state = self.slots[row][number], self.state[row]
        at, whose = int(seen.at[place]), int(seen.seat[place])
        is_next = state["before_seat"] == whose and seen.previous_at[place] == was["last_at"]
        if not is_next or not _is_of_one_fix(was, state):
            return
        silence = int(was["last_at"]) - int(state["before_at"])
        is_torn = bool(state["before_is_torn"])
        only_a_hole_kept_it = is_torn and DWELL <= silence <= COMPANY_AFTER
        if not only_a_hole_kept_it and not (silence > COMPANY_AFTER and _has_come(seen, place)):
            return
        evidence = self.frame(row) | {
            "fix": _describe_previous(seen, place, seat),
            "next_fix_at": rfc3339(at),
            "previous_fix_at": rfc3339(int(state["before_at"])),
        }
        evidence |= describe_speed(seen, place)
        waits = is_torn or bool(seen.is_torn[place])
        breach.open_breach(slot, int(self.not_before(row)))
        yield replace(self.told_opened(row, number, at=at, seat=whose, evidence=evidence), waits=waits)
        slot["phase"], cleared_at = Phase.CLEAR, int(slot["crossed_at"])
        told = self.told_cleared(row, slot, at=at, cleared_at=cleared_at, seat=whose, evidence=evidence)
        yield replace(told, waits=waits)


def _is_of_one_fix(was: Any, state: Any) -> bool:
    """Whether the suspicion was of one fix, surely enough, of a device that may have moved."""
    is_sure = was["opens_at"] != NEVER
    return bool(is_sure and was["fixes"] == 1 and BEFORE_ALL < state["before_at"] < was["last_at"])


def _has_come(seen: Sightings, place: int) -> bool:
    """Whether a fix tells a speed with which its device can have come from the fix before."""
    (silence_s,), (shown_m,) = since_previous(seen.take(np.array([place])))
    told_mps = float(seen.speed_mps[place])
    is_told = told_mps >= MOVING_MPS and silence_s <= STEP_MAX / SECOND
    return bool(is_told and shown_m <= told_mps * silence_s)


def _describe_previous(seen: Sightings, place: int, seat: Any) -> dict[str, Any]:
    """The fix before this one, of which the seat may still know the source."""
    at = int(seen.previous_at[place])
    lonlat = np.concatenate(to_degrees(seen.previous_ecef[place][None]))
    source = [*seat["ring_source"][seat["ring_at"] == at], Source.UNKNOWN][0]
    return describe_position(at, lonlat, radius_m=float(seen.previous_radius_m[place]), source=source)
