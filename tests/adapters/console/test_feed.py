"""The live feed: over a real server, with screens that leave and come back as they like."""

import asyncio
import json
import random
import socket
from collections.abc import AsyncIterator
from contextlib import aclosing, asynccontextmanager, suppress
from datetime import timedelta

import httpx
import pytest

from em_engine.console.api.feed import EventStream
from em_engine.console.feed import Feed, Pace, encode_beat, encode_event
from em_engine.console.roles import Role
from em_engine.console.server import serve
from em_engine.console.settings import ConsoleSettings
from em_engine.record.interface import RecordUnavailable
from em_engine.vocabulary import SECOND, AlertType

QUICK = ConsoleSettings(beat_every=timedelta(milliseconds=50))


@pytest.fixture
def bench(tmp_path, make):
    made = make.bench(tmp_path, settings=QUICK)
    yield made
    made.close()


@asynccontextmanager
async def serving(bench) -> AsyncIterator[str]:
    """The console on a free port of this machine; its address."""
    listening = asyncio.get_running_loop().create_future()
    server = asyncio.create_task(serve(bench.app, "127.0.0.1", 0, listening=listening.set_result))
    try:
        yield await listening
    finally:
        server.cancel()
        with suppress(asyncio.CancelledError):
            await server


@asynccontextmanager
async def screen(bench, address, *roles) -> AsyncIterator[httpx.AsyncClient]:
    """A signed-in client of the served console."""
    if not bench.access.accounts():
        bench.access.add("kari", "correct horse battery", roles or [Role.OPERATOR])
    async with httpx.AsyncClient(base_url=address, timeout=10, trust_env=False) as client:
        sent = {"name": "kari", "password": "correct horse battery"}
        answer = await client.post("/api/session", json=sent)
        client.headers["X-CSRF-Token"] = answer.json()["csrf"]
        yield client


async def events(client, **asked) -> AsyncIterator[tuple[str, int | None, dict]]:
    """What a stream tells: (event, id, data)."""
    async with client.stream("GET", "/api/alerts/stream", **asked) as answer:
        assert answer.status_code == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        told = {}
        async for line in answer.aiter_lines():
            name, _, text = line.partition(": ")
            if line:
                told[name] = text
            elif "event" in told:
                number = told.get("id")
                yield told["event"], None if number is None else int(number), json.loads(told["data"])
                told = {}


@asynccontextmanager
async def watching(bench, **asked):
    """The stream of one screen of a console that is served."""
    async with (
        serving(bench) as address,
        screen(bench, address) as client,
        aclosing(events(client, **asked)) as told,
    ):
        yield told


async def next_alert(told):
    """The number of the next alert event."""
    async for event, number, _ in told:
        if event == "alert":
            return number
    raise AssertionError("the stream ended")


async def numbers(client, count, **asked):
    """The first `count` alert events' numbers."""
    seen = []
    async with aclosing(events(client, **asked)) as told:
        async for event, number, _ in told:
            if event == "alert":
                seen.append(number)
            if len(seen) == count:
                break
    return seen


def _nth(make, n):
    return make.change(AlertType.DEVICE_SILENT, condition="alive", opened_at=make.NOW + n * SECOND)


async def test_an_event_carries_the_alert_as_the_queue_shows_it(bench, make):
    async with serving(bench) as address, screen(bench, address) as client:
        bench.tell(make.change())
        async with aclosing(events(client, params={"after": 0})) as told:
            event, number, data = await anext(told)
        listed = (await client.get("/api/alerts")).json()
    assert (event, number) == ("alert", 1)
    assert data == {"number": 1, "what": "opened", "by": "engine", "alert": listed["alerts"][0]}


async def test_without_a_number_the_stream_starts_at_the_present(bench, make):
    bench.tell(_nth(make, 0))
    async with watching(bench) as told:
        assert (await anext(told))[0] == "beat"
        bench.tell(_nth(make, 1))
        assert await next_alert(told) == 2


