"""What the protocols tell devices: to whom, what, when, and nothing of where anybody is."""

import asyncio
import json
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from em_engine.alerts.actions import Command
from em_engine.alerts.queue import AlertQueue
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.rulebook.models import CommandName, Notice, Protocol, TagCommand
from em_engine.runners.notices import CURSOR, FRESH, DeviceNotices
from em_engine.vocabulary import AlertType, ChangeKind, Severity
from tests.adapters.console.conftest import rulebook
from tests.unit.alerts.test_life import change

PROTOCOL = Protocol(
    severity=Severity.HIGH,
    notices=(Notice(on=ChangeKind.OPENED, words={"nb": "Gå inn", "en": "Go inside"}),),
    commands=(
        TagCommand(on=ChangeKind.OPENED, command=CommandName.VIBRATE),
        TagCommand(on=ChangeKind.CLEARED, command=CommandName.MESSAGE, words={"nb": "Takk"}),
        TagCommand(
            on=ChangeKind.OPENED,
            command=CommandName.FASTER_FIXES,
            fix_every=timedelta(seconds=10),
            lasts=timedelta(minutes=30),
        ),
    ),
)


@pytest.fixture
def desk(tmp_path):
    with closing(SqliteRecord(tmp_path / "record.db", durability=Durability.NORMAL)) as record:
        queue = AlertQueue(record)
        book = replace(rulebook(), protocols={AlertType.EXCLUSION_ENTERED: PROTOCOL})
        notices = DeviceNotices(record, queue, lambda: book, transport=None, clock=lambda: 1_000, root="em/1")
        yield queue, notices


def told(queue, notices):
    return [
        (message.topic, json.loads(message.payload))
        for entry in queue.history(0)
        for message in notices.messages(entry)
    ]


def tell(queue, kind=ChangeKind.OPENED, at=100, group=None, **other):
    evidence = {"margin_m": -5.0, "lon": 10.76, "lat": 59.92} | ({"group": group} if group else {})
    told = change(kind, at, order="OVA-1", evidence=evidence, **other)
    queue.commit(entry=None, changes=[told], at=at)


def test_a_protected_person_is_warned_and_the_tag_asked_and_no_place_is_named(desk):
    tell(desk[0])
    found = told(*desk)
    assert [topic for topic, _ in found] == [
        "em/1/notices/P-3",
        "em/1/tag-W-17/command",
        "em/1/tag-W-17/command",
    ]
    assert found[0][1] == {
        "id": "a1-1",
        "at": "1970-01-01T00:00:00.000Z",
        "what": "opened",
        "type": "exclusion.entered",
        "text": {"nb": "Gå inn", "en": "Go inside"},
    }
    assert found[1][1] == {"id": "a1-1", "vibrate": True}
    assert found[2][1]["fixes"] == {"every_s": 10.0, "for_s": 1800.0}


def test_the_meeting_of_a_group_frightens_no_protected_person(desk):
    tell(desk[0], group="hk-oslo")
    assert [topic for topic, _ in told(*desk)] == ["em/1/tag-W-17/command"] * 2


def test_each_says_what_the_protocol_says_then(desk):
    tell(desk[0], ChangeKind.CLEARED, 200)
    assert [told["message"] for _, told in told(*desk)] == [{"nb": "Takk"}]


@pytest.mark.parametrize(("age", "is_told"), [(FRESH, True), (FRESH + 1, False)])
def test_an_old_warning_helps_nobody(desk, age, is_told):
    queue, notices = desk
    tell(queue, at=1_000 - age)
    assert bool(told(queue, notices)) is is_told


def test_what_an_operator_asks_of_a_tag_goes_to_it(desk):
    queue, notices = desk
    tell(queue, type=AlertType.CURFEW_LEFT)
    queue.act("a1", Command(command="message", text="Ring oss"), by="kari", at=200, version=1)
    assert told(queue, notices) == [("em/1/tag-W-17/command", {"id": "a1-2", "message": {"nb": "Ring oss"}})]


def test_of_an_order_that_is_gone_nothing_is_told(desk):
    queue, notices = desk
    queue.commit(entry=None, changes=[change(ChangeKind.OPENED, 100, order="gone")], at=100)
    assert told(queue, notices) == []


async def test_it_tells_as_the_history_grows_and_remembers_how_far_it_came(tmp_path):
    sent = asyncio.Queue()

    class Broker:
        async def publish(self, topic, payload):
            await sent.put(topic)

    book = replace(rulebook(), protocols={AlertType.EXCLUSION_ENTERED: PROTOCOL})
    with closing(SqliteRecord(tmp_path / "record.db", durability=Durability.NORMAL)) as record:
        queue = AlertQueue(record)
        notices = DeviceNotices(
            record, queue, lambda: book, transport=Broker(), clock=lambda: 1_000, root="em/1"
        )
        for id in ("a1", "a2"):
            running = asyncio.create_task(notices.run())
            tell(queue, alert=id)
            async with asyncio.timeout(20):
                topics = [await sent.get() for _ in range(3)]
                assert topics[0] == "em/1/notices/P-3"
                while _cursor(record) < queue.latest():
                    await asyncio.sleep(0.01)
            running.cancel()
            with pytest.raises(asyncio.CancelledError):
                await running
        assert sent.empty()


def _cursor(record):
    with record.reading() as reading:
        return int(reading.setting(CURSOR) or 0)
