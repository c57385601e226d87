"""Whose silence it was: a device's is found in its time, the broker's and our own are held against nobody."""

import asyncio

from em_engine.ingest.delivery import system_clock
from em_engine.vocabulary import HOUR, MINUTE, SECOND
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, TURN_S, until
from tests.scenarios.road.places import HEALTH, STAY_OUT, order, rulebook

WATCHED = rulebook(order(1, {**HEALTH, "heartbeat_every": "PT5M"}))
OPENED = [("device.silent", "opened")]


async def test_a_device_that_falls_silent_is_found_when_its_time_is_up(bench_of):
    bench = bench_of(WATCHED)
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
        heard_at = bench.clock.now
        await bench.passes(4 * MINUTE + 56 * SECOND)
        assert bench.lines() == []
        await bench.passes(8 * SECOND)
        assert bench.lines() == OPENED
        assert bench.alerts()[0].opened_at == heard_at + 5 * MINUTE


async def test_a_device_that_speaks_in_time_is_never_accused(bench_of):
    bench = bench_of(WATCHED)
    async with bench.running():
        tag = bench.tag("tag-0001")
        for _ in range(5):
            tag.heartbeat()
            await bench.settle()
            await bench.passes(4 * MINUTE + 52 * SECOND)
        assert bench.lines() == []


async def test_while_the_broker_is_away_nobody_is_accused_and_who_stays_silent_after_is_found(bench_of):
    bench = bench_of(WATCHED)
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
        bench.broker.go_down()
        bench.clock.now += 3 * HOUR
        await turns(20)
        assert bench.lines() == []
        bench.broker.come_up()
        await turns(20)
        await bench.passes(4 * MINUTE + 52 * SECOND)
        assert bench.lines() == []
        await bench.passes(12 * SECOND)
        assert bench.lines() == OPENED


async def test_what_waited_at_the_broker_is_heard_before_anyone_is_accused(bench_of):
    bench = bench_of(WATCHED)
    async with bench.running():
        tag = bench.tag("tag-0001")
        tag.heartbeat()
        await bench.settle()
        bench.broker.go_down()
        bench.clock.now += 3 * HOUR
        tag.heartbeat()
        bench.broker.come_up()
        await bench.settle()
        assert bench.lines() == []


async def test_a_link_that_comes_and_goes_between_two_turns_accuses_nobody(bench_of):
    """Deliveries of a connection that is gone again before the loop looks."""
    bench = bench_of(rulebook(*(order(n, {**HEALTH, "heartbeat_every": "PT5M"}) for n in (1, 2))))
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        bench.tag("tag-0002").heartbeat()
        await bench.settle()
        bench.broker.go_down()
        bench.clock.now += 3 * HOUR
        bench.tag("tag-0001").heartbeat()
        bench.broker.restart()
        await asyncio.sleep(0)
        bench.broker.go_down()
        await turns(20)
        assert bench.lines() == []


async def test_a_machine_that_stood_still_accuses_nobody(bench_of):
    bench = bench_of(WATCHED)
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
        bench.clock.now += 3 * HOUR  # in one leap: as after a suspended machine, a stopped process
        await turns(20)
        assert bench.lines() == []
        await bench.passes(5 * MINUTE + 4 * SECOND)
        assert bench.lines() == OPENED


async def test_a_suspicion_does_not_open_by_the_clock_before_what_contradicts_it_is_read(bench_of):
    """One fix inside after a long gap is only suspected; the next one, outside, waits at the broker."""
    bench = bench_of(rulebook(order(1, STAY_OUT, HEALTH)))
    async with bench.running():
        tag = bench.tag("tag-0001")
        tag.fix(OUTSIDE_M)
        await bench.settle()
        await bench.passes(5 * MINUTE)
        tag.fix(INSIDE_M)
        await bench.settle()
        bench.broker.go_down()
        bench.clock.now += 60 * SECOND
        tag.fix(OUTSIDE_M)
        bench.clock.now += MINUTE
        bench.broker.come_up()
        await bench.settle()
        await bench.passes(2 * MINUTE)
        assert ("exclusion.entered", "opened") not in bench.lines()


async def test_an_engine_that_was_down_accuses_nobody_for_it(bench_of):
    bench = bench_of(WATCHED)
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
    bench.clock.now += 3 * HOUR
    async with bench.running():
        await turns(20)
        assert bench.lines() == []
        await bench.passes(5 * MINUTE + 4 * SECOND)
        assert bench.lines() == OPENED


async def test_without_a_broker_the_loop_rests_though_a_timer_is_due(bench_of):
    """A timer that is due while we are deaf must not make the loop spin."""
    bench = bench_of(WATCHED)
    async with bench.running() as engine:
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
        bench.broker.go_down()
        bench.clock.now += HOUR
        await turns(5)
        assert engine._patience_s() == TURN_S


async def test_with_the_real_clock_a_silence_is_found_within_a_second_of_its_time(bench_of):
    bench = bench_of(rulebook(order(1, {**HEALTH, "heartbeat_every": "PT1S"})))
    bench.clock = system_clock  # type: ignore[assignment]
    async with bench.running():
        bench.tag("tag-0001").fix(OUTSIDE_M)
        await until(lambda: bench.lines() == OPENED, seconds=5)
        assert 0 <= system_clock() - bench.alerts()[0].opened_at < SECOND


async def turns(count: int) -> None:
    """So many turns of the engine's loop, and a few more for its threads."""
    await asyncio.sleep(count * 2 * TURN_S)
