"""`em simulate SCENARIO…`: stories run and judged; 1 where an expectation is not met, 2 for bad input."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from simulators.scenarios.foreign import Engine, run_foreign, start_words
from simulators.scenarios.judge import Told, Verdict, judged
from simulators.scenarios.junit import junit
from simulators.scenarios.live import Door, NotRunError, not_over_mqtt, run_live
from simulators.scenarios.play import play
from simulators.scenarios.report import page
from simulators.scenarios.run import run
from simulators.scenarios.scenario import Scenario, ScenarioRefused, read_scenario
from simulators.scenarios.written import names_times, orders_of, write_story_rules


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What `em simulate` was asked to do with scenarios."""

    scenarios: Sequence[Path]  # files, and folders of them
    junit: Path | None = None
    html: Path | None = None
    rules: Path | None = None  # where to write the story's rulebook, and no more
    mqtt: str | None = None
    engine: Engine | None = None  # one that runs already, over the broker
    speed: float = 60.0
    as_json: bool = False


def scenarios_command(wish: Wish) -> int:
    """Runs every story and says what was not as expected."""
    try:
        scenarios = [read_scenario(path) for path in _files(wish.scenarios)]
        if wish.rules is not None:
            return _write_rules(scenarios, wish.rules)
        verdicts = [_verdict(scenario, wish) for scenario in _runnable(scenarios, wish)]
    except (ScenarioRefused, NotRunError, OSError) as refusal:
        click.echo(str(refusal), err=True)
        return 2
    for verdict in verdicts:
        _tell(verdict, wish)
    if wish.junit is not None:
        wish.junit.write_text(junit(verdicts), encoding="utf-8")
    if wish.html is not None:
        played = {one.scenario.path: play(one.scenario) for one in verdicts}
        wish.html.write_text(page(verdicts, played), encoding="utf-8")
    failed = sum(not verdict.is_met for verdict in verdicts)
    if not wish.as_json:
        known = sum(verdict.is_known for verdict in verdicts)
        note = f", {known} known not to be as it should" if known else ""
        click.echo(f"{len(verdicts)} scenarios, {failed} not as expected{note}")
    return int(failed > 0)


def _files(given: Iterable[Path]) -> list[Path]:
    """The files themselves; of a folder, every YAML file directly in it. Raises FileNotFoundError."""
    found: list[Path] = []
    for path in given:
        if path.is_dir():
            found += sorted(path.glob("*.yaml"))
        else:
            found.append(path)
    if not found:
        raise FileNotFoundError("no scenario was found there")
    return found


def _write_rules(scenarios: Sequence[Scenario], folder: Path) -> int:
    """One story's orders for an engine elsewhere, and how such an engine is started. Raises OSError."""
    if len(scenarios) > 1:
        click.echo("--rules writes the orders of one story: those of several have the same names", err=True)
        return 2
    scenario = scenarios[0]
    write_story_rules(scenario, folder)
    click.echo(f"{folder}: {len(orders_of(scenario))} orders of {scenario.path}", err=True)
    if names_times(scenario):
        click.echo(f"they name days or times of day: {start_words(scenario)}", err=True)
    click.echo(f"then: em simulate {scenario.path} --mqtt URL --api URL --token-file FILE", err=True)
    return 0


def _runnable(scenarios: Sequence[Scenario], wish: Wish) -> Iterable[Scenario]:
    """Over MQTT, those that can be run so; the others are named, unless there is only one."""
    for scenario in scenarios:
        why = not_over_mqtt(scenario) if wish.mqtt is not None and len(scenarios) > 1 else ""
        if why:
            click.echo(f"left out {scenario.path.name}: {why}", err=True)
        else:
            yield scenario


def _verdict(scenario: Scenario, wish: Wish) -> Verdict:
    if wish.mqtt is not None and wish.engine is not None:
        return asyncio.run(run_foreign(scenario, Door(wish.mqtt), wish.engine))
    if wish.mqtt is not None:
        return asyncio.run(run_live(scenario, wish.mqtt, speed=wish.speed))
    outcome = run(scenario)
    return judged(scenario, map(Told.of, outcome.changes), outcome.counts)


def _tell(verdict: Verdict, wish: Wish) -> None:
    scenario = verdict.scenario
    if wish.as_json:
        said = {
            "file": str(scenario.path),
            "scenario": scenario.title,
            "met": verdict.is_met,
            "known": scenario.known or None,
            "failures": list(verdict.failures),
            "alerts": len({one.alert for one in verdict.told}),
        }
        click.echo(json.dumps(said, ensure_ascii=False))
        return
    word = "known" if verdict.is_known else "met" if verdict.is_met else "NOT MET"
    click.echo(f"{word:<8} {scenario.path.name}: {scenario.title}")
    for reason in (*verdict.reasons, *([scenario.known] if verdict.is_known else ())):
        click.echo(f"         {reason}")
