"""Section 7: late fixes wait for their kin, and their past is judged as if they had come in time."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from em_engine.vocabulary import NEVER, SECOND, AlertType, ChangeKind, Micros
from tests.reference.duty import Told
from tests.reference.reports import Report
from tests.reference.seat import Seat

QUIET = 5 * SECOND
OF_POSITION = frozenset(
    {
        AlertType.EXCLUSION_APPROACH, AlertType.EXCLUSION_ENTERED, AlertType.EXCLUSION_CROSSED,
        AlertType.INCLUSION_LEFT, AlertType.CURFEW_LATE, AlertType.CURFEW_LEFT, AlertType.CURFEW_EARLY,
        AlertType.CONTACT_WARNING, AlertType.CONTACT_ALERT,
    }
)  # fmt: skip

Judge = Callable[[Sequence[Report]], list[Told]]
"""What a case that knows nothing yet says of these reports."""


class Arrears:
    """The late fixes of one case."""

    def __init__(self, judge: Judge) -> None:
        self.judge_anew = judge
        self.held: list[Report] = []
        self.due: Micros = NEVER
        self.told: list[Told] = []

    def hold(self, fix: Report) -> None:
        """A late fix waits for others; the first says how long."""
        if not self.held:
            self.due = fix.received_at + QUIET
        self.held.append(fix)

    def ring(self, seats: Iterable[Seat], known: Sequence[Told]) -> None:
        """Judge the past in which these fixes lie, and tell what nobody knew of it."""
        late_at = sorted(fix.at for fix in self.held)
        found = self.judge_anew(self._past(seats))
        self.held, self.due = [], NEVER
        for opened in found:
            if opened.change is ChangeKind.OPENED and opened.type in OF_POSITION:
                self._tell(opened, _end_of(opened, found, late_at), late_at, known)

    def _past(self, seats: Iterable[Seat]) -> list[Report]:
        """These fixes and those the seats remember, each as if received when it was measured."""
        devices = [seat.device for seat in seats]
        remembered = [fix for seat in seats for fix in seat.taken]
        once = {(fix.at, devices.index(fix.device)): fix for fix in reversed([*self.held, *remembered])}
        return [replace(once[place], received_at=place[0], seq=-1) for place in sorted(once)]

    def _tell(self, opened: Told, cleared: Told, late_at: Sequence[Micros], known: Sequence[Told]) -> None:
        assert cleared.cleared_at is not None
        until = max(cleared.cleared_at, opened.detected_at)
        rests_on_late = any(opened.opened_at <= at <= until for at in late_at)
        spans = _spans([*known, *self.told], opened)
        is_known = any(
            start <= cleared.cleared_at and opened.opened_at <= end for start, end in spans.items()
        )
        if rests_on_late and not is_known:
            self.told += [opened, cleared]


def _end_of(opened: Told, found: Sequence[Told], late_at: Sequence[Micros]) -> Told:
    """Where a breach ends that was found; one that does not, where the late fixes prove it no further."""
    for one in found:
        if one.change is ChangeKind.CLEARED and _breach(one) == _breach(opened):
            return one
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
