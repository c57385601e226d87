"""Stories told to an engine that runs already: a whole one, with its console, on clocks of both kinds."""

import contextlib
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from click.testing import CliRunner

import simulators.scenarios
from em_engine.__main__ import main
from em_engine.app import assembled, running
from em_engine.console.access import Access
from em_engine.console.roles import Role
from em_engine.console.tokens import Tokens
from em_engine.ingest.broker import Broker, start_broker
from em_engine.ingest.delivery import system_clock
from em_engine.ingest.staged import ClockRefused
from em_engine.rulebook import Rulebook, load
from em_engine.settings import BrokerSettings, ClockSettings, EngineSettings, HttpSettings
from em_engine.vocabulary import HOUR, MINUTE, Micros, instant
from simulators.scenarios.foreign import Engine, run_foreign
from simulators.scenarios.live import Door, NotRunError, StoryClock
from simulators.scenarios.scenario import Scenario, read_scenario
from simulators.scenarios.written import lacking, names_times, write_story_rules

FOLDER = Path(simulators.scenarios.__file__).parent
SCOPES = ("health", "rules:read")
SPEED = 60.0
STRAP = """\
scenario: A strap is cut
starts: 2026-11-20T12:00:00
ends: 2026-11-20T12:00:12
places: {home: [0, 0]}
orders:
  - order: O-1
    wearer: {id: W-1, devices: [tag-1]}
    conditions:
      - {id: alive, kind: device-health, heartbeat_every: PT5M, fix_every: PT5M}
devices: {tag-1: {at: home, fix_every: PT1S}}
story:
  - at 12:00:02:
      - W-1's strap opens
      - expect device.strap for W-1 within 6 s
"""
LATE = """\
scenario: Late, and then home
starts: 2026-11-20T18:58
ends: 2026-11-20T19:08
places: {home: [0, 0], work: [2000, 0]}
zones: {w1-home: {around: home, radius_m: 60}}
orders:
  - order: O-1
    wearer: {id: W-1, devices: [tag-1]}
    conditions:
      - {id: nights, kind: curfew, zone: w1-home, weekly: ["daily 19:00-07:00"], grace: {late: PT2M}}
devices: {tag-1: {at: work}}
story:
  - at 19:02: expect curfew.late for W-1 since 19:02 within 2 min
  - at 19:04:
      - W-1 goes to home at once
      - expect curfew.late cleared for W-1 within 4 min
"""


@pytest.fixture
async def broker(tmp_path: Path) -> AsyncIterator[Broker]:
    async with start_broker(folder=tmp_path) as broker:
        yield broker


@contextlib.asynccontextmanager
async def engine_of(
    rules: Path, broker: Broker, data: Path, *, clock: ClockSettings | None = None
) -> AsyncIterator[Engine]:
    """A whole engine that judges by the folder, and how it is asked."""
    settings = EngineSettings(
        rules=rules,
        data=data,
        broker=BrokerSettings(url=broker.url),
        http=HttpSettings(port=0),
        staged_clock=clock,
    )
    token = token_in(data)
    with assembled(settings) as parts:
        async with running(parts, settings) as address:
            yield Engine(api=address, token=token)


def token_in(data: Path) -> str:
    """Somebody who may ask the engine, before its clock begins."""
    data.mkdir()
    with contextlib.closing(Access(data / "access.sqlite3", system_clock)) as access:
        access.add("tester", "a password of some length", [Role.SUPERVISOR])
        return Tokens(access).make("tester", label="stories", scopes=SCOPES, lasts=24 * HOUR)


def story(name: str) -> Scenario:
    return read_scenario(FOLDER / f"{name}.yaml")


def read(text: str, folder: Path) -> Scenario:
    (folder / "story.yaml").write_text(text, encoding="utf-8")
    return read_scenario(folder / "story.yaml")


def written(scenario: Scenario, folder: Path) -> Path:
    write_story_rules(scenario, folder)
    return folder


def before(scenario: Scenario, span: Micros = MINUTE) -> ClockSettings:
    return ClockSettings(starts_at=instant(scenario.starts - span), speed=SPEED)


