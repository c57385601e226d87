"""Section 5, non-association: everybody in a group looked at with everybody else, pair by pair."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar

from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, SECOND, AlertType, ChangeKind, Micros, Source
from tests.reference.duty import Duty
from tests.reference.motion import Motion
from tests.reference.reports import Report
from tests.reference.seat import COLD_AFTER, STRAY_MPS_MAX, WALK_MPS, Seat
from tests.reference.slot import VAGUE, Look, Slot, told_radius_m

Anew = TypeVar("Anew", bound="GroupDuty")
STALE_AFTER = 10 * MINUTE
AT_HOME_M = 1e9
ALERT, WARNING = AlertType.CONTACT_ALERT, AlertType.CONTACT_WARNING


class Position(NamedTuple):
    """A trusted fix of one of a member's devices."""

    seat: Seat
    fix: Report


@dataclass(eq=False)
class Member:
    """One wearer in one group, under all his orders."""

    wearer: str
    duties: "list[GroupDuty]" = field(default_factory=list)
    newest: Position | None = None
    before: Report | None = None
    has_left: bool = False

    @property
    def since(self) -> Micros:
        return min(duty.member[0] for duty in self.duties)

    @property
    def until(self) -> Micros:
        return max(duty.member[1] for duty in self.duties)

    def has_moved(self) -> bool:
        """Takes the newest position of all devices; whether it is newer than what was known."""
        found = [
            Position(seat, seat.trusted)
            for duty in self.duties
            for seat in duty.wearer
            if seat.trusted is not None
        ]
        newest = max(found, key=lambda one: one.fix.at, default=None)
        if newest is None or (self.newest is not None and newest.fix.at <= self.newest.fix.at):
            return False
        self.before = None if self.newest is None else self.newest.fix
        self.newest = newest
        return True

    @property
    def known_at(self) -> Micros:
        assert self.newest is not None
        return self.newest.seat.known_at

    def radius_m(self, at: Micros) -> float:
        """What the fix tells, and how far the wearer may have gone since it was known to hold."""
        assert self.newest is not None
        seat = self.newest.seat
        age = max(at - seat.known_at, 0) / SECOND
        strays_m = age * min(max(WALK_MPS, seat.last_speed_mps), STRAY_MPS_MAX)
        return told_radius_m(self.newest.fix) + seat.tied_m + strays_m

    def is_at_home(self, at: Micros) -> bool:
        """By the newest heartbeat that speaks of the beacon."""
        assert self.newest is not None
        speaking = [beat for beat in self.newest.seat.beats if beat.beacon_in_range >= 0]
        newest = max(speaking, key=lambda beat: beat.at, default=None)
        return newest is not None and newest.beacon_in_range == 1 and at - newest.at <= STALE_AFTER


class Side(NamedTuple):
    """How far apart two are, and how deep the one who is judged is in what his order excepts."""

    at: Micros
    apart_m: float
    depth_m: float


@dataclass
class Ring:
    """One distance towards one other member."""

    type: AlertType
    metres: float
    slot: Slot
    is_unlawful: bool = False
    crossed_at: Micros = BEFORE_ALL
    lawful_at: Micros = BEFORE_ALL

    def margin_m(self, side: Side) -> float:
        return max(side.apart_m - self.metres, side.depth_m)

    def track(self, side: Side, before: Side | None, *, are_home: bool) -> float:
        """On which side of the ring they are now; the margin."""
        margin_m = AT_HOME_M if are_home else self.margin_m(side)
        changed = self.is_unlawful != (margin_m < 0.0)
        if before is None or (changed and are_home):
            self.crossed_at = side.at
        elif changed:
            self.crossed_at = _crossing(before.at, self.margin_m(before), side.at, margin_m)
        if changed and margin_m < 0.0:
            was_apart = before is not None and self.margin_m(before) > 0.0
            self.lawful_at = before.at if before is not None and was_apart else BEFORE_ALL
        self.is_unlawful = margin_m < 0.0
        return margin_m


