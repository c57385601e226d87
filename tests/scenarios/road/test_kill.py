"""Promise 1, whole: the engine killed with SIGKILL at random moments, under load, against a real broker.

What is compared is what the messages determine. Timers that run on arrival (silence, contact.unknown, a
suspicion that opens after a minute) would tell a killed engine from another by right: it did receive later.
So the orders demand no signs of life; all that is told happened within the last eight minutes, when contact
is not unknown yet; every fix is clearly in or out and stands alone by its neighbour's age, so that nothing is
ever only suspected. And all devices speak over one connection, so that the broker brings their messages to
every engine in one order. Then ids, openings, clearings and repeats must be equal to the last microsecond.
"""

import asyncio
import contextlib
import os
import random
from pathlib import Path

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import ENGINE, HistoryEntry
from em_engine.ingest.broker import start_broker
from em_engine.ingest.delivery import system_clock
from em_engine.ingest.mqtt import MqttTransport
from em_engine.record.rows import AlertQuery
from em_engine.vocabulary import SECOND, DeviceEvent, Micros
from tests.scenarios.road.bench import Tag, until
from tests.scenarios.road.engine import NEEDS_MOSQUITTO, EngineProcess, Look, connected, devices
from tests.scenarios.road.oracle import undisturbed
from tests.scenarios.road.places import HEALTH, STAY_OUT, documents, keep_apart, order, write

SCALE = int(os.environ.get("EM_ROAD_SCALE", "1"))
WEARERS = 18 * SCALE
KILLS = 3 * SCALE
ROUNDS = 30
EVERY: Micros = 15 * SECOND  # of a device's own time
SEED = 20261122
SENTINEL = 9_999

pytestmark = NEEDS_MOSQUITTO

Message = tuple[str, bytes]


def orders() -> list[dict[str, object]]:
    """A third are kept out, a third kept apart, a third both; all are watched for tampering."""
    out = {**STAY_OUT, "buffer_m": 400}
    made = []
    for number in range(1, WEARERS + 1):
        own = [[out], [keep_apart(f"P-{number}")], [out, keep_apart(f"P-{number}")]][number % 3]
        made.append(order(number, *own, HEALTH, phone=number % 3 != 0))
    return [*made, order(SENTINEL, HEALTH)]


class Life:
    """One wearer's evening: comes near, goes in, comes out, passes through; and what happens to the tag."""

    def __init__(self, chance: random.Random, number: int, begun: Micros, out: list[Message]) -> None:
        self._chance = chance
        self._at = begun
        self.tag = Tag(f"tag-{number:04d}", lambda *message: out.append(message), lambda: self._at)
        self.phone = None
        if number % 3:
            self.phone = Tag(f"phone-{number:04d}", lambda *message: out.append(message), lambda: self._at)
        self._east_m, self._away_m = 900.0, 5_000.0
        self._charge = chance.randrange(12, 40)

    def goes_on(self, at: Micros) -> None:
        """Up to 900 m in 15 s is fast, and possible."""
        self._at = at + self._chance.randrange(SECOND)
        self._east_m = self._chance.choice([900.0, 500.0, 0.0, 0.0, 500.0, 900.0, -self._east_m])
        self._east_m = self._east_m if abs(self._east_m) > 1 else 0.0
        self.tag.fix(self._east_m)
        if self.phone:
            self._away_m = self._chance.choice([5_000.0, 1_000.0, 200.0, self._away_m])
            self.phone.fix(self._east_m + min(self._away_m, 5_000.0))
        if self._chance.random() < 0.25:
            self.tag.event(self._chance.choice([DeviceEvent.STRAP_OPEN] * 2 + [DeviceEvent.STRAP_CLOSED]))
        if self._chance.random() < 0.25:
            self._charge = max(1, self._charge + self._chance.choice([-9, -4, 11]))
            self.tag.heartbeat(battery_pct=self._charge)


def evening(chance: random.Random, now: Micros) -> list[Message]:
    """All messages of everyone, in the order in which they are sent."""
    begun, out = now - ROUNDS * EVERY - 5 * SECOND, list[Message]()
    lives = [Life(chance, number, begun, out) for number in range(1, WEARERS + 1)]
    for number in range(ROUNDS):
        for life in chance.sample(lives, len(lives)):
            life.goes_on(begun + number * EVERY)
    return out


def last_word(now: Micros) -> Message:
    """When this is told, everything before it has been judged."""
    out: list[Message] = []
    tag = Tag(f"tag-{SENTINEL}", lambda *message: out.append(message), lambda: now)
    tag.event(DeviceEvent.STRAP_OPEN)
    return out[0]


