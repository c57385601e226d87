"""An engine on a bench: the real runner, heart and record; a broker in memory, and time passed by hand."""

import asyncio
import contextlib
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import AlertQueue, HistoryEntry
from em_engine.ingest.encode import encode_array, encode_event, encode_fix, encode_heartbeat, topic_of
from em_engine.ingest.memory import MemoryBroker, MemoryTransport
from em_engine.record.interface import Record
from em_engine.record.rows import AlertQuery
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.rulebook import Rulebook
from em_engine.runners.following import Following
from em_engine.runners.judging import Judging
from em_engine.runners.local import LocalEngine
from em_engine.runners.outbox import MqttOutbox
from em_engine.vocabulary import MINUTE, SECOND, DeviceEvent, Micros, ReportKind, parse_rfc3339
from tests.scenarios.road.places import degrees

NOON = parse_rfc3339("2026-11-18T12:00:00Z")
TURN_S = 0.002
STEP: Micros = 4 * SECOND  # shorter than what the engine takes for an absence of its own
OF_THE_ENGINE = ("monitoring.", "outage.")
OUTSIDE_M, INSIDE_M = 1_000.0, 0.0


class HandClock:
    """Time that is passed by hand."""

    def __init__(self, now: Micros = NOON) -> None:
        self.now = now

    def __call__(self) -> Micros:
        return self.now


async def until(condition: Callable[[], Any], *, seconds: float = 60.0) -> None:
    """Waits for something another task, thread or process has to do first."""
    async with asyncio.timeout(seconds):
        while not condition():
            await asyncio.sleep(0.003)


class Tag:
    """A device: counts its messages, remembers them, and sends some again when asked."""

    def __init__(self, name: str, send: Callable[[str, bytes], None], clock: Callable[[], Micros]) -> None:
        self.name, self._send, self._clock = name, send, clock
        self.seq = 0
        self.memory: dict[int, tuple[str, bytes]] = {}

    def fix(
        self, east_m: float, *, at: Micros | None = None, accuracy_m: float = 5.0, north_m: float = 0.0
    ) -> bytes:
        """Where it is, now unless said otherwise."""
        lon, lat = degrees(east_m)
        at = self._clock() if at is None else at
        return self._say(ReportKind.FIX, lambda seq: encode_fix(
            fixed_at=at, lon=lon, lat=lat, accuracy_m=accuracy_m, seq=seq))  # fmt: skip

    def heartbeat(self, *, at: Micros | None = None, **said: Any) -> bytes:
        """That it lives."""
        at = self._clock() if at is None else at
        return self._say(ReportKind.HEARTBEAT, lambda seq: encode_heartbeat(sent_at=at, seq=seq, **said))

    def event(self, event: DeviceEvent, *, at: Micros | None = None) -> bytes:
        """What happened to it."""
        at = self._clock() if at is None else at
        return self._say(ReportKind.EVENT, lambda seq: encode_event(happened_at=at, event=event, seq=seq))

    def again(self, first: int, last: int) -> None:
        """Its messages of these numbers, sent again."""
        for seq in range(first, last + 1):
            if seq in self.memory:
                self._send(*self.memory[seq])

    def _say(self, kind: ReportKind, encode: Callable[[int], bytes]) -> bytes:
        self.seq += 1
        topic, payload = topic_of(self.name, kind), encode(self.seq)
        self.memory[self.seq] = (topic, payload)
        self._send(topic, payload)
        return payload