async def test_beats_tell_how_the_engine_is_and_carry_no_number(bench):
    async with watching(bench) as told:
        beats = [await anext(told) for _ in range(3)]
    assert {(event, number) for event, number, _ in beats} == {("beat", None)}
    assert beats[0][2] == {
        "at": "2026-11-22T20:00:00.000Z",
        "history": 0,
        "link": {"connected": True, "since": "2026-11-22T20:00:00.000Z"},
        "last_report_at": None,
        "devices": {"heard": 3, "expected": 4},
        "quarantined": 0,
        "holes": 0,
        "proof": None,
        "staged_speed": None,
        "flood": {
            "active": False,
            "since": None,
            "ends_at": None,
            "count": 0,
            "limit": 10,
            "span_s": 600,
        },
    }


@pytest.mark.parametrize("seed", [1, 2, 3])
async def test_screens_that_come_and_go_lose_nothing_and_see_nothing_twice(bench, make, seed):
    chance, count = random.Random(seed), 300

    async def watch(client):
        seen = []
        while len(seen) < count:
            at_once = chance.randint(1, count - len(seen))
            headers = {"Last-Event-ID": str(seen[-1] if seen else 0)}
            seen += await numbers(client, min(at_once, 40), headers=headers)
        return seen

    async def work():
        done = 0
        while done < count:
            batch = min(chance.randint(1, 20), count - done)
            changes = [_nth(make, done + n) for n in range(batch)]
            await asyncio.to_thread(bench.tell, *changes)
            done += batch
            await asyncio.sleep(0)

    async with serving(bench) as address, screen(bench, address) as client:
        *seen, _ = await asyncio.gather(*(watch(client) for _ in range(5)), work())
    assert seen == [list(range(1, count + 1))] * 5


async def test_fifty_screens_at_once_are_told_the_same(bench, make):
    async with serving(bench) as address, screen(bench, address) as client:
        client_of_all = httpx.AsyncClient(
            base_url=address, cookies=client.cookies, timeout=20, trust_env=False,
            limits=httpx.Limits(max_connections=60),
        )  # fmt: skip
        async with client_of_all:
            following = [
                asyncio.create_task(numbers(client_of_all, 40, params={"after": 0})) for _ in range(50)
            ]
            for n in range(40):
                await asyncio.to_thread(bench.tell, _nth(make, n))
            seen = await asyncio.gather(*following)
    assert seen == [list(range(1, 41))] * 50


async def test_a_number_from_a_future_the_record_does_not_know_is_reset(bench, make):
    bench.tell(_nth(make, 0))
    async with watching(bench, headers={"Last-Event-ID": "99"}) as told:
        assert await anext(told) == ("reset", 1, {"history": 1})
        bench.tell(_nth(make, 1))
        assert await next_alert(told) == 2


@pytest.mark.parametrize("asked", [{"params": {"after": "-1"}}, {"headers": {"Last-Event-ID": "x"}}])
async def test_a_number_that_is_none_is_refused(operator, asked):
    answer = await operator.get("/api/alerts/stream", **asked)
    assert answer.status_code == 422
    assert answer.headers["content-type"] == "application/problem+json"


async def test_a_stream_ends_with_its_session(bench):
    async with serving(bench) as address, screen(bench, address) as client, aclosing(events(client)) as told:
        await anext(told)
        await client.delete("/api/session")
        left = [event async for event in told]
    assert len(left) < 20


async def test_watching_keeps_nobody_signed_in(bench):
    async with serving(bench) as address, screen(bench, address) as client:
        async with aclosing(events(client)) as told:
            await anext(told)
            bench.clock.turn(minutes=61)
            async for _ in told:
                pass
        assert (await client.get("/api/session")).status_code == 401


async def test_the_server_stops_at_once_though_screens_watch(bench):
    async with serving(bench) as address, screen(bench, address) as client:
        told = events(client)
        await anext(told)
        began = asyncio.get_running_loop().time()
    assert asyncio.get_running_loop().time() - began < 2
    with suppress(httpx.HTTPError):
        async for _ in told:
            pass
    assert bench.app.state.console.feed.screens == 0