async def test_killed_at_random_moments_the_queue_is_that_of_an_engine_that_lived(tmp_path: Path):
    chance = random.Random(SEED)
    write(tmp_path / "rules", documents(orders()))
    messages = evening(chance, system_clock())
    async with start_broker(folder=made(tmp_path / "broker")) as broker, devices(broker.url) as tags:
        await connected(tags)
        engine = EngineProcess(tmp_path, broker.url, snapshot_s=1)
        with contextlib.closing(engine):
            await first_session(engine)
            reached = []
            for part in parts(messages):
                reached.append(await killed_at_work(engine, tags, part, chance.uniform(0.0, 0.8)))
                await killed_at_its_start(engine, chance.uniform(0.1, 2.0))
            await tags.publish(*(end := last_word(system_clock())))
            engine.start()
            with contextlib.closing(Look(engine.record)) as look:
                await until(lambda: heard(look, end), seconds=60)
                alerts, history = look.alerts(), look.history()
            assert await engine.stop() == 0
    assert sorted(set(reached)) == reached, "a kill fell into silence: it proves nothing"
    with undisturbed(tmp_path, [*messages, end]) as queue:
        assert standing(alerts) == standing(queue.open(_ALL))
        assert by_alert(history) == by_alert(queue.history(0, limit=1_000_000))
    assert {alert.type.value for alert in alerts} >= {
        "exclusion.entered", "exclusion.crossed", "exclusion.approach", "contact.alert", "contact.warning",
        "device.strap", "device.battery-low", "device.battery-critical",
    }  # fmt: skip
    assert len(alerts) > 5 * WEARERS


def parts(messages: list[Message]) -> list[list[Message]]:
    """As many as there are kills at work."""
    size = -(-len(messages) // KILLS)
    return [messages[first : first + size] for first in range(0, len(messages), size)]


def made(folder: Path) -> Path:
    folder.mkdir()
    return folder


async def first_session(engine: EngineProcess) -> None:
    """The broker keeps messages only for who has been there once."""
    engine.start()
    await engine.address()
    with contextlib.closing(Look(engine.record)) as look:
        await until(lambda: look.position() >= 3)
    await engine.kill()


async def killed_at_work(
    engine: EngineProcess, tags: MqttTransport, part: list[Message], pause_s: float
) -> int:
    """Killed while a part of the evening arrives, after so long a pause; how far its journal came."""
    with contextlib.closing(Look(engine.record)) as look:
        before = look.position()
        engine.start()
        sending = asyncio.create_task(send(tags, part))
        await until(lambda: look.position() > before + 3, seconds=60)
        await asyncio.sleep(pause_s)
        await engine.kill()
        await sending
        return look.position()


async def send(tags: MqttTransport, part: list[Message]) -> None:
    """Faster than an engine starts, slower than it judges."""
    for message in part:
        await tags.publish(*message)
        await asyncio.sleep(0.003)


async def killed_at_its_start(engine: EngineProcess, pause_s: float) -> None:
    """Killed anywhere between its first line of code and its first batch."""
    engine.start()
    await asyncio.sleep(pause_s)
    await engine.kill()


def heard(look: Look, end: Message) -> bool:
    device = end[0].split("/")[2]
    return any(entry.payload["device"] == device for entry in told_by_engine(look.history())[-50:])


def told_by_engine(history: list[HistoryEntry]) -> list[HistoryEntry]:
    """Without what the protocols did meanwhile: their times run on the machine's clock."""
    return [entry for entry in history if entry.by == ENGINE]


def by_alert(history: list[HistoryEntry]) -> dict[str, list[tuple[object, ...]]]:
    """What was told of every alert, in order, without when we came to say so."""
    told: dict[str, list[tuple[object, ...]]] = {}
    for row in told_by_engine(history):
        told.setdefault(row.alert, []).append(tuple(row.payload[name] for name in _DETERMINED))
    return told


_DETERMINED = (
    "change", "type", "case", "condition", "device", "opened_at", "detected_at", "cleared_at", "late",
)  # fmt: skip


_ALL = AlertQuery(is_closed=None, limit=1_000_000)


def standing(alerts: list[Alert]) -> dict[str, tuple[object, ...]]:
    """How every alert stands."""
    return {
        one.id: (one.type, one.breach, one.opened_at, one.cleared_at, one.repeats, one.worsenings)
        for one in alerts
    }
