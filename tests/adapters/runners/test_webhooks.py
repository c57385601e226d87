"""Webhooks: signed, in order, again until they are taken, dead letters kept; the receiver is a fake."""

import asyncio
import base64
import hashlib
import hmac
import json
from contextlib import closing

import httpx
import pytest

from em_engine.alerts.actions import Claim
from em_engine.alerts.queue import AlertQueue
from em_engine.record.sqlite import Durability, SqliteRecord
from em_engine.runners.webhook_store import WebhookStore
from em_engine.runners.webhooks import (
    REFUSALS_MAX,
    UNREACHABLE_MAX,
    WAITS,
    Webhook,
    WebhookOutbox,
    secret_in,
    signed,
)
from em_engine.vocabulary import SECOND, ChangeKind, Severity
from tests.unit.alerts.test_life import change

SECRET = b"0123456789abcdef01234567"


class Receiver:
    """What answers: status codes in turn, the last one from then on; an exception is a line that is down."""

    def __init__(self, *answers):
        self.answers, self.taken = list(answers) or [204], []

    def __call__(self, request):
        answer = self.answers.pop(0) if len(self.answers) > 1 else self.answers[0]
        if isinstance(answer, type):
            raise answer("no route")
        if 200 <= answer < 300:
            self.taken.append((request.headers, request.content))
        return httpx.Response(answer)

    @property
    def numbers(self):
        return [json.loads(body)["data"]["number"] for _, body in self.taken]


class Post:
    """A queue, a hook, and time turned by hand."""

    def __init__(self, tmp_path, receiver, **narrow):
        self.now, self.receiver = 1_000 * SECOND, receiver
        self.record = SqliteRecord(tmp_path / "record.db", durability=Durability.NORMAL)
        self.queue = AlertQueue(self.record)
        self.store = WebhookStore(tmp_path / "hooks.db")
        self.hook = Webhook(name="vaktlogg", url="http://receiver/em", secret=SECRET, **narrow)
        self.outbox = self.fresh()

    def fresh(self):
        client = httpx.AsyncClient(transport=httpx.MockTransport(self.receiver))
        return WebhookOutbox(self.hook, self.queue, self.store, clock=lambda: self.now, client=client)

    def tell(self, id="a1", kind=ChangeKind.OPENED, at=100, **other):
        self.queue.commit(entry=None, changes=[change(kind, at, alert=id, **other)], at=at)

    def close(self):
        self.store.close()
        self.record.close()


@pytest.fixture
def post(tmp_path):
    def make(*answers, **narrow):
        made.append(Post(tmp_path, Receiver(*answers), **narrow))
        return made[-1]

    made = []
    yield make
    for one in made:
        one.close()


async def test_every_entry_is_a_signed_cloud_event_without_whereabouts(post):
    desk = post()
    await desk.outbox.turn()
    desk.tell(evidence={"margin_m": -5.0, "lon": 10.76, "lat": 59.92})
    desk.queue.act("a1", Claim(note="mine"), by="kari", at=200, version=1)
    assert await desk.outbox.turn() is None
    (headers, body), (_, second) = desk.receiver.taken
    event = json.loads(body)
    assert (event["specversion"], event["type"], event["subject"]) == ("1.0", "em.alert.opened", "a1")
    assert event["id"] == headers["webhook-id"] == "a1-1"
    assert headers["content-type"].startswith("application/cloudevents+json")
    assert event["data"]["told"]["evidence"] == {"margin_m": -5.0}
    assert b"59.92" not in body
    mac = hmac.new(SECRET, b"a1-1.1000." + body, hashlib.sha256).digest()
    assert headers["webhook-signature"] == "v1," + base64.b64encode(mac).decode()
    assert json.loads(second)["data"]["by"] == "kari"


def test_the_signature_is_that_of_the_published_example():
    secret = secret_in("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw")
    headers = signed(
        secret, "msg_p5jXN8AQM9LWM0D4loKWxJek", b'{"test": 2432232314}', at=1_614_265_330 * SECOND
    )
    assert headers["webhook-signature"] == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


async def test_a_new_hook_is_not_told_the_past(post):
    desk = post()
    desk.tell("old")
    assert await desk.outbox.turn() is None
    desk.tell("new", at=200)
    await desk.outbox.turn()
    assert desk.receiver.numbers == [2]


async def test_a_receiver_that_is_away_is_waited_for_ever_less_often_and_loses_nothing(post):
    desk = post(httpx.ConnectError, 503, 503, 204)
    await desk.outbox.turn()
    desk.tell("a1")
    desk.tell("a2", at=200)
    for wait in WAITS[:3]:
        assert await desk.outbox.turn() == min(wait / SECOND, 30.0)
        desk.now += wait - 1
        assert await desk.fresh().turn() > 0  # a restart forgets nothing
        desk.now += 1
    assert await desk.fresh().turn() is None
    assert desk.receiver.numbers == [1, 2]
    assert desk.store.dead_letters() == []


async def test_what_is_refused_again_and_again_is_a_dead_letter_and_the_next_goes_out(post):
    desk = post(*[422] * REFUSALS_MAX, 204)
    await desk.outbox.turn()
    desk.tell("a1")
    desk.tell("a2", at=200)
    for _ in range(REFUSALS_MAX):
        await desk.outbox.turn()
        desk.now += WAITS[-1]
    assert desk.receiver.numbers == [2]
    (letter,) = desk.store.dead_letters()
    assert (letter.hook, letter.number, letter.attempts) == ("vaktlogg", 1, REFUSALS_MAX)
    assert letter.reason == "answered 422"
    assert desk.store.tell_again("vaktlogg") == 1
    await desk.outbox.turn()
    assert desk.receiver.numbers == [2, 1, 2]
    assert desk.store.dead_letters() == []


async def test_nobody_is_waited_for_longer_than_three_days(post):
    desk = post(503, 503, 204)
    await desk.outbox.turn()
    desk.tell("a1")
    await desk.outbox.turn()
    desk.now += UNREACHABLE_MAX
    await desk.outbox.turn()
    assert [letter.number for letter in desk.store.dead_letters()] == [1]


async def test_a_hook_is_told_what_it_wants(post):
    desk = post(what=frozenset({"opened", "claimed"}), severities=frozenset({"critical"}))
    await desk.outbox.turn()
    desk.tell("a1")
    desk.tell("a2", severity=Severity.CRITICAL)
    desk.tell("a2", ChangeKind.CLEARED, 200, severity=Severity.CRITICAL)
    desk.queue.act("a2", Claim(), by="kari", at=300, version=2)
    assert await desk.outbox.turn() is None
    assert desk.receiver.numbers == [2, 4]
    assert desk.store.hooks()["vaktlogg"].told == 4


async def test_it_tells_by_itself_as_the_history_grows(post):
    desk = post()
    running = asyncio.create_task(desk.outbox.run())
    await asyncio.sleep(0)
    begun = asyncio.get_running_loop().time()
    while "vaktlogg" not in desk.store.hooks():
        await asyncio.sleep(0.01)
    desk.tell("a1")
    while not desk.receiver.taken:
        assert asyncio.get_running_loop().time() - begun < 20
        await asyncio.sleep(0.01)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


def test_the_store_is_for_its_owner_alone(tmp_path):
    with closing(WebhookStore(tmp_path / "hooks.db")):
        assert (tmp_path / "hooks.db").stat().st_mode & 0o077 == 0
