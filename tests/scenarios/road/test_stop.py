"""Told to end: within three seconds, a snapshot left behind, and quickly there again."""

import asyncio
import contextlib
import os
import time
from pathlib import Path

from em_engine.ingest.broker import start_broker
from em_engine.vocabulary import DeviceEvent
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, until
from tests.scenarios.road.crowd import crowd, prepared
from tests.scenarios.road.engine import NEEDS_MOSQUITTO, EngineProcess, Look, ask

pytestmark = NEEDS_MOSQUITTO
STOPS_S = 3.0 * max(1.0, os.getloadavg()[0] / (os.cpu_count() or 1))
"""Three seconds, on a machine that is not busy with something else."""


async def test_an_engine_told_to_end_ends_and_begins_again(tmp_path: Path):
    async with start_broker(folder=prepared(tmp_path)) as broker, crowd(broker.url) as tags:
        with contextlib.closing(EngineProcess(tmp_path, broker.url, snapshot_s=3600)) as engine:
            for _ in range(2):
                engine.start()
                address = await engine.address()
                await until(lambda address=address: ask(f"{address}health/ready")[0] == 200)
                talking = asyncio.create_task(
                    tags.live(20, *[OUTSIDE_M, INSIDE_M, DeviceEvent.STRAP_OPEN] * 5)
                )
                with contextlib.closing(Look(engine.record)) as look:
                    before = look.position()
                    await until(lambda before=before, look=look: look.position() > before)
                    assert await stopped_in(engine) < STOPS_S
                    assert look.snapshot_position() == look.position() > before, engine.last_words()
                await talking
    assert "Traceback" not in engine.last_words()


async def test_em_up_told_to_end_ends_with_its_broker(tmp_path: Path):
    prepared(tmp_path)
    with contextlib.closing(EngineProcess(tmp_path, "mqtt://127.0.0.1:1")) as engine:
        engine.command = ("up", "--rules", "rules", "--data", "data", "--port", "0")
        for _ in range(2):
            engine.start()
            address = await engine.address()
            await until(lambda address=address: ask(f"{address}health/ready")[0] == 200)
            assert await stopped_in(engine) < STOPS_S
            with contextlib.closing(Look(engine.record)) as look:
                assert look.snapshot_position() == look.position() > 0
    assert "Traceback" not in engine.last_words()


async def stopped_in(engine: EngineProcess) -> float:
    """How many seconds a clean end took."""
    began = time.monotonic()
    assert await engine.stop() == 0, engine.last_words()
    return time.monotonic() - began
