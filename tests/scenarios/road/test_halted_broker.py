"""Mosquitto is stopped as a debugger or a starved machine stops it: its silence is held against nobody."""

import asyncio
import os
import signal
from pathlib import Path

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import AlertQueue
from em_engine.ingest.broker import MosquittoBroker, start_broker
from em_engine.ingest.delivery import system_clock
from em_engine.record.rows import AlertQuery
from em_engine.vocabulary import SECOND, AlertType, Micros
from tests.scenarios.road.bench import Tag, until
from tests.scenarios.road.engine import NEEDS_MOSQUITTO, application, connected, devices
from tests.scenarios.road.places import HEALTH, documents, order, write

pytestmark = NEEDS_MOSQUITTO
ALLOWED: Micros = 6 * SECOND


async def test_nobody_is_accused_of_a_stopped_broker_and_a_silence_after_it_is_told(tmp_path: Path):
    write(tmp_path / "rules", documents([order(1, {**HEALTH, "heartbeat_every": "PT6S"})]))
    async with (
        start_broker(folder=tmp_path) as broker,
        devices(broker.url) as wire,
        application(tmp_path, broker.url) as (parts, _),
    ):
        assert isinstance(broker, MosquittoBroker)
        await connected(wire)
        said: list[asyncio.Task[None]] = []
        tag = Tag("tag-0001", lambda *one: said.append(asyncio.create_task(wire.publish(*one))), system_clock)

        tag.heartbeat()
        await until(lambda: parts.engine.pulse.last_report_at)
        os.kill(broker.pid, signal.SIGSTOP)
        try:
            tag.heartbeat()
            heard_at = parts.engine.pulse.last_report_at
            assert heard_at is not None
            await until(lambda: system_clock() > heard_at + ALLOWED + SECOND)
            assert silences(parts.desk.queue) == []
        finally:
            os.kill(broker.pid, signal.SIGCONT)
        await until(lambda: parts.engine.pulse.last_report_at != heard_at)
        last_at = parts.engine.pulse.last_report_at
        assert last_at is not None
        assert silences(parts.desk.queue) == []

        await until(lambda: silences(parts.desk.queue))
        told_at = system_clock()
        (silent,) = silences(parts.desk.queue)
        assert 0 <= silent.opened_at - (last_at + ALLOWED) < 3 * SECOND  # what the broker took to wake
        assert told_at - silent.opened_at < 3 * SECOND
        await asyncio.gather(*said)


def silences(queue: AlertQueue) -> list[Alert]:
    """What is told of tags that are not heard."""
    return queue.open(AlertQuery(is_closed=None, type=AlertType.DEVICE_SILENT.value))
