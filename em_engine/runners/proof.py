"""Every few minutes the synthetic wearer proves the whole road; one that does not answer is an alert.

His fixes go out to the broker, come back as everybody's do, are judged in the same lane and committed in the
same transaction. Then the record is asked, by another connection, whether it holds what followed.
"""

import asyncio
import contextlib
import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from em_engine.alerts.alert import Alert, BreachState
from em_engine.alerts.queue import AlertQueue
from em_engine.ingest.delivery import Clock, NotPublishedError, Transport
from em_engine.ingest.encode import topic_of
from em_engine.metrics import Metrics
from em_engine.record.interface import Record, RecordError
from em_engine.record.rows import AlertQuery
from em_engine.rulebook import Rulebook
from em_engine.runners.publishing import publish
from em_engine.runners.synthetic import DEVICE, walk_past
from em_engine.runners.threads import in_thread
from em_engine.vocabulary import (
    MINUTE,
    SECOND,
    AlertType,
    Change,
    ChangeKind,
    Micros,
    ReportKind,
    Severity,
    alert_id,
    rfc3339,
)

_log = logging.getLogger(__name__)

ENGINE: Final = "engine"
"""Stands where other alerts name their case."""
ROAD: Final = "road"
"""What the alert of a road that does not answer names as its condition."""
FIRST_AFTER: Final[Micros] = 30 * SECOND
"""An engine that begins has a backlog to judge; and the last round of the one before must lie behind."""
AGAIN: Final[Micros] = MINUTE
"""How soon a road that did not answer is tried again."""
SENT_WITHIN_S: Final = 30.0
"""How long the broker may take for a round's two messages. A round that is half sent proves nothing."""
ROUNDS_MAX: Final = 100
"""So many rounds without an answer are remembered: when the road opens again, all of them are answered."""


@dataclass(slots=True, kw_only=True)
class Proven:
    """How the road is, for the health checks."""

    at: Micros | None = None  # when it was last proved
    road_s: float | None = None  # how long it then took, from the publishing to the record
    due_at: Micros | None = None  # when the next answer must be there; None where no proof runs
    failing_since: Micros | None = None
    because: str = ""


