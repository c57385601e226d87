"""One process, one event loop: deliveries in, the heart in the middle, commits before receipts, the clock.

    engine = LocalEngine(judging, transport, clock)
    async with transport:
        await engine.run()

The road of a fix, as the blueprint numbers it: the transport stamps and hands over (1), `take_in` makes
columns or quarantines (2), the heart judges (3, 4), one transaction commits (5), and only then is the broker
told (6).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from em_engine.ingest.delivery import Clock, Delivery, Link, Transport
from em_engine.ingest.wire import ROOT, Decoded, Quarantined
from em_engine.metrics import Metrics
from em_engine.record.interface import RecordCorrupt, RecordError
from em_engine.runners.asking import Asking
from em_engine.runners.deafness import Deafness
from em_engine.runners.following import Following
from em_engine.runners.intake import set_aside, take_in
from em_engine.runners.judging import Judged, Judging
from em_engine.runners.threads import in_thread
from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, SECOND, Batch, Micros, ReportKind, wire_name

_log = logging.getLogger(__name__)
T = TypeVar("T")

WAITS_MAX_S: Final = 1.0
"""How long the loop sleeps at most: a link that comes or goes is noticed within it."""
PROOF_AWAITED_S: Final = 0.02
"""How soon it is looked again whether the broker has proven to be there, where a deadline waits for it."""
RETRY_MAX_S: Final = 10.0
"""How long it waits at most before a refusing record is tried again."""
ABSENT_AFTER: Final[Micros] = 10 * SECOND
"""A turn of the loop that took longer was an absence of ours: a halted machine, a record that refused."""
HEARD_WITHIN: Final[Micros] = 10 * MINUTE
"""A device counts as heard on the screen if it spoke within this."""
REST_ATTEMPTS: Final = 3
"""How often a last snapshot is tried: a record that is busy for a moment costs the next start its speed."""
SNAPSHOT_AGAIN: Final[Micros] = MINUTE
"""When a snapshot is tried again that the record refused."""


@dataclass(slots=True, kw_only=True)
class Pulse:
    """How the engine is, for the screen and the health checks."""

    last_report_at: Micros | None = None
    record_refusal: str | None = None


class LocalEngine:
    """Drives one heart. The transport and the record are opened and closed by whoever made them."""

    def __init__(
        self,
        judging: Judging,
        transport: Transport,
        clock: Clock,
        *,
        root: str = ROOT,
        snapshot_every: Micros = 5 * MINUTE,
        waits_max_s: float = WAITS_MAX_S,
        following: Following | None = None,
    ) -> None:
        self.judging = judging
        self.pulse = Pulse()
        self.metrics: Metrics = judging.metrics
        self._transport = transport
        self._clock = clock
        self._root = root
        self._snapshot_every = snapshot_every
        self._snapshot_due: Micros = 0
        self._waits_max_s = waits_max_s
        self._following = following
        self._heard: dict[str, Micros] = {}
        self._waiting: asyncio.Queue[Sequence[Delivery]] = asyncio.Queue(maxsize=1)
        self._asking = Asking(transport, clock, root=root, waits_max_s=waits_max_s)
        self._link = Link(connected=False, since=0)  # as it stood at the loop's last turn
        self._heard_again_at: Micros = 0
        self._is_deaf = True  # until the broker is heard
        self._attended_at: Micros = 0  # the loop's last turn
        self._deaf = Deafness(judging)
        self.metrics.heard_until.set_function(lambda: max(0, transport.link.heard_until) / SECOND)

    @property
    def devices_expected(self) -> int:
        """How many devices the orders name."""
        return len(self.judging.devices)

    def devices_heard(self, now: Micros) -> int:
        """How many devices spoke lately."""
        return sum(now - at <= HEARD_WITHIN for at in tuple(self._heard.values()))

    async def run(self) -> None:
        """Recover, then judge for ever. Ends by cancellation, or by a record that is corrupt."""
        try:
            await self._until_it_works(self._begin)
            async with asyncio.TaskGroup() as tasks:
                tasks.create_task(self._receive())
                tasks.create_task(self._judge_for_ever())
                tasks.create_task(self._asking.run())
        finally:
            await self._rest()

    def _begin(self) -> None:
        self.judging.recover()
        self._deaf.begin(self._clock())
        self.judging.begin(self._clock())
        self.judging.elapse(self._clock())
        self._snapshot_due = self.judging.now + self._snapshot_every

    async def _receive(self) -> None:
        async for deliveries in self._transport.batches():
            await self._waiting.put(deliveries)

    async def _judge_for_ever(self) -> None:
        while True:
            deliveries = await self._next()
            await self._take_change()
            await self._listen(deliveries)
            if deliveries:
                await self._take(deliveries)
            elif self.judging.next_wake <= (at := self._may_pass()):
                await self._until_it_works(lambda at=at: self.judging.elapse(at))  # type: ignore[misc]
            if self._clock() >= self._snapshot_due:
                await self._snapshot()

    async def _next(self) -> Sequence[Delivery] | None:
        """The next deliveries; None where the clock has something to do before any arrive."""
        if not self._waiting.empty():
            return self._waiting.get_nowait()
        try:
            async with asyncio.timeout(self._patience_s()):  # wait_for may lose a cancellation
                return await self._waiting.get()
        except TimeoutError:
            return None

    def _patience_s(self) -> float:
        wake = self.judging.next_wake
        if self._is_deaf or wake == NEVER:
            return self._waits_max_s
        if wake <= self._clock():
            return min(PROOF_AWAITED_S, self._waits_max_s)
        return min((wake - self._clock()) / SECOND, self._waits_max_s)

    async def _take_change(self) -> None:
        """A rulebook that is in force from now on judges from the next batch on."""
        following, at = self._following, self._clock()
        if following is None or not following.is_due(at):
            return
        rulebook = await in_thread(lambda: following.newer(at))
        if rulebook is not None:
            await self._until_it_works(lambda: self.judging.change(rulebook, at))
            _log.warning("revision %s judges from now on", rulebook.revision)

    # Hearing -------------------------------------------------------------------------------------

    async def _listen(self, deliveries: Sequence[Delivery] | None) -> None:
        """While the broker is away, or stands still, or we do, nobody's silence counts: it is ours."""
        now, link, before = self._clock(), self._transport.link, self._link
        heard_at = min(self._attended_at, link.heard_until)
        was_away = now - self._attended_at > ABSENT_AFTER
        if was_away or not link.is_prompt(now):
            await self._until_it_works(lambda: self._deaf.notice(heard_at))
        if link.is_prompt(now) and self._deaf.is_noticed:
            await self._until_it_works(lambda: self._deaf.end(now))
        if self._is_deaf or was_away or link.reconnects > before.reconnects:
            if link.is_heard(now) or deliveries:
                await self._hear_again(now)
        elif link.stalls > before.stalls or (deliveries and not link.is_prompt(now)):
            since = max(before.heard_until, self._heard_again_at)
            await self._until_it_works(lambda: self.judging.carry_on(now, since))
            self._heard_again_at = now
        if self._deaf.due(now):
            await self._until_it_works(lambda: self._deaf.tell(now))
        self.metrics.reconnects.inc(link.reconnects - before.reconnects)
        self.metrics.stalls.inc(link.stalls - before.stalls)
        self._link, self._is_deaf, self._attended_at = link, not link.is_heard(now), now

    async def _hear_again(self, now: Micros) -> None:
        """What was silent for longer counts anew; what was lost meanwhile is asked for."""
        await self._until_it_works(lambda: self.judging.resume(now))
        self._asking.renew(self.judging.heart.sequences.holes())
        self._heard_again_at = now

    def _may_pass(self) -> Micros:
        """How far time may pass: not to where somebody may have spoken whom we could not hear yet."""
        if self._is_deaf or not self._waiting.empty():
            return BEFORE_ALL
        return min(self._clock(), self._link.heard_until, self._transport.link.waiting_since)

    # One batch -----------------------------------------------------------------------------------

    async def _take(self, deliveries: Sequence[Delivery]) -> None:
        """Steps 2 to 6 of the road."""
        decoded, aside = take_in(deliveries, root=self._root, hears=self.judging.hears)
        try:
            judged = await self._until_it_works(lambda: self._judge(decoded, aside))
        except RecordCorrupt:
            raise
        except Exception:
            _log.exception("a batch of %d messages cannot be judged", len(deliveries))
            await self._take_apart(deliveries)
            return
        await self._settle(deliveries, decoded, judged)

    def _judge(self, decoded: Decoded, aside: Sequence[Quarantined]) -> Judged:
        rows = decoded.batch.rows.copy()  # an attempt that failed must leave no trace in the next
        return self.judging.judge(Batch(devices=decoded.batch.devices, rows=rows), aside)

    async def _take_apart(self, deliveries: Sequence[Delivery]) -> None:
        """A fault of ours, on some message: the good beside it is judged, and it alone is set aside."""
        await self._until_it_works(self.judging.recover)
        if len(deliveries) > 1:
            middle = len(deliveries) // 2
            await self._take(deliveries[:middle])
            await self._take(deliveries[middle:])
            return
        one = deliveries[0]
        # If time itself cannot pass, the fault is not the message's: that ends the engine, loudly.
        await self._until_it_works(lambda: self.judging.elapse(one.received_at))
        reason = "the engine fails on this message, which is a fault of the engine: report it"
        aside = set_aside(one, root=self._root, reason=reason)
        if aside.device is not None:
            self._deaf.fails_on(aside.device, one.received_at)
        empty, _ = take_in((), root=self._root, hears=self.judging.hears)
        judged = await self._until_it_works(lambda: self._judge(empty, [aside]))
        await self._settle(deliveries, empty, judged)

    async def _settle(self, deliveries: Sequence[Delivery], decoded: Decoded, judged: Judged) -> None:
        """What was committed is acknowledged, counted, and what it lacks is asked for."""
        await self._transport.acknowledge(deliveries)
        self.metrics.road.observe((self._clock() - deliveries[0].received_at) / SECOND)
        self._count(decoded)
        self._asking.note(judged.step.holes)
        if self._deaf.is_failing(decoded.batch.devices):
            await self._until_it_works(lambda: self._deaf.judged(decoded.batch.devices, self._clock()))

    def _count(self, decoded: Decoded) -> None:
        rows, metrics = decoded.batch.rows, self.metrics
        metrics.unknown_fields.inc(decoded.unknown_fields)
        if not len(rows):
            return
        metrics.batch_size.observe(len(rows))
        for kind in ReportKind:
            metrics.reports.labels(wire_name(kind)).inc(int((rows["kind"] == kind).sum()))
        self.judging.attention.firmware.update(decoded.firmware)
        spoke = self.judging.devices.intersection(decoded.batch.devices)
        if spoke:  # the synthetic wearer's word says nothing of anybody's device
            at = self.pulse.last_report_at = int(rows["received_at"][-1])
            self._heard.update((name, at) for name in spoke)

    # The record ----------------------------------------------------------------------------------

    async def _until_it_works(self, work: Callable[[], T]) -> T:
        """Work on the record, in a thread; while the record refuses, again from what it holds."""
        wait_s, attempt = 0.1, work
        while True:
            try:
                done = await in_thread(attempt)
            except RecordCorrupt:
                raise
            except RecordError as refusal:
                self.pulse.record_refusal = str(refusal)
                _log.error("the record refuses; nothing is acknowledged until it does not: %s", refusal)
                await asyncio.sleep(wait_s)
                wait_s = min(2 * wait_s, RETRY_MAX_S)
                attempt = self._recovering(work)
            else:
                self.pulse.record_refusal = None
                return done

    def _recovering(self, work: Callable[[], T]) -> Callable[[], T]:
        """The work, by a heart made again: the one that failed has seen what was not committed."""

        def again() -> T:
            self.judging.recover()
            return work()

        return again

    async def _snapshot(self) -> None:
        """Only saves time at the next start: where the record has no room for it, judging goes on without."""
        self._snapshot_due = self._clock() + self._snapshot_every
        try:
            await in_thread(self.judging.snapshot)
        except RecordCorrupt:
            raise
        except RecordError as refusal:
            _log.error("no snapshot could be kept: %s", refusal)
            self._snapshot_due = self._clock() + min(SNAPSHOT_AGAIN, self._snapshot_every)

    async def _rest(self) -> None:
        """A last snapshot, so that the next start is quick: of what is committed, whatever was under way."""
        for attempt in range(1, REST_ATTEMPTS + 1):
            try:
                await in_thread(self._settle_and_snapshot)
                return
            except RecordCorrupt as damage:  # the next start says so, loudly
                _log.error("no snapshot could be kept at the end: %s", damage)
                return
            except RecordError as refusal:
                _log.error("no snapshot could be kept at the end, attempt %d: %s", attempt, refusal)

    def _settle_and_snapshot(self) -> None:
        if not self.judging.is_settled:
            self.judging.recover()
        self.judging.snapshot()
