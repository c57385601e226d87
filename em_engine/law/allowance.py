"""An allowance of absence: so much a day, a week or a month is granted before it is a breach.

A watch with one slot for being away, put over one that has none: what that slot opens is held back while the
allowance lasts, and told from the instant it ran out. While it is held back, the slot's `opened_at` is NEVER.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import Any, Final

import numpy as np

from em_engine.law import breach
from em_engine.law.breach import Phase
from em_engine.law.evidence import Sightings
from em_engine.law.geodesy import Zones
from em_engine.law.watch import Bond, Told
from em_engine.law.windowed_watch import moved_on
from em_engine.law.zone_watch import ZONE_STATE, ZoneWatch
from em_engine.vocabulary import (
    BEFORE_ALL,
    NEVER,
    SECOND,
    AlertType,
    ChangeKind,
    Indices,
    Micros,
    Rows,
    Times,
    rfc3339,
)

WAITS: Final[Micros] = breach.SUSPICION_OPENS
"""How long the clock waits, after the allowance ran out, for a look that finds him back in time."""
OF_ABSENCE: Final = frozenset({AlertType.CURFEW_LATE, AlertType.CURFEW_LEFT, AlertType.CURFEW_EARLY})
_AWAY = 0
ALLOWANCE_STATE: Final = np.dtype(
    [
        *ZONE_STATE.descr,
        ("spent", np.int64),  # in the period that ends at `period_to`
        ("period_to", np.int64),
        ("away_since", np.int64),  # of the absence that is held back
        ("runs_out_at", np.int64),  # when it uses the allowance up
        ("tells_at", np.int64),  # when the clock tells it
    ]
)


class WithAllowance(ZoneWatch):
    """Absences are told once the allowance is used up; conditions without one, at once."""

    state_type = ALLOWANCE_STATE

    def __init__(self, bonds: Sequence[Bond], zones: Zones) -> None:
        super().__init__(bonds, zones)
        self.state["period_to"] = self.state["away_since"] = BEFORE_ALL
        granted = [bond.terms.allowance for bond in bonds]
        totals = [timedelta(0) if one is None else one.total for one in granted]
        self._total = np.array([total // timedelta(microseconds=1) for total in totals], dtype=np.int64)

    # What the watch below says ------------------------------------------------------------

    def look(self, rows: Indices, seen: Sightings, seats: Rows) -> tuple[list[tuple[int, Told]], Indices]:
        """See `WindowedWatch.look`."""
        told, in_arrears = super().look(rows, seen, seats)
        return [(place, one) for place, answer in told for one in self._passed(answer)], in_arrears

    def hear_heartbeats(
        self, rows: Indices, seat: Indices, reports: Rows, seats: Rows
    ) -> Iterator[tuple[int, Told]]:
        """See `WindowedWatch.hear_heartbeats`."""
        for place, answer in super().hear_heartbeats(rows, seat, reports, seats):
            for told in self._passed(answer):
                yield place, told

    def elapse(self, row: int, at: Micros, seats: Rows) -> Iterator[Told]:
        """See `WindowedWatch.elapse`."""
        for told in super().elapse(row, at, seats):
            yield from self._passed(told)

    def pass_edges(self, row: int, at: Micros, seats: Rows) -> Iterator[Told]:
        """See `WindowedWatch.pass_edges`."""
        for told in super().pass_edges(row, at, seats):
            yield from self._passed(told)

    def clear_all(self, row: int, edge: Micros) -> Iterator[Told]:
        """See `WindowedWatch.clear_all`."""
        for told in super().clear_all(row, edge):
            yield from self._passed(told)

    def told_cleared(
        self, row: int, slot: Any, *, at: Micros, cleared_at: Micros, seat: int, evidence: dict[str, Any]
    ) -> Told:
        """What is held back has not been opened: it ends when it ends."""
        told = super().told_cleared(row, slot, at=at, cleared_at=cleared_at, seat=seat, evidence=evidence)
        return replace(told, cleared_at=cleared_at) if told.opened_at == NEVER else told

    def _passed(self, told: Told) -> Iterator[Told]:
        """What becomes of an answer: passed on, held back, or told from when the allowance ran out."""
        if not self._total[told.row] or told.type not in OF_ABSENCE:
            yield told
        elif told.change is ChangeKind.OPENED and self._begins_now(told):
            yield from self._absent(told)
        elif told.change is ChangeKind.CLEARED and told.opened_at == NEVER:
            yield from self._back(told)
        else:
            yield told

    def _begins_now(self, told: Told) -> bool:
        """Not if it is over already, or held back."""
        slot = self.slots[told.row][_AWAY]
        is_new = self.state[told.row]["away_since"] == BEFORE_ALL
        return bool(is_new and slot["phase"] == Phase.OPEN)

    # An absence ---------------------------------------------------------------------------

    def _absent(self, told: Told) -> Iterator[Told]:
        """An absence begins: it is held back while the allowance lasts."""
        row, state, slot = told.row, self.state[told.row], self.slots[told.row][_AWAY]
        runs_out_at = self._runs_out_at(row, told.opened_at)
        if runs_out_at <= told.opened_at:  # so is an absence that the clock tells: it has spent everything
            yield replace(told, evidence=self._granted(row) | dict(told.evidence))
            return
        state["away_since"], state["runs_out_at"] = told.opened_at, runs_out_at
        state["tells_at"] = max(runs_out_at + WAITS, told.detected_at)
        slot["opened_at"] = NEVER
        self.reckon(np.array([row]))

    def _runs_out_at(self, row: int, since: Micros) -> Micros:
        """When an absence since then uses up what is left; the next period grants it anew."""
        left = int(self._total[row]) - self._spent(row, since)
        period_to = int(self.state[row]["period_to"])
        return since + left if since + left < period_to else period_to + int(self._total[row])

    def _spent(self, row: int, at: Micros) -> Micros:
        """What was spent of the period that holds `at`, which becomes the one in force."""
        state = self.state[row]
        if at >= state["period_to"]:
            state["period_to"] = self._period(row, at)[1]
            state["spent"] = 0
        return int(state["spent"])

    def _period(self, row: int, at: Micros) -> tuple[Micros, Micros]:
        """The day, week or month that holds `at`."""
        bond = self.bonds[row]
        return bond.schedule.period(at, bond.terms.allowance.per)

    def _back(self, told: Told) -> Iterator[Told]:
        """A held-back absence is over: in time, or after the allowance ran out."""
        state = self.state[told.row]
        since, runs_out_at = int(state["away_since"]), int(state["runs_out_at"])
        at = max(since, int(told.cleared_at or told.detected_at))  # the way home began before the window
        self._spend(told.row, since, min(at, runs_out_at))
        state["away_since"] = BEFORE_ALL
        self.reckon(np.array([told.row]))
        if at > runs_out_at:
            evidence = self._away(told.row, since) | dict(told.evidence)
            late = replace(told, opened_at=runs_out_at, evidence=evidence)
            yield replace(late, change=ChangeKind.OPENED, cleared_at=None)
            yield late

    def _spend(self, row: int, since: Micros, until: Micros) -> None:
        """Of an absence over the end of a period, what lies in the next one counts there."""
        spent, begins = self._spent(row, until), max(since, self._period(row, until)[0])
        self.state[row]["spent"] = min(int(self._total[row]), spent + until - begins)

    # The clock ----------------------------------------------------------------------------

    def extra_due(self, rows: Indices) -> Times:
        """When an absence that is held back is told, beside what else is due."""
        state, below = self.state, super().extra_due(rows)
        due = np.where(state["away_since"][rows] != BEFORE_ALL, state["tells_at"][rows], NEVER)
        return due if below is None else np.minimum(due, below)

    def elapse_extra(self, row: int, at: Micros) -> Iterator[Told]:
        """The allowance has run out, and nothing found the wearer back in time."""
        state, slot = self.state[row], self.slots[row][_AWAY]
        since = int(state["away_since"])
        if since == BEFORE_ALL or state["tells_at"] > at:
            yield from super().elapse_extra(row, at)
            return
        self._spend(row, since, int(state["runs_out_at"]))
        slot["opened_at"], state["away_since"] = state["runs_out_at"], BEFORE_ALL
        evidence = self._away(row, since) | self.frame(row)
        yield self.told_of(row, slot, ChangeKind.OPENED, at=at, seat=-1, evidence=evidence)

    def resume(self, at: Micros, since: Micros | None = None) -> None:
        """Who may have come back while we were deaf has the minute again."""
        self.state["tells_at"] = moved_on(self.state["tells_at"], to=at + WAITS, at=at, since=since)
        super().resume(at, since)

    # Evidence -----------------------------------------------------------------------------

    def _granted(self, row: int) -> dict[str, Any]:
        total, per = int(self._total[row]), self.bonds[row].terms.allowance.per
        return {"allowance_s": round(total / SECOND, 1), "allowance_per": per}

    def _away(self, row: int, since: Micros) -> dict[str, Any]:
        return {**self._granted(row), "away_since": rfc3339(since)}
