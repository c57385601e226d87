"""Never blind quietly: an order nobody judges is an alert, and so are devices that fall silent together."""

from em_engine.runners.judging import Judging
from em_engine.vocabulary import HOUR, MINUTE, SECOND, Batch
from tests.adapters.runners.test_silence import turns
from tests.scenarios.road.bench import INSIDE_M, Bench, until
from tests.scenarios.road.places import HEALTH, STAY_OUT, order, rulebook

WATCHED = {**HEALTH, "heartbeat_every": "PT5M"}
GAP_OPENED, GAP_OVER = ("monitoring.gap", "opened"), ("monitoring.gap", "cleared")
MANY = 8


def heard(bench: Bench, count: int) -> None:
    """Every device says that it lives, and where it is."""
    for number in range(1, count + 1):
        bench.tag(f"tag-{number:04d}").fix(INSIDE_M)


# Our own deafness ----------------------------------------


async def test_an_order_that_is_not_judged_while_the_broker_is_away_is_an_alert_in_its_time(bench_of):
    bench = bench_of(rulebook(order(1, WATCHED)))
    async with bench.running():
        heard(bench, 1)
        await bench.settle()
        last = bench.clock.now
        bench.broker.go_down()
        bench.clock.now += 4 * MINUTE + 50 * SECOND
        await turns(20)
        assert bench.own_lines() == []
        bench.clock.now += 20 * SECOND
        await until(lambda: bench.own_lines() == [GAP_OPENED])
        (gap,) = bench.alerts()
        assert 0 <= gap.opened_at - (last + 5 * MINUTE) <= 10 * SECOND
        assert gap.evidence["because"] == "the broker was not heard"
        bench.broker.come_up()
        await until(lambda: bench.own_lines() == [GAP_OPENED, GAP_OVER])
        assert bench.lines() == []


async def test_a_short_absence_is_no_gap(bench_of):
    bench = bench_of(rulebook(order(1, WATCHED)))
    async with bench.running():
        heard(bench, 1)
        await bench.settle()
        bench.broker.go_down()
        bench.clock.now += 4 * MINUTE
        await turns(20)
        bench.broker.come_up()
        await bench.passes(MINUTE)
        assert bench.own_lines() == []


async def test_what_an_engine_missed_while_it_was_down_is_told_when_it_is_up(bench_of):
    bench = bench_of(rulebook(order(1, WATCHED)))
    async with bench.running():
        heard(bench, 1)
        await bench.settle()
    down_at = bench.clock.now
    bench.clock.now += 3 * HOUR
    async with bench.running():
        await until(lambda: bench.own_lines() == [GAP_OPENED, GAP_OVER])
        (gap,) = bench.alerts()
        assert gap.opened_at == down_at + 5 * MINUTE
        assert gap.cleared_at == bench.clock.now
        assert gap.evidence["because"] == "the engine was down"


async def test_a_quiet_hour_before_a_restart_is_no_gap(bench_of):
    """Nothing came and no timer ran, but everything was heard."""
    bench = bench_of(rulebook(order(1, {**WATCHED, "heartbeat_every": "PT12H"})))
    async with bench.running():
        heard(bench, 1)
        await bench.settle()
        await bench.passes(20 * MINUTE)
    bench.clock.now += 10 * SECOND
    async with bench.running():
        await turns(20)
        assert bench.own_lines() == []


async def test_a_gap_told_before_a_restart_is_told_once(bench_of):
    bench = bench_of(rulebook(order(1, WATCHED)))
    async with bench.running():
        heard(bench, 1)
        await bench.settle()
        bench.broker.go_down()
        bench.clock.now += 6 * MINUTE
        await until(lambda: bench.own_lines() == [GAP_OPENED])
    bench.clock.now += MINUTE
    async with bench.running():
        await turns(20)
        assert bench.own_lines() == [GAP_OPENED]
        bench.broker.come_up()
        await until(lambda: bench.own_lines() == [GAP_OPENED, GAP_OVER])


async def test_many_orders_that_are_not_judged_are_one_outage_first_and_gaps_later(bench_of):
    bench = bench_of(rulebook(*(order(number, WATCHED) for number in range(1, MANY + 1))))
    async with bench.running():
        heard(bench, MANY)
        await bench.settle()
        bench.broker.go_down()
        bench.clock.now += 6 * MINUTE
        await until(lambda: bench.own_lines() == [("outage.group", "opened")])
        (outage,) = bench.alerts()
        assert outage.evidence["count"] == MANY
        assert outage.evidence["shared"] == "engine"
        bench.clock.now += 6 * MINUTE
        await until(lambda: bench.own_lines().count(GAP_OPENED) == MANY)
        bench.broker.come_up()
        await until(lambda: bench.own_lines().count(GAP_OVER) == MANY)
        assert bench.own_lines().count(("outage.group", "cleared")) == 1


