"""The benches the conformance suite runs on: a broker each, and a wire that can be cut."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, Protocol

import pytest

from em_engine.ingest.broker import Broker, find_mosquitto, free_port, start_broker
from em_engine.ingest.delivery import Clock, Delivery, Transport, system_clock
from em_engine.ingest.inbox import Flow
from em_engine.ingest.memory import MemoryBroker, MemoryTransport
from em_engine.ingest.mqtt import MqttSettings, MqttTransport

ROOT = "em/1"


class Bench(Protocol):
    """A broker under test and what can be done to it."""

    kind: str

    def transport(
        self,
        client_id: str = "engine",
        *,
        flow: Flow | None = None,
        topics: Sequence[str] | None = None,
        clock: Clock = system_clock,
    ) -> Transport: ...

    async def publish(self, topic: str, payload: bytes) -> None:
        """As a device does; returns when the broker has the message."""

    async def cut(self) -> None:
        """Every connection of our transports breaks once; the broker lives on."""

    async def restart(self) -> None:
        """The broker is stopped in order and started again."""


class MemoryBench:
    kind = "memory"

    def __init__(self) -> None:
        self.broker = MemoryBroker()

    def transport(self, client_id="engine", *, flow=None, topics=None, clock=system_clock):
        return MemoryTransport(self.broker, client_id, flow=flow, topics=topics, clock=clock)

    async def publish(self, topic: str, payload: bytes) -> None:
        self.broker.publish(topic, payload)

    async def cut(self) -> None:
        self.broker.restart()

    async def restart(self) -> None:
        self.broker.restart()


class BrokerBench:
    """A real broker; our transports reach it through a relay, the devices directly."""

    def __init__(self, broker: Broker, relay: "Relay", publisher: MqttTransport) -> None:
        self.kind = broker.kind
        self.broker = broker
        self._relay = relay
        self._publisher = publisher

    def transport(self, client_id="engine", *, flow=None, topics=None, clock=system_clock):
        return MqttTransport(
            self.settings(client_id, port=self._relay.port), flow=flow, topics=topics, clock=clock
        )

    def settings(self, client_id: str, *, port: int | None = None) -> MqttSettings:
        url = f"mqtt://127.0.0.1:{port or self.broker.port}"
        return MqttSettings(url=url, client_id=client_id, retry_first_s=0.02, retry_max_s=0.1)

    async def publish(self, topic: str, payload: bytes) -> None:
        await self._publisher.publish(topic, payload)

    async def cut(self) -> None:
        self._relay.cut()

    @contextlib.contextmanager
    def held(self) -> Iterator[None]:
        """Every connection of our transports stands, and nothing comes over it in either direction."""
        self._relay.flows.clear()
        try:
            yield
        finally:
            self._relay.flows.set()

    async def restart(self) -> None:
        await self.broker.stop()
        await self.broker.start()
        await until(lambda: self._publisher.link.connected)


class Relay:
    """A wire between a client and a broker that can be cut in the middle of anything."""

    def __init__(self, target_port: int) -> None:
        self.port = free_port()
        self.flows = asyncio.Event()
        self.flows.set()
        self._target_port = target_port
        self._writers: set[asyncio.StreamWriter] = set()
        self._tasks: set[asyncio.Task[None]] = set()

    @contextlib.asynccontextmanager
    async def running(self) -> AsyncIterator["Relay"]:
        server = await asyncio.start_server(self._joined, "127.0.0.1", self.port)
        try:
            yield self
        finally:
            server.close()
            self.flows.set()
            self.cut()
            await asyncio.gather(*self._tasks, return_exceptions=True)
            await server.wait_closed()

    def cut(self) -> None:
        for writer in self._writers:
            writer.transport.abort()

    async def _joined(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)
        self._writers.add(writer)
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self._target_port)
        except OSError:  # the broker is down
            await _closed(writer)
            self._writers.discard(writer)
            return
        self._writers.add(far_writer)
        await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        self._writers -= {writer, far_writer}

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with contextlib.suppress(OSError):
            while data := await reader.read(65_536):
                await self.flows.wait()
                writer.write(data)
                await writer.drain()
        await _closed(writer)


async def _closed(writer: asyncio.StreamWriter) -> None:
    with contextlib.suppress(OSError):
        writer.close()
        await writer.wait_closed()


async def until(condition: Callable[[], Any], *, seconds: float = 20.0) -> None:
    """Waits for something another process or connection has to do first."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.005)


async def take(transport: Transport, count: int, *, acknowledge: bool = False) -> list[Delivery]:
    """The next `count` deliveries."""
    taken: list[Delivery] = []
    async with asyncio.timeout(30):
        async for batch in transport.batches():
            taken += batch
            if acknowledge:
                await transport.acknowledge(batch)
            if len(taken) >= count:
                break
    return taken


async def nothing_more(transport: Transport, *, seconds: float = 0.25) -> bool:
    """Whether no delivery comes within a short while. A wrong broker could be slower; none we know is."""
    try:
        async with asyncio.timeout(seconds):
            async for _ in transport.batches():
                return False
    except TimeoutError:
        return True
    return True


MOSQUITTO = pytest.param(
    "mosquitto",
    marks=[
        pytest.mark.mosquitto,
        pytest.mark.skipif(
            find_mosquitto() is None, reason="Mosquitto is not installed (Debian package mosquitto)"
        ),
    ],
)


@contextlib.asynccontextmanager
async def open_bench(kind: str, folder: Path) -> AsyncIterator[Bench]:
    if kind == "memory":
        yield MemoryBench()
        return
    async with (
        start_broker(prefer=kind, folder=folder) as broker,
        Relay(broker.port).running() as relay,
        MqttTransport(
            MqttSettings(url=broker.url, client_id="devices", retry_first_s=0.02, retry_max_s=0.1), topics=[]
        ) as publisher,
    ):
        assert broker.kind == kind
        await until(lambda: publisher.link.connected)
        yield BrokerBench(broker, relay, publisher)


@pytest.fixture(params=["memory", MOSQUITTO, "embedded"])
async def bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[Bench]:
    async with open_bench(request.param, tmp_path) as opened:
        yield opened


@pytest.fixture(params=[MOSQUITTO, "embedded"])
async def real_bench(request: pytest.FixtureRequest, tmp_path: Path) -> AsyncIterator[BrokerBench]:
    async with open_bench(request.param, tmp_path) as opened:
        assert isinstance(opened, BrokerBench)
        yield opened
