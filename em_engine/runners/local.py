"""One process, one event loop: deliveries in, the heart in the middle, commits before receipts, the clock.

    engine = LocalEngine(judging, transport, clock)
    async with transport:
        await engine.run()

The road of a fix, as the blueprint numbers it: the transport stamps and hands over (1), `decode` makes columns or
quarantines (2), the heart judges (3, 4), one transaction commits (5), and only then is the broker told (6).
"""

import asyncio
import logging
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, TypeVar

from em_engine.ingest.delivery import Clock, Delivery, NotPublishedError, Transport
from em_engine.ingest.encode import command_topic, encode_command
from em_engine.ingest.wire import ROOT, Decoded, Quarantined, decode
from em_engine.metrics import Metrics
from em_engine.monitoring.sequence import Hole
from em_engine.record.interface import RecordCorrupt, RecordError
from em_engine.runners.judging import Judged, Judging
from em_engine.vocabulary import MINUTE, NEVER, SECOND, Batch, Micros, ReportKind, wire_name

_log = logging.getLogger(__name__)
T = TypeVar("T")

WAITS_MAX_S: Final = 1.0
"""How long the loop sleeps at most: a link that comes or goes is noticed within it."""
RETRY_MAX_S: Final = 10.0
"""How long it waits at most before a refusing record is tried again."""
HEARD_WITHIN: Final[Micros] = 10 * MINUTE
"""A device counts as heard on the screen if it spoke within this."""
RESEND_MAX: Final = 10_000
"""Messages asked for again in one command at most."""


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
        metrics: Metrics | None = None,
        snapshot_every: Micros = 5 * MINUTE,
    ) -> None:
        self.judging = judging
        self.pulse = Pulse()
        self.metrics = metrics or Metrics()
        self._transport = transport
        self._clock = clock
        self._root = root
        self._snapshot_every = snapshot_every
        self._snapshot_at = 0
        self._heard: dict[str, Micros] = {}
        self._waiting: asyncio.Queue[Sequence[Delivery]] = asyncio.Queue(maxsize=1)
        self._is_deaf = True  # until the broker is heard

    def devices_heard(self, now: Micros) -> int:
        """How many devices spoke lately."""
        return sum(now - at <= HEARD_WITHIN for at in tuple(self._heard.values()))

    async def run(self) -> None:
        """Recover, then judge for ever. Ends by cancellation, or by a record that is corrupt."""
        await self._until_it_works(self._begin)
        async with asyncio.TaskGroup() as tasks:
            tasks.create_task(self._receive())
            tasks.create_task(self._judge_for_ever())

    def _begin(self) -> None:
        self.judging.recover()
        self.judging.begin(self._clock())
        self.judging.elapse(self._clock())
        self._snapshot_at = self.judging.now

    async def _receive(self) -> None:
        async for deliveries in self._transport.batches():
            await self._waiting.put(deliveries)

    async def _judge_for_ever(self) -> None:
        while True:
            deliveries = await self._next()
            await self._listen()
            if deliveries:
                await self._take(deliveries)
            elif not self._is_deaf and self.judging.next_wake <= self._clock():
                await self._until_it_works(self._elapse)
            if self.judging.now - self._snapshot_at >= self._snapshot_every:
                await self._until_it_works(self._snapshot)

    async def _next(self) -> Sequence[Delivery] | None:
        """The next deliveries; None where the clock has something to do before any arrive."""
        if not self._waiting.empty():
            return self._waiting.get_nowait()
        wake = self.judging.next_wake
        due_s = WAITS_MAX_S if wake == NEVER else (wake - self._clock()) / SECOND
        try:
            return await asyncio.wait_for(self._waiting.get(), max(0.0, min(due_s, WAITS_MAX_S)))
        except TimeoutError:
            return None

    async def _listen(self) -> None:
        """While the broker is away nobody's silence counts: it is ours."""
        connected = self._transport.link.connected
        if connected and self._is_deaf:
            await self._until_it_works(lambda: self.judging.resume(self._clock()))
            await self._ask_again()
        self._is_deaf = not connected

    # One batch -----------------------------------------------------------------------------------

    async def _take(self, deliveries: Sequence[Delivery]) -> None:
        """Steps 2 to 6 of the road."""
        decoded = decode(deliveries, root=self._root)
        quarantined = (*decoded.quarantined, *self._strangers(decoded, deliveries))
        with self.metrics.road.time():
            judged = await self._until_it_works(lambda: self._judge(decoded, quarantined))
        await self._transport.acknowledge(deliveries)
        self._count(decoded, judged, len(quarantined))
        for hole in judged.step.holes:
            if hole.is_torn and not hole.is_filled:
                await self._ask(hole)

    def _judge(self, decoded: Decoded, quarantined: Sequence[Quarantined]) -> Judged:
        rows = decoded.batch.rows.copy()  # an attempt that failed must leave no trace in the next
        with self.metrics.judging.time():
            return self.judging.judge(Batch(devices=decoded.batch.devices, rows=rows), quarantined)

    def _elapse(self) -> Judged:
        return self.judging.elapse(self._clock())

    def _snapshot(self) -> None:
        self.judging.snapshot()
        self._snapshot_at = self.judging.now

    def _strangers(self, decoded: Decoded, deliveries: Sequence[Delivery]) -> list[Quarantined]:
        """Messages of devices that no order names: readable, and nobody's."""
        known = self.judging.heart.rules.seats_of_device
        strangers = {name for name in decoded.batch.devices if name not in known}
        if not strangers:
            return []
        return [
            Quarantined(
                topic=delivery.topic,
                received_at=delivery.received_at,
                reason=f"no order names the device {name!r}; name it in an order, or take its credential away",
                payload=delivery.payload[:2048],
                device=name,
            )
            for delivery in deliveries
            if (name := _named_in(delivery.topic, strangers)) is not None
        ]

    async def _until_it_works(self, work: Callable[[], T]) -> T:
        """Work on the record, in a thread; while the record refuses, again from what it holds."""
        wait_s, attempt = 0.1, work
        while True:
            try:
                done = await asyncio.to_thread(attempt)
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

    # Asking, counting -------------------------------------------------------------------------------

    async def _ask_again(self) -> None:
        """What was missing before we were deaf is still missing."""
        for hole in self.judging.heart.sequences.holes():
            await self._ask(hole)

    async def _ask(self, hole: Hole) -> None:
        """Ask the tag for what the broker forgot; if the asking fails, the next connection asks again."""
        last = min(hole.to_seq, hole.from_seq + RESEND_MAX - 1)
        topic = command_topic(hole.device, root=self._root)
        try:
            await self._transport.publish(topic, encode_command(resend=(hole.from_seq, last)))
        except NotPublishedError as error:
            _log.warning("a hole could not be asked for: %s", error)

    def _count(self, decoded: Decoded, judged: Judged, quarantined: int) -> None:
        rows, metrics = decoded.batch.rows, self.metrics
        metrics.quarantined.inc(quarantined)
        metrics.unknown_fields.inc(decoded.unknown_fields)
        metrics.observe_changes(judged.step.changes)
        if not len(rows):
            return
        metrics.batch_size.observe(len(rows))
        for kind in ReportKind:
            metrics.reports.labels(wire_name(kind)).inc(int((rows["kind"] == kind).sum()))
        at = self.pulse.last_report_at = int(rows["received_at"][-1])
        known = self.judging.heart.rules.seats_of_device
        self._heard.update((name, at) for name in decoded.batch.devices if name in known)


def _named_in(topic: str, devices: set[str]) -> str | None:
    """Which of the devices the topic speaks for."""
    levels = topic.split("/")
    candidates = ("/".join(levels[-2:]), levels[-2] if len(levels) > 1 else "", levels[-1])
    return next((name for name in candidates if name in devices), None)