async def test_an_engine_in_the_storys_day_is_told_a_curfew(broker: Broker, tmp_path: Path) -> None:
    late = read(LATE, tmp_path)
    rules = written(late, tmp_path / "rules")
    async with engine_of(rules, broker, tmp_path / "data", clock=before(late, 12 * MINUTE)) as engine:
        verdict = await run_foreign(late, Door(broker.url), engine)
        assert verdict.failures == ()
        assert {one.type for one in verdict.told} == {"curfew.late"}
        with pytest.raises(NotRunError, match="start that engine anew"):
            await run_foreign(late, Door(broker.url), engine)


async def test_an_engine_of_today_is_told_what_holds_on_any_day_and_nothing_else(
    broker: Broker, tmp_path: Path
) -> None:
    strap = read(STRAP, tmp_path)
    async with engine_of(written(strap, tmp_path / "rules"), broker, tmp_path / "data") as engine:
        verdict = await run_foreign(strap, Door(broker.url), engine)
        assert verdict.failures == ()
        assert [one.type for one in verdict.told] == ["device.strap"]
        with pytest.raises(NotRunError, match="order O-1: the engine's differs in"):
            await run_foreign(story("exclusion-walks-in"), Door(broker.url), engine)
        stranger = Engine(api=engine.api, token="em_nothing")
        with pytest.raises(NotRunError, match="401"):
            await run_foreign(strap, Door(broker.url), stranger)


class OfToday(Engine):
    """An engine that judges by the right orders, and whose clock nobody has set."""

    def rulebook(self) -> Rulebook:
        return story("curfew-late").rulebook

    def clock(self) -> tuple[StoryClock, bool]:
        return StoryClock(system_clock(), 1.0), False


async def test_a_story_of_another_day_is_not_told_to_an_engine_of_today() -> None:
    with pytest.raises(NotRunError, match="--clock 2026-11-20T17:29:00"):
        await run_foreign(story("curfew-late"), Door("mqtt://127.0.0.1:1"), OfToday(api="", token=""))


ALL = sorted(FOLDER.glob("*.yaml"))


def test_what_is_written_of_a_story_is_its_rulebook(tmp_path: Path) -> None:
    for number, path in enumerate(ALL[::6]):
        scenario = read_scenario(path)
        assert list(lacking(scenario, load(written(scenario, tmp_path / str(number))))) == [], path.name


def test_an_engine_with_other_orders_is_told_what_it_lacks(tmp_path: Path) -> None:
    walks, late = story("exclusion-walks-in"), story("curfew-late")
    assert names_times(late)
    assert not names_times(walks)
    theirs = load(written(late, tmp_path / "rules"))
    (told,) = lacking(walks, theirs)
    assert "nights" in told
    assert list(lacking(read(STRAP.replace("O-1", "O-7"), tmp_path), theirs)) == [
        "order O-7: the engine has no such order",
        "order O-1: it is about tag-1 too, and is no order of the story",
    ]


@pytest.fixture
def settings(tmp_path: Path) -> EngineSettings:
    rules = written(story("exclusion-walks-in"), tmp_path / "rules")
    return EngineSettings(rules=rules, data=tmp_path / "data", staged_clock=before(story("curfew-late")))


def test_a_clock_set_by_hand_wants_a_data_folder_of_its_own(settings: EngineSettings) -> None:
    true = settings.model_copy(update={"staged_clock": None})
    with assembled(settings) as parts:
        assert parts.desk.staged_speed == SPEED
        assert parts.proof is None
    with pytest.raises(ClockRefused, match="its times are not true"), assembled(true):
        pass
    with pytest.raises(ClockRefused, match="begins anew"), assembled(settings):
        pass


def test_the_command_writes_the_orders_and_says_how_to_go_on(tmp_path: Path) -> None:
    path, rules = FOLDER / "curfew-late.yaml", tmp_path / "rules"
    done = CliRunner().invoke(main, ["simulate", str(path), "--rules", str(rules)])
    assert done.exit_code == 0
    assert "--clock 2026-11-20T17:29:00" in done.stderr
    assert list(lacking(read_scenario(path), load(rules))) == []
    refused = CliRunner().invoke(
        main, ["simulate", str(path), "--mqtt", "mqtt://127.0.0.1", "--api", "http://x"]
    )
    assert refused.exit_code == 2
    assert "--token-file" in refused.stderr
