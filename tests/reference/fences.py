"""Section 5, inclusion and exclusion: zones to stay in, or out of."""

import math
from typing import Any

from em_engine.vocabulary import BEFORE_ALL, SECOND, AlertType, ChangeKind, Micros
from tests.reference.duty import Told, Way
from tests.reference.reports import Report
from tests.reference.seat import Seat
from tests.reference.slot import COMPANY_AFTER, DWELL, ENOUGH
from tests.reference.zones import ZoneDuty

CROSSED_WITHIN = 300 * SECOND


class VisitedDuty(ZoneDuty):
    """Section 5: a visit that one fix has shown is told when the next one confirms it."""

    def on_acquittal(self, k: int, seat: Seat, fix: Report, belief: float, *, was_due: bool) -> None:
        slot, previous = self.slots[k], seat.previous
        if previous is None or seat is not self.before_seat or previous.at != slot.last_at:
            return
        if not (was_due and slot.count == 1 and BEFORE_ALL < self.before_at < slot.last_at):
            return
        silence = slot.last_at - self.before_at
        would_have_been = self.before_is_torn and DWELL <= silence <= COMPANY_AFTER
        if would_have_been or (silence > COMPANY_AFTER and seat.has_come(previous, fix)):
            stay = slot.since, self.sides[k].crossing
            waits = self.before_is_torn or seat.is_torn
            self.tell_at_once(self.type_of(k), stay, fix, began_at=self.before_at, waits=waits)

    def tell_at_once(
        self, type: AlertType, stay: tuple[Micros, Micros], fix: Report, *, began_at: Micros, waits: bool
    ) -> None:
        """Opened and cleared by a fix; after a minute, where what is missing may part it since `began_at`."""
        opened_at = max(stay[0], self.not_before)
        opened = Told(self.case, self.condition, type, ChangeKind.OPENED, opened_at, fix.at, None)
        cleared = opened._replace(change=ChangeKind.CLEARED, cleared_at=max(stay[1], opened_at))
        if waits:
            self.hold_way(Way(began_at, opened, cleared, fix.received_at))
        else:
            self.told += [opened, cleared]


class InclusionDuty(VisitedDuty):
    """Stay in."""

    types = (AlertType.INCLUSION_LEFT,)

    def margin_m(self, slot: int, fix: Report) -> float:
        return self.depth_m(fix)


class ExclusionDuty(VisitedDuty):
    """Stay out; a ring before it; and a way straight through is told too."""

    types = (AlertType.EXCLUSION_ENTERED, AlertType.EXCLUSION_APPROACH)
    leaning_excuses = False

    def __init__(self, **given: Any) -> None:
        if given["terms"].buffer_m <= 0.0:
            self.types = (AlertType.EXCLUSION_ENTERED,)
        super().__init__(**given)
        self.before: Report | None = None
        self.suspected: Seat | None = None

    def margin_m(self, slot: int, fix: Report) -> float:
        """Within an exception nothing binds: it is as far to the zone as to the exception's edge."""
        buffer_m = self.terms.buffer_m if slot == 1 else 0.0
        allowed_m = [self.ground.depth_m(zone, fix.lon, fix.lat) for zone in self.terms.except_]
        return max(-self.depth_m(fix) - buffer_m, *allowed_m, -math.inf)

    def doubt_m(self) -> float:
        return max(self.ground.doubt_m(zone) for zone in (self.terms.zone, *self.terms.except_))

    def after_fix(self, seat: Seat, fix: Report) -> None:
        previous = seat.previous
        if previous is None or not self.is_enforced:
            return
        outside = all(self.margin_m(0, end) + self.doubt_m() > 0.0 for end in (previous, fix))
        if outside and self.slots[0].phase == "clear" and not self.just_told:
            self._tell_crossed(seat, previous, fix)

    def on_fix(self, seat: Seat, fix: Report) -> None:
        self.just_told = False
        super().on_fix(seat, fix)

    def on_suspicion(self, k: int, seat: Seat) -> None:
        if k == 0:
            self.before, self.suspected = seat.previous, seat

    def on_acquittal(self, k: int, seat: Seat, fix: Report, belief: float, *, was_due: bool) -> None:
        is_enough = belief >= min(self.slots[k].enough, ENOUGH)
        if k == 0 and is_enough and self.before is not None and seat is self.suspected:
            self.just_told = True
            if self._tell_crossed(seat, self.before, fix):
                return
        super().on_acquittal(k, seat, fix, belief, was_due=was_due)

    def _tell_crossed(self, seat: Seat, before: Report, fix: Report) -> bool:
        """Whether it was told."""
        if fix.at - before.at > CROSSED_WITHIN:
            return False
        if any(self.ground.passage(zone, before, fix) is not None for zone in self.terms.except_):
            return False  # he may have followed that
        passage = self.ground.passage(self.terms.zone, before, fix)
        if passage is None or passage[2] - self.doubt_m() < max(before.radius_m, fix.radius_m):
            return False
        entry, leave = (before.at + int((fix.at - before.at) * share) for share in passage[:2])
        if leave <= self.not_before:
            return False
        crossed = AlertType.EXCLUSION_CROSSED
        self.tell_at_once(crossed, (entry, leave), fix, began_at=before.at, waits=seat.is_torn)
        return True
