"""A scenario over a real broker with a real engine, in scaled real time: same file, same expectations.

The engine is one of our own over the broker that is named, under topics of its own. Its clock runs from the
story's beginning, so many times as fast as life: windows and deadlines come when the story says they do. Its
record lies in a folder that is deleted at the end.
"""

import asyncio
import contextlib
import secrets
import time
from collections.abc import AsyncIterator, Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final
from urllib.parse import unquote, urlsplit

import msgspec

from em_engine.alerts.queue import AlertQueue
from em_engine.ingest.delivery import Delivery
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.runners.judging import Judging
from em_engine.runners.local import LocalEngine
from em_engine.runners.outbox import MqttOutbox
from em_engine.vocabulary import SECOND, Micros
from simulators.scenarios.judge import Told, Verdict, judged
from simulators.scenarios.play import Played, play
from simulators.scenarios.run import deliveries
from simulators.scenarios.scenario import Scenario

LEEWAY_S: Final = 2.0
"""How many seconds of real time a `within` is lengthened by: the road, the engine's turn, a busy machine."""
CONNECTS_WITHIN_S: Final = 20.0
SETTLES_S: Final = 1.0
TURN_S: Final = 5.0
"""Seconds of the story between two looks of the engine at its clock: more would look like an absence."""


class NotRunError(Exception):
    """The scenario could not be run this way; the text says why."""


@dataclass(frozen=True, slots=True)
class Door:
    """The broker, by its URL; an account stands in it as `mqtts://name:password@host`."""

    url: str

    def settings(self, client_id: str) -> MqttSettings:
        """How we are known there."""
        parts = urlsplit(self.url)
        host = parts.netloc.rpartition("@")[2]
        return MqttSettings(
            url=f"{parts.scheme}://{host}",
            client_id=f"{client_id}-{secrets.token_hex(4)}",
            username=None if parts.username is None else unquote(parts.username),
            password=None if parts.password is None else unquote(parts.password),
        )


@dataclass(slots=True)
class StoryClock:
    """The story's time: it stands still until it is started, and then runs `speed` times as fast as life."""

    now: Micros
    speed: float
    started_s: float | None = None  # by the monotonic clock; None while it stands still

    def __call__(self) -> Micros:
        if self.started_s is None:
            return self.now
        return self.now + round((time.monotonic() - self.started_s) * self.speed * SECOND)

    def start(self) -> None:
        """From here on it runs."""
        self.started_s = time.monotonic()

    async def until(self, at: Micros) -> None:
        """Return when it is `at`, at once if that is past."""
        await asyncio.sleep(max(0.0, (at - self()) / SECOND / self.speed))


def not_over_mqtt(scenario: Scenario) -> str:
    """Why a scenario cannot be run over MQTT; empty where it can."""
    if any(step.sentence.words.get("who") is None for step in scenario.steps):
        return "it stops the engine, which only a run in simulated time can do"
    if any(fault.name == "broker-restart" for fault in scenario.faults):
        return "it stops the broker, which only a run in simulated time can do"
    return ""


async def run_live(scenario: Scenario, url: str, *, speed: float) -> Verdict:
    """The verdict on a run over the broker. Raises NotRunError."""
    if why := not_over_mqtt(scenario):
        raise NotRunError(f"{scenario.path}: {why}")
    played, clock, told = play(scenario), StoryClock(scenario.starts, speed), list[Told]()
    door, root = Door(url), f"em-scenario/{secrets.token_hex(4)}"
    transport = MqttTransport(door.settings("em-scenario"), root=root, clock=clock, clock_speed=speed)
    with TemporaryDirectory() as folder:
        async with (
            heard(door, root, told),
            tags(door) as ours,
            _engine(scenario, Path(folder), transport, clock=clock, root=root),
        ):
            await connected(transport, ours)
            clock.start()
            await publish(scenario, played, ours, clock=clock, root=root)
            await clock.until(scenario.ends)
            await asyncio.sleep(SETTLES_S)
    leeway = round(LEEWAY_S * speed * SECOND)
    within = [one for one in told if one.at <= scenario.ends]
    return judged(scenario, within, {}, leeway=leeway)


@contextlib.asynccontextmanager
async def _engine(
    scenario: Scenario, folder: Path, transport: MqttTransport, *, clock: StoryClock, root: str
) -> AsyncIterator[None]:
    """The engine and what tells its alerts; without the console, which a story does not look at."""
    record = SqliteRecord(folder / "record.sqlite3", durability=Durability.NORMAL)
    with contextlib.closing(record):
        queue = AlertQueue(record)
        judging = Judging(record, queue, scenario.rulebook)
        turn_s = min(1.0, TURN_S / clock.speed)
        engine = LocalEngine(judging, transport, clock, root=root, waits_max_s=turn_s)
        outbox = MqttOutbox(record, queue, transport, root=root)
        async with transport, asyncio.TaskGroup() as tasks:
            work = [tasks.create_task(engine.run()), tasks.create_task(outbox.run())]
            try:
                yield
            finally:
                for task in work:
                    task.cancel()


@contextlib.asynccontextmanager
async def heard(
    door: Door, root: str, told: list[Told], is_ours: Callable[[Told], bool] = lambda _: True
) -> AsyncIterator[None]:
    """Whoever listens to what the engine tells. Raises NotRunError where the broker does not answer."""
    async with MqttTransport(door.settings("em-heard"), topics=[f"{root}/alerts/#"]) as transport:
        task = asyncio.create_task(_follow(transport, told, is_ours))
        try:
            await connected(transport)
            yield
        finally:
            task.cancel()
            await asyncio.gather(task, return_exceptions=True)


async def _follow(transport: MqttTransport, told: list[Told], is_ours: Callable[[Told], bool]) -> None:
    numbers: set[int] = set()
    async for messages in transport.batches():
        for message in messages:
            said = msgspec.json.decode(message.payload)
            if said["number"] not in numbers:  # told at least once
                numbers.add(said["number"])
                told += [one for one in (Told.from_json(said),) if is_ours(one)]
        await transport.acknowledge(messages)


@contextlib.asynccontextmanager
async def tags(door: Door) -> AsyncIterator[MqttTransport]:
    """The devices' connection: all of them over one."""
    async with MqttTransport(door.settings("em-simulate"), topics=()) as transport:
        yield transport


async def connected(*transports: MqttTransport) -> None:
    """Waits until the broker has accepted us. Raises NotRunError."""
    try:
        async with asyncio.timeout(CONNECTS_WITHIN_S):
            while not all(transport.link.connected for transport in transports):
                await asyncio.sleep(0.02)
    except TimeoutError:
        raise NotRunError("the broker does not answer; --mqtt names it, as mqtt://127.0.0.1:1883") from None


async def publish(
    scenario: Scenario, played: Played, tags: MqttTransport, *, clock: StoryClock, root: str
) -> None:
    """Every message when the clock reaches it."""
    waiting: Sequence[Delivery] = deliveries(scenario, played.arrived)
    for message in waiting:
        await clock.until(message.received_at)
        await tags.publish(message.topic.replace("em/1", root, 1), message.payload)
