"""Non-association: wearers of one group must keep apart from each other, wherever they are."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import SLOT, Phase
from em_engine.law.certainty import Certainty, describe_level
from em_engine.law.company import IN_BREACH
from em_engine.law.evidence import COLD_AFTER, QUIET
from em_engine.law.geodesy import Zones
from em_engine.law.group_watch import GroupWatch
from em_engine.law.joined_watch import JoinedWatch, Met
from em_engine.law.late_meetings import LateMeetings, Past, Stay, joined
from em_engine.law.members import MEMBER, moves
from em_engine.law.stored import BEHIND, PLACE, Stored
from em_engine.law.terms import Forbidding, GroupName, Metres, ZoneName
from em_engine.law.watch import Bond, Told
from em_engine.law.windowed_watch import WindowedWatch
from em_engine.vocabulary import BEFORE_ALL, NEVER, Booleans, ChangeKind, Indices, Micros, Rows, Times


@dataclass(frozen=True, slots=True, kw_only=True)
class NonAssociationTerms(Forbidding):
    """The wearer must keep `alert_m` away from all other wearers of `group`, but while he is in `except_`."""

    group: GroupName
    alert_m: Metres
    warn_m: Metres | None = None  # no warning is told where not given
    dwell: timedelta = timedelta(minutes=1)
    except_: tuple[ZoneName, ...] = ()  # where he may be, whoever comes: his home, his work
    certainty: Certainty = field(default=Certainty.CONVINCING, repr=False)


class NonAssociationWatch(GroupWatch):
    """Groups that must not meet, or have met: members' last hours are remembered, and what comes late of them
    is held against each other."""

    memory_layout = repr((MEMBER, SLOT, PLACE))

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self._stored = Stored(len(self._group), len(self._reach_m))
        whose = self._group[self._member]
        _, self._leading_row = np.unique(whose, return_index=True)  # of each group
        self._learnt: dict[int, Rows] = {}  # by the first row of a case

    # What comes late ----------------------------------------------------------------------------

    def _hear_of(self, noted: Rows) -> Rows:
        """Remembers where these members are; as far as nothing that comes late among them is due."""
        is_newer = np.zeros(len(noted), dtype=bool)
        is_newer[moves(self._crowd.members, noted)] = True
        is_behind = is_newer & (noted["received_at"] - noted["known"]["at"] > BEHIND)
        is_late = noted["is_late"] | is_behind
        if is_late.any():
            due = int(noted["received_at"][is_late][0]) + QUIET
            count = int(np.count_nonzero(noted["received_at"] < due))
            noted, is_newer, is_late = noted[:count], is_newer[:count], is_late[:count]
        is_same = noted["seat"] == self._crowd.members["seat"][noted["member"]]
        told = np.flatnonzero(is_newer | is_same | is_late)
        told = told[noted["known"]["at"][told] != BEFORE_ALL]
        self._stored.remember(noted[told], is_late[told])
        if is_late.any():
            groups = self._group[noted["member"][is_late]]
            self._stored.wait(groups, noted["received_at"][is_late])
            self.reckon(self._leading_row[np.unique(groups)])
        return noted

    def extra_due(self, rows: Indices) -> Times:
        """Until when what came late waits for its kin."""
        group = self._group[self._member[rows]]
        return np.where(self._leading_row[group] == rows, self._stored.due[group], NEVER)

    def elapse_extra(self, row: int, at: Micros) -> Iterator[Told]:
        """What came late to the group is judged."""
        yield from self._judge_late(int(self._group[self._member[row]]), at)

    def conclude(self) -> Iterator[Met]:
        """In every group what waits is judged."""
        yield from self.meet(BEFORE_ALL)
        for group, at in self._stored.conclude():
            for told in self._judge_late(group, at):
                yield Met(told, at, 0, -1, by_clock=True)
        self.reckon(self._leading_row)

    def _judge_late(self, group: int, at: Micros) -> Iterator[Told]:
        members = np.flatnonzero(self._group == group)
        stays = self._relive(members, float(self._reach_m[group]))
        self._stored.settle(group, members)
        for together in joined(stays):
            yield from self._tell_stays(together, at)

    def _tell_stays(self, stays: Sequence[Stay], at: Micros) -> Iterator[Told]:
        """One alert of the past; the present's, where they go on in it."""
        phases = [self._phase_now(stay) for stay in stays]
        since = stays[0].opened.at
        if Phase.SUSPECTED in phases:
            for stay, phase in zip(stays, phases, strict=True):
                if phase == Phase.SUSPECTED:
                    yield from self._open_suspected(stay, at, since=since)
        elif not any(phase in IN_BREACH for phase in phases):
            yield self._tell_late(stays[0], at, until=max(stay.until for stay in stays))

    def _relive(self, members: Indices, reach_m: float) -> list[Stay]:
        """The past of those who were near others as these were told late, from ten minutes before that on."""
        pairs = self._stored.near_late(members, reach_m)
        if not pairs:
            return []
        involved = np.array(sorted({one for pair in pairs for one in pair}), dtype=np.intp)
        late_at = self._stored.late_at(np.array(sorted({one for one, _ in pairs}), dtype=np.intp))
        whose, places = self._stored.between(involved, min(map(min, late_at.values())) - COLD_AFTER)
        rows = [row for one in involved for row in self._company.rows(int(one))]
        past = Past(members=involved, whose=whose, places=places, late_at=late_at)
        return LateMeetings([self.bonds[row] for row in rows], self.zones, rows, past).stays()

    def _phase_now(self, stay: Stay) -> Phase:
        """Where the present stands towards the other, if the stay goes on in it."""
        if stay.cleared_at is not None or not self.state["binds"][stay.row]:
            return Phase.CLEAR
        slots = self._company.slots(stay.row, stay.other)
        return Phase.CLEAR if slots is None else Phase(int(slots[stay.number]["phase"]))

    def _open_suspected(self, stay: Stay, at: Micros, *, since: Micros) -> Iterator[Told]:
        """What the present suspects is proved by what came late."""
        slots = self._company.slots(stay.row, stay.other)
        assert slots is not None
        slot = slots[stay.number]
        slot["since"], slot["p"], slot["belief"] = since, stay.opened.p, stay.opened.belief
        breach.open_breach(slot, since)
        opened = stay.opened._replace(row=stay.row, other=stay.other, at=since)
        yield from self._tell(opened, at, dict(stay.evidence))

    def _tell_late(self, stay: Stay, at: Micros, *, until: Micros) -> Told:
        return Told(
            row=stay.row,
            type=self.type_at_opening(stay.row, stay.number),
            change=ChangeKind.OPENED,
            opened_at=stay.opened.at,
            detected_at=stay.detected_at,
            cleared_at=until,
            confidence=stay.opened.p,
            seat=self.bonds[stay.row].wearer_seats[0],
            evidence=dict(stay.evidence) | describe_level(self.bonds[stay.row].terms, stay.opened.belief),
            found_at=at,
        )

    # What the past of a case finds --------------------------------------------------------------

    def know_before(self, other: WindowedWatch, rows: Indices, first_at: Times) -> None:
        """In the past of a case nobody is met; where its late fixes are is noted for the present."""
        self._may_meet = True

    def learn_late(self, other: JoinedWatch, rows: Indices, is_late: Booleans) -> None:
        """Where the late fixes that were trusted have been."""
        assert isinstance(other, NonAssociationWatch)
        noted = other._crowd.log()
        known_at = noted["known"]["at"]
        showed = noted[is_late[noted["arrival"]] & (known_at == noted["received_at"])]
        keys = {(int(one["seat"]), int(one["known"]["at"])): one["arrival"] for one in showed}
        newest = {key: one for one in noted if (key := (int(one["seat"]), int(one["known"]["at"]))) in keys}
        for then, row in enumerate(rows.tolist()):
            for was, seat in zip(other.bonds[then].wearer_seats, self.bonds[row].wearer_seats, strict=True):
                its = [one.copy() for key, one in newest.items() if key[0] == was]
                if its and other._leads[then]:
                    learnt = np.array(its, dtype=showed.dtype)
                    learnt["seat"], learnt["member"], learnt["is_late"] = seat, self._member[row], True
                    self._learnt[row] = np.concatenate([self._learnt.get(row, learnt[:0]), learnt])

    def reconsider(self, row: int, at: Micros) -> Iterable[Told]:
        """Nothing is taken back, but what was learnt is noted, to wait for others of the group."""
        if row in self._learnt:
            learnt = self._learnt.pop(row)
            learnt["received_at"] = at
            self._crowd.note(learnt)
        return ()

    # What is remembered -------------------------------------------------------------------------

    def _forget_members(self, members: Indices) -> None:
        super()._forget_members(members)
        self._stored.clear(members)

    def memory(self) -> Any:
        """Of the members' last hours, too."""
        return [super().memory(), self._stored.memory()]

    def recall(self, memory: Any, rows: Mapping[int, int]) -> None:
        """Of members and conditions that are still there."""
        now, stored = memory
        super().recall(now, rows)
        then = [tuple(name) for name in now[0]]
        members = {name: number for number, name in enumerate(self._names)}
        groups = {group: number for number, group in enumerate(dict.fromkeys(one for one, _ in self._names))}
        self._stored.recall(
            stored,
            [members.get(name, -1) for name in then],
            [groups.get(group, -1) for group in dict.fromkeys(one for one, _ in then)],
        )
        self.reckon(self._leading_row)