class Proof:
    """Sends the synthetic wearer past his zone, and waits for what the record says of it."""

    def __init__(
        self,
        record: Record,
        queue: AlertQueue,
        transport: Transport,
        rulebook: Callable[[], Rulebook],
        *,
        clock: Clock,
        root: str,
        every: timedelta,
        within: timedelta,
        metrics: Metrics,
    ) -> None:
        self.proven = Proven()
        self._record = record
        self._queue = queue
        self._transport = transport
        self._rulebook = rulebook
        self._clock = clock
        self._topic = topic_of(DEVICE, ReportKind.FIX, root=root)
        self._every_s = every.total_seconds()
        self._within_s = within.total_seconds()
        self._metrics = metrics
        self._sent: dict[Micros, Micros] = {}  # by the time of a round's last fix: when it was sent
        self._answers: dict[Micros, int] = {}  # likewise: how far the journal must reach
        self._stirred = asyncio.Event()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._eastward = True
        self._open: Alert | None = None
        metrics.proof_age.set_function(self._age_s)

    def _age_s(self) -> float:
        at = self.proven.at
        return float("nan") if at is None else (self._clock() - at) / SECOND

    def answer(self, changes: Sequence[Change], position: int | None) -> None:
        """What was committed of the synthetic wearer, told by the thread that judges."""
        loop = self._loop
        for change in changes:
            crossed = (change.type, change.change) == (AlertType.EXCLUSION_CROSSED, ChangeKind.OPENED)
            if crossed and loop is not None and not loop.is_closed():
                loop.call_soon_threadsafe(self._take, change.detected_at, position or 0)

    def _take(self, ended_at: Micros, position: int) -> None:
        if ended_at in self._sent:
            self._answers[ended_at] = position
            self._stirred.set()

    async def run(self) -> None:
        """For ever: a road that does not answer ends nothing, it is told."""
        self._expect_after(FIRST_AFTER / SECOND)
        await asyncio.sleep(FIRST_AFTER / SECOND)
        while True:
            is_proved = await self.turn()
            await self._rest(self._every_s if is_proved else min(AGAIN / SECOND, self._every_s))

    def _expect_after(self, pause_s: float) -> None:
        wait_s = pause_s + SENT_WITHIN_S + self._within_s
        self.proven.due_at = self._clock() + round(wait_s * SECOND)

    async def turn(self) -> bool:
        """One round: whether it was answered in time."""
        self._loop = asyncio.get_running_loop()
        why_not = await self._send() or await self._answered()
        if why_not is None:
            return True
        await self._failed(why_not)
        return False

    async def _send(self) -> str | None:
        """Why the round could not be sent; None where it is on its way."""
        at = self._clock()
        self._sent[at] = at
        for oldest in list(self._sent)[:-ROUNDS_MAX]:
            del self._sent[oldest]
        try:
            async with asyncio.timeout(SENT_WITHIN_S):
                for payload in walk_past(at, eastward=self._eastward):
                    await publish(self._transport, self._topic, payload)
        except TimeoutError:
            return "the broker did not take its message in time"
        except NotPublishedError as error:
            return f"the broker did not take its message: {error}"
        self._eastward = not self._eastward
        return None

    async def _answered(self) -> str | None:
        """Why no round was answered; None where one was."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(self._within_s):
                while not await self._settle():
                    await self._stirred.wait()
                return None
        return f"it was not judged and committed within {self._within_s:g} s"

    async def _rest(self, wait_s: float) -> None:
        """Until the next round; an answer that comes late still says that the road is open again."""
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                while True:
                    await self._stirred.wait()
                    await self._settle()

    async def _settle(self) -> bool:
        """Whether a round was answered, and the record holds what followed of it."""
        self._stirred.clear()
        if not self._answers:
            return False
        ended_at, position = max(self._answers.items())
        self._answers.clear()
        try:
            reached = await in_thread(self._reached)
        except RecordError as refusal:
            _log.error("the record does not say whether the road is proved: %s", refusal)
            return False
        if reached < position:
            return False
        await self._succeeded(ended_at)
        return True

    def _reached(self) -> int:
        with self._record.reading() as reading:
            return reading.newest_position()

    # What follows ---------------------------------------------------------------------------------

    async def _succeeded(self, ended_at: Micros) -> None:
        now = self._clock()
        road_s = (now - self._sent.get(ended_at, now)) / SECOND
        self.proven = Proven(at=now, road_s=road_s)
        self._expect_after(self._every_s)
        self._metrics.proof_road.observe(road_s)
        self._sent = {at: sent for at, sent in self._sent.items() if at > ended_at}
        with contextlib.suppress(RecordError):  # told at the next round then
            await in_thread(lambda: self._tell_over(now))

    async def _failed(self, because: str) -> None:
        since = self.proven.failing_since or self._clock()
        self.proven.failing_since, self.proven.because = since, because
        self._metrics.proof_failures.inc()
        _log.error("the road is not proved: %s", because)
        try:
            await in_thread(lambda: self._tell(since, because))
        except RecordError as refusal:
            _log.error("nor can that be told: %s", refusal)

    def _tell(self, since: Micros, because: str) -> None:
        """The alert, once."""
        if self._told() is not None:
            return
        proved_at = self.proven.at
        evidence = {
            "proof_within_s": self._within_s,
            "judged_until": None if proved_at is None else rfc3339(proved_at),
            "because": because,
        }
        self._commit(self._change(ChangeKind.OPENED, since, self._clock(), evidence))

    def _tell_over(self, at: Micros) -> None:
        told = self._told()
        if told is not None:
            evidence = {"judged_again_at": rfc3339(at)}
            self._commit(self._change(ChangeKind.CLEARED, told.opened_at, at, evidence))

    def _told(self) -> Alert | None:
        """The alert, where it is open: also one that the engine before this one told."""
        query = AlertQuery(is_closed=None, type=AlertType.MONITORING_GAP.value, case=ENGINE)
        found = (alert for alert in self._queue.open(query) if alert.breach is BreachState.OPEN)
        return next(found, None)

    def _commit(self, change: Change) -> None:
        self._queue.commit(entry=None, changes=[change], at=change.at)
        self._metrics.observe_changes([change])

    def _change(
        self, kind: ChangeKind, opened_at: Micros, at: Micros, evidence: Mapping[str, object]
    ) -> Change:
        rulebook, type = self._rulebook(), AlertType.MONITORING_GAP
        protocol = rulebook.protocols.get(type)
        return Change(
            alert=alert_id(ENGINE, ROAD, type, opened_at),
            change=kind,
            at=at,
            type=type,
            severity=Severity.HIGH if protocol is None else protocol.severity,
            case=ENGINE,
            order=ENGINE,
            condition=ROAD,
            wearer="",
            device=None,
            opened_at=opened_at,
            detected_at=at,
            cleared_at=max(at, opened_at) if kind is ChangeKind.CLEARED else None,
            confidence=1.0,
            late=False,
            evidence=evidence,
            rulebook=rulebook.revision,
        )
