"""The broker restarted, and killed: what it forgets is noticed, asked for and sent again by the tag."""

import asyncio
from pathlib import Path

from em_engine.ingest.broker import MosquittoBroker, start_broker
from em_engine.vocabulary import DeviceEvent
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, until
from tests.scenarios.road.crowd import WEARERS, caught_up, crowd, prepared
from tests.scenarios.road.engine import NEEDS_MOSQUITTO, application, ask, measure

pytestmark = NEEDS_MOSQUITTO


BEFORE = (OUTSIDE_M, INSIDE_M, OUTSIDE_M, DeviceEvent.STRAP_OPEN)
FORGOTTEN = (
    OUTSIDE_M,
    INSIDE_M,
    INSIDE_M,
    DeviceEvent.STRAP_CLOSED,
    OUTSIDE_M,
    DeviceEvent.CASE_OPEN,
    OUTSIDE_M,
)
AFTER = (OUTSIDE_M, INSIDE_M, DeviceEvent.CASE_CLOSED)


async def test_a_broker_stopped_and_started_loses_nothing_and_nothing_is_asked_for(tmp_path: Path):
    """Stopped in the middle of the evening, once with the engine there and once without."""
    folder = prepared(tmp_path)
    async with start_broker(folder=folder) as broker, crowd(broker.url) as tags:
        async with application(tmp_path, broker.url) as (parts, address):
            await tags.live(30, *BEFORE)
            await caught_up(parts, tags, tmp_path)
            await broker.stop()
            await until(lambda: not parts.transport.link.connected)
            status, said = await asyncio.to_thread(ask, f"{address}health/ready")
            assert (status, "broker has not been heard" in said) == (503, True)
            await broker.start()
            await until(lambda: parts.transport.link.connected)
            status, _ = await asyncio.to_thread(ask, f"{address}health/ready")
            assert status == 200
        await tags.live(30, *FORGOTTEN)
        await broker.stop()
        await broker.start()
        async with application(tmp_path, broker.url) as (parts, address):
            await tags.live(30, *AFTER)
            await caught_up(parts, tags, tmp_path)
            _, page = await asyncio.to_thread(ask, f"{address}metrics")
            assert measure(page, "em_missing_reports_total") == 0
    assert tags.asked == []


async def test_a_killed_broker_forgets_and_the_tags_tell_it_again(tmp_path: Path):
    """Mosquitto acknowledges to the tags what it forgets: the engine is away, then the broker is killed."""
    folder = prepared(tmp_path)
    async with start_broker(folder=folder) as broker, crowd(broker.url) as tags:
        assert isinstance(broker, MosquittoBroker)
        async with application(tmp_path, broker.url) as (parts, _):
            await tags.live(30, *BEFORE)
            await caught_up(parts, tags, tmp_path)
        await tags.live(30, *FORGOTTEN)
        await broker.kill()
        await broker.start()
        async with application(tmp_path, broker.url) as (parts, address):
            await tags.live(30, *AFTER)
            await caught_up(parts, tags, tmp_path)
            with parts.desk.record.reading() as reading:
                assert reading.open_holes_count() == 0
            _, page = await asyncio.to_thread(ask, f"{address}metrics")
            assert measure(page, "em_missing_reports_total") == len(FORGOTTEN) * WEARERS
    first, last = len(BEFORE) + 1, len(BEFORE) + len(FORGOTTEN)
    assert sorted(tags.asked) == [(tag.name, first, last) for tag in tags.tags]
