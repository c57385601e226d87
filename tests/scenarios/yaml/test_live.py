"""Three of our scenarios over a real broker with a real engine, many times as fast as life."""

import asyncio
from pathlib import Path

import pytest

import simulators.scenarios
from em_engine.ingest.broker import start_broker
from simulators.scenarios.live import NotRunError, run_live
from simulators.scenarios.scenario import read_scenario

FOLDER = Path(simulators.scenarios.__file__).parent
NAMES = ("device-strap-for-seconds", "exclusion-through-a-corner", "contact-panic-key")
SPEED = 150.0


async def test_three_scenarios_are_met_over_mqtt(tmp_path: Path) -> None:
    scenarios = [read_scenario(FOLDER / f"{name}.yaml") for name in NAMES]
    async with start_broker(folder=tmp_path) as broker:
        verdicts = await asyncio.gather(*(run_live(one, broker.url, speed=SPEED) for one in scenarios))
    assert [verdict.reasons for verdict in verdicts] == [(), (), ()]
    assert all(verdict.told for verdict in verdicts)


async def test_what_stops_the_engine_is_not_run_over_mqtt() -> None:
    with pytest.raises(NotRunError, match="stops the engine"):
        await run_live(read_scenario(FOLDER / "fault-engine-restarts.yaml"), "mqtt://127.0.0.1", speed=1.0)
