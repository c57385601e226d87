"""What devices send, good and bad, twice and late, in arrays and in OwnTracks' words."""

import json
from dataclasses import replace

import pytest

from em_engine.ingest.encode import encode_array
from em_engine.rulebook import Rulebook
from em_engine.runners.judging import Judging
from em_engine.vocabulary import SECOND, DeviceEvent, rfc3339
from tests.scenarios.road.bench import INSIDE_M, OUTSIDE_M, Bench, Tag
from tests.scenarios.road.places import HEALTH, STAY_OUT, degrees, order, rulebook

RULES = rulebook(order(1, STAY_OUT, HEALTH), order(2, STAY_OUT, HEALTH))
ENTERED_AND_LEFT = [("exclusion.entered", "opened"), ("exclusion.entered", "cleared")]


@pytest.fixture
def bench(bench_of) -> Bench:
    return bench_of(RULES)


async def test_every_message_delivered_twice_is_told_once(bench: Bench):
    async with bench.running():
        tag = bench.tag("tag-0001")
        for east_m in (OUTSIDE_M, INSIDE_M, OUTSIDE_M, OUTSIDE_M):
            tag.fix(east_m)
            tag.event(DeviceEvent.STRAP_OPEN)
            tag.again(1, tag.seq)
            await bench.settle()
            await bench.passes(28 * SECOND)
        assert [line for line in bench.lines() if line[0] != "device.strap"] == ENTERED_AND_LEFT
        strap = next(alert for alert in bench.alerts() if alert.type == "device.strap")
        assert strap.repeats == 3


async def test_the_same_without_a_count_of_the_device_is_told_once(bench: Bench):
    async with bench.running():
        for east_m in (OUTSIDE_M, INSIDE_M, OUTSIDE_M, OUTSIDE_M):
            lon, lat = degrees(east_m)
            told = {"fixed_at": rfc3339(bench.clock()), "lon": lon, "lat": lat, "accuracy_m": 5}
            for _ in range(3):
                bench.broker.publish("em/1/tag-0001/fix", json.dumps(told).encode())
            await bench.settle()
            await bench.passes(28 * SECOND)
        assert bench.lines() == ENTERED_AND_LEFT


async def test_a_tag_that_empties_its_memory_in_one_array_is_judged_message_by_message(bench: Bench):
    async with bench.running():
        kept: list[bytes] = []
        tag = Tag("tag-0001", lambda _, payload: kept.append(payload), bench.clock)
        for number, east_m in enumerate((OUTSIDE_M, INSIDE_M, OUTSIDE_M, OUTSIDE_M)):
            tag.fix(east_m, at=bench.clock() + (number - 4) * 30 * SECOND)
        bench.broker.publish("em/1/tag-0001/fix", encode_array(kept))
        await bench.settle()
        assert bench.lines() == ENTERED_AND_LEFT
        assert bench.measure("em_reports_total", kind="fix") == 4


async def test_devices_interleaved_in_one_batch_do_not_mix(bench: Bench):
    async with bench.running():
        for one_m, other_m in ((OUTSIDE_M, OUTSIDE_M), (INSIDE_M, OUTSIDE_M), (OUTSIDE_M, INSIDE_M)):
            bench.tag("tag-0001").fix(one_m)
            bench.tag("tag-0002").fix(other_m)
            await bench.settle()
            await bench.passes(28 * SECOND)
        told = [(alert.wearer, alert.breach.value) for alert in bench.alerts()]
        assert told == [("W-1", "cleared"), ("W-2", "open")]


