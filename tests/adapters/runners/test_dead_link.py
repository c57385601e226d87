"""A connection that stands and says nothing: the broker's silence accuses no tag, and a tag's own is told."""

import pytest

from em_engine.ingest.liveness import STALLED_AFTER
from em_engine.vocabulary import HOUR, MINUTE, SECOND, AlertType
from tests.scenarios.road.bench import Bench, until
from tests.scenarios.road.places import HEALTH, order, rulebook

WATCHED = {**HEALTH, "heartbeat_every": "PT5M"}
SHORT = {**HEALTH, "heartbeat_every": "PT7S"}
OPENED = [("device.silent", "opened")]


@pytest.mark.parametrize("halted", [3 * SECOND, 9 * SECOND, 4 * MINUTE, 3 * HOUR], ids=str)
async def test_who_spoke_in_time_is_not_accused_of_a_broker_that_stood_still(bench_of, halted):
    bench = bench_of(rulebook(order(1, SHORT), order(2, SHORT)))
    async with bench.running():
        both_speak(bench)
        await bench.settle()
        await bench.passes(5 * SECOND)
        bench.broker.stall()
        both_speak(bench)  # the second behind the first, which alone lets time pass
        await stands_still(bench, halted)
        bench.broker.go_on()
        await bench.settle()
        both_speak(bench)
        await bench.settle()
        assert bench.lines() == []
        await bench.passes(6 * SECOND)
        assert bench.lines() == []
        await bench.passes(2 * SECOND)
        assert bench.lines() == 2 * OPENED


async def test_while_the_broker_stands_still_no_deadline_passes(bench_of):
    bench = bench_of(rulebook(order(1, SHORT)))
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
        bench.broker.stall()
        await stands_still(bench, MINUTE)
        assert bench.lines() == []
        bench.broker.go_on()
        await attended(bench)
        heard_again_at = bench.clock.now
        await bench.passes(6 * SECOND)
        assert bench.lines() == []
        await bench.passes(2 * SECOND)
        assert bench.lines() == OPENED
        silent = next(alert for alert in bench.alerts() if alert.type == AlertType.DEVICE_SILENT)
        assert silent.opened_at == heard_again_at + 7 * SECOND


async def test_short_halts_that_come_again_and_again_hide_no_silence(bench_of):
    """Each only stops the clock; and that the centre hears so little is told as well."""
    bench = bench_of(rulebook(order(1, {**HEALTH, "heartbeat_every": "PT2M"})))
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
        began_at = bench.clock.now
        for _ in range(24):
            bench.broker.stall()
            await stands_still(bench, 8 * SECOND)
            bench.broker.go_on()
            await attended(bench)
            await bench.passes(6 * SECOND)
        assert bench.lines() == OPENED
        assert bench.own_lines()[0] == ("monitoring.gap", "opened")
        gap, silent = bench.alerts()
        assert gap.opened_at == began_at + 2 * MINUTE
        assert 4 * MINUTE < silent.opened_at - began_at < 5 * MINUTE


async def test_a_broker_that_stands_still_too_long_is_told_of_and_so_is_its_return(bench_of):
    bench = bench_of(rulebook(order(1, WATCHED)))
    async with bench.running():
        bench.tag("tag-0001").heartbeat()
        await bench.settle()
        deaf_from = bench.clock.now
        bench.broker.stall()
        await stands_still(bench, 6 * MINUTE)
        assert bench.own_lines() == [("monitoring.gap", "opened")]
        (gap,) = bench.alerts()
        assert gap.evidence["because"] == "the broker was not heard"
        assert gap.opened_at == deaf_from + 5 * MINUTE
        bench.broker.go_on()
        await until(lambda: len(bench.own_lines()) == 2)
        await until(lambda: bench.measure("em_link_stalls_total") == 1)
        assert bench.lines() == []


async def test_messages_that_drip_through_do_not_say_that_all_is_heard(bench_of):
    """Connected, delivering now and then, and answering nothing."""
    bench = bench_of(rulebook(order(1, WATCHED), order(2, WATCHED)))
    async with bench.running():
        both_speak(bench)
        await bench.settle()
        bench.broker.stall()
        await stands_still(bench, MINUTE)
        bench.broker.delivers = True
        for _ in range(6):
            bench.tag("tag-0001").heartbeat()
            await bench.settle()
            await stands_still(bench, MINUTE)
        assert ("monitoring.gap", "opened") in bench.own_lines()
        assert ("monitoring.gap", "cleared") not in bench.own_lines()
        assert bench.lines() == []


async def test_a_late_message_of_a_broken_connection_does_not_end_the_gap(bench_of):
    bench = bench_of(rulebook(order(1, WATCHED)))
    async with bench.running():
        bench.broker.stall()
        bench.tag("tag-0001").heartbeat()
        bench.broker.delivers = True
        bench.broker._sessions["engine"].send()
        bench.broker.go_down()
        await until(lambda: bench.engine.pulse.last_report_at)
        bench.clock.now += 6 * MINUTE
        await until(lambda: bench.own_lines() == [("monitoring.gap", "opened")])


def both_speak(bench: Bench) -> None:
    for name in ("tag-0001", "tag-0002"):
        bench.tag(name).heartbeat()


async def attended(bench: Bench) -> None:
    """A turn of the loop that began after now."""
    at = bench.clock.now = bench.clock.now + 1
    await until(lambda: bench.engine._attended_at >= at)


async def stands_still(bench: Bench, span: int) -> None:
    """Time passes for everybody; a long one in steps, of which the loop sees each."""
    step = max(STALLED_AFTER // 2, span // 40)
    for _ in range(span // step):
        bench.clock.now += step
        await until(lambda at=bench.clock.now: bench.engine._attended_at >= at)
    bench.clock.now += span % step
