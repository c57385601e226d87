"""The engine deletes what may no longer be kept by itself: every night at a settled hour, written down."""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Iterator, Sequence
from datetime import datetime, time, timedelta
from pathlib import Path
from typing import Final

from em_engine.console.audit import Audit, AuditUnavailable, audit_of
from em_engine.ingest.delivery import Clock
from em_engine.metrics import Metrics
from em_engine.record.interface import RecordCorrupt, RecordError
from em_engine.rulebook import Rulebook, RulebookRefused
from em_engine.rulebook.civil import begins_at
from em_engine.runners.deletion import Deleted, Keeping, Note, delete
from em_engine.runners.threads import in_thread
from em_engine.vocabulary import MINUTE, SECOND, Micros, instant, parse_rfc3339, rfc3339

_log = logging.getLogger(__name__)

WHO: Final = "engine"
"""Who the audit names where the engine deleted."""
WHAT: Final = "deletes what may no longer be kept"
AGAIN: Final[Micros] = 10 * MINUTE
"""When it is tried again after it could not be done."""
_LAST: Final = "retention.last"


class Retention:
    """Deletes once a day. What was missed while the engine was down is made good when it is up again."""

    def __init__(
        self,
        record: Keeping,
        folder: Path,
        audit: Audit,
        rulebook: Callable[[], Rulebook],
        *,
        hour: time,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._record = record
        self._folder = folder
        self._audit = audit
        self._rulebook = rulebook
        self._hour = hour
        self._clock = clock
        self._metrics = metrics
        self._due: Micros | None = None  # until the record was asked

    async def run(self) -> None:
        """For ever; a record or an audit that is away is tried again. Raises RecordCorrupt."""
        while True:
            await in_thread(self.turn)
            assert self._due is not None, "it has turned once"
            # In steps: the machine may sleep, and a sleep of hours would count from before it.
            await asyncio.sleep(min(max(0, self._due - self._clock()), MINUTE) / SECOND)

    def turn(self) -> Sequence[Deleted]:
        """Deletes if it is time to; what was."""
        at = self._clock()
        try:
            if self._due is None:
                self._due = self._next_after(self._last(at))
            if at < self._due:
                return ()
            done = delete(self._record, self._folder, at, note=noted_in(self._audit, who=WHO))
            self._keep(at)
        except RecordCorrupt:
            raise
        except (RecordError, RulebookRefused, AuditUnavailable, OSError) as refusal:
            _log.error("what may no longer be kept is not deleted yet: %s", refusal)
            self._due = at + AGAIN
            return ()
        self._due = self._next_after(at)
        self._tell(done, at)
        return done

    def _tell(self, done: Sequence[Deleted], at: Micros) -> None:
        self._metrics.observe_retention(
            at=at,
            positions=sum(one.positions for one in done),
            alerts=sum(one.alerts for one in done),
            found=sum(one.found for one in done),
        )
        for one in done:
            if one.found:
                _log.error("of %s %d deleted positions are still in a file", one.case, one.found)

    def _last(self, at: Micros) -> Micros:
        """When it was last done; a new installation has done it now, for it has nothing."""
        with self._record.reading() as reading:
            told = reading.setting(_LAST)
        if told is None:
            self._keep(at)
        last = at if told is None else parse_rfc3339(told)
        self._metrics.observe_retention(at=last, positions=0, alerts=0, found=0)
        return last

    def _keep(self, at: Micros) -> None:
        with self._record.forgetting() as writing:
            writing.put_setting(_LAST, rfc3339(at))

    def _next_after(self, at: Micros) -> Micros:
        """The first settled hour of the centre after that."""
        zone = self._rulebook().programme.time_zone
        return next_hour(self._hour, zone, at)


def next_hour(hour: time, time_zone: str, after: Micros) -> Micros:
    """When it is that hour there next. One that is skipped in spring is the end of the gap."""
    today = instant(after).date() - timedelta(days=1)  # whatever the zone, it is no earlier there
    days = (datetime.combine(today + timedelta(days=day), hour) for day in range(4))
    return next(at for at in (begins_at(day, time_zone) for day in days) if at > after)


def noted_in(audit: Audit, *, who: str) -> Note:
    """Has the audit say what is deleted before it is."""

    def note(case: str, much: str) -> None:
        audit.append(who=who, what=WHAT, subject=case, why=much)

    return note


@contextlib.contextmanager
def audited(folder: Path, *, who: str, clock: Clock) -> Iterator[Note]:
    """The same in the audit of a data folder."""
    with audit_of(folder, clock) as audit:
        yield noted_in(audit, who=who)
