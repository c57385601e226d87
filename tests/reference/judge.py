"""The whole page read aloud: reports in, changes out, one report and one condition at a time."""

from collections import defaultdict, deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import date, timedelta
from itertools import groupby
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

from em_engine.law.terms import Scheduled, without_times
from em_engine.rulebook.models import Condition, Order, RecordProfile, Rulebook
from em_engine.vocabulary import HOUR, NEVER, Micros, ReportKind
from tests.reference import civil
from tests.reference.allowance import AllowingCurfewDuty
from tests.reference.arrears import Arrears
from tests.reference.attendance import AttendanceDuty
from tests.reference.contact import ContactDuty
from tests.reference.count import Count
from tests.reference.doings import Doing, Forgetting
from tests.reference.duty import Duty, Ground, Told
from tests.reference.fences import ExclusionDuty, InclusionDuty
from tests.reference.grounds import EllipsoidGround
from tests.reference.groups import GroupDuty, Position
from tests.reference.health import HealthDuty
from tests.reference.late_groups import LateGroups, as_known
from tests.reference.reports import Report
from tests.reference.seat import Seat, Taken
from tests.reference.sobriety import SobrietyDuty
from tests.reference.times import binding

DUTIES: dict[str, type[Duty]] = {
    "exclusion": ExclusionDuty,
    "inclusion": InclusionDuty,
    "curfew": AllowingCurfewDuty,
    "contact-ban": ContactDuty,
    "non-association": GroupDuty,
    "device-health": HealthDuty,
    "attendance": AttendanceDuty,
    "sobriety": SobrietyDuty,
}
AROUND = timedelta(days=45)
FORGOTTEN_AFTER = 24 * HOUR


class Judged(NamedTuple):
    """What was told in time, and what in arrears."""

    told: list[Told]
    late: list[Told]


def judge(
    rulebook: Rulebook,
    reports: Sequence[Report],
    *,
    until: Micros | None = None,
    ground: Ground | None = None,
    doings: Iterable[Doing] = (),
) -> Judged:
    """Every change, case by case in the order of the rulebook, within a case in the order decided.

    `doings` come before reports of their instant.
    """
    judged = Judged([], [])
    if not reports:
        return judged
    end = max(reports[-1].received_at, until or 0)
    firm = EllipsoidGround(rulebook.zones) if ground is None else ground
    cases = [
        Case(rulebook, order, firm, since=reports[0].received_at, until=end) for order in rulebook.orders
    ]
    groups = LateGroups(duty for case in cases for duty in case.of_groups)
    for case in cases if groups.groups else ():
        case.show = groups.look
    todo = deque(sorted(doings, key=lambda one: one.at))
    for report in reports:
        while todo and todo[0].at <= report.received_at:
            _do(cases, groups, todo.popleft())
        _elapse(cases, groups, report.received_at)
        for case in cases:
            case.receive(report)
        groups.look(report.received_at)
    for doing in todo:
        _do(cases, groups, doing)
    _elapse(cases, groups, end)
    for case in cases:
        judged.told.extend(case.told)
        judged.late.extend(case.arrears.told)
    return judged


def _do(cases: Sequence["Case"], groups: LateGroups, doing: Doing) -> None:
    """By the clock nothing happens while we are deaf."""
    _elapse(cases, groups, doing.since)
    for case in cases:
        if isinstance(doing, Forgetting):
            groups.forget(case.forget(doing.at))
            continue
        for duty in case.duties:
            duty.resume(doing)


def _elapse(cases: Sequence["Case"], groups: LateGroups, now: Micros) -> None:
    """Every timer of every case up to now, and what happens in a group by the clock, in order of time."""
    while (at := min(groups.due(), *(case.due() for case in cases))) <= now:
        for case in cases:
            case.elapse(at)
            groups.learn(case.of_groups, case.showed, at)
            case.showed = []
        groups.leave(at)
        for duty, opened, cleared in groups.ring(at):
            (case,) = (case for case in cases if duty in case.duties)
            case.arrears.told += [opened, cleared]