class GroupDuty(Duty):
    """Keep away from everybody else in the group."""

    looks_at_positions = False

    def __init__(self, *, wearer_id: str, member: tuple[Micros, Micros], **given: Any) -> None:
        super().__init__(**given)
        self.given = {"wearer_id": wearer_id, "member": member, **given}
        self.wearer_id = wearer_id
        self.member = member  # from when until when it makes its wearer one of the group
        self.near: set[Member] = set()
        self.members: list[Member] = []
        self.me = Member(wearer_id)
        self.rings: dict[Member, list[Ring]] = {}
        self.opened_at: dict[AlertType, Micros | None] = {ALERT: None, WARNING: None}
        self.ends = {ALERT: BEFORE_ALL, WARNING: BEFORE_ALL}

    def join(self, me: Member, members: Sequence[Member]) -> None:
        """The group as it is once everybody is in it."""
        self.me, self.members = me, [one for one in members if one is not me]
        self.rings = {other: self.rings_of() for other in self.members}

    def anew(self, kind: "type[Anew]") -> "Anew":
        """The same condition, of which nothing is known yet."""
        return kind(**self.given)

    def side_m(self, other: Member, at: Micros) -> float:
        """How far apart the two are."""
        return self._side(other, at).apart_m

    def is_first(self, other: Member, mover: Member, at: Micros) -> bool:
        """Whether there was no look before."""
        return self._side_before(other, mover, at) is None

    def rings_of(self) -> list[Ring]:
        dwell = int(self.terms.dwell.total_seconds() * SECOND)
        widths_m = [(WARNING, self.terms.warn_m), (ALERT, self.terms.alert_m)]
        return [
            Ring(type, width, Slot(dwell=dwell, level=self.terms.certainty))
            for type, width in widths_m
            if width is not None
        ]

    # Looks ----------------------------------------

    def look(
        self, other: Member, at: Micros, received_at: Micros, mover: Member | None
    ) -> list[tuple[Ring, str]]:
        """What a look at another member makes of each ring; nobody moved where a window begins."""
        side, before = self._side(other, at), None
        if mover is not None:
            if at < self.last_edge:
                return []
            before = self._side_before(other, mover, at)
        are_home = self.me.is_at_home(at) and other.is_at_home(at)
        changes = []
        for ring in self.rings[other]:
            if mover is None:
                margin_m = AT_HOME_M if are_home else ring.margin_m(side)
            else:
                margin_m = ring.track(side, before, are_home=are_home)
            if self.is_enforced and other.since <= at < other.until:
                look = self._look(other, ring, at, received_at, margin_m, mover)
                change = ring.slot.look(look, not_before=max(self.not_before, other.since))
                changes += [] if change is None else [(ring, change)]
        if mover is not None:
            in_question = any(ring.slot.phase != "clear" for ring in self.rings[other])
            is_near = side.apart_m < max(ring.metres for ring in self.rings[other])
            (self.near.add if is_near or in_question else self.near.discard)(other)
        return changes

    def _look(
        self,
        other: Member,
        ring: Ring,
        at: Micros,
        received_at: Micros,
        margin_m: float,
        mover: Member | None,
    ) -> Look:
        assert self.me.newest is not None
        assert other.newest is not None
        sources = [one.fix.source for one in (self.me.newest, other.newest)]
        moved = mover.before if mover is not None else None
        return Look(
            at=at,
            received_at=received_at,
            margin_m=margin_m,
            radius_m=math.hypot(self.me.radius_m(at), other.radius_m(at)),
            crossing=ring.crossed_at,
            previous_at=None if moved is None else moved.at,
            is_cold=False,
            source=next((one for one in sources if one in VAGUE), Source.GNSS),
            stillness=_stillness((self.me, other), at, ring.lawful_at),
            lawful_at=ring.lawful_at,
        )

    def _side(self, other: Member, at: Micros) -> Side:
        assert self.me.newest is not None
        assert other.newest is not None
        return Side(
            at, self._apart_m(self.me.newest.fix, other.newest.fix), self._depth_m(self.me.newest.fix)
        )

    def _side_before(self, other: Member, mover: Member, at: Micros) -> Side | None:
        """The look before: the one who moved was where his fix before says, the other where he is."""
        stays = other if mover is self.me else self.me
        assert stays.newest is not None
        if mover.before is None:
            return None
        before_at = max(mover.before.at, stays.newest.fix.at)
        if at - before_at > COLD_AFTER:
            return None
        mine = mover.before if mover is self.me else stays.newest.fix
        return Side(before_at, self._apart_m(mover.before, stays.newest.fix), self._depth_m(mine))

    def _apart_m(self, one: Report, other: Report) -> float:
        return self.ground.apart_m(one.lon, one.lat, other.lon, other.lat)

    def _depth_m(self, fix: Report) -> float:
        depths_m = (
            self.ground.depth_m(zone, fix.lon, fix.lat) + self.ground.doubt_m(zone)
            for zone in self.terms.except_
        )
        return max(depths_m, default=-1e9)

    # Windows ----------------------------------------

    def at_start(self, at: Micros) -> None:
        """A look at everyone who is near, at that instant."""
        changes = []
        for other in self.members:
            if other in self.near and look_at(self.me, other, at) == at:
                changes += self.look(other, at, at, None)
        for ring, change in changes:
            self.tell_change(ring, change, at)

    def at_end(self, at: Micros) -> None:
        for other in self.members:
            for ring in self.rings[other]:
                ring.slot.phase = "clear"
        for type in (WARNING, ALERT):
            self._tell_cleared(type, at, detected_at=at)

    def leave(self, other: Member, at: Micros) -> None:
        """The other is no member any more."""
        for ring in self.rings[other]:
            was_open, ring.slot.phase = ring.slot.is_open, "clear"
            if was_open and not self.is_open(ring.type):
                self._tell_cleared(ring.type, at, detected_at=at)
        self.rings[other] = self.rings_of()
        self.near.discard(other)

    # Telling ----------------------------------------

    def is_open(self, type: AlertType) -> bool:
        """Towards anybody."""
        return any(ring.slot.is_open for rings in self.rings.values() for ring in rings if ring.type is type)

    def tell_change(self, ring: Ring, change: str, at: Micros) -> None:
        """One alert towards however many."""
        opened_at = self.opened_at[ring.type]
        if change == "cleared":
            if not self.is_open(ring.type):
                self._tell_cleared(ring.type, ring.slot.cleared_at(), detected_at=at)
        elif opened_at is not None:
            self.tell(ring.type, ChangeKind.REPEATED, opened_at=opened_at, detected_at=at)
        else:
            opened_at = max(ring.slot.opened_at, self.ends[ring.type])
            self.opened_at[ring.type] = opened_at
            self.tell(ring.type, ChangeKind.OPENED, opened_at=opened_at, detected_at=at)

    def _tell_cleared(self, type: AlertType, cleared_at: Micros, *, detected_at: Micros) -> None:
        opened_at = self.opened_at[type]
        if opened_at is None:
            return
        self.opened_at[type] = None
        cleared_at = max(cleared_at, opened_at)
        self.ends[type] = cleared_at + 1
        self.tell(
            type, ChangeKind.CLEARED, opened_at=opened_at, detected_at=detected_at, cleared_at=cleared_at
        )


