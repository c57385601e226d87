"""Presence: who else has the alert open, or writes what it came to; told live, over within seconds."""

import asyncio
import json
from contextlib import aclosing

from em_engine.console.feed import Feed, Pace
from em_engine.console.presence import LASTS, Presence
from em_engine.console.roles import Role

HERE = {"screen": "left", "alert": "a1", "writes": False}


def told(presence, sees=lambda _: True):
    return [(one["alert"], one["person"], one["writes"]) for one in presence.seen_by(sees)]


def say(presence, person, alert, *, screen="left", writes=False, programme="contact-ban"):
    return presence.say(person, screen=screen, alert=alert, writes=writes, programme=programme)


def test_a_person_is_told_once_an_alert_and_writes_where_one_of_her_screens_does(make):
    presence = Presence(make.clock())
    assert say(presence, "kari", "a1")
    assert not say(presence, "kari", "a1")
    assert say(presence, "kari", "a1", screen="right", writes=True)
    assert say(presence, "ola", "a2")
    assert told(presence) == [("a1", "kari", True), ("a2", "ola", False)]
    assert say(presence, "kari", None, screen="right")
    assert told(presence)[0] == ("a1", "kari", False)


def test_a_screen_that_says_nothing_more_is_forgotten(make):
    clock = make.clock()
    presence = Presence(clock)
    say(presence, "kari", "a1")
    clock.now += LASTS - 1
    assert not presence.expire()
    clock.now += 1
    assert presence.expire()
    assert told(presence) == []


def test_who_may_not_see_the_case_is_not_told_who_works_on_it(make):
    presence = Presence(make.clock())
    say(presence, "kari", "a1", programme="contact-ban")
    say(presence, "ola", "a2", programme="home-detention")
    assert told(presence, lambda programme: programme == "home-detention") == [("a2", "ola", False)]


class Quiet:
    """A source of which nothing comes but beats."""

    def latest(self):
        return 0

    def read(self, after, limit):
        return []

    def beat(self):
        return b"event: beat\ndata: {}\n\n"

    async def past(self, number):
        await asyncio.Event().wait()


async def test_every_screen_is_told_at_once_and_when_it_joins(make):
    presence = Presence(make.clock())
    feed = Feed(Quiet(), Pace(beat_every=3600), presence)

    async def next_presence(stream):
        async with asyncio.timeout(10):
            while not (chunk := await anext(stream)).startswith(b"event: presence"):
                continue
            return json.loads(chunk.split(b"data: ")[1])

    async with aclosing(feed.follow()) as first:
        waiting = asyncio.create_task(next_presence(first))
        await asyncio.sleep(0)
        say(presence, "kari", "a1", writes=True)
        feed.tell_presence()
        expected = [{"alert": "a1", "person": "kari", "writes": True}]
        assert await waiting == expected
        async with aclosing(feed.follow()) as second:
            assert await next_presence(second) == expected


async def test_what_a_page_says_is_no_sign_of_a_person_and_needs_a_case_one_may_see(bench, make):
    bench.tell(make.change())
    (alert,) = bench.queue.open()
    kari = await bench.signed_in(Role.OPERATOR)
    ola = await bench.signed_in(Role.OPERATOR, name="ola", programmes=["remand"])
    sent = {**HERE, "alert": alert.id}
    assert (await kari.post("/api/presence", json=sent)).status_code == 204
    assert (await ola.post("/api/presence", json=sent)).status_code == 404
    assert told(bench.app.state.console.presence) == [(alert.id, "kari", False)]
    for _ in range(3):
        bench.clock.now += 25 * 60_000_000
        answer = await kari.post("/api/presence", json={"screen": "left"})
    assert answer.status_code == 401
    await kari.aclose()
    await ola.aclose()
