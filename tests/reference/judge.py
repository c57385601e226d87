"""The whole page read aloud: reports in, changes out, one report and one condition at a time."""

from collections.abc import Sequence
from datetime import timedelta

from em_engine.law.terms import Scheduled
from em_engine.rulebook.models import Condition, Order, Rulebook
from em_engine.vocabulary import Micros, ReportKind
from tests.reference import civil
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


def judge(
    rulebook: Rulebook,
    reports: Sequence[Report],
    *,
    until: Micros | None = None,
    ground: Ground | None = None,
) -> list[Told]:
    """Every change, case by case in the order of the rulebook, within a case in the order decided."""
    if not reports:
        return []
    end = max(reports[-1].received_at, until or 0)
    firm = EllipsoidGround(rulebook.zones) if ground is None else ground
    told = []
    for order in rulebook.orders:
        case = Case(rulebook, order, firm, since=reports[0].received_at, until=end)
        for report in reports:
            case.receive(report)
        case.elapse(end)
        told += case.told
    return told


class Case:
    """One wearer under one order: the seats of everyone in it, and its conditions."""

    def __init__(
        self, rulebook: Rulebook, order: Order, firm: Ground, *, since: Micros, until: Micros
    ) -> None:
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
        windows = civil.windows(
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
            windows=windows,
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

    def receive(self, report: Report) -> None:
        """Timers, the report, and timers again."""
        if report.device not in self.seats:
            return
        self.elapse(report.received_at)
        self._hear(self.seats[report.device], report)
        self.elapse(report.received_at)

    def elapse(self, now: Micros) -> None:
        """Every timer up to now, in order of time."""
        while min(duty.due() for duty in self.duties) <= now:
            first = min(self.duties, key=lambda duty: duty.due())
            first.fire(first.due())

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
        if placed is not Taken.TRUSTED:
            return
        for duty in self.duties:
            if seat in (*duty.wearer, *duty.protected):
                duty.reach(fix.at)
        if seat.take(fix) is not Taken.TRUSTED:
            return
        for duty in self.duties:
            if seat in (*duty.wearer, *duty.protected):
                duty.on_fix(seat, fix)

    def _sign(self, seat: Seat, report: Report) -> None:
        for duty in self.duties:
            duty.on_sign(seat, report)
