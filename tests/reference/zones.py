"""Section 5: looks at one zone, whatever the kind."""

import math
from typing import Any

from em_engine.vocabulary import BEFORE_ALL, NEVER, AlertType, ChangeKind, Micros, Source
from tests.reference.doings import Deaf, Stalled
from tests.reference.duty import Duty
from tests.reference.motion import WANDERS_M
from tests.reference.reports import Report
from tests.reference.seat import COLD_AFTER, Seat, strays_m
from tests.reference.slot import (
    FAIR_RADIUS_M,
    GROSS,
    GROSS_VAGUE,
    LASTING,
    LEVELS,
    VAGUE,
    Look,
    Slot,
    probability,
    told_radius_m,
)


class Side:
    """On which side of a slot's line the wearer was last seen, by whichever device, and since when."""

    def __init__(self) -> None:
        self.is_unlawful = False
        self.crossing: Micros = BEFORE_ALL


class ZoneDuty(Duty):
    """What exclusion, inclusion and curfew have in common: slots that look at depth in one zone."""

    leaning_excuses = True
    types: tuple[AlertType, ...] = ()

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        self.level = getattr(self.terms, "certainty", "convincing")
        self.slots = [Slot(level=self.level) for _ in self.types]
        self.sides = [Side() for _ in self.types]
        self.before_at = BEFORE_ALL
        """The fix before that with which the newest suspicion began."""
        self.before_is_torn = False
        self.before_seat: Seat | None = None

    def margin_m(self, slot: int, fix: Report) -> float:
        """Metres to spare on the lawful side."""
        raise NotImplementedError

    def depth_m(self, fix: Report) -> float:
        return self.ground.depth_m(self.terms.zone, fix.lon, fix.lat)

    def doubt_m(self) -> float:
        """How far the border that counts may be off."""
        return self.ground.doubt_m(self.terms.zone)

    def proved_m(self, slot: int, fix: Report) -> float:
        """Section 2: the margin that is left wherever the true border runs."""
        margin_m = self.margin_m(slot, fix)
        return max(0.0, margin_m - self.doubt_m()) if margin_m > 0.0 else min(0.0, margin_m + self.doubt_m())

    def slot_of(self, type: AlertType) -> Slot | None:
        return self.slots[self.types.index(type)] if type in self.types else None

    def type_of(self, slot: int) -> AlertType:
        """What a breach of that slot is called when it opens."""
        return self.types[slot]

    def clock_at(self) -> Micros:
        return min((slot.clock_at for slot in self.slots if self.is_enforced), default=NEVER)

    def ring(self, now: Micros) -> None:
        for k, slot in enumerate(self.slots):
            if slot.clock_at > now:
                continue
            still = self._stillness_known_now(k, slot)
            if still == "at rest":
                slot.phase = "clear"
            elif self._is_lone_leap(slot):
                slot.has_no_clock = True
                slot.belief = min(slot.belief, math.log((1.0 - GROSS_VAGUE) / GROSS_VAGUE))
            elif still:
                slot.has_no_clock = True
            else:
                self._open(k, max(slot.since, self.not_before), detected_at=now)

    def _is_lone_leap(self, slot: Slot) -> bool:
        """Section 3: however far off one fix lies, a device at rest needs more than one."""
        newest = max((seat.trusted for seat in self.wearer if seat.trusted), key=lambda fix: fix.at)
        since = slot.lawful_at
        if self.before_at < slot.last_at:
            since = max(since, self.before_at)
        still = self._seat_of(newest).motion.stillness(
            slot.last_at, lawful_at=since, astray_at=BEFORE_ALL, margin_m=0.0, radius_m=0.0
        )
        return slot.count == 1 and still == "at rest"

    def _stillness_known_now(self, k: int, slot: Slot) -> str:
        """What heartbeats and late fixes have told since of the instant of the suspicion's last fix."""
        newest = max((seat.trusted for seat in self.wearer if seat.trusted), key=lambda fix: fix.at)
        return self._stillness(self._seat_of(newest), newest, k, slot.last_at, before=slot.last_at)

    def _stillness(self, seat: Seat, fix: Report, k: int, at: Micros, *, before: Micros) -> str:
        slot = self.slots[k]
        return seat.motion.stillness(
            at,
            lawful_at=slot.found_lawful(at, before=before),
            astray_at=slot.astray_at,
            margin_m=self.proved_m(k, fix),
            radius_m=told_radius_m(fix),
        )

    # Windows ----------------------------------------

    def at_start(self, at: Micros) -> None:
        seen = [seat.trusted for seat in self.wearer if seat.trusted is not None]
        newest = max(seen, key=lambda fix: fix.at, default=None)
        if newest is None or at - newest.at > COLD_AFTER or self.is_known_lawful(newest):
            return
        for k, slot in enumerate(self.slots):
            if slot.phase == "clear" and self._is_sure_at(at, newest, k):
                self._open(k, at, detected_at=at)

    def _is_sure_at(self, at: Micros, newest: Report, k: int) -> bool:
        """Section 4, rule 1: wherever he may have gone since his last fix."""
        seat, radius_m = self._seat_of(newest), told_radius_m(newest)
        if seat.line_since == newest.at or self._stillness(seat, newest, k, newest.at, before=newest.at):
            return False
        known_at = max(newest.at, seat.still_at)
        left_m = self.proved_m(k, newest) + strays_m(seat.last_speed_mps, at - known_at)
        gross = GROSS_VAGUE if newest.source in VAGUE else GROSS
        if newest.source == Source.WIFI and left_m >= -LASTING * radius_m:
            return False
        return left_m <= -radius_m and probability(left_m, radius_m, gross) >= LEVELS[self.level]

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

    def resume(self, doing: Deaf | Stalled) -> None:
        for slot in self.slots:
            slot.resume(doing)

    # Looks ----------------------------------------

    def know_before(self, present: Any, first_at: Micros) -> None:
        for slot, known in zip(self.slots, present.slots, strict=True):
            if known.lawful_at < first_at:
                slot.lawful_at = known.lawful_at

    def learn(self, past: Any) -> None:
        for slot, found in zip(self.slots, past.slots, strict=True):
            slot.lawful_at = max(slot.lawful_at, found.lawful_at)

    def on_fix(self, seat: Seat, fix: Report) -> None:
        crossings = [self._follow(seat, fix, k) for k in range(len(self.slots))]
        if not self.is_in_arrears(fix):
            for k, slot in enumerate(self.slots):
                if slot.is_open or self.is_enforced:
                    self._weigh(k, slot, self._look(seat, fix, k, crossings[k]), seat, fix)
            self.after_fix(seat, fix)
        for k, slot in enumerate(self.slots):
            self._find_lawful(slot, fix, self.margin_m(k, fix) + self.doubt_m())

    def _find_lawful(self, slot: Slot, fix: Report, margin_m: float) -> None:
        """Rule 1.8."""
        is_fair = fix.radius_m <= FAIR_RADIUS_M and self.leaning_excuses
        if margin_m > 0.0 and (is_fair or margin_m >= fix.radius_m):
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
        margin_m, radius_m = self.proved_m(k, fix), told_radius_m(fix)
        previous_at = None if seat.previous is None else seat.previous.at
        before = BEFORE_ALL if previous_at is None else previous_at
        stillness = self._stillness(seat, fix, k, fix.at, before=before)
        if stillness == "seen still" and margin_m <= -radius_m:
            since = self.slots[k].found_lawful(fix.at, before=before)
            radius_m = max(radius_m, self._differ_m(k, seat, since))
        return Look(
            at=fix.at,
            received_at=fix.received_at,
            margin_m=margin_m,
            radius_m=radius_m,
            crossing=crossing,
            previous_at=previous_at,
            is_cold=seat.is_cold,
            source=fix.source,
            stillness=stillness,
            is_torn=seat.is_torn,
            lawful_at=self.slots[k].found_lawful(fix.at, before=before),
            is_of_one_place=seat.is_of_one_place(fix, margin_m=margin_m, radius_m=radius_m),
            is_of_a_zone=True,
            is_gainsaid=self._is_gainsaid(k, seat),
        )

    def _is_gainsaid(self, k: int, seat: Seat) -> bool:
        """Section 3: whether satellites have shown another side of the line since the device last moved."""
        return any(
            self.margin_m(k, fix) > -fix.radius_m
            for fix in seat.taken
            if fix.at > seat.motion.moved_at and fix.source not in VAGUE
        )

    def _differ_m(self, k: int, seat: Seat, since: Micros) -> float:
        """Section 3: by how much the margins of one place differ, since he was found lawful."""
        margins_m = [
            self.margin_m(k, fix)
            for fix in seat.taken
            if fix.at > since
            and fix.source not in VAGUE
            and self.margin_m(k, fix) > -(WANDERS_M + 2.0 * fix.radius_m)
        ]
        return max(margins_m) - min(margins_m) if margins_m else 0.0

    def _weigh(self, k: int, slot: Slot, look: Look, seat: Seat, fix: Report) -> None:
        was, belief, was_due = slot.phase, slot.belief, slot.clock_at != NEVER
        change = slot.look(look, not_before=self.not_before)
        if change == "opened":
            self._tell_opened(k, slot, detected_at=look.at)
        elif change == "cleared":
            self._tell_cleared(slot, cleared_at=slot.cleared_at(), detected_at=look.at)
        if was == "clear" and slot.phase != "clear":
            self.before_at = BEFORE_ALL if seat.previous is None else seat.previous.at
            self.before_is_torn, self.before_seat = seat.is_torn, seat
            self.on_suspicion(k, seat)
        if was == "suspected" and slot.phase == "clear" and not look.is_excused:
            self.on_acquittal(k, seat, fix, belief, was_due=was_due)

    def on_suspicion(self, k: int, seat: Seat) -> None:
        """A suspicion has begun with the seat's trusted fix."""

    def on_acquittal(self, k: int, seat: Seat, fix: Report, belief: float, *, was_due: bool) -> None:
        """A fix has ended a suspicion of that belief, which might have been told by the clock if it was
        due."""

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
