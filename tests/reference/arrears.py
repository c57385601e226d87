"""Section 7: late fixes wait for their kin, and their past is judged as if they had come in time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from em_engine.vocabulary import HOUR, NEVER, SECOND, AlertType, ChangeKind, Micros, ReportKind
from tests.reference.duty import Told, Way
from tests.reference.reports import Report
from tests.reference.seat import Seat

QUIET = 5 * SECOND
WAITS_MAX = 60 * SECOND
OLDEST = 31 * 24 * HOUR
OF_POSITION = frozenset(
    {
        AlertType.EXCLUSION_APPROACH, AlertType.EXCLUSION_ENTERED, AlertType.EXCLUSION_CROSSED,
        AlertType.INCLUSION_LEFT, AlertType.CURFEW_LATE, AlertType.CURFEW_LEFT, AlertType.CURFEW_EARLY,
        AlertType.CONTACT_WARNING, AlertType.CONTACT_ALERT,
    }
)  # fmt: skip

OF_CONTACT = frozenset({AlertType.CONTACT_WARNING, AlertType.CONTACT_ALERT})

Judge = Callable[[Sequence[Report]], list[Told]]
"""What a case that knows only what was before says of these reports."""


class Arrears:
    """The late fixes of one case."""

    def __init__(self, judge: Judge) -> None:
        self.judge_anew = judge
        self.held: list[Report] = []
        self.ways: list[Way] = []
        self.since: Micros = NEVER
        self.of_pair: list[Report] = []
        """Those held that are in order for their device, and late beside the other side of a ban."""
        self.due: Micros = NEVER
        self.told: list[Told] = []

    def hold(self, fix: Report, *, is_of_pair: bool = False) -> None:
        """A late fix waits for its kin."""
        if fix.received_at - fix.at > OLDEST:
            return
        self.held.append(fix)
        self.since = min(self.since, fix.received_at)
        self.due = min(fix.received_at + QUIET, self.since + WAITS_MAX)
        if is_of_pair:
            self.of_pair.append(fix)

    def hold_way(self, way: Way) -> None:
        """What was told over a hole in the count waits as well."""
        self.ways.append(way)
        if self.due == NEVER:
            self.since, self.due = way.received_at, way.received_at + WAITS_MAX

    def ring(
        self,
        seats: Sequence[Seat],
        known: list[Told],
        take_up: Callable[[Told], str],
        reconsider: Callable[[Micros], None],
    ) -> None:
        """Judge the past in which these fixes lie, and tell what nobody knew of it.

        `take_up` offers a breach that goes on to the present, and says how its slot stood; `reconsider` asks
        the present what it takes back.
        """
        late_at = sorted(fix.at for fix in self.held if fix not in self.of_pair)
        remembered = {fix.at for seat in seats for fix in seat.taken}
        ways, self.ways = self.ways, []
        for way in ways:
            if way.began_at in remembered and any(
                way.began_at < at < way.opened.detected_at for at in late_at
            ):
                self.ways.append(way)
            else:
                known += [way.opened, way.cleared]
        if self.held:
            self._judge_past(self._past(seats), known, take_up)
            reconsider(self.due)
        for seat in seats:
            seat.remember_late([fix for fix in self.held if fix.device == seat.device])
        self.held, self.of_pair, self.ways, self.since, self.due = [], [], [], NEVER, NEVER

    def _judge_past(
        self,
        past: Sequence[Report],
        known: Sequence[Told],
        take_up: Callable[[Told], str],
    ) -> None:
        found = self.judge_anew(past)
        first_at = next(one.at for one in past if one.kind == ReportKind.FIX)
        for opened in found:
            for_all = opened.type in OF_CONTACT
            late_at = sorted(fix.at for fix in self.held if for_all or fix not in self.of_pair)
            if not late_at:
                continue
            was_there = opened.opened_at <= first_at < late_at[0]
            is_opening = opened.change is ChangeKind.OPENED and opened.type in OF_POSITION
            if is_opening and not was_there:
                cleared = _end_of(opened, found)
                ended = cleared or _ended(opened, late_at)
                is_news = self._is_news(opened, ended, late_at, known)
                if is_news and (cleared is not None or take_up(opened) == "clear"):
                    self.told += [opened, ended]

    def _past(self, seats: Iterable[Seat]) -> list[Report]:
        """These fixes and what the seats remember, each as if received when it was measured."""
        devices = [seat.device for seat in seats]
        remembered = [one for seat in seats for one in (*seat.taken, *map(_of_place, seat.beats))]
        once = {
            (one.at, devices.index(one.device), one.kind): one for one in reversed([*self.held, *remembered])
        }
        return [replace(once[place], received_at=place[0], seq=-1) for place in sorted(once)]

    def _is_news(self, opened: Told, cleared: Told, late_at: Sequence[Micros], known: Sequence[Told]) -> bool:
        assert cleared.cleared_at is not None
        until = max(cleared.cleared_at, opened.detected_at)
        rests_on_late = any(opened.opened_at <= at <= until for at in late_at) or any(
            way.opened.opened_at <= until and opened.opened_at <= way.opened.detected_at for way in self.ways
        )
        spans = _spans([*known, *self.told], opened)
        is_known = any(
            start <= cleared.cleared_at and opened.opened_at <= end for start, end in spans.items()
        )
        return rests_on_late and not is_known


def _of_place(heartbeat: Report) -> Report:
    """What a heartbeat says of where the device is and whether it moves; the rest is not asked again."""
    return Report(
        device=heartbeat.device,
        kind=heartbeat.kind,
        at=heartbeat.at,
        received_at=heartbeat.at,
        motion=heartbeat.motion,
        beacon_in_range=heartbeat.beacon_in_range,
    )


def _end_of(opened: Told, found: Sequence[Told]) -> Told | None:
    """Where a breach ends that was found, if it does."""
    ends = (one for one in found if one.change is ChangeKind.CLEARED and _breach(one) == _breach(opened))
    return next(ends, None)


def _ended(opened: Told, late_at: Sequence[Micros]) -> Told:
    """One that does not ends where the late fixes prove it no further."""
    last = max(late_at[-1], opened.detected_at)
    return opened._replace(change=ChangeKind.CLEARED, detected_at=last, cleared_at=last)


def _breach(one: Told) -> tuple[str, str, Micros]:
    return one.condition, one.type, one.opened_at


def _spans(known: Iterable[Told], like: Told) -> dict[Micros, Micros]:
    """From when to when each breach of that condition and type was open."""
    spans: dict[Micros, Micros] = {}
    for one in known:
        if (one.condition, one.type) == (like.condition, like.type):
            spans[one.opened_at] = NEVER if one.cleared_at is None else one.cleared_at
    return spans
