"""Section 5, curfew's last paragraph: so much absence is granted before it is a breach."""

from datetime import date, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from em_engine.vocabulary import NEVER, SECOND, AlertType, ChangeKind, Micros
from tests.reference import civil
from tests.reference.curfew import CurfewDuty
from tests.reference.doings import Deaf, Stalled, moved_on
from tests.reference.slot import Slot

LOOKS_FOR_HIM = 60 * SECOND


class AllowingCurfewDuty(CurfewDuty):
    """A curfew that may grant absence: a list of absences that were held back, summed when one is asked."""

    def __init__(self, *, time_zone: str, **given: Any) -> None:
        super().__init__(**given)
        self.zone = ZoneInfo(time_zone)
        self.spent: list[civil.Window] = []
        """What was taken of the allowance, of any day."""
        self.away_since: Micros | None = None
        """Of the absence that is held back."""
        self.runs_out_at = NEVER
        self.tells_at = NEVER

    # The allowance ----------------------------------------

    def _runs_out_at(self, since: Micros) -> Micros:
        """Walk on from period to period till one is used up."""
        allowance, at = self.terms.allowance, since
        total = allowance.total // timedelta(microseconds=1)
        while True:
            begins, ends = self._period(at)
            left = total - sum(until - start for start, until in civil.within(self.spent, begins, ends))
            if at + left < ends:
                return at + left
            at = ends

    def _period(self, at: Micros) -> civil.Window:
        first = last = civil.day_of(at, self.zone.key)
        while not self._begins_one(first):
            first -= timedelta(days=1)
        last += timedelta(days=1)
        while not self._begins_one(last):
            last += timedelta(days=1)
        return self._midnight(first), self._midnight(last)

    def _begins_one(self, day: date) -> bool:
        per = self.terms.allowance.per
        return per == "day" or (per == "week" and day.isoweekday() == 1) or (per == "month" and day.day == 1)

    def _midnight(self, day: date) -> Micros:
        midnight = datetime(day.year, day.month, day.day)  # noqa: DTZ001  civil on purpose
        return civil.instant_of(midnight, self.zone, ends=False)

    # Away, and back ----------------------------------------

    def _tell_opened(self, k: int, slot: Slot, *, detected_at: Micros) -> None:
        if self.terms.allowance is None:
            super()._tell_opened(k, slot, detected_at=detected_at)
            return
        runs_out_at = self._runs_out_at(slot.opened_at)
        if runs_out_at == slot.opened_at:
            super()._tell_opened(k, slot, detected_at=detected_at)
            return
        slot.type = self.type_of(k)
        self.away_since, self.runs_out_at = slot.opened_at, runs_out_at
        self.tells_at = max(runs_out_at + LOOKS_FOR_HIM, detected_at)

    def _tell_cleared(self, slot: Slot, *, cleared_at: Micros, detected_at: Micros) -> None:
        if self.away_since is None:
            super()._tell_cleared(slot, cleared_at=cleared_at, detected_at=detected_at)
            return
        runs_out_at = self._is_over(cleared_at)
        if cleared_at > runs_out_at:
            slot.opened_at = runs_out_at
            self._tell_away(slot, detected_at=detected_at)
            super()._tell_cleared(slot, cleared_at=cleared_at, detected_at=detected_at)

    def _is_over(self, at: Micros) -> Micros:
        """It is held back no longer, and counts as far as it was granted."""
        assert self.away_since is not None
        self.spent.append((self.away_since, min(at, self.runs_out_at)))
        self.away_since, self.tells_at = None, NEVER
        return self.runs_out_at

    def _tell_away(self, slot: Slot, *, detected_at: Micros) -> None:
        assert isinstance(slot.type, AlertType)
        self.tell(slot.type, ChangeKind.OPENED, opened_at=slot.opened_at, detected_at=detected_at)

    # The clock ----------------------------------------

    def clock_at(self) -> Micros:
        return min(super().clock_at(), self.tells_at)

    def resume(self, doing: Deaf | Stalled) -> None:
        super().resume(doing)
        self.tells_at = moved_on(self.tells_at, doing=doing, anew=doing.at + LOOKS_FOR_HIM)

    def ring(self, now: Micros) -> None:
        if self.tells_at > now:
            super().ring(now)
            return
        self.slots[0].opened_at = self._is_over(NEVER)
        self._tell_away(self.slots[0], detected_at=now)
