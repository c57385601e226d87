"""Section 5, exclusion, inclusion and curfew: looks at one zone."""

import math
from datetime import timedelta
from typing import Any

from em_engine.vocabulary import BEFORE_ALL, HOUR, NEVER, SECOND, AlertType, ChangeKind, Micros, Tristate
from tests.reference.duty import Duty
from tests.reference.reports import Report
from tests.reference.seat import COLD_AFTER, Seat
from tests.reference.slot import CERTAIN, ENOUGH, Look, Slot, told_radius_m

CROSSED_WITHIN = 300 * SECOND
EARLY_WITHIN = HOUR
FAIR_RADIUS_M = 100.0


class Side:
    """On which side of a slot's line the wearer was last seen, by whichever device, and since when."""

    def __init__(self) -> None:
        self.is_unlawful = False
        self.crossing: Micros = BEFORE_ALL


class ZoneDuty(Duty):
    """What exclusion, inclusion and curfew have in common: slots that look at depth in one zone."""

    types: tuple[AlertType, ...] = ()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.slots = [Slot() for _ in self.types]
        self.sides = [Side() for _ in self.types]

    def margin_m(self, slot: int, fix: Report) -> float:
        """Metres to spare on the lawful side."""
        raise NotImplementedError

    def depth_m(self, fix: Report) -> float:
        return self.ground.depth_m(self.terms.zone, fix.lon, fix.lat)

    def slot_of(self, type: AlertType) -> Slot | None:
        return self.slots[self.types.index(type)] if type in self.types else None

    def type_of(self, slot: int) -> AlertType:
        """What a breach of that slot is called when it opens."""
        return self.types[slot]

    def clock_at(self) -> Micros:
        return min((slot.clock_at for slot in self.slots if self.is_enforced), default=NEVER)

    def ring(self, now: Micros) -> None:
        for k, slot in enumerate(self.slots):
            if slot.clock_at <= now:
                self._open(k, max(slot.since, self.not_before), detected_at=now)

    # Windows ----------------------------------------

    def at_start(self, at: Micros) -> None:
        seen = [seat.trusted for seat in self.wearer if seat.trusted is not None]
        newest = max(seen, key=lambda fix: fix.at, default=None)
        if newest is None or at - newest.at > COLD_AFTER or self.is_known_lawful(newest):
            return
        for k, slot in enumerate(self.slots):
            look = self._look(self._seat_of(newest), newest, k, at)
            is_sure = look.is_violating and look.p >= CERTAIN and not look.stillness
            if slot.phase == "clear" and is_sure:
                self._open(k, at, detected_at=at)

    def _seat_of(self, fix: Report) -> Seat:
        return next(seat for seat in self.wearer if seat.trusted is fix)

    def is_known_lawful(self, newest: Report) -> bool:
        """Whether something newer than that fix tells that the wearer is where he must be."""
        return False

    def at_relax(self) -> None:
        for slot in self.slots:
            if slot.phase == "suspected":
                slot.phase = "clear"

    def at_end(self, at: Micros) -> None:
        for slot in self.slots:
            if slot.is_open:
                self._tell_cleared(slot, cleared_at=at, detected_at=at)
            slot.phase = "clear"

    # Looks ----------------------------------------

    def know_before(self, present: Any, first_at: Micros) -> None:
        for slot, known in zip(self.slots, present.slots, strict=True):
            if known.lawful_at < first_at:
                slot.lawful_at = known.lawful_at

    def on_fix(self, seat: Seat, fix: Report) -> None:
        crossings = [self._follow(seat, fix, k) for k in range(len(self.slots))]
        if not self.is_in_arrears(fix):
            for k, slot in enumerate(self.slots):
                if slot.is_open or self.is_enforced:
                    self._weigh(k, slot, self._look(seat, fix, k, crossings[k]), seat, fix)
            self.after_fix(seat, fix)
        for k, slot in enumerate(self.slots):
            self._find_lawful(slot, fix, self.margin_m(k, fix))

    def _find_lawful(self, slot: Slot, fix: Report, margin_m: float) -> None:
        """Rule 1.8."""
        if margin_m > 0.0 and (fix.radius_m <= FAIR_RADIUS_M or margin_m >= fix.radius_m):
            slot.lawful_at = max(slot.lawful_at, fix.at)

    def _follow(self, seat: Seat, fix: Report, k: int) -> Micros:
        """Section 2: when the margin last changed sign."""
        side = self.sides[k]
        margin_m = self.margin_m(k, fix)
        is_unlawful = margin_m < 0.0
        if seat.is_cold or seat.previous is None:
            side.crossing = fix.at
        elif is_unlawful != side.is_unlawful:
            side.crossing = self._between(side, seat.previous, fix, k)
        side.is_unlawful = is_unlawful
        return side.crossing

    def _between(self, side: Side, previous: Report, fix: Report, k: int) -> Micros:
        if previous.at < side.crossing:  # another device, or the beacon, has been heard since
            return fix.at
        before_m, margin_m = self.margin_m(k, previous), self.margin_m(k, fix)
        if (before_m < 0.0) == (margin_m < 0.0):  # a suspect that proved true
            return previous.at
        return previous.at + int((fix.at - previous.at) * (before_m / (before_m - margin_m)))

    def _look(self, seat: Seat, fix: Report, k: int, crossing: Micros) -> Look:
        margin_m, radius_m, lawful_at = self.margin_m(k, fix), told_radius_m(fix), self.slots[k].lawful_at
        return Look(
            at=fix.at,
            received_at=fix.received_at,
            margin_m=margin_m,
            radius_m=radius_m,
            crossing=crossing,
            previous_at=None if seat.previous is None else seat.previous.at,
            is_cold=seat.is_cold,
            source=fix.source,
            stillness=seat.motion.stillness(
                fix.at, lawful_at=lawful_at, margin_m=margin_m, radius_m=radius_m
            ),
            lawful_at=lawful_at,
        )

    def _weigh(self, k: int, slot: Slot, look: Look, seat: Seat, fix: Report) -> None:
        was, belief = slot.phase, slot.belief
        change = slot.look(look, not_before=self.not_before)
        if change == "opened":
            self._tell_opened(k, slot, detected_at=look.at)
        elif change == "cleared":
            self._tell_cleared(slot, cleared_at=slot.cleared_at(), detected_at=look.at)
        if was != "suspected" and slot.phase in ("suspected", "open"):
            self.on_suspicion(k, seat)
        if was == "suspected" and slot.phase == "clear" and belief >= ENOUGH:
            self.on_acquittal(k, seat, fix)

    def on_suspicion(self, k: int, seat: Seat) -> None:
        """A suspicion has begun with the seat's trusted fix."""

    def on_acquittal(self, k: int, seat: Seat, fix: Report) -> None:
        """A compliant fix has ended a suspicion that had belief enough."""

    def after_fix(self, seat: Seat, fix: Report) -> None:
        """What else the kind makes of a fix."""

    # Telling ----------------------------------------

    def _open(self, k: int, opened_at: Micros, *, detected_at: Micros) -> None:
        self.slots[k].open(opened_at)
        self._tell_opened(k, self.slots[k], detected_at=detected_at)

    def _tell_opened(self, k: int, slot: Slot, *, detected_at: Micros) -> None:
        slot.type = self.type_of(k)
        self.tell(slot.type, ChangeKind.OPENED, opened_at=slot.opened_at, detected_at=detected_at)

    def _tell_cleared(self, slot: Slot, *, cleared_at: Micros, detected_at: Micros) -> None:
        assert slot.type is not None
        self.tell(
            slot.type,
            ChangeKind.CLEARED,
            opened_at=slot.opened_at,
            detected_at=detected_at,
            cleared_at=cleared_at,
        )