class Bench:
    """One engine after another over one record and one broker."""

    def __init__(self, folder: Path, rulebook: Rulebook) -> None:
        self.folder, self.rulebook = folder, rulebook
        self.clock = HandClock()
        self.broker = MemoryBroker()
        self._tags: dict[str, Tag] = {}
        self.snapshot_every: Micros = 24 * 60 * MINUTE
        self.following: Following | None = None
        self.wrap: Callable[[Record], Record] = lambda record: record
        self.engine: LocalEngine
        self.queue: AlertQueue
        self.record: Record

    def tag(self, name: str) -> Tag:
        return self._tags.setdefault(name, Tag(name, self.broker.publish, self.clock))

    @contextlib.asynccontextmanager
    async def running(
        self, *, judging: type[Judging] = Judging, tells: bool = False
    ) -> AsyncIterator[LocalEngine]:
        """An engine at work; at the end it is stopped as SIGTERM does."""
        with self.opened(judging=judging):
            transport = MemoryTransport(self.broker, clock=self.clock)
            self.engine = LocalEngine(
                self.judging,
                transport,
                self.clock,
                snapshot_every=self.snapshot_every,
                waits_max_s=TURN_S,
                following=self.following,
            )
            async with transport:
                work = [asyncio.create_task(self.engine.run())]
                if tells:
                    outbox = MqttOutbox(self.record, self.queue, transport, root="em/1")
                    work.append(asyncio.create_task(outbox.run()))
                try:
                    await self._begun(work[0])
                    yield self.engine
                finally:
                    for task in work:
                        task.cancel()
                    await asyncio.gather(*work, return_exceptions=True)
            for task in work:
                if not task.cancelled() and task.exception() is not None:
                    raise task.exception()  # type: ignore[misc]

    @contextlib.contextmanager
    def opened(self, *, judging: type[Judging] = Judging) -> Any:
        """The record, its queue and a heart over it, with nobody at work."""
        store = SqliteRecord(self.folder / "record.sqlite3", durability=Durability.NORMAL)
        with contextlib.closing(store):
            self.record = self.wrap(store)
            self.queue = AlertQueue(self.record)
            self.judging = judging(self.record, self.queue, self.rulebook)
            yield self.judging

    async def _begun(self, running: "asyncio.Task[None]") -> None:
        """Where the broker is up, until it is heard; else until the heart stands, or the record refuses."""
        engine = self.engine

        def stands() -> bool:
            is_heard = not engine._is_deaf or not self.broker.is_up
            return bool(running.done() or engine.pulse.record_refusal or (engine._attended_at and is_heard))

        await until(stands)

    async def settle(self) -> None:
        """Until every message is judged and acknowledged, and every timer has run."""
        await until(self._is_settled)

    def _is_settled(self) -> bool:
        is_idle = not self.unsettled() and self.judging.next_wake > self.clock()
        return is_idle and self.judging.is_settled  # in this order: a step is settled when it is committed

    def unsettled(self) -> int:
        """How many messages the broker still keeps for the engine."""
        return sum(len(session._kept) for session in self.broker._sessions.values())

    async def passes(self, span: Micros) -> None:
        """Time, in steps an engine keeps up with."""
        end = self.clock.now + span
        while self.clock.now < end:
            self.clock.now = min(end, self.clock.now + STEP)
            attended = self.clock.now
            await until(lambda now=attended: self.engine._attended_at >= now)
            await self.settle()

    def alerts(self) -> list[Alert]:
        """Every alert there ever was, in the order in which they opened."""
        found = self.queue.open(AlertQuery(is_closed=None))
        return sorted(found, key=lambda alert: (alert.opened_at, alert.id))

    def told(self) -> list[tuple[str, str]]:
        """Every alert's type and how it stands."""
        return [(alert.type.value, alert.breach.value) for alert in self.alerts()]

    def history(self) -> list[HistoryEntry]:
        return self.queue.history(0, limit=1_000_000)

    def lines(self) -> list[tuple[str, str]]:
        """What the history says of wearers and devices, as type and change, in order."""
        return [line for line in self._lines() if not line[0].startswith(OF_THE_ENGINE)]

    def own_lines(self) -> list[tuple[str, str]]:
        """What it says of the engine itself."""
        return [line for line in self._lines() if line[0].startswith(OF_THE_ENGINE)]

    def _lines(self) -> list[tuple[str, str]]:
        return [(entry.payload["type"], entry.what) for entry in self.history()]

    def measure(self, name: str, **labels: str) -> float:
        """A measure of the engine that runs."""
        value = self.judging.metrics.registry.get_sample_value(name, labels)
        assert value is not None, f"there is no measure {name} {labels}"
        return value


__all__ = ["Bench", "HandClock", "Tag", "encode_array", "until"]
