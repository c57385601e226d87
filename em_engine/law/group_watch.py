"""Groups whose members must keep apart: who comes near whom, and what is told of it, as it is heard."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from datetime import timedelta
from typing import Any, Final, NamedTuple

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import SLOT, Finding, Look, Phase
from em_engine.law.certainty import BELIEF
from em_engine.law.company import IN_BREACH, Company, from_bytes
from em_engine.law.crowd import Crowd
from em_engine.law.geodesy import Zones
from em_engine.law.joined_watch import JoinedWatch, Met
from em_engine.law.members import MEMBER, Meeting, entries, forget_members, meeting, same_before, stillness
from em_engine.law.motion import Stir
from em_engine.law.retention import PROFILES, Profile
from em_engine.law.rings import reaches, rings_of, track_side
from em_engine.law.watch import Bond, Told, describe_seat
from em_engine.law.windowed_watch import WINDOW_FIELDS
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    AlertType,
    ChangeKind,
    Indices,
    Micros,
    Rows,
    Times,
    rfc3339,
)

_NOWHERE_M: Final = -1e9
"""The depth in an excepted place that is not there."""
_APART_M: Final = 1e9
"""The margin of two who are each at home."""
_AFTER_ALL: Final = int(np.iinfo(np.int64).max)
_MICROSECOND: Final = timedelta(microseconds=1)


class Outcome(NamedTuple):
    """What a look made of one slot of one condition towards one other member."""

    row: int
    number: int
    other: int
    change: ChangeKind
    at: Micros  # when it opened, or cleared
    p: float
    belief: float


class GroupWatch(JoinedWatch):
    """Groups that must not meet: a slot for the ring and one for the distance itself, towards each one near.

    The watch's own slots carry the alerts: open from the first member met to the last one left.
    """

    each = 2
    state_type = np.dtype(WINDOW_FIELDS)
    memory_layout = repr((MEMBER, SLOT))

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        names: dict[tuple[str, str], int] = {}
        listed = [names.setdefault((one.terms.group, one.wearer), len(names)) for one in self.bonds]
        self._names = tuple(names)
        self._may_meet = len(names) > 1
        self._member = np.array(listed, dtype=np.intp)
        self._leads = _leading([bond.case for bond in self.bonds], listed)
        self._rings = [rings_of(bond.terms.alert_m, bond.terms.warn_m) for bond in self.bonds]
        self._company = Company(self._member, len(names), self.each)
        self._group, self._reach_m = reaches(self._names, self._member, self._rings)
        self._crowd = Crowd(self._group, self._reach_m)
        valid = [
            [self.bonds[row].schedule.valid for row in rows]
            for rows in map(self._company.rows, range(len(names)))
        ]
        self._since = [min(start for start, _ in spans) for spans in valid]
        self._until = [max(end for _, end in spans) for spans in valid]

    def type_at_opening(self, row: int, slot: int) -> AlertType:
        """By slot."""
        return (AlertType.CONTACT_WARNING, AlertType.CONTACT_ALERT)[slot]

    # Who comes near whom --------------------------------------------------------------------

    def note(
        self, rows: Indices, seat: Indices, arrival: Indices, received_at: Times, *, seats: Rows
    ) -> None:
        """Once a member, however many of his conditions name the group."""
        if self._may_meet and len(rows):
            which = np.flatnonzero(self._leads[rows])
            noted = entries(
                seats,
                member=self._member[rows[which]],
                seat=seat[which],
                arrival=arrival[which],
                received_at=received_at[which],
            )
            self._crowd.note(noted)

    def meet(self, until: Micros) -> Iterator[Met]:
        """The clock before each report, then who it brings together."""
        log = self._crowd.log()
        before, start = same_before(log["member"]), 0
        while start < len(log):
            due = int(self.due.min(initial=NEVER))
            if due <= log["received_at"][start]:
                yield from self._by_clock(due, int(log["arrival"][start]))
                continue
            is_beyond = (before[start:] >= start) | (log["received_at"][start:] >= due)
            stop = start + int(is_beyond.argmax()) if is_beyond.any() else len(log)
            heard = self._hear_of(log[start:stop])
            start += len(heard)
            in_time = heard[~heard["is_late"]]
            for entry, others in self._crowd.encounters(in_time, self._company.partners):
                yield from self._by_report(entry, others)
        while (due := int(self.due.min(initial=NEVER))) <= until:
            yield from self._by_clock(due, _AFTER_ALL)

    def _hear_of(self, noted: Rows) -> Rows:
        """As many of these entries of distinct members as can be taken before the clock is asked again."""
        return noted

    def _by_clock(self, due: Micros, arrival: int) -> Iterator[Met]:
        for row in self.due_by(due):
            for told in self.elapse(int(row), due, self._crowd.members):
                yield Met(told, due, arrival, -1, by_clock=True)

    def _by_report(self, entry: Any, others: Iterable[int]) -> Iterator[Met]:
        received_at, arrival, seat = (int(entry[name]) for name in ("received_at", "arrival", "seat"))
        for other in others:
            for told in self._look(int(entry["member"]), other, received_at):
                yield Met(told, received_at, arrival, seat)

    # Looks ------------------------------------------------------------------------------------

    def _look(self, mover: int, other: int, received_at: Micros) -> Iterator[Told]:
        """Every trusted fix of a member is a look at him and each one near, for both of them."""
        met = meeting(self._crowd.members[mover], self._crowd.members[other])
        if met is None:
            return
        pairs = [(row, other) for row in self._company.rows(mover)]
        pairs += [(row, mover) for row in self._company.rows(other)]
        for row, _ in pairs:
            if self.state["edge"][row] <= met.at:  # a device's clock is ahead of ours
                yield from self.pass_edges(row, met.at, self._crowd.members)
        outcomes = [one for row, them in pairs for one in self._weigh(row, them, mover, met, received_at)]
        for one in outcomes:  # not before all are weighed: who is in breach himself may be named
            yield from self._tell(one, met.at, self._evidence(one, met))

    def _weigh(
        self, row: int, other: int, mover: int, met: Meeting, received_at: Micros
    ) -> Iterator[Outcome]:
        """One condition's look at one other member."""
        slots = self._company.slots(row, other)
        is_near = met.apart_m < self._rings[row][0].metres
        if met.at < self.state["settled_at"][row] or (slots is None and not is_near):
            return
        slots = self._company.begin(row, other) if slots is None else slots
        depth_m, before_m = self._depths_m(row, mover)
        for ring in self._rings[row]:
            margin_m = _APART_M if met.are_home else max(met.apart_m - ring.metres, depth_m)
            were_m = max(met.before_apart_m - ring.metres, before_m)
            track_side(slots[ring.number], met, margin_m, before_m=were_m)
            change = self._judge(row, other, slots[ring.number], met, margin_m, received_at)
            if change is not None:
                yield _outcome(row, ring.number, other, change, slots[ring.number])
        if not is_near and (slots["phase"] == Phase.CLEAR).all():
            self._company.end(row, other)

    def _judge(
        self, row: int, other: int, slot: Any, met: Meeting, margin_m: float, received_at: Micros
    ) -> ChangeKind | None:
        if not self.state["binds"][row] or not self._since[other] <= met.at < self._until[other]:
            return None
        if slot["phase"] == Phase.CLEAR and margin_m > -met.error_m:
            return None  # near, and nothing to be said of it: most looks at neighbours
        both = (self._crowd.members[one] for one in (int(self._member[row]), other))
        still = stillness(both, met.at, int(slot["lawful_at"]))
        finding = breach.find(margin_m, met.error_m)
        if still is Stir.AT_REST and finding == Finding.VIOLATING and slot["phase"] not in IN_BREACH:
            breach.end_suspicion(slot)
            return None
        look = Look(
            at=met.at,
            received_at=received_at,
            finding=finding,
            p=breach.probability(margin_m, met.error_m, met.gross),
            crossed_at=int(slot["crossed_at"]),
            previous_at=met.previous_at,
            unmoved_since=int(slot["lawful_at"]) if still else NEVER,
            correlation=met.correlation,
            dwell=self.bonds[row].terms.dwell // _MICROSECOND,
            enough=BELIEF[self.bonds[row].terms.certainty],
        )
        return breach.weigh(slot, look, not_before=max(int(self.state["start"][row]), self._since[other]))

    def _depths_m(self, row: int, mover: int) -> tuple[float, float]:
        """How deep the wearer may be in the deepest of his excepted places; and was, before the move."""
        excepted = np.array(self.bonds[row].excepted, dtype=np.intp)
        if not len(excepted):
            return _NOWHERE_M, _NOWHERE_M
        member = int(self._member[row])
        mine = self._crowd.members[member]
        here, before = mine["known"]["ecef"], mine["before_ecef"]
        ways = (here, before if member == mover else here)
        doubt_m = self.zones.outline_accuracy_m[excepted]
        depths = [self.zones.depth_m(excepted, np.repeat(one[None], len(excepted), axis=0)) for one in ways]
        return float((depths[0] + doubt_m).max()), float((depths[1] + doubt_m).max())

    # The clock --------------------------------------------------------------------------------

    def open_what_is_there(self, row: int, edge: Micros, seats: Rows) -> Iterator[Told]:
        """The window begins while some are together: a look at that instant."""
        mine = self._crowd.members[int(self._member[row])]
        outcomes = []
        for other, slots in self._company.of(row):
            met = meeting(mine, self._crowd.members[other], at=edge)
            if met is None or met.at != edge:
                continue
            depth_m, _ = self._depths_m(row, -1)
            for ring in self._rings[row]:
                margin_m = _APART_M if met.are_home else max(met.apart_m - ring.metres, depth_m)
                change = self._judge(row, other, slots[ring.number], met, margin_m, edge)
                outcomes += (
                    []
                    if change is None
                    else [(_outcome(row, ring.number, other, change, slots[ring.number]), met)]
                )
        for one, met in outcomes:
            yield from self._tell(one, met.at, self._evidence(one, met))

    def _pass_end(self, row: int, edge: Micros) -> Iterator[Told]:
        yield from super()._pass_end(row, edge)
        member = int(self._member[row])
        if edge >= self._until[member]:
            for theirs, slots in list(self._company.towards(member)):
                yield from self._part(theirs, member, slots, edge)
                self._company.end(theirs, member)

    def _part(self, row: int, other: int, slots: Rows, edge: Micros) -> Iterator[Told]:
        """The other is no member any more."""
        for number, slot in enumerate(slots):
            was_open = slot["phase"] in IN_BREACH
            slot["phase"] = Phase.CLEAR
            if was_open and not self._company.in_breach(row, number):
                yield self._cleared(row, number, at=edge, cleared_at=edge, evidence=self.frame(row))

    def _end_suspicions(self, row: int) -> None:
        """What binds no longer suspects nobody, and nobody's breach of it goes on."""
        for _, slots in self._company.of(row):
            for slot in slots:
                breach.end_suspicion(slot)

    # What is told -----------------------------------------------------------------------------

    def _tell(self, one: Outcome, at: Micros, evidence: dict[str, Any]) -> Iterator[Told]:
        """The first one met opens the alert, further ones are counted on it, the last one left clears it."""
        row, number = one.row, one.number
        slot = self.slots[row][number]
        if one.change is ChangeKind.CLEARED:
            if not self._company.in_breach(row, number):
                yield self._cleared(row, number, at=at, cleared_at=one.at, evidence=evidence)
        elif slot["phase"] in IN_BREACH:
            slot["repeats"] += 1
            yield self.told_repeated(row, number, at=at, seat=self._seat(row), evidence=evidence)
        else:
            # Another may have been near before the last alert cleared: no two alerts open at one instant.
            slot["since"], slot["p"] = max(one.at, int(slot["last_at"])), one.p
            slot["belief"] = one.belief
            breach.open_breach(slot, BEFORE_ALL)
            yield self.told_opened(row, number, at=at, seat=self._seat(row), evidence=evidence)

    def _cleared(
        self, row: int, number: int, *, at: Micros, cleared_at: Micros, evidence: dict[str, Any]
    ) -> Told:
        slot = self.slots[row][number]
        slot["phase"] = Phase.CLEAR
        slot["last_at"] = max(cleared_at, int(slot["opened_at"])) + 1
        return self.told_cleared(
            row, slot, at=at, cleared_at=cleared_at, seat=self._seat(row), evidence=evidence
        )

    def _seat(self, row: int) -> int:
        newest = int(self._crowd.members[self._member[row]]["seat"])
        seats = self.bonds[row].wearer_seats
        return newest if newest in seats else seats[0]

    def frame(self, row: int) -> dict[str, Any]:
        """The window in force, and the group."""
        return super().frame(row) | {"group": self.bonds[row].terms.group}

    def _evidence(self, one: Outcome, met: Meeting) -> dict[str, Any]:
        """Distances, and the wearer's own fix; of the other no position, and no name that may not be told."""
        terms, members = self.bonds[one.row].terms, self._crowd.members
        warned = {} if terms.warn_m is None else {"warn_m": float(terms.warn_m)}
        named = {"with": self._names[one.other][1]} if self._may_be_named(one) else {}
        return (
            self.frame(one.row)
            | named
            | {
                "others": self._company.in_breach(one.row, one.number),
                "separation_m": round(met.apart_m, 1),
                "accuracy_m": round(met.error_m, 1),
                "alert_m": float(terms.alert_m),
                **warned,
                "fix": describe_seat(members["known"], int(self._member[one.row])),
                "other_fixed_at": rfc3339(int(members["known"]["at"][one.other])),
            }
        )

    def _may_be_named(self, one: Outcome) -> bool:
        """Of whom only breaches may be recorded, nobody writes anything before he breaks his order, too."""
        theirs = self._company.rows(one.other)
        if all(PROFILES[self.bonds[row].record] != Profile.BREACHES_ONLY for row in theirs):
            return True
        towards = (self._company.slots(row, int(self._member[one.row])) for row in theirs)
        return any(slots is not None and slots[one.number]["phase"] in IN_BREACH for slots in towards)

    # What is remembered -----------------------------------------------------------------------

    def forget(self, rows: Indices, seats: Indices) -> None:
        """Likewise of members, whose newest place one of these seats told."""
        super().forget(rows, seats)
        theirs = np.unique(self._member[rows])
        self._forget_members(theirs[np.isin(self._crowd.members["seat"][theirs], seats)])

    def _forget_members(self, members: Indices) -> None:
        blank = self._crowd.members.copy()
        forget_members(blank, members)
        self._crowd.place(blank)

    def memory(self) -> Any:
        """Where every member is, and where every condition stands towards others."""
        return [self._names, self._crowd.members.tobytes(), self._company.dump()]

    def recall(self, memory: Any, rows: Mapping[int, int]) -> None:
        """Of members and conditions that are still there."""
        names, blob, pairs = memory
        numbers = {name: number for number, name in enumerate(self._names)}
        now = [numbers.get(tuple(name), -1) for name in names]
        here = np.flatnonzero(np.array(now, dtype=np.intp) >= 0)
        members = self._crowd.members.copy()
        members[np.array(now, dtype=np.intp)[here]] = np.frombuffer(blob, dtype=MEMBER)[here]
        self._crowd.place(members)
        for old, other, slots in pairs:
            row, them = rows.get(old, -1), now[other]
            if row >= 0 and them >= 0 and self._names[self._member[row]][0] == self._names[them][0]:
                self._company.put(row, them, from_bytes(slots))

    def without_company(self, at: Micros) -> Iterator[Told]:
        """The one the wearer was with is no member any more, or he himself is not."""
        for row, slots in enumerate(self.slots):
            for number, slot in enumerate(slots):
                if slot["phase"] in IN_BREACH and not self._company.in_breach(row, number):
                    yield self._cleared(row, number, at=at, cleared_at=at, evidence=self.frame(row))


def _outcome(row: int, number: int, other: int, change: ChangeKind, slot: Any) -> Outcome:
    at = slot["opened_at"] if change is ChangeKind.OPENED else slot["since"]
    return Outcome(row, number, other, change, int(at), float(slot["p"]), float(slot["belief"]))


def _leading(cases: Sequence[int], members: Sequence[int]) -> Indices:
    """Whether a row is the first of its case and member."""
    first: dict[tuple[int, int], int] = {}
    return np.array(
        [first.setdefault(one, row) == row for row, one in enumerate(zip(cases, members, strict=True))],
        dtype=bool,
    )