class InclusionDuty(ZoneDuty):
    """Stay in."""

    types = (AlertType.INCLUSION_LEFT,)

    def margin_m(self, slot: int, fix: Report) -> float:
        return self.depth_m(fix)


class ExclusionDuty(ZoneDuty):
    """Stay out; a ring before it; and a way straight through is told too."""

    types = (AlertType.EXCLUSION_ENTERED, AlertType.EXCLUSION_APPROACH)

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

    def after_fix(self, seat: Seat, fix: Report) -> None:
        previous = seat.previous
        if previous is None or not self.is_enforced:
            return
        outside = self.margin_m(0, previous) > 0.0 and self.margin_m(0, fix) > 0.0
        if outside and self.slots[0].phase == "clear" and not self.just_told:
            self._tell_crossed(previous, fix)

    def on_fix(self, seat: Seat, fix: Report) -> None:
        self.just_told = False
        super().on_fix(seat, fix)

    def on_suspicion(self, k: int, seat: Seat) -> None:
        if k == 0:
            self.before, self.suspected = seat.previous, seat

    def on_acquittal(self, k: int, seat: Seat, fix: Report) -> None:
        if k == 0 and self.before is not None and seat is self.suspected:
            self.just_told = True
            self._tell_crossed(self.before, fix)

    def _tell_crossed(self, before: Report, fix: Report) -> None:
        if fix.at - before.at > CROSSED_WITHIN:
            return
        if any(self.ground.passage(zone, before, fix) is not None for zone in self.terms.except_):
            return  # he may have followed that
        passage = self.ground.passage(self.terms.zone, before, fix)
        if passage is None or passage[2] < max(before.radius_m, fix.radius_m):
            return
        entry, leave = (before.at + int((fix.at - before.at) * share) for share in passage[:2])
        if leave <= self.not_before:
            return
        opened_at = max(entry, self.not_before)
        crossed = AlertType.EXCLUSION_CROSSED
        self.tell(crossed, ChangeKind.OPENED, opened_at=opened_at, detected_at=fix.at)
        self.tell(crossed, ChangeKind.CLEARED, opened_at=opened_at, detected_at=fix.at, cleared_at=leave)


