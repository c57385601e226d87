"""Section 5, non-association: what members stored is held against where others were then, pair by pair."""

from collections.abc import Iterable, Sequence
from copy import copy, deepcopy
from dataclasses import dataclass, field

from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, SECOND, ChangeKind, Micros
from tests.reference.duty import Told
from tests.reference.groups import GroupDuty, Groups, Member, Position, Ring, look_at
from tests.reference.seat import COLD_AFTER, Seat

REMEMBERED_MINUTES = 512
LATE_AFTER = MINUTE
QUIET, WAITS_MAX = 5 * SECOND, 60 * SECOND


def as_known(seat: Seat) -> Position:
    """Its trusted fix, and all that is known of the device now."""
    assert seat.trusted is not None
    known = copy(seat)
    known.motion, known.beats = deepcopy(seat.motion), copy(seat.beats)
    return Position(known, seat.trusted)


class Hours:
    """Where one member has been in the last eight hours and a half."""

    def __init__(self) -> None:
        self.places: dict[int, Position] = {}
        self.late: set[int] = set()

    def remember(self, place: Position, *, is_late: bool) -> None:
        """The surest fix of its minute; what is newly told of a fix that is remembered."""
        minute, newest = place.fix.at // MINUTE, max(self.places, default=0)
        if minute <= newest - REMEMBERED_MINUTES:
            return
        known = self.places.get(minute)
        is_again = known is not None and known.fix.at == place.fix.at
        if known is not None and not is_again and place.fix.radius_m >= known.fix.radius_m:
            return
        if not (is_again and minute in self.late):
            (self.late.add if is_late else self.late.discard)(minute)
        self.places[minute] = place
        for old in [one for one in self.places if one <= max(minute, newest) - REMEMBERED_MINUTES]:
            del self.places[old]
            self.late.discard(old)

    def tell_again(self, place: Position) -> None:
        """Something was heard of a device that is still where its newest fix was."""
        known = self.places.get(place.fix.at // MINUTE)
        if known is not None and known.fix.at == place.fix.at:
            self.remember(place, is_late=False)

    def late_at(self) -> list[Micros]:
        return sorted(self.places[minute].fix.at for minute in self.late)

    def near(self, at: Micros) -> list[Position]:
        """Those of the ten minutes before and after."""
        return [place for place in self.places.values() if abs(place.fix.at - at) <= COLD_AFTER]


@dataclass(eq=False)
class Stay:
    """Two of a group within a distance, by what is remembered."""

    duty: GroupDuty
    other: Member
    ring: Ring
    opened_at: Micros
    detected_at: Micros
    late_at: Sequence[Micros]
    cleared_at: Micros | None = None

    @property
    def until(self) -> Micros:
        proved_at = max(self.late_at[-1], self.detected_at) if self.cleared_at is None else self.cleared_at
        return max(proved_at, self.opened_at)

    def as_told(self) -> Told:
        case, condition = self.duty.case, self.duty.condition
        opened = ChangeKind.OPENED
        return Told(case, condition, self.ring.type, opened, self.opened_at, self.detected_at, None)

    def rests_on_late(self) -> bool:
        until = max(self.until, self.detected_at)
        return any(self.opened_at <= at <= until for at in self.late_at)


@dataclass
class Past:
    """The past of those of a group who were near each other as some of them were told late."""

    late_at: dict[Member, list[Micros]]
    stays: list[Stay] = field(default_factory=list)
    open: dict[int, Stay] = field(default_factory=dict)
    there: dict[tuple[GroupDuty, Member], set[int]] = field(default_factory=dict)

    def is_asked(self, one: Member, other: Member) -> bool:
        return one in self.late_at or other in self.late_at

    def is_late(self, member: Member) -> bool:
        return member.newest is not None and member.newest.fix.at in self.late_at.get(member, ())

    def look(
        self, duty: GroupDuty, other: Member, at: Micros, mover: Member | None
    ) -> list[tuple[Ring, str]]:
        """Near where there was no look before, by fixes in time: no news until they have been apart."""
        there = self.there.get((duty, other), set())
        if mover is not None:
            near = {id(ring) for ring in duty.rings[other] if duty.side_m(other, at) < ring.metres}
            is_late = self.is_late(duty.me) or self.is_late(other)
            there = near if duty.is_first(other, mover, at) and not is_late else there & near
            self.there[duty, other] = there
        changes = [
            (ring, change) for ring, change in duty.look(other, at, at, mover) if id(ring) not in there
        ]
        for ring in duty.rings[other]:
            if id(ring) in there:
                ring.slot.phase = "clear"
        return changes

    def note(self, duty: GroupDuty, other: Member, ring: Ring, change: str, at: Micros) -> None:
        if change == "cleared":
            self.end(ring, ring.slot.cleared_at())
            return
        late_at = sorted(self.late_at.get(duty.me, []) + self.late_at.get(other, []))
        stay = Stay(duty, other, ring, ring.slot.opened_at, at, late_at)
        self.open[id(ring)] = stay
        self.stays.append(stay)

    def end(self, ring: Ring, at: Micros) -> None:
        stay = self.open.pop(id(ring), None)
        if stay is not None:
            stay.cleared_at = at


class PastDuty(GroupDuty):
    """The same condition, of which only the stays are asked."""

    past: Past

    def at_start(self, at: Micros) -> None:
        for other in self.members:
            if (
                other in self.near
                and self.past.is_asked(self.me, other)
                and look_at(self.me, other, at) == at
            ):
                for ring, change in self.past.look(self, other, at, None):
                    self.past.note(self, other, ring, change, at)

    def at_end(self, at: Micros) -> None:
        for rings in self.rings.values():
            for ring in rings:
                self.past.end(ring, at)
        super().at_end(at)

    def leave(self, other: Member, at: Micros) -> None:
        for ring in self.rings[other]:
            self.past.end(ring, at)
        super().leave(other, at)


class LateGroups(Groups):
    """Groups of which the last hours are remembered."""

    def __init__(self, duties: Iterable[GroupDuty]) -> None:
        super().__init__(duties)
        self.hours: dict[Member, Hours] = {one: Hours() for one in self._members()}
        self.waits: dict[str, tuple[Micros, Micros]] = {}
        """Since when something waits in a group, and until when."""
        self.told: list[Told] = []

    def due(self) -> Micros:
        return min(super().due(), *(until for _, until in self.waits.values()), NEVER)

    def look(self, received_at: Micros) -> None:
        newest = {one: one.newest for one in self.hours}
        super().look(received_at)
        for group, members in self.groups.items():
            for one in members.values():
                if one.newest is None:
                    continue
                place = as_known(one.newest.seat) if one.newest.seat.trusted is one.newest.fix else one.newest
                if newest[one] is one.newest:
                    self.hours[one].tell_again(place)
                    continue
                is_late = received_at - place.fix.at > LATE_AFTER
                self.hours[one].remember(place, is_late=is_late)
                if is_late:
                    self._wait(group, received_at)

    def _wait(self, group: str, at: Micros) -> None:
        since, _ = self.waits.get(group, (at, NEVER))
        self.waits[group] = since, min(at + QUIET, since + WAITS_MAX)

    def learn(self, duties: Iterable[GroupDuty], places: Sequence[Position], at: Micros) -> None:
        """What late fixes of a case showed, when they were judged."""
        for group, members in self.groups.items():
            for one in members.values():
                if any(duty in one.duties for duty in duties) and places:
                    for place in places:
                        self.hours[one].remember(place, is_late=True)
                    self._wait(group, at)

    def forget(self, seats: Sequence[Seat]) -> None:
        """Of whom one of these seats told the newest place, none is known any more."""
        for one in self._members():
            if one.newest is not None and one.newest.seat in seats:
                one.newest = one.before = None
                self.hours[one] = Hours()

    # The past ----------------------------------------

    def ring(self, now: Micros) -> list[tuple[GroupDuty, Told, Told]]:
        """What has waited, judged: what is told in arrears, of each condition."""
        found = []
        for group in [group for group, (_, until) in self.waits.items() if until <= now]:
            del self.waits[group]
            members = list(self.groups[group].values())
            for together in _joined(self._relive(members)):
                found += self._tell(together, now)
            for one in members:
                self.hours[one].late.clear()
        return found

    def _relive(self, members: Sequence[Member]) -> list[Stay]:
        reach_m = max(ring.metres for one in members for duty in one.duties for ring in duty.rings_of())
        pairs = [
            (one, other)
            for one in members
            for other in members
            if other is not one and self._were_near(one, other, reach_m)
        ]
        if not pairs:
            return []
        involved = [one for one in members if any(one in pair for pair in pairs)]
        late_at = {one: self.hours[one].late_at() for one, _ in pairs}
        first = min(at for ats in late_at.values() for at in ats) - COLD_AFTER
        told = [
            (place.fix.at, number, place)
            for number, one in enumerate(involved)
            for place in self.hours[one].places.values()
            if place.fix.at >= first
        ]
        return _relived(involved, sorted(told, key=lambda one: one[:2]), late_at)

    def _were_near(self, one: Member, other: Member, reach_m: float) -> bool:
        apart_m = one.duties[0].ground.apart_m
        mine, theirs = self.hours[one], self.hours[other]
        return any(
            apart_m(place.fix.lon, place.fix.lat, their.fix.lon, their.fix.lat) < reach_m
            for minute in mine.late
            for place in (mine.places[minute],)
            for their in theirs.near(place.fix.at)
        )

    def _tell(self, together: Sequence[Stay], now: Micros) -> list[tuple[GroupDuty, Told, Told]]:
        """One alert of the past, or of the present, if they go on in it."""
        first, until = together[0], max(one.until for one in together)
        rings = [_ring_now(one) for one in together]
        phases = {ring.slot.phase for ring in rings if ring is not None}
        if "suspected" in phases:
            for stay, ring in zip(together, rings, strict=True):
                if ring is not None and ring.slot.phase == "suspected":
                    ring.slot.open(first.opened_at)
                    stay.duty.tell_change(ring, "opened", now)
            return []
        opened = first.as_told()
        known = _spans([*first.duty.told, *self.told], opened)
        is_known = any(start <= until and first.opened_at <= end for start, end in known.items())
        if {"open", "returning"} & phases or is_known:
            return []
        cleared = opened._replace(change=ChangeKind.CLEARED, detected_at=until, cleared_at=until)
        self.told += [opened, cleared]
        return [(first.duty, opened, cleared)]


def _ring_now(stay: Stay) -> Ring | None:
    """The present's, if the stay goes on in it."""
    if stay.cleared_at is not None or not stay.duty.is_enforced:
        return None
    rings = stay.duty.rings[stay.other]
    return next(ring for ring in rings if ring.type is stay.ring.type)


def _spans(told: Iterable[Told], like: Told) -> dict[Micros, Micros]:
    """From when to when each alert of that condition and type was open."""
    of = like.case, like.condition, like.type
    return {
        one.opened_at: NEVER if one.cleared_at is None else one.cleared_at
        for one in told
        if (one.case, one.condition, one.type) == of
    }


def _relived(
    involved: Sequence[Member],
    told: Sequence[tuple[Micros, int, Position]],
    late_at: dict[Member, list[Micros]],
) -> list[Stay]:
    """The same group as of then, of these members, who know only what is remembered."""
    now = {duty: (one, duty) for one in involved for duty in one.duties}
    again = {duty: duty.anew(PastDuty) for duty in now}
    groups = Groups(again.values())
    (members,) = ({one.wearer: one for one in its.values()} for its in groups.groups.values())
    past = Past({members[one.wearer]: ats for one, ats in late_at.items()})
    for duty in again.values():
        duty.past = past
        duty.start_at(told[0][0])
    for at, number, place in told:
        _pass(groups, again.values(), at)
        mover = members[involved[number].wearer]
        mover.before = None if mover.newest is None else mover.newest.fix
        mover.newest = place
        for other in members.values():
            if other is not mover and past.is_asked(mover, other):
                _meet(past, mover, other)
    was = {mine: duty for duty, mine in again.items()}
    whose = {members[one.wearer]: one for one in involved}
    for stay in past.stays:
        stay.duty, stay.other = was[stay.duty], whose[stay.other]
    return [one for one in past.stays if one.rests_on_late()]


def _pass(groups: Groups, duties: Iterable[GroupDuty], now: Micros) -> None:
    """Edges, and who leaves, in order of time."""
    while (at := min(groups.due(), *(duty.due() for duty in duties))) <= now:
        for duty in duties:
            duty.reach(at)
        groups.leave(at)


def _meet(past: Past, mover: Member, other: Member) -> None:
    at = look_at(mover, other, BEFORE_ALL)
    if at is None:
        return
    pairs = [(duty, other) for duty in mover.duties] + [(duty, mover) for duty in other.duties]
    found = [(duty, them, *one) for duty, them in pairs for one in past.look(duty, them, at, mover)]
    for duty, them, ring, change in found:
        past.note(duty, them, ring, change, at)


def _joined(stays: Sequence[Stay]) -> list[list[Stay]]:
    """Those of one ring of one condition that overlap."""
    found: list[list[Stay]] = []
    for stay in sorted(stays, key=lambda one: one.opened_at):
        for together in found:
            same = together[0].duty is stay.duty and together[0].ring.type is stay.ring.type
            if same and stay.opened_at <= max(one.until for one in together):
                together.append(stay)
                break
        else:
            found.append([stay])
    return found