async def test_an_owntracks_phone_opens_a_breach(bench: Bench):
    bench.rulebook = carried(bench.rulebook, "anna/phone")
    async with bench.running():
        for east_m in (OUTSIDE_M, INSIDE_M):
            lon, lat = degrees(east_m)
            told = {"_type": "location", "tst": bench.clock() // SECOND, "lon": lon, "lat": lat, "acc": 5}
            bench.broker.publish("owntracks/anna/phone", json.dumps(told).encode())
            await bench.settle()
            await bench.passes(28 * SECOND)
        assert bench.lines() == ENTERED_AND_LEFT[:1]
        assert bench.alerts()[0].device == "anna/phone"


def carried(rulebook: Rulebook, device: str) -> Rulebook:
    """The same, but its first wearer carries this device."""
    first, *others = rulebook.orders
    first = replace(first, wearer=replace(first.wearer, devices=(device,)))
    return replace(rulebook, orders=(first, *others))


# What cannot be judged ------------------------------------------------------------------------------


async def test_a_stranger_is_set_aside_once_and_leaves_no_trace_in_the_heart(bench: Bench):
    async with bench.running():
        stranger = bench.tag("fix")  # a name that is a word of every topic
        stranger.fix(INSIDE_M)
        stranger.seq += 5
        stranger.fix(INSIDE_M)
        bench.broker.publish("em/1/fix/fix", b"not even JSON")
        bench.tag("tag-0001").fix(OUTSIDE_M)
        await bench.settle()
        rows = bench.queue.quarantined()
        assert [row.device for row in rows] == ["fix"] * 3
        assert all("no order names the device 'fix'" in row.reason for row in rows)
        assert bench.measure("em_reports_total", kind="fix") == 1
        assert bench.measure("em_missing_reports_total") == 0
        assert not [topic for topic, _ in bench.broker.published if topic.endswith("command")]


class Fragile(Judging):
    """A heart with a fault: battery news of 13 per cent breaks it."""

    def judge(self, batch, quarantined=()):
        self.is_settled = False
        assert not (batch.rows["battery_pct"] == 13).any(), "a fault of the engine"
        return super().judge(batch, quarantined)


async def test_a_message_that_breaks_the_engine_is_set_aside_and_the_good_beside_it_is_judged(bench: Bench):
    async with bench.running(judging=Fragile):
        one, other = bench.tag("tag-0001"), bench.tag("tag-0002")
        for number in range(10):
            one.event(DeviceEvent.STRAP_OPEN, at=bench.clock() + number)
        other.heartbeat(battery_pct=13)
        other.event(DeviceEvent.STRAP_OPEN)
        await bench.settle()
        assert sorted((one.wearer, one.repeats) for one in bench.alerts()) == [("W-1", 9), ("W-2", 0)]
        [row] = bench.queue.quarantined()
        assert (row.topic, row.device) == ("em/1/tag-0002/heartbeat", "tag-0002")
        assert "fault of the engine" in row.reason
        assert bench.unsettled() == 0


# Holes ----------------------------------------------------------------------------------------------


async def test_what_is_missing_is_counted_asked_for_and_judged_when_it_comes(bench: Bench):
    async with bench.running():
        tag = bench.tag("tag-0001")
        tag.fix(OUTSIDE_M)
        await bench.settle()
        forgotten(bench, tag, lambda: tag.event(DeviceEvent.STRAP_OPEN))
        forgotten(bench, tag, lambda: tag.event(DeviceEvent.STRAP_CLOSED, at=bench.clock() + 1))
        await bench.passes(28 * SECOND)
        tag.heartbeat()
        await bench.settle()
        assert bench.measure("em_missing_reports_total") == 2
        assert holes(bench) == [(2, 3)]
        assert commands(bench) == [{"resend": {"from": 2, "to": 3}}]
        tag.again(2, 3)
        await bench.settle()
        assert holes(bench) == []
        assert bench.told() == [("device.strap", "cleared")]


async def test_a_tag_that_does_not_answer_is_asked_again_ever_less_often(bench: Bench):
    async with bench.running():
        tag = bench.tag("tag-0001")
        tag.fix(OUTSIDE_M)
        forgotten(bench, tag, lambda: tag.heartbeat())
        tag.heartbeat()
        await bench.settle()
        asked = []
        for _ in range(16):
            asked.append(len(commands(bench)))
            await bench.passes(60 * SECOND)
        assert asked == sorted(asked)
        assert asked[0] == 1
        assert 4 <= asked[-1] <= 5


async def test_what_is_missing_is_asked_for_again_when_the_broker_is_found_again(bench: Bench):
    async with bench.running():
        tag = bench.tag("tag-0001")
        tag.fix(OUTSIDE_M)
        forgotten(bench, tag, lambda: tag.heartbeat())
        tag.heartbeat()
        await bench.settle()
        before = len(commands(bench))
        bench.broker.restart()
        await bench.passes(4 * SECOND)
        assert len(commands(bench)) == before + 1
        assert bench.measure("em_link_reconnects_total") == 1


def forgotten(bench: Bench, tag: Tag, say) -> None:
    """The tag says it and the broker forgets it."""
    send, tag._send = tag._send, lambda _topic, _payload: None
    say()
    tag._send = send


def holes(bench: Bench) -> list[tuple[int, int]]:
    with bench.record.reading() as reading:
        return [(hole.from_seq, hole.to_seq) for hole in reading.open_holes()]


def commands(bench: Bench) -> list[object]:
    return [json.loads(payload) for topic, payload in bench.broker.published if topic.endswith("/command")]
