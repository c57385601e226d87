"""A seed's run: devices, a broker in memory, and one life of the engine after another over one record."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import numpy as np
from numpy.random import Generator

from em_engine.alerts.queue import AlertQueue, HistoryEntry
from em_engine.ingest.delivery import Delivery
from em_engine.ingest.encode import decode_command, encode_report, topic_of
from em_engine.ingest.memory import MemoryBroker, MemoryTransport
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.runners.judging import Judging
from em_engine.runners.local import LocalEngine
from em_engine.runners.outbox import MqttOutbox
from em_engine.vocabulary import MINUTE, SECOND, Batch, Micros, ReportKind
from simulators.chaos.loop import run_simulated
from simulators.chaos.plan import START, Plan
from simulators.chaos.record import ChaoticRecord, Committed, Trouble
from simulators.faults.radio import garble

SETTLES_WITHIN_S: Final = 1_800.0
"""How long after the last fault everything must have been made good."""
_REFUSES: Final = 0.5  # share of transactions, while the record is bad
_DIES_IN_COMMIT: Final = 0.6  # share of deaths that come in the middle of one


@dataclass(slots=True, kw_only=True)
class Lived:
    """What came of a run."""

    plan: Plan
    committed: Committed
    history: list[HistoryEntry] = field(default_factory=list)
    told: set[int] = field(default_factory=set)  # numbers of the history that were heard over MQTT
    acknowledged_early: list[str] = field(default_factory=list)
    sent_garbled: set[tuple[str, bytes]] = field(default_factory=set)
    holes: int = 0
    unsettled: int = 0
    lives: int = 0
    ended: str = ""  # why the engine ended by itself, which it must not


def live(plan: Plan, *, engine: type[LocalEngine] = LocalEngine, judging: type[Judging] = Judging) -> Lived:
    """The run of a plan. The same plan lives the same life. Another engine is for trying the promises."""
    lived = Lived(plan=plan, committed=Committed())
    level = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # refusals by the hundred are the point here
    try:
        with TemporaryDirectory() as folder:
            chance = np.random.default_rng((plan.seed, 1))
            made = (engine, judging)
            run_simulated(_Run(plan, lived, chance, folder=Path(folder), made=made).whole(), chance)
    finally:
        logging.disable(level)
    return lived


class _Transport(MemoryTransport):
    """The engine's connection, which notes what is acknowledged before it is committed."""

    lived: Lived

    async def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        deliveries = list(deliveries)
        for one in deliveries:
            if not _is_committed(one, self.lived):
                self.lived.acknowledged_early.append(f"{one.topic} {one.payload[:80]!r}")
        await super().acknowledge(deliveries)


def _is_committed(one: Delivery, lived: Lived) -> bool:
    if (one.topic, one.payload) in lived.committed.aside:
        return True
    seq = _SEQ.get(one.payload)
    return seq is not None and (one.topic.split("/")[2], seq) in lived.committed.messages


_SEQ: dict[bytes, int] = {}