async def test_a_port_that_is_taken_is_an_error_of_the_callers_own(bench):
    with socket.create_server(("127.0.0.1", 0)) as taken, pytest.raises(OSError, match="in use"):
        await serve(bench.app, "127.0.0.1", taken.getsockname()[1])


async def test_a_screen_that_takes_nothing_is_dropped_and_counted(tmp_path, make):
    bench = make.bench(tmp_path, settings=ConsoleSettings(slow_after=timedelta(milliseconds=20)))
    sent = []

    async def send(message):
        sent.append(message["type"])
        if message["type"] == "http.response.body":
            await asyncio.Event().wait()

    async def receive():
        await asyncio.Event().wait()

    async def chunks():
        yield b"event: alert\n\n"
        raise AssertionError("nothing is read for a screen that is dropped")

    await EventStream(chunks(), bench.app.state.console)({"type": "http"}, receive, send)
    assert sent == ["http.response.start", "http.response.body"]
    assert b"em_feed_dropped_total 1.0" in bench.desk.metrics.render()
    bench.close()


class Tape:
    """A source in memory that counts how often it is read."""

    def __init__(self) -> None:
        self.told, self.encoded, self.is_broken = 0, 0, False
        self.rung = asyncio.Event()

    def tell(self, count: int) -> None:
        self.told += count
        self.rung.set()
        self.rung = asyncio.Event()

    def latest(self) -> int:
        return self.told

    def read(self, after, limit):
        if self.is_broken:
            raise RecordUnavailable("away")
        found = range(after + 1, min(self.told, after + limit) + 1)
        self.encoded += len(found)
        return [encode_event(number, b"{}") for number in found]

    def beat(self) -> bytes:
        return encode_beat(b"{}")

    async def past(self, number: int) -> int:
        while self.told <= number:
            await self.rung.wait()
        return self.told


async def _take(chunks, count):
    taken = []
    while len(taken) < count:
        chunk = await anext(chunks)
        if b"alert" in chunk:
            taken.append(int(chunk.split(b"id: ")[1].split(b"\n")[0]))
    return taken


async def test_an_event_is_encoded_once_for_all_screens():
    tape = Tape()
    feed = Feed(tape, Pace(beat_every=0.02))
    screens = [feed.follow() for _ in range(50)]
    for one in screens:
        await anext(one)
    tape.tell(100)
    seen = [await _take(one, 100) for one in screens]
    assert seen == [list(range(1, 101))] * 50
    assert tape.encoded == 100
    for one in screens:
        await one.aclose()


async def test_who_is_further_behind_than_the_window_reads_the_record():
    tape = Tape()
    feed = Feed(tape, Pace(beat_every=0.02))
    front = feed.follow()
    await anext(front)
    tape.tell(5_000)
    behind = feed.follow(after=0)
    assert await _take(behind, 5_000) == list(range(1, 5_001))
    assert await _take(front, 5_000) == list(range(1, 5_001))
    await front.aclose()
    await behind.aclose()


async def test_a_record_that_cannot_be_read_stops_the_beats_and_loses_nothing():
    tape = Tape()
    feed = Feed(tape, Pace(beat_every=0.01))
    follower = feed.follow()
    await anext(follower)
    tape.is_broken = True
    tape.tell(3)
    waiting = asyncio.ensure_future(_take(follower, 3))
    done, _ = await asyncio.wait({waiting}, timeout=0.1)
    assert not done
    tape.is_broken = False
    assert await waiting == [1, 2, 3]
    await follower.aclose()


async def test_no_more_screens_follow_than_may(tmp_path, make):
    bench = make.bench(tmp_path, settings=ConsoleSettings(screens_max=1))
    client = await bench.signed_in()
    follower = bench.app.state.console.feed.follow()
    await anext(follower)
    answer = await client.get("/api/alerts/stream")
    assert answer.status_code == 503
    await follower.aclose()
    bench.close()
