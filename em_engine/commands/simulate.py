"""`em simulate`: stories with what must be told of them, or invented wearers with a known truth."""

from pathlib import Path
from typing import Any

import click

from em_engine.commands.options import File, Folder, as_json_option, refuse

SEASON = ("tags", "days")


@click.command()
@click.argument("scenarios", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--junit", type=File, help="JUnit XML of the scenarios, for a build server.")
@click.option("--html", type=File, help="A page with a map and a timeline of every scenario.")
@click.option("--tags", type=click.IntRange(min=1), help="No scenario: so many wearers, each with a tag.")
@click.option("--days", type=click.IntRange(min=1), help="With --tags: for how many days.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of all chance.")
@click.option("--out", type=File, help="TRACKS.csv: what the tags sent, in order of arrival.")
@click.option("--truth", type=File, help="TRUTH.json: what was truly broken, for em score.")
@click.option("--rules", type=Folder, help="Where to write the rulebook that fits.")
@click.option("--mqtt", metavar="URL", help="Over this broker: tags' reports as fast as it takes them; a "
              "scenario with an engine of its own.")  # fmt: skip
@click.option("--speed", type=click.FloatRange(min=0.1), default=60.0, show_default=True,
              help="With a scenario over --mqtt: how many times as fast as life.")  # fmt: skip
@as_json_option
def simulate(
    scenarios: tuple[Path, ...],
    junit: Path | None,
    html: Path | None,
    speed: float,
    as_json: bool,
    **season: Any,
) -> None:
    """Run stories with what must be told of them, or invent wearers with a known truth.

    SCENARIOS are YAML files, or folders of them: each is played in simulated time and judged; exit 1 where
    an expectation is not met. With --tags and --days instead: orders, tags' reports, and true breaches.
    """
    if scenarios:
        if given := [name for name in (*SEASON, "out", "truth", "rules") if season[name] is not None]:
            refuse(f"--{given[0]} does not go with a scenario")
        raise SystemExit(_scenarios(scenarios, junit, html, season["mqtt"], speed, as_json=as_json))
    missing = [name for name in SEASON if season[name] is None]
    if missing:
        refuse(f"--{missing[0]} is missing; or name a scenario, a YAML file")
    if junit is not None or html is not None or as_json:
        refuse("--junit, --html and --json go with a scenario")
    from simulators.season.command import Wish, simulate_command

    raise SystemExit(simulate_command(Wish(**season)))


def _scenarios(
    scenarios: tuple[Path, ...],
    junit: Path | None,
    html: Path | None,
    mqtt: str | None,
    speed: float,
    *,
    as_json: bool,
) -> int:
    from simulators.scenarios.command import Wish, scenarios_command

    wish = Wish(scenarios=scenarios, junit=junit, html=html, mqtt=mqtt, speed=speed, as_json=as_json)
    return scenarios_command(wish)
