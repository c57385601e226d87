"""A seed's run: devices, a broker in memory, and one life of the engine after another over one record."""

import asyncio
import contextlib
import logging
from collections.abc import AsyncIterator, Sequence
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import msgspec
import numpy as np
from numpy.random import Generator

from em_engine.alerts.queue import AlertQueue
from em_engine.ingest.delivery import Delivery
from em_engine.ingest.encode import decode_command, encode_report, topic_of
from em_engine.ingest.memory import MemoryBroker, MemoryTransport
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.runners.judging import Judging
from em_engine.runners.local import LocalEngine
from em_engine.vocabulary import SECOND, Batch, Micros, ReportKind
from simulators.chaos.life import Lives
from simulators.chaos.lived import Lived
from simulators.chaos.loop import run_simulated
from simulators.chaos.old_positions import old_positions, put_old_positions
from simulators.chaos.people import START
from simulators.chaos.plan import Plan
from simulators.chaos.record import Committed
from simulators.faults.radio import garble

SETTLES_WITHIN_S: Final = 1_800.0
"""How long after the last fault everything must have been made good."""


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
        self.made = made
        self.broker = MemoryBroker()
        self.memory: dict[tuple[str, int], tuple[str, bytes]] = {}
        self.seqs: dict[bytes, int] = {}

    def now(self) -> Micros:
        """What time it truly is."""
        return START + round(asyncio.get_running_loop().time() * SECOND)

    def told_time(self) -> Micros:
        """What the clock of the engine's machine says."""
        now = self.now()
        return now + sum(by for (start, end), by in self.plan.clock_wrong if start <= now < end)

    async def whole(self) -> None:
        """Everyone at work until the end, and until all is made good."""
        store = SqliteRecord(self.folder / "record.sqlite3", durability=Durability.NORMAL)
        with contextlib.closing(store):
            put_old_positions(store, self.plan)
            async with self._watching(), self._answering():
                jobs = (self._send(), self._trouble_broker(), self._forget(), self._lives(store).live())
                work = [asyncio.create_task(one) for one in jobs]
                try:
                    await asyncio.gather(*work[:3])
                    await self._until_settled(store)
                finally:
                    for task in work:
                        task.cancel()
                    await asyncio.gather(*work, return_exceptions=True)
            self._look(store)

    def _lives(self, store: SqliteRecord) -> Lives:
        return Lives(
            self.plan,
            self.lived,
            self.chance,
            store=store,
            broker=self.broker,
            clocks=(self.now, self.told_time),
            folder=self.folder,
            seqs=self.seqs,
            made=self.made,
        )

    def _look(self, store: SqliteRecord) -> None:
        self.lived.history = AlertQueue(store).history(0, limit=1_000_000)
        with store.reading() as reading:
            self.lived.holes = reading.open_holes_count()
            self.lived.old_positions = len(old_positions(reading))
            self.lived.cleaned = reading.setting("retention.last") is not None
        self.lived.unsettled = self._kept()

    def _kept(self) -> int:
        return len(self.broker._sessions["engine"]._kept)

    async def _until_settled(self, store: SqliteRecord) -> None:
        """All is acknowledged, asked for, told and deleted: or the time for that is over."""
        self.broker.restart()  # a link found again asks for every hole at once
        ends = asyncio.get_running_loop().time() + SETTLES_WITHIN_S
        while asyncio.get_running_loop().time() < ends and not self.lived.ended:
            await asyncio.sleep(20.0)
            with store.reading() as reading:
                holes, newest = reading.open_holes_count(), reading.newest_number()
                must_clean = self.plan.cleans_at is not None and old_positions(reading)
            if not holes and not must_clean and not self._kept() and len(self.lived.told) >= newest:
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
            self.seqs[payload] = seq

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

    async def _forget(self) -> None:
        """The broker loses what it has for the engine: the tags must be asked for it."""
        for at in self.plan.broker_forgets:
            await self._until(at)
            session = self.broker._sessions["engine"]
            self.lived.forgotten |= set(session._kept.values())
            session._kept.clear()
            if self.broker.is_up:
                self.broker.restart()