class FailsOnInside(Judging):
    """An engine with a fault of its own: it cannot judge who is inside."""

    def _stepped(self, batch: Batch | None, at: int):
        if batch is not None and (batch.rows["seq"] == 2).any():
            raise ZeroDivisionError("a fault of the engine")
        return super()._stepped(batch, at)


async def test_a_case_that_the_engine_fails_on_is_a_gap_until_it_is_judged_again(bench_of):
    bench = bench_of(rulebook(order(1, STAY_OUT, {**WATCHED, "heartbeat_every": "PT2M"})))
    async with bench.running(judging=FailsOnInside):
        tag = bench.tag("tag-0001")
        for _ in range(2):
            tag.heartbeat()
            await bench.settle()
        await bench.passes(MINUTE + 56 * SECOND)
        assert bench.own_lines() == []
        await bench.passes(MINUTE + 12 * SECOND)
        assert bench.own_lines() == [GAP_OPENED]
        (gap,) = (alert for alert in bench.alerts() if alert.type == "monitoring.gap")
        assert gap.evidence["because"] == "the engine fails on its messages"
        tag.heartbeat()
        await until(lambda: bench.own_lines() == [GAP_OPENED, GAP_OVER])


# Others' silence ----------------------------------------


async def test_devices_that_fall_silent_together_are_one_outage_and_each_an_alert_later(bench_of):
    bench = bench_of(rulebook(*(order(number, WATCHED) for number in range(1, MANY + 1))))
    async with bench.running():
        heard(bench, MANY)
        await bench.settle()
        heard_at = bench.clock.now
        await bench.passes(6 * MINUTE)
        assert bench.lines() == []
        assert bench.own_lines() == [("outage.group", "opened")]
        (outage,) = bench.alerts()
        assert (outage.evidence["count"], outage.evidence["shared"]) == (MANY, "everything")
        assert outage.evidence["devices"] == [f"tag-{number:04d}" for number in range(1, MANY + 1)]
        assert outage.opened_at == heard_at
        await bench.passes(4 * MINUTE + 10 * SECOND)
        assert bench.lines() == [("device.silent", "opened")] * MANY
        assert {alert.opened_at for alert in bench.alerts() if alert.type == "device.silent"} == {
            heard_at + 10 * MINUTE
        }


async def test_an_outage_is_over_when_half_of_its_members_are_back(bench_of):
    bench = bench_of(rulebook(*(order(number, WATCHED) for number in range(1, MANY + 1))))
    async with bench.running():
        heard(bench, MANY)
        await bench.settle()
        await bench.passes(6 * MINUTE)
        heard(bench, MANY // 2 - 1)
        await bench.passes(70 * SECOND)
        assert bench.own_lines() == [("outage.group", "opened")]
        heard(bench, MANY // 2)
        await bench.passes(70 * SECOND)
        assert bench.own_lines() == [("outage.group", "opened"), ("outage.group", "cleared")]


async def test_four_silences_are_four_alerts(bench_of):
    bench = bench_of(rulebook(*(order(number, WATCHED) for number in range(1, 5))))
    async with bench.running():
        heard(bench, 4)
        await bench.settle()
        await bench.passes(6 * MINUTE)
        assert bench.lines() == [("device.silent", "opened")] * 4
        assert bench.own_lines() == []


async def test_five_of_many_are_five_alerts(bench_of):
    """The others go on speaking: five of twelve have nothing in common that failed."""
    bench = bench_of(rulebook(*(order(number, WATCHED) for number in range(1, 13))))
    async with bench.running():
        heard(bench, 12)
        await bench.settle()
        for _ in range(6):
            await bench.passes(MINUTE)
            for number in range(6, 13):
                bench.tag(f"tag-{number:04d}").heartbeat()
            await bench.settle()
        assert bench.lines() == [("device.silent", "opened")] * 5
        assert bench.own_lines() == []


async def test_a_firmware_that_dies_is_named(bench_of):
    bench = bench_of(rulebook(*(order(number, WATCHED) for number in range(1, 16))))
    async with bench.running():
        for number in range(1, 16):
            bench.tag(f"tag-{number:04d}").heartbeat(firmware="9.9" if number <= 6 else "4.2")
        await bench.settle()
        for _ in range(6):
            await bench.passes(MINUTE)
            for number in range(7, 16):
                bench.tag(f"tag-{number:04d}").heartbeat(firmware="4.2")
            await bench.settle()
        (outage,) = bench.alerts()
        assert (outage.condition, outage.evidence["count"]) == ("firmware 9.9", 6)


async def test_an_outage_survives_a_restart_and_what_it_excused_too(bench_of):
    bench = bench_of(rulebook(*(order(number, WATCHED) for number in range(1, MANY + 1))))
    async with bench.running():
        heard(bench, MANY)
        await bench.settle()
        await bench.passes(6 * MINUTE)
        told = bench.own_lines()
    async with bench.running():
        assert bench.judging.attention._open.keys() == {"everything"}
        await turns(5)
        assert bench.own_lines() == told