class _Run:
    """One run as it goes on."""

    def __init__(
        self,
        plan: Plan,
        lived: Lived,
        chance: Generator,
        *,
        folder: Path,
        made: tuple[type[LocalEngine], type[Judging]],
    ) -> None:
        self.plan, self.lived, self.chance, self.folder = plan, lived, chance, folder
        self.engine, self.judging = made
        self.broker = MemoryBroker()
        self.memory: dict[tuple[str, int], tuple[str, bytes]] = {}
        self.must_die_in_commit = False
        _SEQ.clear()

    def now(self) -> Micros:
        return START + round(asyncio.get_running_loop().time() * SECOND)

    async def whole(self) -> None:
        """Everyone at work until the end, and until all is made good."""
        store = SqliteRecord(self.folder / "record.sqlite3", durability=Durability.NORMAL)
        with contextlib.closing(store):
            self.store = store
            async with self._watching(), self._answering():
                work = [
                    asyncio.create_task(one) for one in (self._send(), self._trouble_broker(), self._lives())
                ]
                try:
                    await asyncio.gather(*work[:2])
                    await self._until_settled(store)
                finally:
                    for task in work:
                        task.cancel()
                    await asyncio.gather(*work, return_exceptions=True)
            self._look(store)

    def _look(self, store: SqliteRecord) -> None:
        self.lived.history = AlertQueue(store).history(0, limit=1_000_000)
        with store.reading() as reading:
            self.lived.holes = reading.open_holes_count()
        self.lived.unsettled = self._kept()

    def _kept(self) -> int:
        return len(self.broker._sessions["engine"]._kept)

    async def _until_settled(self, store: SqliteRecord) -> None:
        """All is acknowledged, asked for and told: or the time for that is over."""
        self.broker.restart()  # a link found again asks for every hole at once
        ends = asyncio.get_running_loop().time() + SETTLES_WITHIN_S
        while asyncio.get_running_loop().time() < ends and not self.lived.ended:
            await asyncio.sleep(20.0)
            with store.reading() as reading:
                holes, newest = reading.open_holes_count(), reading.newest_number()
            if not holes and not self._kept() and len(self.lived.told) >= newest:
                return

    # Devices ---------------------------------------------------------------------------------

    async def _send(self) -> None:
        """Every message at its time; while the broker is away, devices keep theirs."""
        self._remember(self.plan.made)
        waiting: list[tuple[str, bytes]] = []
        for number, row in enumerate(self.plan.arrived.rows):
            await self._until(int(row["received_at"]))
            topic, payload = self.memory[self._key(self.plan.arrived, row)]
            if number in self.plan.garbled:
                payload = garble(payload, self.chance)
                self.lived.sent_garbled.add((topic, payload))
            waiting.append((topic, payload))
            if self.broker.is_up:
                for message in waiting:
                    self.broker.publish(*message)
                waiting = []
        assert not waiting, "the broker is up at the end"

    def _remember(self, made: Batch) -> None:
        for row in made.rows:
            device, seq = self._key(made, row)
            payload = encode_report(row)
            self.memory[device, seq] = topic_of(device, ReportKind(int(row["kind"]))), payload
            _SEQ[payload] = seq

    def _key(self, batch: Batch, row: Any) -> tuple[str, int]:
        return batch.devices[row["device"]], int(row["seq"])

    async def _until(self, at: Micros) -> None:
        await asyncio.sleep(max(0.0, (at - self.now()) / SECOND))

    @contextlib.asynccontextmanager
    async def _answering(self) -> AsyncIterator[None]:
        """Tags that send again what they are asked for."""
        async with self._listening("tags", "em/1/+/command", self._answer):
            yield

    def _answer(self, messages: Sequence[Delivery]) -> None:
        for message in messages:
            resend, device = decode_command(message.payload), message.topic.split("/")[2]
            for seq in range(resend.first, resend.last + 1):
                if (device, seq) in self.memory:
                    self.broker.publish(*self.memory[device, seq])

    @contextlib.asynccontextmanager
    async def _watching(self) -> AsyncIterator[None]:
        """Somebody who follows the alerts."""
        async with self._listening("watcher", "em/1/alerts/#", self._hear):
            yield

    def _hear(self, messages: Sequence[Delivery]) -> None:
        self.lived.told |= {msgspec.json.decode(message.payload)["number"] for message in messages}

    @contextlib.asynccontextmanager
    async def _listening(self, name: str, topic: str, take: Any) -> AsyncIterator[None]:
        transport = MemoryTransport(self.broker, name, topics=[topic], clock=self.now)

        async def follow() -> None:
            async for messages in transport.batches():
                take(messages)
                await transport.acknowledge(messages)

        async with transport:
            task = asyncio.create_task(follow())
            try:
                yield
            finally:
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)

    # Trouble ---------------------------------------------------------------------------------

    async def _trouble_broker(self) -> None:
        for start, end in self.plan.broker_away:
            await self._until(start)
            self.broker.go_down()
            await self._until(end)
            self.broker.come_up()

    def _trouble_record(self) -> Trouble:
        if self.must_die_in_commit:
            self.must_die_in_commit = False
            return Trouble.KILLED_BEFORE if self.chance.random() < 0.5 else Trouble.KILLED_AFTER
        is_bad = any(start <= self.now() < end for start, end in self.plan.record_bad)
        if not is_bad or self.chance.random() >= _REFUSES:
            return Trouble.NONE
        return Trouble.FULL if self.chance.random() < 0.5 else Trouble.HELD

    # Lives -----------------------------------------------------------------------------------

    async def _lives(self) -> None:
        """One engine after the other: each dies at its time, and the next is started."""
        for start, again in self.plan.kills:
            await self._one_life(start)
            await self._until(again)
        await self._one_life(None)

    async def _one_life(self, dies_at: Micros | None) -> None:
        self.lived.lives += 1
        record = ChaoticRecord(self.store, self.lived.committed, self._trouble_record)
        queue = AlertQueue(record)
        transport = _Transport(self.broker, "engine", clock=self.now)
        transport.lived = self.lived
        engine = self.engine(self.judging(record, queue, self.plan.rulebook), transport, self.now)
        async with transport:
            outbox = MqttOutbox(record, queue, transport, root="em/1")
            work = [asyncio.create_task(engine.run()), asyncio.create_task(outbox.run())]
            try:
                await self._until_death(dies_at, work)
            finally:
                record.is_dead = True  # whatever a cancelled task still writes must not count
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)

    async def _until_death(self, dies_at: Micros | None, work: list["asyncio.Task[None]"]) -> None:
        """Until the engine is killed; in the middle of a commit, if chance will have it."""
        if dies_at is None:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            self.lived.ended = "; ".join(repr(task.exception()) for task in work if task.done())
            return
        await self._until(dies_at)
        if self.chance.random() < _DIES_IN_COMMIT:
            self.must_die_in_commit = True
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * MINUTE / SECOND):
                    await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            self.must_die_in_commit = False
