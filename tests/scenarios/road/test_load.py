"""A load of live tags: what was sent, what the broker and the engine acknowledged, nobody forgotten."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import msgspec
import numpy as np
import pytest
from click.testing import CliRunner

from em_engine.bench.line import BrokerRefusedError, Line
from em_engine.commands.simulate import simulate
from em_engine.ingest.broker import start_broker
from em_engine.ingest.encode import encode_fix, topic_of
from em_engine.rulebook import load
from em_engine.vocabulary import ReportKind, parse_rfc3339
from simulators.load import Block, Wish, blocks, drive
from simulators.load_packets import Packets, tag_of
from simulators.load_rules import rulebook_files
from simulators.season.rules import write_rules
from tests.scenarios.road.engine import NEEDS_MOSQUITTO, application

pytestmark = NEEDS_MOSQUITTO
TAGS, ROUNDS = 40, 5


async def test_the_engine_acknowledges_every_fix_of_a_load(tmp_path: Path):
    known = TAGS // 2  # nobody's order names the other half
    write_rules(rulebook_files(known, seed=1), tmp_path / "rules")
    async with start_broker(folder=tmp_path) as broker, application(tmp_path, broker.url) as (_, address):
        wish = Wish(
            url=broker.url,
            tags=TAGS,
            rate=200.0,
            seconds=TAGS * ROUNDS / 200.0,
            connections=7,
            metrics=f"{address}metrics",
        )
        outcome = await drive(wish)
    assert outcome.sent == outcome.broker_acknowledged == TAGS * ROUNDS
    assert outcome.connections == 7
    assert outcome.engine is not None
    assert outcome.engine.acknowledged >= TAGS * ROUNDS  # the engine's own synthetic wearer may add to it
    assert outcome.engine.of_nobody == (TAGS - known) * ROUNDS
    told = "\n".join(outcome.sentences())
    assert "200 fixes of 40 tags over 7 connections" in told
    assert "all of them" in told
    assert "100 of them in quarantine" in told


def test_a_broker_that_is_not_there_is_told():
    told = CliRunner().invoke(simulate, ["--tags", "3", "--mqtt", "mqtt://127.0.0.1:1"])
    assert told.exit_code == 2
    assert "mqtt://127.0.0.1:1" in told.stderr


def test_orders_for_a_load_are_a_rulebook(tmp_path: Path):
    told = CliRunner().invoke(simulate, ["--tags", "3", "--rules", str(tmp_path)])
    assert told.exit_code == 0, told.stderr
    assert [order.id for order in load(tmp_path).orders] == [f"SIM-000000{number}" for number in (0, 1, 2)]


def test_everyone_sends_in_turn_and_no_count_has_a_hole():
    made = blocks(Wish(url="", tags=2_500, rate=2_200.0))
    # Eleven at a time, the last of a slice fewer: 94 + 94 + 42 blocks a round.
    turns = [[next(made) for _ in range(230)] for _ in range(2)]
    said = [
        [msgspec.json.decode(payload)["seq"] for block in turn for _, payload in packets_of(block)]
        for turn in turns
    ]
    assert [len(one) for one in said] == [2_500, 2_500]
    assert {*said[0]} == {said[0][0]}
    assert {*said[1]} == {said[0][0] + 1}
    for turn in turns:
        topics = [topic for block in turn for topic, _ in packets_of(block)]
        assert topics == [topic_of(tag_of(number), ReportKind.FIX) for number in range(2_500)]
    # A block is of the same tags every time, so that a tag keeps its connection.
    assert [(one.number, len(one)) for one in turns[0]] == [(one.number, len(one)) for one in turns[1]]


def test_a_slow_load_goes_one_by_one_and_a_fast_one_in_blocks():
    assert [len(next(blocks(Wish(url="", tags=1_000, rate=rate)))) for rate in (1.0, 2_200.0, 1e6)] == [
        1,
        11,
        32,
    ]


def test_packets_made_in_columns_say_what_the_encoder_says():
    places = np.array([(0.0, 0.0), (5.3200001, 60.39), (179.999999, 89.9999994), (10.0, 9.9999996)])
    at = parse_rfc3339("2026-11-23T01:02:03Z")  # a whole second keeps its zeros
    made = Packets(9_999_996, 1_795_000_000, places).taken(1, 4, at=at, receipt=65_534)
    told = [
        encode_fix(seq=1_795_000_000, fixed_at=at, sent_at=at, lon=lon, lat=lat, accuracy_m=12.0)
        for lon, lat in np.round(places[1:], 6).tolist()
    ]
    packets = list(unpacked(made))
    assert [topic for topic, *_ in packets] == [
        f"em/1/sim-{number}/fix" for number in range(9_999_997, 10**7)
    ]
    assert [receipt for _, receipt, _ in packets] == [65_534, 65_535, 1]
    assert [report(payload) for *_, payload in packets] == [report(payload) for payload in told]


def report(payload: bytes) -> dict[str, object]:
    """What the engine reads of it, times as instants."""
    told = msgspec.json.decode(payload)
    return told | {name: parse_rfc3339(told[name]) for name in ("fixed_at", "sent_at")}


def packets_of(block: Block) -> Iterator[tuple[str, bytes]]:
    taken = block.packets.taken(block.first, block.last, at=0, receipt=1)
    return ((topic, payload) for topic, _, payload in unpacked(taken))


def unpacked(packets: bytes) -> Iterator[tuple[str, int, bytes]]:
    """MQTT 3.1.1, 3.3: topic, number and payload of PUBLISH packets in a row, each acknowledged singly."""
    while packets:
        assert packets[0] == 0x32
        length = shift = 0
        place = 1
        while True:
            length |= (packets[place] & 0x7F) << shift
            place, shift = place + 1, shift + 7
            if not packets[place - 1] & 0x80:
                break
        body, packets = packets[place : place + length], packets[place + length :]
        named = 2 + int.from_bytes(body[:2], "big")
        yield body[2:named].decode(), int.from_bytes(body[named : named + 2], "big"), body[named + 2 :]


# The line -------------------------------------------------------------------------------------


async def test_what_the_broker_says_in_pieces_is_counted_whole():
    counted: list[int] = []
    line = Line(counted.append)
    line.connection_made(Silence())
    line.data_received(bytes((0x20, 2)))
    line.data_received(bytes((0, 0, 0x40, 2, 0)))  # let in, and a receipt cut in two
    line.send(b"", 3)
    for piece in (bytes((1,)), bytes((0x40, 2, 0, 2, 0x40)), bytes((2, 0, 3))):
        line.data_received(piece)
    assert counted == [0, 1, 1, 1]
    assert line.waiting == 0
    line.data_received(bytes((0xD0, 0)))  # it answers what nobody asked
    with pytest.raises(BrokerRefusedError, match="no receipt"):
        line.send(b"", 1)


async def test_a_line_that_is_cut_tells_what_was_on_its_way():
    line = Line()
    line.connection_made(Silence())
    line.data_received(bytes((0x20, 2, 0, 0)))
    line.send(b"", 7)
    line.connection_lost(None)
    with pytest.raises(BrokerRefusedError, match="with 7 messages on their way"):
        await line.close()


class Silence(asyncio.Transport):
    """Sends nothing anywhere."""

    def write(self, data: bytes | bytearray | memoryview) -> None:
        """Into the void."""

    def close(self) -> None:
        """Nothing is open."""
