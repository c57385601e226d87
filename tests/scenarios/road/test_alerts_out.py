"""Alerts out: over MQTT every change at least once and in order, over a kill; the live feed sees it too."""

import asyncio
import contextlib
import json
from pathlib import Path

import httpx

from em_engine.alerts.queue import ENGINE
from em_engine.console.roles import Role
from em_engine.ingest.broker import start_broker
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.vocabulary import DeviceEvent
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, until
from tests.scenarios.road.crowd import crowd, prepared
from tests.scenarios.road.engine import NEEDS_MOSQUITTO, EngineProcess, Look, application, connected

pytestmark = NEEDS_MOSQUITTO
KILLS = 2


class Listener:
    """Somebody else's system that follows the alerts."""

    def __init__(self, transport: MqttTransport) -> None:
        self._transport = transport
        self.heard: list[tuple[str, dict[str, object]]] = []

    async def listen(self) -> None:
        async for deliveries in self._transport.batches():
            self.heard += [(one.topic, json.loads(one.payload)) for one in deliveries]
            await self._transport.acknowledge(deliveries)

    @property
    def numbers(self) -> list[object]:
        return [told["number"] for _, told in self.heard]


async def test_over_kills_every_change_is_told_at_least_once_and_in_order(tmp_path: Path):
    async with start_broker(folder=prepared(tmp_path)) as broker, crowd(broker.url) as tags:
        settings = MqttSettings(url=broker.url, client_id="listener", retry_first_s=0.02)
        async with MqttTransport(settings, topics=["em/1/alerts/+"]) as transport:
            listener = Listener(await connected(transport))
            listening = asyncio.create_task(listener.listen())
            with contextlib.closing(EngineProcess(tmp_path, broker.url)) as engine:
                for number in range(KILLS + 1):
                    engine.start()
                    await engine.address()
                    await tags.live(12, *[OUTSIDE_M, INSIDE_M, *[DeviceEvent.STRAP_OPEN] * 3] * 3)
                    wanted = len(listener.heard) + 5
                    await until(lambda wanted=wanted: len(listener.heard) >= wanted)
                    if number < KILLS:
                        await engine.kill()
                with contextlib.closing(Look(engine.record)) as look:
                    await until(
                        lambda: (
                            set(listener.numbers)
                            == {one.number for one in look.history() if one.by == ENGINE}
                        )
                    )
                    history = {one.number: one for one in look.history() if one.by == ENGINE}
                assert await engine.stop() == 0
            listening.cancel()
    # A number may come again after a kill; a new one never comes before an older new one.
    firsts = list(dict.fromkeys(listener.numbers))
    assert firsts == sorted(firsts)
    assert len(firsts) > 50
    for topic, told in listener.heard:
        entry = history[told.pop("number")]
        assert topic == f"em/1/alerts/{told['severity']}"
        assert told == entry.payload


async def test_a_screen_sees_an_alert_within_two_seconds_of_its_message(tmp_path: Path):
    async with (
        start_broker(folder=prepared(tmp_path)) as broker,
        crowd(broker.url) as tags,
        application(tmp_path, broker.url) as (parts, address),
    ):
        parts.access.add("anna", "a long enough password", [Role.OPERATOR])
        async with httpx.AsyncClient(base_url=address, headers={"Origin": address.rstrip("/")}) as screen:
            signed = await screen.post(
                "/api/session", json={"name": "anna", "password": "a long enough password"}
            )
            assert signed.status_code < 300, signed.text
            async with asyncio.timeout(20), screen.stream("GET", "/api/alerts/stream") as stream:
                lines = stream.aiter_lines()
                await anext(lines)
                sent_at = asyncio.get_running_loop().time()
                await tags.live(20, DeviceEvent.STRAP_OPEN)
                async for line in lines:
                    if line.startswith("data:") and "device.strap" in line:
                        break
                assert asyncio.get_running_loop().time() - sent_at < 2.0
