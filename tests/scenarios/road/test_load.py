"""A load of live tags: what was sent, what the broker and the engine acknowledged, nobody forgotten."""

from pathlib import Path

from click.testing import CliRunner

from em_engine.commands.simulate import simulate
from em_engine.ingest.broker import start_broker
from em_engine.rulebook import load
from simulators.load import Wish, drive, messages
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
    made = messages(Wish(url="", tags=3))
    topics = [topic for topic, _ in (next(made) for _ in range(6))]
    assert topics == [f"em/1/sim-000000{number}/fix" for number in (0, 1, 2)] * 2