class CurfewDuty(ZoneDuty):
    """At home between the graces of every window; and somebody must know that he is."""

    types = (AlertType.CURFEW_LEFT,)

    def __init__(self, **given: Any) -> None:
        self.late, self.early, self.confirm_every = (
            _micros(span)
            for span in (given["terms"].grace.late, given["terms"].grace.early, given["terms"].confirm_every)
        )
        super().__init__(**given)
        self.home_at = BEFORE_ALL
        self.sign_at = BEFORE_ALL
        self.unconfirmed_since: Micros | None = None

    def start_at(self, since: Micros) -> None:
        super().start_at(since)
        self.sign_at = since  # nobody could know before

    def enforced(self, start: Micros, end: Micros) -> tuple[Micros, Micros]:
        if start == BEFORE_ALL or end == NEVER:
            first = start if start == BEFORE_ALL else start + self.late
            return first, end if end == NEVER else end - self.early
        return start + self.late, end - self.early

    def margin_m(self, slot: int, fix: Report) -> float:
        return self.depth_m(fix)

    def type_of(self, slot: int) -> AlertType:
        if self.home_at < self.start or self.home_at == BEFORE_ALL:
            return AlertType.CURFEW_LATE
        if self.slots[0].opened_at >= self.end - EARLY_WITHIN:
            return AlertType.CURFEW_EARLY
        return AlertType.CURFEW_LEFT

    def slot_of(self, type: AlertType) -> Slot | None:
        return None if type is AlertType.CURFEW_UNCONFIRMED else self.slots[0]

    # Home ----------------------------------------

    def know_before(self, present: Any, first_at: Micros) -> None:
        super().know_before(present, first_at)
        if present.home_at < first_at:
            self.home_at = present.home_at

    def on_fix(self, seat: Seat, fix: Report) -> None:
        margin_m = self.margin_m(0, fix)
        if margin_m >= fix.radius_m:
            self.home_at = max(self.home_at, fix.at)
        super().on_fix(seat, fix)
        is_fair = fix.radius_m <= FAIR_RADIUS_M and margin_m > 0.0
        if is_fair or abs(margin_m) >= fix.radius_m:
            self._sign(fix.at, received_at=fix.received_at)

    def on_heartbeat(self, seat: Seat, heartbeat: Report) -> None:
        is_home = heartbeat.beacon_in_range == Tristate.YES
        if not is_home or seat not in self.wearer or heartbeat.at < self.last_edge:
            return
        self.home_at = max(self.home_at, heartbeat.at)
        self._clear_by_beacon(heartbeat)
        self.sides[0].is_unlawful, self.sides[0].crossing = False, heartbeat.at
        self.slots[0].lawful_at = max(self.slots[0].lawful_at, heartbeat.at)
        self._sign(heartbeat.at, received_at=heartbeat.received_at)

    def _clear_by_beacon(self, heartbeat: Report) -> None:
        slot = self.slots[0]
        if slot.is_open:
            since = slot.since if slot.phase == "returning" else heartbeat.at
            self._tell_cleared(slot, cleared_at=max(since, slot.opened_at), detected_at=heartbeat.at)
        slot.phase = "clear"

    def is_known_lawful(self, newest: Report) -> bool:
        beats = [seat.newest_heartbeat for seat in self.wearer if seat.newest_heartbeat is not None]
        return any(beat.beacon_in_range == Tristate.YES and beat.at >= newest.at for beat in beats)

    # Not knowing ----------------------------------------

    def _sign(self, at: Micros, *, received_at: Micros) -> None:
        """One that was too old when it came does not end the silence."""
        self.sign_at = max(self.sign_at, at)
        if self.unconfirmed_since is not None and received_at - at < self.confirm_every:
            self._tell_confirmed(max(at, self.unconfirmed_since), detected_at=at)

    def _unconfirmed_at(self) -> Micros:
        if not self.is_enforced or self.unconfirmed_since is not None:
            return NEVER
        stale_at = BEFORE_ALL if self.sign_at == BEFORE_ALL else self.sign_at + self.confirm_every
        return max(stale_at, self.not_before)

    def clock_at(self) -> Micros:
        return min(super().clock_at(), self._unconfirmed_at())

    def ring(self, now: Micros) -> None:
        if super().clock_at() <= now:
            super().ring(now)
            return
        self.unconfirmed_since = self._unconfirmed_at()
        self.tell(
            AlertType.CURFEW_UNCONFIRMED,
            ChangeKind.OPENED,
            opened_at=self.unconfirmed_since,
            detected_at=self.unconfirmed_since,
        )

    def at_end(self, at: Micros) -> None:
        super().at_end(at)
        if self.unconfirmed_since is not None:
            self._tell_confirmed(at, detected_at=at)

    def _tell_confirmed(self, cleared_at: Micros, *, detected_at: Micros) -> None:
        assert self.unconfirmed_since is not None
        self.tell(
            AlertType.CURFEW_UNCONFIRMED,
            ChangeKind.CLEARED,
            opened_at=self.unconfirmed_since,
            detected_at=detected_at,
            cleared_at=cleared_at,
        )
        self.unconfirmed_since = None


def _micros(span: timedelta) -> Micros:
    return span // timedelta(microseconds=1)
