"""Section 5, curfew: at home between the graces of every window."""

from datetime import timedelta
from typing import Any

from em_engine.vocabulary import BEFORE_ALL, HOUR, NEVER, SECOND, AlertType, ChangeKind, Micros, Tristate
from tests.reference.doings import Deaf, Stalled, moved_on
from tests.reference.reports import Report
from tests.reference.seat import Seat
from tests.reference.slot import FAIR_RADIUS_M, Slot, told_radius_m
from tests.reference.zones import ZoneDuty

EARLY_WITHIN = HOUR
LEANING_MAX = 0.5
AWAITED = 60 * SECOND


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
        self.sign_at = min(present.sign_at, first_at)

    def learn(self, past: Any) -> None:
        super().learn(past)
        self.home_at = max(self.home_at, past.home_at)
        self.sign_at = max(self.sign_at, past.sign_at)

    def on_fix(self, seat: Seat, fix: Report) -> None:
        if self.proved_m(0, fix) >= fix.radius_m:
            self.home_at = max(self.home_at, fix.at)
        super().on_fix(seat, fix)
        spare_m = self.margin_m(0, fix) + self.doubt_m()
        is_near = spare_m > -fix.radius_m * LEANING_MAX
        is_away = self.proved_m(0, fix) <= -told_radius_m(fix)
        is_fair = fix.radius_m <= FAIR_RADIUS_M
        if (is_fair and (is_near or is_away)) or self.proved_m(0, fix) >= told_radius_m(fix):
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
        return max(stale_at, self.not_before) + AWAITED

    def clock_at(self) -> Micros:
        return min(super().clock_at(), self._unconfirmed_at())

    def ring(self, now: Micros) -> None:
        if super().clock_at() <= now:
            super().ring(now)
            return
        self.unconfirmed_since = self._unconfirmed_at() - AWAITED
        self.tell(
            AlertType.CURFEW_UNCONFIRMED,
            ChangeKind.OPENED,
            opened_at=self.unconfirmed_since,
            detected_at=now,
        )

    def resume(self, doing: Deaf | Stalled) -> None:
        super().resume(doing)
        self.sign_at = moved_on(self.sign_at, doing=doing, anew=doing.at)

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
