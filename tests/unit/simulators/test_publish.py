"""Tracks over MQTT: what a device would have sent, in order, when it is due."""

import asyncio
from pathlib import Path

import numpy as np
import pytest

from em_engine.ingest.broker import find_mosquitto, start_broker
from em_engine.ingest.delivery import Delivery
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.ingest.wire import decode
from em_engine.vocabulary import REPORT, Batch, Rows
from simulators.publish import IN_FLIGHT_MAX, publish
from simulators.replay_command import Wish, replay_command
from simulators.tracks import merge, read

ROWS = """device_id,time_utc,lat,lon,accuracy_m,source,kind,seq,battery_pct,strap,event
a,2026-11-22T01:00:00Z,59.9,10.7,9,gnss,,1
b,2026-11-22T01:00:05Z,59.8,10.6,,wifi,fix,
a,2026-11-22T01:00:10Z,,,,,heartbeat,2,71,closed
a,2026-11-22T01:00:10Z,,,,,event,3,,,strap-open
"""


def batches_of(folder: Path) -> list[Batch]:
    path = folder / "t.csv"
    path.write_text(ROWS)
    return [*merge([read(path)], rows=2)]


class Post:
    """Takes messages as a broker would and knows how many were on their way at once."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, bytes]] = []
        self.most_at_once = self._at_once = 0

    async def send(self, topic: str, payload: bytes) -> None:
        self.taken.append((topic, payload))
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        await asyncio.sleep(0)
        self._at_once -= 1


async def test_every_report_arrives_as_the_row_it_was(tmp_path: Path) -> None:
    post, batches = Post(), batches_of(tmp_path)
    assert await publish(batches, post.send) == 4
    arrived = max(int(batch.rows["received_at"].max()) for batch in batches)
    decoded = decode([Delivery(topic, payload, arrived) for topic, payload in post.taken])
    sent: Rows = np.concatenate([batch.rows for batch in batches])
    assert not decoded.quarantined
    assert [decoded.batch.devices[i] for i in decoded.batch.rows["device"]] == ["a", "b", "a", "a"]
    for name in set(REPORT.names or ()) - {"device", "received_at", "sent_at"}:
        np.testing.assert_array_equal(decoded.batch.rows[name], sent[name], err_msg=name)


async def test_at_a_speed_each_goes_when_it_is_due(tmp_path: Path) -> None:
    clock, waits = [0.0], []

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        clock[0] += seconds

    await publish(batches_of(tmp_path), Post().send, speed=5, now=lambda: clock[0], sleep=sleep)
    assert waits == pytest.approx([1.0, 1.0])


async def test_only_so_many_are_on_their_way_at_once(tmp_path: Path) -> None:
    rows = np.repeat(batches_of(tmp_path)[0].rows, 200)
    post = Post()
    assert await publish([Batch(devices=("a", "b"), rows=rows)], post.send) == 400
    assert post.most_at_once == IN_FLIGHT_MAX


@pytest.mark.mosquitto
@pytest.mark.skipif(find_mosquitto() is None, reason="Mosquitto is not installed (Debian package mosquitto)")
async def test_the_command_publishes_to_a_broker(tmp_path: Path) -> None:
    path = tmp_path / "t.csv"
    path.write_text(ROWS)
    async with start_broker() as broker, MqttTransport(MqttSettings(url=broker.url)) as engine:
        while not engine.link.connected:
            await asyncio.sleep(0)
        assert await asyncio.to_thread(replay_command, Wish(tracks=[path], mqtt=broker.url)) == 0
        heard: list[Delivery] = []
        async for some in engine.batches():
            heard.extend(some)
            await engine.acknowledge(some)
            if len(heard) >= 4:
                break
    expected = ["em/1/a/event", "em/1/a/fix", "em/1/a/heartbeat", "em/1/b/fix"]
    assert sorted(delivery.topic for delivery in heard) == expected


def test_a_device_that_cannot_stand_in_a_topic_is_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "t.csv"
    path.write_text("device_id,time_utc,lat,lon\njane/phone,2026-11-22T01:00:00Z,1,2\n")
    assert replay_command(Wish(tracks=[path], mqtt="mqtt://127.0.0.1:1")) == 2
    assert "jane/phone cannot stand in a topic" in capsys.readouterr().err
