"""The live road: tags, Mosquitto, one engine, committed decisions; broker and load on this machine too."""

import asyncio
import tempfile
import time
from collections.abc import AsyncIterator, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import asynccontextmanager, closing, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from em_engine.alerts.queue import AlertQueue
from em_engine.bench.apart import pool
from em_engine.bench.country import country
from em_engine.bench.figures import Figure, Wish
from em_engine.bench.load import Load, send
from em_engine.ingest.broker import Broker, start_broker
from em_engine.ingest.delivery import system_clock
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.record.interface import Record
from em_engine.record.rows import Unreadable
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.runners.judging import Judged, Judging
from em_engine.runners.local import LocalEngine
from em_engine.vocabulary import SECOND, Batch, Floats, Times

CONNECTIONS: Final = 4
TAGS_MAX: Final = 2_000
"""The road is measured in messages; more tags would only lengthen its beginning."""
FLAT_OUT: Final = 20_000.0
"""Messages a second offered to find how many are sustained: more than are taken."""
COMFORT: Final = 0.5
"""The share of what is sustained at which the wait of a message is measured."""
_PATIENCE_S: Final = 300.0
_LOOK_S: Final = 0.02


def road(wish: Wish) -> Iterator[Figure]:
    """Messages a second from publish to committed decision, and how long a message takes."""
    yield from asyncio.run(_measured(wish))


async def _measured(wish: Wish) -> list[Figure]:
    tags = min(wish.tags, TAGS_MAX)
    async with _engine(tags) as (judging, broker):
        with pool() as workers:
            offering = _Offering(judging, broker, workers, tags)
            await offering.offer(rate=tags, seconds=1.0)  # everyone's first fix is dearer, once
            flat_out = await offering.offer(rate=FLAT_OUT, seconds=wish.seconds)
            rate = COMFORT * flat_out.rate
            calm = await offering.offer(rate=rate, seconds=wish.seconds)
    where = f"{broker.kind}, load and engine on the same cores"
    sustained = Figure(
        measure="road",
        what="publish to committed decision",
        value=flat_out.rate,
        unit="messages/s",
        reach="16,700",
        detail=f"{flat_out.cpu_us:,.0f} µs of a core each in the engine; {where}",
    )
    return [sustained, _wait(calm, 50, reach=""), _wait(calm, 99, reach="250 at 16,700 messages/s")]


def _wait(taken: "_Taken", share: int, *, reach: str) -> Figure:
    return Figure(
        measure="road",
        what=f"wait at {taken.rate:,.0f} messages/s, p{share}",
        value=float(np.percentile(taken.waits_ms, share)),
        unit="ms",
        reach=reach,
    )


class _Watched(Judging):
    """Judges as ever, and notes when what was sent is committed."""

    def __init__(self, record: Record, queue: AlertQueue, tags: int) -> None:
        super().__init__(record, queue, country(tags))
        self.forget()

    def forget(self) -> None:
        """From here on it notes anew."""
        self.committed = 0
        self.seen: list[Times] = []  # (2, n) of each batch: sent_at, committed at

    def judge(self, batch: Batch, quarantined: Sequence[Unreadable] = ()) -> Judged:
        """The same, and the time."""
        judged = super().judge(batch, quarantined)
        if len(batch):
            self.committed += len(batch)
            self.seen.append(np.stack([batch.rows["sent_at"], np.full(len(batch), system_clock())]))
        return judged


@dataclass(frozen=True, slots=True, kw_only=True)
class _Taken:
    """What became of one load."""

    rate: float  # messages a second, from the first one's sending to the last one's commit
    cpu_us: float  # of this process, a message
    waits_ms: Floats


class _Offering:
    """Loads, one after the other, on one engine."""

    def __init__(self, judging: _Watched, broker: Broker, workers: ProcessPoolExecutor, tags: int) -> None:
        self._judging, self._broker, self._workers, self._tags = judging, broker, workers, tags
        self._seq = 0

    async def offer(self, *, rate: float, seconds: float) -> _Taken:
        """Ends when everything is committed."""
        load = Load(
            port=self._broker.port,
            tags=self._tags,
            rate=rate,
            seconds=seconds,
            connections=CONNECTIONS,
            first_seq=self._seq,
        )
        self._seq += load.rounds
        self._judging.forget()
        cpu = time.process_time()
        await asyncio.get_running_loop().run_in_executor(self._workers, send, load)
        await self._committed(load.messages)
        cpu_s = time.process_time() - cpu
        sent_at, committed_at = np.concatenate(self._judging.seen, axis=1)
        return _Taken(
            rate=load.messages / (int(committed_at.max() - sent_at.min()) / SECOND),
            cpu_us=cpu_s / load.messages * 1e6,
            waits_ms=(committed_at - sent_at) / 1e3,
        )

    async def _committed(self, messages: int) -> None:
        async with asyncio.timeout(_PATIENCE_S):
            while self._judging.committed < messages:
                await asyncio.sleep(_LOOK_S)


@asynccontextmanager
async def _engine(tags: int) -> AsyncIterator[tuple[_Watched, Broker]]:
    """An engine at work on a record of its own, without its console."""
    with tempfile.TemporaryDirectory(prefix="em-bench-") as folder:
        path = Path(folder) / "record.sqlite3"
        with closing(SqliteRecord(path, durability=Durability.NORMAL)) as record:
            async with start_broker() as broker:
                transport = MqttTransport(MqttSettings(url=broker.url))
                judging = _Watched(record, AlertQueue(record), tags)
                async with transport:
                    working = asyncio.create_task(LocalEngine(judging, transport, system_clock).run())
                    try:
                        await _heard(transport, working)
                        yield judging, broker
                    finally:
                        working.cancel()
                        with suppress(asyncio.CancelledError):
                            await working


async def _heard(transport: MqttTransport, working: "asyncio.Task[None]") -> None:
    """Until the engine has its topics; raises what it died of."""
    async with asyncio.timeout(_PATIENCE_S):
        while not transport.link.connected:
            if working.done():
                working.result()
            await asyncio.sleep(_LOOK_S)
