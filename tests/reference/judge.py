"""The whole page read aloud: reports in, changes out, one report and one condition at a time."""

from collections.abc import Iterable, Sequence
from datetime import timedelta
from functools import lru_cache
from typing import NamedTuple

from em_engine.law.terms import Scheduled
from em_engine.rulebook.models import Condition, Order, Rulebook
from em_engine.vocabulary import Micros, ReportKind
from tests.reference import civil
from tests.reference.arrears import Arrears
from tests.reference.attendance import AttendanceDuty
from tests.reference.contact import ContactDuty
from tests.reference.duty import Duty, Ground, Told
from tests.reference.grounds import EllipsoidGround
from tests.reference.health import HealthDuty
from tests.reference.reports import Report
from tests.reference.seat import Seat, Taken
from tests.reference.sobriety import SobrietyDuty
from tests.reference.zones import CurfewDuty, ExclusionDuty, InclusionDuty

DUTIES: dict[str, type[Duty]] = {
    "exclusion": ExclusionDuty,
    "inclusion": InclusionDuty,
    "curfew": CurfewDuty,
    "contact-ban": ContactDuty,
    "device-health": HealthDuty,
    "attendance": AttendanceDuty,
    "sobriety": SobrietyDuty,
}
AROUND = timedelta(days=45)
windows = lru_cache(maxsize=64)(civil.windows)


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
) -> Judged:
    """Every change, case by case in the order of the rulebook, within a case in the order decided."""
    judged = Judged([], [])
    if not reports:
        return judged
    end = max(reports[-1].received_at, until or 0)
    firm = EllipsoidGround(rulebook.zones) if ground is None else ground
    for order in rulebook.orders:
        case = Case(rulebook, order, firm, since=reports[0].received_at, until=end)
        case.hear_all(reports, until=end)
        judged.told.extend(case.told)
        judged.late.extend(case.arrears.told)
    return judged


class Case:
    """One wearer under one order: the seats of everyone in it, and its conditions."""

    def __init__(
        self, rulebook: Rulebook, order: Order, firm: Ground, *, since: Micros, until: Micros
    ) -> None:
        def anew(reports: Sequence[Report]) -> list[Told]:
            since, until = reports[0].at, reports[-1].at
            past = Case(rulebook, order, firm, since=since, until=until)
            past.is_past = True
            past.hear_all(reports, until=until)
            return past.told

        self.is_past = False
        self.arrears = Arrears(anew)
        self.told: list[Told] = []
        persons = (order.wearer, *order.protected)
        self.seats = {device: Seat(device, firm.apart_m) for one in persons for device in one.devices}
        self.counted: set[tuple[str, int]] = set()
        self.duties = [
            self._duty(rulebook, order, condition, firm, since, until) for condition in order.conditions
        ]
        for duty in self.duties:
            duty.told = self.told
            duty.start_at(since)

    def _duty(
        self,
        rulebook: Rulebook,
        order: Order,
        condition: Condition,
        firm: Ground,
        since: Micros,
        until: Micros,
    ) -> Duty:
        terms = condition.terms
        scheduled = rulebook.scheduled(terms) if isinstance(terms, Scheduled) else Scheduled()
        binding = windows(
            scheduled,
            time_zone=order.time_zone,
            valid_from=order.valid_from,
            valid_to=order.valid_to,
            first=civil.day_of(since, order.time_zone) - AROUND,
            last=civil.day_of(until, order.time_zone) + AROUND,
        )
        whom = getattr(terms, "with_", None)
        return DUTIES[condition.kind](
            case=order.id,
            condition=condition.id,
            terms=terms,
            windows=binding,
            ground=firm,
            valid=(order.valid_from, order.valid_to),
            wearer=[self.seats[device] for device in order.wearer.devices],
            protected=[
                self.seats[device]
                for person in order.protected
                if person.id == whom
                for device in person.devices
            ],
        )

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
        self.elapse(report.received_at)

    def elapse(self, now: Micros) -> None:
        """Every timer up to now, in order of time."""
        while (first := min(self.duties, key=lambda duty: duty.due())).due() <= now:
            self._ring_arrears(first.due() - 1)
            first.fire(first.due())
        self._ring_arrears(now)

    def _ring_arrears(self, now: Micros) -> None:
        if self.arrears.due <= now:
            self.arrears.ring(list(self.seats.values()), self.told)

    # Section 1 ----------------------------------------

    def _hear(self, seat: Seat, report: Report) -> None:
        """Rule 3: what came before, by its count or by its own time, is not looked at."""
        if report.seq >= 0 and (report.device, report.seq) in self.counted:
            return
        self.counted.add((report.device, report.seq))
        if report.kind == ReportKind.FIX:
            self._fix(seat, report)
        elif seat.is_news(report):
            self._sign(seat, report)
            self._say(seat, report)

    def _say(self, seat: Seat, report: Report) -> None:
        if report.kind == ReportKind.EVENT:
            for duty in self.duties:
                duty.on_event(seat, report)
        elif seat.hear(report):
            for duty in self.duties:
                duty.on_heartbeat(seat, report)

    def _fix(self, seat: Seat, fix: Report) -> None:
        placed = seat.place(fix)
        if placed is Taken.DUPLICATE:
            return
        self._sign(seat, fix)
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
        for duty in duties:
            duty.on_fix(seat, fix)

    def _hold(self, fix: Report) -> None:
        """Section 7; the past has no past of its own."""
        if not self.is_past:
            self.arrears.hold(fix)

    def _sign(self, seat: Seat, report: Report) -> None:
        for duty in self.duties:
            duty.on_sign(seat, report)