class Groups:
    """All groups of a rulebook, over the cases of its orders."""

    def __init__(self, duties: Iterable[GroupDuty]) -> None:
        self.groups: dict[str, dict[str, Member]] = {}
        for duty in duties:
            members = self.groups.setdefault(duty.terms.group, {})
            member = members.setdefault(duty.wearer_id, Member(duty.wearer_id))
            member.duties.append(duty)
        for members in self.groups.values():
            for member in members.values():
                for duty in member.duties:
                    duty.join(member, list(members.values()))

    def due(self) -> Micros:
        """When the next member leaves."""
        return min((one.until for one in self._members() if not one.has_left), default=NEVER)

    def leave(self, now: Micros) -> None:
        """Whoever's last order ends."""
        for members in self.groups.values():
            for one in members.values():
                if one.until <= now and not one.has_left:
                    one.has_left = True
                    for other in members.values():
                        for duty in other.duties if other is not one else ():
                            duty.leave(one, one.until)

    def _members(self) -> list[Member]:
        return [one for members in self.groups.values() for one in members.values()]

    def look(self, received_at: Micros) -> None:
        """After a report: whoever has moved is looked at with everybody else of the group."""
        for members in self.groups.values():
            for mover in members.values():
                if mover.has_moved():
                    for other in members.values():
                        if other is not mover:
                            self._meet(mover, other, received_at)

    def _meet(self, mover: Member, other: Member, received_at: Micros) -> None:
        at = look_at(mover, other, BEFORE_ALL)
        if at is None:
            return
        pairs = [(duty, other) for duty in mover.duties] + [(duty, mover) for duty in other.duties]
        for duty, _ in pairs:
            duty.reach(at)
        changes = [
            (duty, *change) for duty, them in pairs for change in duty.look(them, at, received_at, mover)
        ]
        for duty, ring, change in changes:
            duty.tell_change(ring, change, at)


def look_at(one: Member, other: Member, at: Micros) -> Micros | None:
    """The instant of a look at both, if both are known then."""
    if one.newest is None or other.newest is None:
        return None
    at = max(at, one.newest.fix.at, other.newest.fix.at)
    return at if at - min(one.known_at, other.known_at) <= STALE_AFTER else None


def _stillness(both: Sequence[Member], at: Micros, since: Micros) -> str:
    """Rule 1.10 of both: two are as still as the less still of them."""
    said = [_how_still(one.newest.seat.motion, at, since) for one in both if one.newest is not None]
    return next((one for one in ("", "seen still", "at rest") if one in said), "")


def _how_still(motion: Motion, at: Micros, since: Micros) -> str:
    if since == BEFORE_ALL or motion.moved_at >= since:
        return ""
    if motion.resting.holds(since, at):
        return "at rest"
    return "seen still" if motion.watched.holds(since, at) else ""


def _crossing(earlier: Micros, earlier_m: float, later: Micros, later_m: float) -> Micros:
    if (earlier_m < 0.0) == (later_m < 0.0):
        return earlier
    return earlier + int((later - earlier) * (earlier_m / (earlier_m - later_m)))
