"""The tags of many wearers over one connection; and what a queue says of them."""

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

from em_engine.alerts.queue import AlertQueue
from em_engine.app import Parts
from em_engine.ingest.delivery import system_clock
from em_engine.ingest.encode import decode_command
from em_engine.ingest.mqtt import MqttTransport
from em_engine.record.rows import AlertQuery
from em_engine.vocabulary import SECOND, DeviceEvent, Micros
from tests.scenarios.road.bench import Tag, until
from tests.scenarios.road.engine import connected, devices
from tests.scenarios.road.oracle import undisturbed
from tests.scenarios.road.places import HEALTH, STAY_OUT, documents, order, write

WEARERS = 6


def prepared(folder: Path) -> Path:
    """Their rulebook, in a folder; and a folder for their broker."""
    orders = [order(number, STAY_OUT, HEALTH) for number in range(1, WEARERS + 1)]
    write(folder / "rules", documents(orders))
    (folder / "broker").mkdir()
    return folder / "broker"


class Crowd:
    """The tags of all wearers over one connection; they remember, and answer when asked."""

    def __init__(self, transport: MqttTransport, begun: Micros) -> None:
        self._transport = transport
        self._at = begun
        self._unsent: list[tuple[str, bytes]] = []
        self.asked: list[tuple[str, int, int]] = []
        names = [f"tag-{number:04d}" for number in range(1, WEARERS + 1)]
        self.tags = [Tag(name, lambda *one: self._unsent.append(one), lambda: self._at) for name in names]

    async def live(self, seconds: int, *said: object) -> None:
        """Every tag says these, a moment of its own time apart: metres east, or events."""
        for what in said:
            self._at += seconds * SECOND
            for tag in self.tags:
                tag.event(what) if isinstance(what, DeviceEvent) else tag.fix(what)
        await self.flush()

    async def flush(self) -> None:
        unsent, self._unsent = self._unsent, []
        for topic, payload in unsent:
            await self._transport.publish(topic, payload)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Something else over the same connection."""
        await self._transport.publish(topic, payload)

    async def repeat_oldest(self, tag: Tag) -> None:
        """The tag's first message once more."""
        tag.again(1, 1)
        await self.flush()

    def everything(self) -> list[tuple[str, bytes]]:
        """Every message of every tag, in the order of its own count."""
        return [tag.memory[seq] for tag in self.tags for seq in sorted(tag.memory)]

    async def answer(self) -> None:
        """What is asked for is sent again, for ever."""
        async for deliveries in self._transport.batches():
            for delivery in deliveries:
                if b'"resend"' not in delivery.payload:  # what a protocol asks of a tag is not this crowd's
                    continue
                resend = decode_command(delivery.payload)
                name = delivery.topic.split("/")[2]
                self.asked.append((name, resend.first, resend.last))
                next(tag for tag in self.tags if tag.name == name).again(resend.first, resend.last)
            await self._transport.acknowledge(deliveries)
            await self.flush()


@contextlib.asynccontextmanager
async def crowd(url: str) -> AsyncIterator[Crowd]:
    async with devices(url, listening=True) as transport:
        await connected(transport)
        made = Crowd(transport, system_clock() - 600 * SECOND)
        answering = asyncio.create_task(made.answer())
        try:
            yield made
        finally:
            answering.cancel()


Told = dict[str, list[tuple[str, Micros, Micros | None, int]]]


def told(queue: AlertQueue) -> Told:
    """What every wearer's alerts say, oldest first."""
    found: Told = {}
    for one in sorted(queue.open(AlertQuery(is_closed=None)), key=lambda one: (one.opened_at, one.id)):
        found.setdefault(one.wearer, []).append((one.type.value, one.opened_at, one.cleared_at, one.repeats))
    return found


async def caught_up(parts: Parts, tags: Crowd, folder: Path) -> None:
    """Until the engine says what an engine says that heard everything in time."""
    with undisturbed(folder, tags.everything()) as queue:
        expected = told(queue)
    await until(lambda: told(parts.desk.queue) == expected)
