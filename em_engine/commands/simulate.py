"""`em simulate`: stories with what must be told of them, or invented wearers with a known truth."""

from pathlib import Path
from typing import Any

import click

from em_engine.commands.options import File, Folder, as_json_option, refuse

SEASON = ("tags", "days")
STORY = ("junit", "html", "api", "token_file", "speed")
LIVE = ("rate", "seconds", "connections", "metrics")


@click.command()
@click.argument("scenarios", nargs=-1, type=click.Path(path_type=Path, exists=True))
@click.option("--junit", type=File, help="JUnit XML of the scenarios, for a build server.")
@click.option("--html", type=File, help="A page with a map and a timeline of every scenario.")
@click.option("--tags", type=click.IntRange(min=1), help="No scenario: so many wearers, each with a tag.")
@click.option("--days", type=click.IntRange(min=1), help="With --tags: for how many days.")
@click.option("--seed", type=click.IntRange(min=0), default=1, show_default=True, help="Of all chance.")
@click.option("--out", type=File, help="TRACKS.csv or .parquet: what the tags sent, in order of arrival.")
@click.option("--truth", type=File, help="TRUTH.json: what was truly broken, for em score.")
@click.option("--rules", type=Folder, help="Where to write the rulebook that fits; of a scenario, no more.")
@click.option("--mqtt", metavar="URL", help="Over this broker: tags' reports as fast as it takes them; a "
              "scenario with an engine of its own, or with --api.")  # fmt: skip
@click.option("--api", metavar="URL", help="With a scenario and --mqtt: the engine that runs there, by its "
              "console's address.")  # fmt: skip
@click.option("--token-file", type=File, help="With --api: a token of em user token, with the scopes health "
              "and rules:read.")  # fmt: skip
@click.option("--rate", type=click.FloatRange(min=0.1),
              help="Live tags: messages a second; a fix a minute of each if not given.")  # fmt: skip
@click.option("--seconds", type=click.FloatRange(min=0.1),
              help="Live tags: for so long; a minute if not given.")  # fmt: skip
@click.option("--connections", type=click.IntRange(min=1),
              help="Live tags: over so many; 100 if not given.")  # fmt: skip
@click.option("--metrics", metavar="URL",
              help="Live tags: the engine's /metrics, to tell what it acknowledged and when.")  # fmt: skip
@click.option("--speed", type=click.FloatRange(min=0.1), default=60.0, show_default=True,
              help="With a scenario over --mqtt: how many times as fast as life.")  # fmt: skip
@as_json_option
def simulate(
    scenarios: tuple[Path, ...],
    as_json: bool,
    **wished: Any,
) -> None:
    """Run stories with what must be told of them, or invent wearers with a known truth, or load an engine.

    SCENARIOS are YAML files, or folders of them: each is played in simulated time and judged; exit 1 where
    an expectation is not met. With --tags and --days instead: orders, tags' reports, and true breaches. With
    --tags and --mqtt alone: so many tags live, a fix a minute each, and what the engine acknowledged of them
    (--tags and --rules alone: the orders for these).
    """
    live = {name: wished.pop(name) for name in LIVE}
    told_of = {name: wished.pop(name) for name in STORY}
    season = wished
    if scenarios:
        if given := [name for name in (*SEASON, "out", "truth") if season[name] is not None]:
            refuse(f"--{given[0]} does not go with a scenario")
        raise SystemExit(_scenarios(scenarios, season, told_of, as_json=as_json))
    if season["tags"] is not None and season["days"] is None and (season["mqtt"] or season["rules"]):
        raise SystemExit(_load(season, live, as_json=as_json))
    if told := [name for name, value in live.items() if value is not None]:
        refuse(f"--{told[0]} goes with --tags and --mqtt alone")
    missing = [name for name in SEASON if season[name] is None]
    if missing:
        refuse(f"--{missing[0]} is missing; or name a scenario, a YAML file")
    if as_json or any(told_of[name] is not None for name in STORY if name != "speed"):
        refuse("--junit, --html, --api, --token-file and --json go with a scenario")
    from simulators.season.command import Wish, simulate_command

    raise SystemExit(simulate_command(Wish(**season)))


def _load(season: dict[str, Any], live: dict[str, Any], *, as_json: bool) -> int:
    from simulators.load import Wish, load_command
    from simulators.load_rules import load_rules_command

    if given := [name for name in ("out", "truth") if season[name] is not None]:
        refuse(f"--{given[0]} goes with --days: live tags leave no truth behind")
    if season["mqtt"] is None:
        return load_rules_command(season["rules"], tags=season["tags"], seed=season["seed"])
    if season["rules"] is not None:
        refuse("--rules goes before --mqtt: write the orders, start the engine with them, then send")
    wished = {name: value for name, value in live.items() if value is not None}
    wish = Wish(url=season["mqtt"], tags=season["tags"], seed=season["seed"], as_json=as_json, **wished)
    return load_command(wish)


def _scenarios(
    scenarios: tuple[Path, ...], season: dict[str, Any], told_of: dict[str, Any], *, as_json: bool
) -> int:
    from simulators.scenarios.command import Wish, scenarios_command
    from simulators.scenarios.foreign import Engine

    api, token_file = told_of.pop("api"), told_of.pop("token_file")
    if (api is None) != (token_file is None) or (api is not None and season["mqtt"] is None):
        refuse("--api, --token-file and --mqtt go together: the engine's console, who asks it, its broker")
    if season["rules"] is not None and season["mqtt"] is not None:
        refuse(
            "--rules goes before --mqtt: write the orders, start the engine with them, then tell the story"
        )
    engine = None
    if api is not None:
        try:
            engine = Engine(api=api, token=token_file.read_text(encoding="utf-8").strip())
        except OSError as error:
            refuse(error)
    wish = Wish(
        scenarios=scenarios,
        rules=season["rules"],
        mqtt=season["mqtt"],
        engine=engine,
        as_json=as_json,
        **told_of,
    )
    return scenarios_command(wish)
