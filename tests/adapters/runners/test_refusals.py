"""A record that refuses: nothing is acknowledged meanwhile, it is said, and then everything is there."""

import asyncio

import pytest

from em_engine.record.interface import RecordCorrupt, RecordError, RecordFull, RecordUnavailable
from em_engine.vocabulary import MINUTE, SECOND, DeviceEvent
from tests.adapters.runners.faulty import FaultyRecord
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, Bench, until
from tests.scenarios.road.places import HEALTH, STAY_OUT, order, rulebook

RULES = rulebook(order(1, STAY_OUT, {**HEALTH, "heartbeat_every": "PT5M"}))
STORY = [
    ("device.strap", "opened"),
    ("exclusion.entered", "opened"),
    ("device.strap", "repeated"),
    ("exclusion.entered", "cleared"),
    ("device.strap", "cleared"),
]
REFUSALS = [RecordFull("no room left"), RecordUnavailable("the record is locked")]


@pytest.fixture
def bench(bench_of) -> Bench:
    bench = bench_of(RULES)
    bench.wrap = FaultyRecord
    return bench


@pytest.mark.parametrize(
    ("refusal", "at_the_end"),
    [(REFUSALS[0], True), (REFUSALS[1], False)],
    ids=["full at the commit", "unavailable from the start"],
)
@pytest.mark.parametrize("refused_step", range(5))
async def test_wherever_the_record_refuses_the_alerts_are_those_of_a_run_without(
    bench: Bench, refusal: RecordError, at_the_end: bool, refused_step: int
):
    async with bench.running() as engine:
        tag = bench.tag("tag-0001")
        for number, step in enumerate(story(tag)):
            if number == refused_step:
                await refused(bench, engine, step, refusal, at_the_end=at_the_end)
            else:
                step()
            await bench.settle()
            await bench.passes(28 * SECOND)
        assert bench.lines() == STORY
        assert [alert.repeats for alert in bench.alerts()] == [1, 0]


def story(tag):
    """A strap opened and told twice; a zone entered and left."""
    return [
        lambda: tag.fix(OUTSIDE_M),
        lambda: tag.event(DeviceEvent.STRAP_OPEN),
        lambda: (tag.fix(INSIDE_M), tag.event(DeviceEvent.STRAP_OPEN)),
        lambda: tag.fix(OUTSIDE_M),
        lambda: tag.event(DeviceEvent.STRAP_CLOSED),
    ]


async def refused(bench, engine, step, refusal, *, at_the_end):
    """The step while the record refuses: unacknowledged, uncounted and said; then it gives way."""
    bench.record.refusal, bench.record.at_the_end = refusal, at_the_end
    history, reports = len(bench.history()), bench.measure("em_reports_total", kind="fix")
    step()
    waiting = bench.unsettled()
    await until(lambda: bench.record.refused >= 2)
    assert bench.unsettled() == waiting > 0
    assert engine.pulse.record_refusal == str(refusal)
    assert len(bench.history()) == history
    assert bench.measure("em_reports_total", kind="fix") == reports
    bench.record.refusal = None
    await bench.settle()
    assert engine.pulse.record_refusal is None


async def test_a_refusal_before_the_first_snapshot_begins_the_heart_anew_and_not_with_what_it_forgot(bench):
    """The heart that failed saw a breach open; the heart made again must open it too."""
    async with bench.running() as engine:
        tag = bench.tag("tag-0001")
        tag.fix(OUTSIDE_M)
        await bench.settle()
        await bench.passes(28 * SECOND)
        await refused(bench, engine, lambda: tag.fix(INSIDE_M), REFUSALS[0], at_the_end=True)
        assert bench.lines() == [("exclusion.entered", "opened")]


async def test_refused_from_the_very_start_it_begins_when_there_is_room(bench: Bench):
    refusal = RecordFull("no room left")

    def wrap(record):
        faulty = FaultyRecord(record)
        faulty.refusal = refusal
        return faulty

    bench.wrap = wrap
    async with bench.running() as engine:
        await until(lambda: bench.record.refused >= 2)
        assert engine.pulse.record_refusal == "no room left"
        bench.tag("tag-0001").event(DeviceEvent.STRAP_OPEN)
        bench.record.refusal = None
        await bench.settle()
        assert bench.lines() == [("device.strap", "opened")]


async def test_silence_while_the_record_refused_was_ours(bench: Bench):
    """Devices speak meanwhile, and the broker keeps what they say."""
    async with bench.running() as engine:
        tag = bench.tag("tag-0001")
        tag.heartbeat()
        await bench.settle()
        bench.record.refusal = RecordFull("no room left")
        tag.heartbeat(battery_pct=80)
        await until(lambda: bench.record.refused >= 1)
        bench.clock.now += 60 * MINUTE
        bench.record.refusal = None
        await until(lambda: engine.pulse.record_refusal is None)
        await bench.settle()
        await bench.passes(4 * MINUTE + 52 * SECOND)
        assert bench.lines() == []
        await bench.passes(12 * SECOND)
        assert bench.lines() == [("device.silent", "opened")]


async def test_a_snapshot_the_record_has_no_room_for_stops_nothing(bench: Bench):
    async with bench.running() as engine:
        bench.tag("tag-0001").fix(OUTSIDE_M)
        await bench.settle()
        engine._snapshot_due = 0
        bench.record.refusal = RecordFull("no room left")
        await until(lambda: bench.record.refused >= 1)
        bench.record.refusal = None
        bench.tag("tag-0001").event(DeviceEvent.STRAP_OPEN)
        await bench.settle()
        assert bench.lines() == [("device.strap", "opened")]
        with bench.record.reading() as reading:
            assert reading.newest_snapshot() is None
        await bench.passes(MINUTE + 8 * SECOND)
        with bench.record.reading() as reading:
            assert reading.newest_snapshot() is not None


async def test_a_corrupt_record_ends_the_engine_and_nothing_is_acknowledged(bench: Bench):
    with pytest.raises(ExceptionGroup) as ended:  # noqa: PT012  the engine ends within
        async with bench.running():
            bench.record.refusal = RecordCorrupt("page 7 is damaged")
            bench.tag("tag-0001").event(DeviceEvent.STRAP_OPEN)
            await until(lambda: bench.record.refused >= 1)
            await asyncio.sleep(0.1)
    assert ended.group_contains(RecordCorrupt, match="page 7 is damaged")
    assert bench.unsettled() == 1
