"""Section 5, contact-ban: looks at how far two people are apart."""

import math
from collections.abc import Sequence
from typing import Any

from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, SECOND, AlertType, ChangeKind, DeviceEvent, Micros
from tests.reference.doings import Deaf, Stalled, moved_on
from tests.reference.duty import Duty
from tests.reference.memory import Memory, Place
from tests.reference.reports import Report
from tests.reference.seat import COLD_AFTER, Seat, strays_m
from tests.reference.slot import Look, Slot, told_radius_m

STALE_AFTER = 10 * MINUTE
CLOSING_MPS = 20.0
VAGUE_M = 100.0
BEHIND = MINUTE
SPAN_MAX = 150 * SECOND
ASTRAY = 2.0 / 3.0
ALERT, WARNING = 0, 1
TYPES = (AlertType.CONTACT_ALERT, AlertType.CONTACT_WARNING)


class ContactDuty(Duty):
    """Keep away from a protected person."""

    def __init__(self, **given: Any) -> None:
        super().__init__(**given)
        alert_m = self.terms.alert_m
        self.limits_m = (alert_m, 2.0 * alert_m if self.terms.warn_m is None else self.terms.warn_m)
        self.slots = (Slot(at_once=True, level="likely"), Slot())
        self.last: list[Look | None] = [None, None]
        self.crossings = [BEFORE_ALL, BEFORE_ALL]
        self.unknown_since: Micros | None = None
        self.since = BEFORE_ALL
        self.known_at = BEFORE_ALL
        self.panic_at: Micros | None = None
        self.memories = (Memory(), Memory())
        self.is_past = False

    def start_at(self, since: Micros) -> None:
        super().start_at(since)
        self.since = since

    # Looks ----------------------------------------

    def on_fix(self, seat: Seat, fix: Report) -> None:
        side = 0 if seat in self.wearer else 1
        self.memories[side].remember(fix, seat.last_speed_mps)
        self.memories[1 - side].forget_before(fix.at)
        self._learn_when(fix.at)
        if self.is_in_arrears(fix):
            return
        self._look_between(seat, fix, side)
        at = self._newest_or(fix.at)
        if self._is_known(at):
            looks = [self._look(k, seat, fix, at) for k in (ALERT, WARNING)]
            if self.is_enforced:
                self._weigh_alert(looks[ALERT])
                self._weigh_warning(looks[WARNING])
                if self._lapses_at() > fix.received_at:
                    self._known(at)

    def on_heartbeat(self, seat: Seat, heartbeat: Report) -> None:
        self._learn_when(heartbeat.at)

    def _newest_or(self, at: Micros) -> Micros:
        return max(at, *(newest_at(people) for people in (self.wearer, self.protected)))

    def _learn_when(self, at: Micros) -> None:
        """Since when nobody can say how they stand is counted from looks that tell it."""
        if self._tells(self._newest_or(at)):
            self.known_at = min(side_known_at(self.wearer), side_known_at(self.protected))

    def _tells(self, at: Micros) -> bool:
        """Not where they seem to be within the ring of warning, by a circle that is wider."""
        one, other = self._place(0, at), self._place(1, at)
        if one is None or other is None:
            return True
        apart_m = self.ground.apart_m(one.lon, one.lat, other.lon, other.lat)
        circle_m = math.hypot(one.radius_m, other.radius_m)
        return apart_m > self.limits_m[WARNING] or circle_m <= self.limits_m[WARNING]

    def _is_known(self, at: Micros) -> bool:
        """Of both sides there is a place, neither was last seen too long before, and they tell."""
        for side, people in enumerate((self.wearer, self.protected)):
            place = self._place(side, at)
            if place is None or at - max(side_known_at(people), place.at) > STALE_AFTER:
                return False
        return self._tells(at)

    def _place(self, side: int, at: Micros) -> Place | None:
        """The newest place of a side; a remembered one, where that tells more of the instant."""
        seat = newest((self.wearer, self.protected)[side])
        best = None if seat is None else place_of(seat)
        known = best
        is_vague = known is not None and known.radius_m > VAGUE_M
        for one in self.memories[side].about(at):
            is_later = known is None or one.at > known.at
            if is_later and not self.is_past:
                continue
            if not is_later and not (is_vague and known is not None and self._touch(one, known, at)):
                continue
            if best is None or one.reach_m(at) < best.reach_m(at):
                best = one
        return best

    def _touch(self, one: Place, vague: Place, at: Micros) -> bool:
        apart_m = self.ground.apart_m(one.lon, one.lat, vague.lon, vague.lat)
        return apart_m <= one.reach_m(at) + vague.radius_m + vague.extra_m

    def is_behind(self, seat: Seat, fix: Report) -> bool:
        """Whether the other side has been heard of long after it was made."""
        if self.is_in_arrears(fix):
            return False
        return max(newest_at(people) for people in (self.wearer, self.protected)) - fix.at > BEHIND

    def know_before(self, present: Any, first_at: Micros) -> None:
        """Where both sides have been, before and after."""
        self.is_past = True
        for mine, its in zip(self.memories, present.memories, strict=True):
            mine.places = dict(its.places)

    def learn(self, past: Any) -> None:
        """Where late fixes have been."""
        self.memories = past.memories

    def _apart(self, at: Micros) -> tuple[float, float]:
        """Metres between the two, and the radius of that, both brought to `at`."""
        one, other = self._place(0, at), self._place(1, at)
        assert one is not None
        assert other is not None
        error_m = math.hypot(one.grown_m(at), other.grown_m(at))
        return self.ground.apart_m(one.lon, one.lat, other.lon, other.lat), error_m

    def _look(self, k: int, seat: Seat, fix: Report, at: Micros) -> Look:
        apart_m, error_m = self._apart(at)
        margin_m = apart_m - self.limits_m[k]
        self.crossings[k] = self._crossing(k, at, margin_m)
        look = Look(
            at=at,
            received_at=fix.received_at,
            margin_m=margin_m,
            radius_m=error_m,
            crossing=self.crossings[k],
            previous_at=None if seat.previous is None else seat.previous.at,
            is_cold=seat.is_cold,
        )
        self.last[k] = look
        return look

    def _look_between(self, seat: Seat, fix: Report, side: int) -> None:
        """Where he was on his way to this fix, as the other was fixed: that accuses, or says nothing."""
        before, other = seat.previous, newest((self.protected, self.wearer)[side])
        if before is None or other is None or not self.is_enforced:
            return
        assert other.trusted is not None
        then, span = other.trusted, fix.at - before.at
        if not before.at < then.at < fix.at or span > SPAN_MAX or then.at < self.last_edge:
            return
        share = (then.at - before.at) / span
        radius_m = before.radius_m + share * (fix.radius_m - before.radius_m)
        step_mps = self.ground.apart_m(before.lon, before.lat, fix.lon, fix.lat) / (span / SECOND)
        astray_m = ASTRAY * share * (1.0 - share) * strays_m(step_mps, span)
        last = self.last[ALERT]
        is_within = last is not None and last.margin_m < 0.0
        look = Look(
            at=then.at,
            received_at=fix.received_at,
            margin_m=self.ground.from_the_way_m(before, fix, share, then) - self.limits_m[ALERT],
            radius_m=math.hypot(radius_m, astray_m, then.radius_m),
            crossing=self.crossings[ALERT] if is_within else then.at,
            previous_at=before.at,
            is_cold=False,
        )
        if look.is_violating and self.slots[ALERT].look(look, not_before=self.not_before) == "opened":
            self._tell_opened(ALERT, detected_at=fix.at)

    def _crossing(self, k: int, at: Micros, margin_m: float) -> Micros:
        last = self.last[k]
        if last is None or at - last.at > COLD_AFTER:
            return at
        if (last.margin_m < 0.0) == (margin_m < 0.0):
            return self.crossings[k]
        return last.at + int((at - last.at) * (last.margin_m / (last.margin_m - margin_m)))

    def _weigh_alert(self, look: Look) -> None:
        slot = self.slots[ALERT]
        change = slot.look(look, not_before=self.not_before)
        if change == "opened":
            self._tell_opened(ALERT, detected_at=look.at)
        elif change == "cleared":
            self._tell_cleared(ALERT, slot.cleared_at(), detected_at=look.at)

    def _weigh_warning(self, look: Look) -> None:
        slot = self.slots[WARNING]
        if slot.phase == "clear" and look.p >= 0.5:
            slot.open(max(look.crossing, self.not_before))
            self._tell_opened(WARNING, detected_at=look.at)
        elif slot.is_open and look.is_compliant:
            slot.phase = "clear"
            self._tell_cleared(WARNING, max(look.crossing, slot.opened_at), detected_at=look.at)

    def slot_of(self, type: AlertType) -> Slot | None:
        return self.slots[TYPES.index(type)] if type in TYPES else None

    # Windows ----------------------------------------

    def at_start(self, at: Micros) -> None:
        """A look at that instant, if both are known then."""
        if not self._is_known(at):
            return
        apart_m, error_m = self._apart(at)
        for k, lean_m in ((WARNING, 0.0), (ALERT, error_m)):
            if apart_m - self.limits_m[k] <= -lean_m:
                self.slots[k].open(at)
                self._tell_opened(k, detected_at=at)

    def at_end(self, at: Micros) -> None:
        for k in (ALERT, WARNING):
            if self.slots[k].is_open:
                self._tell_cleared(k, at, detected_at=at)
            self.slots[k].phase = "clear"
        self._known(at)

    # Not knowing ----------------------------------------

    def clock_at(self) -> Micros:
        return min(self._panic_ends_at(), self._unknown_at())

    def _panic_ends_at(self) -> Micros:
        """With the order."""
        return NEVER if self.panic_at is None else self.valid_to

    def _unknown_at(self) -> Micros:
        if not self.is_enforced or self.unknown_since is not None:
            return NEVER
        return max(self._lapses_at(), self.not_before)

    def _lapses_at(self) -> Micros:
        """Until when they cannot have met, by the last look and by when each was last seen."""
        known_at = max(self.known_at, self.since)  # nobody could know before
        due = known_at + STALE_AFTER
        look = self.last[WARNING]
        if look is not None:
            spare_m = look.margin_m - look.radius_m
            due = max(due, known_at + round(spare_m / CLOSING_MPS * SECOND))
        return due

    def resume(self, doing: Deaf | Stalled) -> None:
        counts_from = self.since if isinstance(doing, Deaf) else max(self.since, self.known_at)
        self.since = moved_on(counts_from, doing=doing, anew=doing.at)

    def forget(self, seats: Sequence[Seat]) -> None:
        if any(seat in (*self.wearer, *self.protected) for seat in seats):
            self.memories = (Memory(), Memory())

    def ring(self, now: Micros) -> None:
        if self.panic_at is not None and self._panic_ends_at() <= now:
            self._end_panic(self.panic_at, now)
            return
        self.unknown_since = now
        self.tell(AlertType.CONTACT_UNKNOWN, ChangeKind.OPENED, opened_at=now, detected_at=now)

    def _known(self, at: Micros) -> None:
        if self.unknown_since is None:
            return
        self.tell(
            AlertType.CONTACT_UNKNOWN,
            ChangeKind.CLEARED,
            opened_at=self.unknown_since,
            detected_at=at,
            cleared_at=max(at, self.unknown_since),
        )
        self.unknown_since = None

    # The key ----------------------------------------

    def on_event(self, seat: Seat, event: Report) -> None:
        """The protected person's key opens, whatever the window, and stays while the order does."""
        self._learn_when(event.at)
        if event.event != DeviceEvent.PANIC or seat not in self.protected:
            return
        if self.panic_at is None:
            self.panic_at = event.at
            self.tell(AlertType.PERSON_PANIC, ChangeKind.OPENED, opened_at=event.at, detected_at=event.at)
        else:
            self.tell(
                AlertType.PERSON_PANIC, ChangeKind.REPEATED, opened_at=self.panic_at, detected_at=event.at
            )
        if max(event.at, event.received_at) >= self.valid_to:
            self._end_panic(self.panic_at, max(event.at, self.valid_to))

    def _end_panic(self, opened_at: Micros, at: Micros) -> None:
        self.panic_at = None
        panic = AlertType.PERSON_PANIC
        self.tell(panic, ChangeKind.CLEARED, opened_at=opened_at, detected_at=at, cleared_at=at)

    # Telling ----------------------------------------

    def _tell_opened(self, k: int, *, detected_at: Micros) -> None:
        opened_at = self.slots[k].opened_at
        self.tell(TYPES[k], ChangeKind.OPENED, opened_at=opened_at, detected_at=detected_at)

    def _tell_cleared(self, k: int, cleared_at: Micros, *, detected_at: Micros) -> None:
        self.tell(
            TYPES[k],
            ChangeKind.CLEARED,
            opened_at=self.slots[k].opened_at,
            detected_at=detected_at,
            cleared_at=cleared_at,
        )


def newest(seats: Sequence[Seat]) -> Seat | None:
    """The seat with the newest trusted position."""
    known = [seat for seat in seats if seat.trusted is not None]
    return max(known, key=lambda seat: seat.trusted.at if seat.trusted else BEFORE_ALL, default=None)


def side_known_at(seats: Sequence[Seat]) -> Micros:
    """When that side's newest position was last known to hold."""
    seat = newest(seats)
    return BEFORE_ALL if seat is None else seat.known_at


def newest_at(seats: Sequence[Seat]) -> Micros:
    """When that side's newest position was measured."""
    seat = newest(seats)
    return BEFORE_ALL if seat is None or seat.trusted is None else seat.trusted.at


def place_of(seat: Seat) -> Place:
    """Its trusted position, and where the beacon holds it."""
    assert seat.trusted is not None
    return Place(
        at=seat.trusted.at,
        held_at=seat.known_at,
        lon=seat.trusted.lon,
        lat=seat.trusted.lat,
        radius_m=seat.trusted.radius_m + seat.tied_m,
        speed_mps=seat.last_speed_mps,
        extra_m=told_radius_m(seat.trusted) - seat.trusted.radius_m,
    )