class Case:
    """One wearer under one order: the seats of everyone in it, and its conditions."""

    def __init__(
        self, rulebook: Rulebook, order: Order, firm: Ground, *, since: Micros, until: Micros
    ) -> None:
        def anew(reports: Sequence[Report]) -> list[Told]:
            since, until = reports[0].at, reports[-1].at
            past = Case(rulebook, order, firm, since=since, until=until)
            past.is_past = True
            past.know_before(self)
            past.hear_all(reports, until=until)
            self.learn(past)
            self.placed = past.placed
            return past.told

        self.is_past = False
        self.keeps = order.record
        self.placed: dict[tuple[str, Micros], Position] = {}
        """In a past: every trusted fix, and what was known of its device while it was the newest."""
        self.showed: list[Position] = []
        self.arrears = Arrears(anew)
        self.told: list[Told] = []
        persons = (order.wearer, *order.protected)
        self.seats = {device: Seat(device, firm.apart_m) for one in persons for device in one.devices}
        self.counted: set[tuple[str, int]] = set()
        self.counts: defaultdict[str, Count] = defaultdict(Count)
        self.waiting: list[Report] = []
        """Fixes and heartbeats above a hole in their device's count."""
        self.show: Callable[[Micros], None] = lambda _: None
        """Called when a report was looked at beside another at one instant: groups look at each."""
        days = civil.day_of(since, order.time_zone), civil.day_of(until, order.time_zone)
        self.duties = [
            duty
            for condition in order.conditions
            for duty in self._duties(rulebook, order, condition, firm, days)
        ]
        for duty in self.duties:
            duty.told = self.told
            duty.hold_way = self.arrears.hold_way
            duty.start_at(since)
        self.of_groups = [duty for duty in self.duties if isinstance(duty, GroupDuty)]

    def _duties(
        self, rulebook: Rulebook, order: Order, condition: Condition, firm: Ground, days: tuple[date, date]
    ) -> Iterator[Duty]:
        """Section 4: one duty for as long as phases change its times alone."""
        zone = ZoneInfo(order.time_zone)
        for _, alike in groupby(_stages(order, condition, zone), key=lambda one: without_times(one[0])):
            stages = list(alike)
            found = []
            for terms, first, last in stages:
                scheduled = terms if isinstance(terms, Scheduled) else Scheduled()
                found.append(
                    binding(
                        rulebook,
                        scheduled,
                        time_zone=order.time_zone,
                        valid=(first, last),
                        first=days[0] - AROUND,
                        last=days[1] + AROUND,
                    )
                )
            valid = stages[0][1], stages[-1][2]
            yield self._duty(order, condition, stages[0][0], firm, civil.merged(found), valid)

    def _duty(
        self,
        order: Order,
        condition: Condition,
        terms: Any,
        firm: Ground,
        when: Sequence[civil.Window],
        valid: civil.Window,
    ) -> Duty:
        whom = getattr(terms, "with_", None)
        ours: dict[str, Any] = {}
        if condition.kind == "non-association":
            ours = {"wearer_id": order.wearer.id, "member": valid}
        elif condition.kind == "curfew":
            ours = {"time_zone": order.time_zone}
        return DUTIES[condition.kind](
            case=order.id,
            condition=condition.id,
            terms=terms,
            windows=when,
            ground=firm,
            valid=(order.valid_from, order.valid_to),
            wearer=[self.seats[device] for device in order.wearer.devices],
            protected=[
                self.seats[device]
                for person in order.protected
                if person.id == whom
                for device in person.devices
            ],
            **ours,
        )

    def know_before(self, present: "Case") -> None:
        """Section 7: what lies before all that the present's seats remember."""
        oldest = [min((fix.at for fix in seat.taken), default=NEVER) for seat in present.seats.values()]
        for seat, first_at in zip(present.seats.values(), oldest, strict=True):
            first_beat_at = min((beat.at for beat in seat.beats), default=NEVER)
            self.seats[seat.device].know_before(seat, first_at, first_beat_at)
        for duty, known in zip(self.duties, present.duties, strict=True):
            duty.know_before(known, min(oldest))

    def learn(self, past: "Case") -> None:
        """Section 7: what the past shows that the present could not see."""
        for device, seat in self.seats.items():
            seat.motion.learn(past.seats[device].motion)
        for duty, found in zip(self.duties, past.duties, strict=True):
            duty.learn(found)

    def forget(self, at: Micros) -> list[Seat]:
        """Section 8: the seats of which nothing was heard for so long, where only breaches are kept."""
        if self.keeps is not RecordProfile.BREACHES_ONLY:
            return []
        seats = [seat for seat in self.seats.values() if seat.forget_before(at - FORGOTTEN_AFTER)]
        for duty in self.duties:
            duty.forget(seats)
        return seats

    # Section 6 ----------------------------------------

    def hear_all(self, reports: Iterable[Report], *, until: Micros) -> None:
        """The reports in their order of arrival, and then silence."""
        for report in reports:
            self.receive(report)
        self.elapse(until)

    def receive(self, report: Report) -> None:
        """Timers, the report, and timers again."""
        if report.device not in self.seats:
            return
        self.elapse(report.received_at)
        self._hear(self.seats[report.device], report)
        self._note_place(self.seats[report.device])
        self.elapse(report.received_at)

    def _note_place(self, seat: Seat) -> None:
        if self.is_past and self.of_groups and seat.trusted is not None:
            self.placed[seat.device, seat.trusted.at] = as_known(seat)

    def due(self) -> Micros:
        """When the next timer rings."""
        return min(self.arrears.due, self._patience_ends(), *(duty.due() for duty in self.duties))

    def elapse(self, now: Micros) -> None:
        """Every timer up to now, in order of time."""
        while (first := min(self.duties, key=lambda duty: duty.due())).due() <= now or self.waiting:
            rings_at, ends_at = first.due(), self._patience_ends()
            if self.waiting and min(rings_at, ends_at) > now:
                break
            if self.waiting and ends_at < rings_at:
                self._ring_arrears(ends_at)
                self._let_go([one for one in self.waiting if self._waits_until(one) <= ends_at], ends_at)
            elif self.waiting and not isinstance(first, GroupDuty):
                self._ring_arrears(rings_at - 1)
                self._let_go(self.waiting, rings_at - 1, is_early=True)
            else:
                self._ring_arrears(rings_at - 1)
                first.fire(rings_at)
        self._ring_arrears(now)

    def _ring_arrears(self, now: Micros) -> None:
        if self.arrears.due <= now:
            late = sorted(
                (list(self.seats).index(fix.device), fix.at, fix.device) for fix in self.arrears.held
            )
            self.arrears.ring(list(self.seats.values()), self.told, self._take_up, self._reconsider)
            places = (self.placed.get((device, at)) for _, at, device in late)
            self.showed += [place for place in places if place is not None]

    def _take_up(self, opened: Told) -> str:
        stood = [duty.take_up(opened) for duty in self.duties if duty.condition == opened.condition]
        return next((one for one in stood if one != "clear"), "clear")

    def _reconsider(self, at: Micros) -> None:
        for duty in self.duties:
            duty.reconsider(at)

    # Section 1 ----------------------------------------

    def _hear(self, seat: Seat, report: Report) -> None:
        """Rule 3: what came before, by its count or by its own time, is not looked at."""
        if report.seq >= 0 and (report.device, report.seq) in self.counted:
            return
        self.counted.add((report.device, report.seq))
        if report.seq >= 0:
            is_fix = report.kind == ReportKind.FIX
            self.counts[report.device].hear(report.seq, report.received_at, is_fix=is_fix)
        seat.is_torn = self.counts[report.device].is_torn(report.seq, report.received_at)
        if report.kind != ReportKind.EVENT and self._waits_until(report) > report.received_at:
            if self._is_news(seat, report):
                self._sign(seat, report)
                self.waiting.append(report)
        else:
            self._take_in(seat, report, self._sign)
        its = [one for one in self.waiting if one.device == report.device]
        filled = [one for one in its if self._waits_until(one) <= report.received_at]
        self._let_go(filled, report.received_at)

    def _is_news(self, seat: Seat, report: Report) -> bool:
        if report.kind == ReportKind.FIX:
            return seat.place(report) is not Taken.DUPLICATE
        return seat.is_news(report)

    def _take_in(self, seat: Seat, report: Report, sign: Callable[[Seat, Report], None]) -> None:
        if report.kind == ReportKind.FIX:
            self._fix(seat, report, sign)
        elif seat.is_news(report):
            sign(seat, report)
            self._say(seat, report)

    def _patience_ends(self) -> Micros:
        return min(map(self._waits_until, self.waiting), default=NEVER)

    def _waits_until(self, report: Report) -> Micros:
        return self.counts[report.device].waits_until(report.seq)

    def _let_go(self, reports: Sequence[Report], at: Micros, *, is_early: bool = False) -> None:
        """Rule 3: what has waited is looked at, in the order of its own time. It has been a sign of life."""
        self.waiting = [one for one in self.waiting if one not in reports]
        seats = list(self.seats)
        for one in sorted(reports, key=lambda one: (one.at, seats.index(one.device), one.seq)):
            seat, received_at = self.seats[one.device], max(at, one.received_at)
            seat.is_torn = is_early or self.counts[one.device].is_torn(one.seq, received_at)
            self.show(received_at)
            self._take_in(seat, replace(one, received_at=received_at), lambda *_: None)
            self.show(received_at)

    def _say(self, seat: Seat, report: Report) -> None:
        if report.kind == ReportKind.EVENT:
            for duty in self.duties:
                duty.on_event(seat, report)
        elif seat.hear(report):
            for duty in self.duties:
                duty.on_heartbeat(seat, report)

    def _fix(self, seat: Seat, fix: Report, sign: Callable[[Seat, Report], None]) -> None:
        placed = seat.place(fix)
        if placed is Taken.DUPLICATE:
            return
        sign(seat, fix)
        if placed is Taken.LATE:
            self._hold(fix)
        if placed is Taken.TRUSTED:
            self._look(seat, fix, [duty for duty in self.duties if seat in (*duty.wearer, *duty.protected)])

    def _look(self, seat: Seat, fix: Report, duties: Sequence[Duty]) -> None:
        for duty in duties:
            duty.reach(fix.at)
        if seat.take(fix) is not Taken.TRUSTED:
            return
        if any(duty.is_in_arrears(fix) for duty in duties):
            self._hold(fix)
        elif any(duty.is_behind(seat, fix) for duty in duties):
            self._hold(fix, is_of_pair=True)
        for duty in duties:
            duty.on_fix(seat, fix)

    def _hold(self, fix: Report, *, is_of_pair: bool = False) -> None:
        """Section 7; the past has no past of its own."""
        if not self.is_past:
            self.arrears.hold(fix, is_of_pair=is_of_pair)

    def _sign(self, seat: Seat, report: Report) -> None:
        for duty in self.duties:
            duty.on_sign(seat, report)


def _stages(order: Order, condition: Condition, zone: ZoneInfo) -> list[tuple[Any, Micros, Micros]]:
    """What a condition demands from when to when: itself, and each of its phases until the next."""
    first, last = order.valid_from, order.valid_to
    if condition.from_ is not None:
        first = max(first, civil.instant_of(condition.from_, zone, ends=False))
    if condition.to is not None:
        last = min(last, civil.instant_of(condition.to, zone, ends=True))
    begins = [civil.instant_of(phase.from_, zone, ends=False) for phase in condition.phases]
    edges = [first, *(min(max(one, first), last) for one in begins), last]
    terms = [condition.terms, *(phase.terms for phase in condition.phases)]
    stages = [(one, start, end) for one, start, end in zip(terms, edges[:-1], edges[1:], strict=True)]
    return [one for one in stages if one[1] < one[2]] or stages[:1]
