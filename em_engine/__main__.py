"""The command line: `em` and `python -m em_engine`.

Exit codes: 0 done, 1 expectations not met (checks, scores), 2 bad input, with `file:line:column: message` on
stderr.
"""

import asyncio
import contextlib
import json
import logging
import signal
from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

import click

from em_engine.commands.devices import device
from em_engine.commands.gazetteer import gazetteer, rules_zone
from em_engine.commands.imports import rules_export, rules_import, rules_ring
from em_engine.commands.options import (
    File,
    Folder,
    InstantType,
    SpeedType,
    as_json_option,
    clean_refusals,
    refuse,
)
from em_engine.commands.people import user
from em_engine.commands.releases import rules_approve, rules_log, rules_propose, rules_reject
from em_engine.commands.retention import retention
from em_engine.commands.simulate import simulate
from em_engine.commands.webhooks import webhooks
from em_engine.commands.workbench import explain, rules_backtest, rules_diff, rules_why
from em_engine.vocabulary import Micros, rfc3339


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(package_name="em-engine")
def main() -> None:
    """Electronic-monitoring engine: decides continuously whether an order is being broken."""
    logging.basicConfig(level=logging.WARNING, format="%(asctime)s %(levelname)s %(name)s: %(message)s")


# The engine ---------------------------------------------------------------------------------


@main.command()
@click.option("--demo", is_flag=True, help="A live Oslo evening with forty invented wearers.")
@click.option("--rules", type=Folder, help="The rulebook to judge by.")
@click.option("--data", type=Folder, default=Path("var"), show_default=True, help="Where the record is kept.")
@click.option("--host", default="127.0.0.1", show_default=True, help="Where the console answers.")
@click.option("--port", default=8080, show_default=True, help="0 takes any free port.")
@click.option("--broker", "broker", type=click.Choice(["mosquitto", "embedded"]), default="mosquitto",
              show_default=True, help="Mosquitto where it is found, else the embedded one.")  # fmt: skip
def up(
    demo: bool,
    rules: Path | None,
    data: Path,
    host: str,
    port: int,
    broker: Literal["mosquitto", "embedded"],
) -> None:
    """Everything on this machine: a broker, the engine, the console."""
    from em_engine.commands.up import Wish, up_command

    if not demo and rules is None:
        refuse("--rules is missing: a folder with the rulebook to judge by, or --demo for the demonstration")
    wish = Wish(is_demo=demo, rules=rules, data=data, host=host, port=port, broker=broker)
    with clean_refusals():
        _run_until_stopped(lambda: up_command(wish))


@main.command()
@click.option("--config", required=True, type=File, help="The settings, a TOML file.")
@click.option("--clock", type=InstantType(), metavar="TIME",
              help="For trials: its clock begins at this time. Wants an empty data folder.")  # fmt: skip
@click.option("--clock-speed", type=click.FloatRange(min=0.1, max=1000.0), default=1.0, show_default=True,
              help="With --clock: how many times as fast as life it runs.")  # fmt: skip
def engine(config: Path, clock: Micros | None, clock_speed: float) -> None:
    """The engine and its console against a broker of yours."""
    from em_engine.commands.up import engine_command, staged
    from em_engine.ingest.staged import ClockRefused
    from em_engine.settings import read_settings

    with clean_refusals(ClockRefused):
        settings = staged(read_settings(config), clock, clock_speed)
        _run_until_stopped(lambda: engine_command(settings))


def _run_until_stopped(work: Callable[[], Any]) -> None:
    """Run until interrupted or told to end; both end it cleanly."""

    async def run() -> None:
        task = asyncio.ensure_future(work())
        loop = asyncio.get_running_loop()
        for number in (signal.SIGINT, signal.SIGTERM):
            loop.add_signal_handler(number, task.cancel)
        with contextlib.suppress(asyncio.CancelledError):
            await task

    asyncio.run(run())


# Rulebooks ----------------------------------------------------------------------------------


@main.group()
def rules() -> None:
    """Check, show and compare rulebooks, and try them on history."""


rules_argument = click.argument("folder", type=Folder, required=False)
rules_option = click.option("--rules", "named", type=Folder, help="The rulebook's folder.")


@rules.command("check")
@rules_argument
@rules_option
@click.option("--sarif", type=File, help="Write them as SARIF 2.1.0 too, for code review and editors.")
@as_json_option
def rules_check(folder: Path | None, named: Path | None, sarif: Path | None, as_json: bool) -> None:
    """Every error and warning of a rulebook, each with file, line and column."""
    from em_engine.commands.check import check_command

    raise SystemExit(check_command(_folder(folder, named), as_json=as_json, sarif=sarif))


@rules.command("show")
@rules_argument
@rules_option
@click.option("--order", help="Only this order, with its windows written out.")
@click.option("--at", type=InstantType(), help="The windows from then on; now if not given.")
@as_json_option
def rules_show(
    folder: Path | None, named: Path | None, order: str | None, at: Micros | None, as_json: bool
) -> None:
    """What a rulebook demands, as the engine reads it."""
    from em_engine.commands.rules import show_command

    with clean_refusals():
        raise SystemExit(show_command(_folder(folder, named), order=order, at=at, as_json=as_json))


rules.add_command(rules_diff)
rules.add_command(rules_backtest)
rules.add_command(rules_why)
rules.add_command(rules_import)
rules.add_command(rules_export)
rules.add_command(rules_ring)
rules.add_command(rules_zone)
for command in (rules_propose, rules_approve, rules_reject, rules_log):
    rules.add_command(command)
main.add_command(explain)
main.add_command(gazetteer)


def _folder(given: Path | None, named: Path | None) -> Path:
    folder = given or named
    if folder is None:
        refuse("which rulebook? em rules check FOLDER")
    return folder


# Tracks -------------------------------------------------------------------------------------


@main.command()
@click.option("--rules", type=Folder, help="The rulebook to judge by.")
@click.option("--tracks", "tracks", type=File, multiple=True, help="CSV, GPX, NMEA, .rec, GeoJSON.")
@click.argument("more_tracks", type=File, nargs=-1)
@click.option("--device", help="The device of a single track, whatever its file says.")
@click.option("--out", type=File, help="ALERTS.jsonl: one alert change a line.")
@click.option(
    "--batch", type=click.IntRange(min=1), help="Reports judged at once; changes nothing but speed."
)
@click.option("--until", type=InstantType(), help="Let the clock run on to then.")
@click.option("--speed", type=SpeedType(), default="max", show_default=True, help="max, or N times life.")
@click.option("--mqtt", metavar="URL", help="Publish the reports to a broker instead of judging them here.")
@click.option("--from", "start", type=InstantType(), help="With --speed or --recorded: from then on.")
@click.option("--now", "as_now", is_flag=True, help="With --mqtt: as if all tracks began now, together.")
@click.option("--loop", type=click.IntRange(min=0), default=1, show_default=True,
              help="With --now: how many times; 0 is for ever.")  # fmt: skip
@click.option("--scenario", type=File, help="Write what was told as a scenario for em simulate.")
@click.option("--recorded", type=Folder, help="With --scenario, instead of tracks: an engine's data folder.")
@as_json_option
def replay(
    more_tracks: tuple[Path, ...], tracks: tuple[Path, ...], recorded: Path | None, **wish: Any
) -> None:
    """Run recorded tracks through a rulebook as if they arrived now."""
    from em_engine.commands.recorded_night import tracks_of_record
    from simulators.replay_command import Wish, replay_command

    given = (*tracks, *more_tracks)
    if bool(given) == (recorded is not None):
        refuse("--tracks is missing: the files to replay; or --recorded, an engine's data folder")
    if recorded is not None:
        given = (tracks_of_record(recorded, wish),)
    raise SystemExit(replay_command(Wish(tracks=given, **wish)))


main.add_command(simulate)


@main.command()
@click.argument("alerts", type=File)
@click.argument("truth", type=File)
@click.option("--tolerance", type=float, help="Seconds an alert may miss a breach by and still find it.")
@click.option(
    "--nuisance-max", type=float, help="Nuisance alerts per device-day above which the exit code is 1."
)
@click.option("--plot", type=File, help="An SVG of it, a line a type.")
@as_json_option
def score(
    alerts: Path,
    truth: Path,
    tolerance: float | None,
    nuisance_max: float | None,
    plot: Path | None,
    as_json: bool,
) -> None:
    """Hold alerts against the truth: found, missed, nuisance, delay."""
    from simulators.score import score_command

    given = {} if tolerance is None else {"tolerance_s": tolerance}
    code = score_command(alerts, truth, nuisance_max=nuisance_max, plot=plot, as_json=as_json, **given)
    raise SystemExit(code)


# Measures -----------------------------------------------------------------------------------


@main.command()
@click.argument(
    "measures",
    nargs=-1,
    type=click.Choice(
        ["heart", "one", "group", "memory", "commit", "restart", "backtest", "road", "quality", "chaos"]
    ),
)
@click.option("--tags", type=click.IntRange(min=1), help="How many tags; 10,000, or 1,000 for quality.")
@click.option(
    "--seconds",
    type=click.FloatRange(min=0.1),
    default=5.0,
    show_default=True,
    help="How long each load on the road lasts.",
)
@click.option("--seeds", type=click.IntRange(min=1), default=20, show_default=True, help="chaos: how many.")
@click.option("--small", is_flag=True, help="quality: 60 tags for 2 days, some minutes instead of hours.")
@click.option("--days", type=click.IntRange(min=1), help="quality: of the season; 30 if not given. "
              "backtest: of a history.")  # fmt: skip
@click.option(
    "--seed",
    type=click.IntRange(min=0),
    default=1,
    show_default=True,
    help="Of all chance; chaos begins there.",
)
@click.option("--curve", type=File, help="quality: an SVG of missed against nuisance.")
@click.option("--tracks", type=Folder, help="quality: recordings with their ground truth, judged too.")
@click.option("--folder", type=Folder, help="quality: keeps what is judged there, and goes on from it.")
@click.option("--so-far", is_flag=True, help="quality: prints what --folder holds, and judges no more.")
@as_json_option
def bench(
    measures: tuple[str, ...], tags: int | None, seconds: float, seeds: int, as_json: bool, **season: Any
) -> None:
    """The blueprint's measures on this machine, a line a figure; without a name all but the last two.

    quality is the standard season: 1,000 invented wearers for 30 days, our engine beside what people use
    today, with a table, a curve, and what is reached. It takes hours; begin with --small. With --folder it
    may be ended at any time, and the same command goes on where it stopped.

    backtest with --days makes a history of so many days in columns, of mixed programmes and in order, judges
    it on every core, and says how long a month of it would take.

    chaos runs the whole engine under simulated time with faults far worse than life, and prints the seeds
    that break a promise.
    """
    from em_engine.bench.command import bench_command
    from em_engine.bench.figures import Wish

    days = season["days"] if "quality" not in measures else None
    apart = ("quality", "chaos") if days is None else ("quality", "chaos", "backtest")
    others = tuple(name for name in measures if name not in apart)
    with clean_refusals():
        code = 0
        if "backtest" in measures and days is not None:
            from em_engine.commands.measure import measure_command

            code = measure_command(tags=tags or 1_000, days=days, seed=season["seed"], as_json=as_json)
        if others or not measures:
            code = bench_command(others, Wish(tags=tags or 10_000, seconds=seconds), as_json=as_json)
        if "quality" in measures:
            from simulators.season.quality_command import QualityWish, quality_command

            wish = QualityWish.of(tags=tags, **season)
            code = max(code, quality_command(wish, as_json=as_json))
        if "chaos" in measures:
            from simulators.chaos.command import chaos_command

            code = max(code, chaos_command(first=season["seed"], seeds=seeds, as_json=as_json))
        raise SystemExit(code)


# What was set aside, and people ----------------------------------------------------------------


@main.group()
def quarantine() -> None:
    """Messages that could not be read."""


data_option = click.option(
    "--data", type=Folder, default=Path("var"), show_default=True, help="The engine's data folder."
)


@quarantine.command("list")
@data_option
@click.option("--limit", type=click.IntRange(min=1), default=100, show_default=True, help="At most so many.")
@click.option("--after", type=int, default=0, help="Only numbers above this one.")
@as_json_option
def quarantine_list(data: Path, limit: int, after: int, as_json: bool) -> None:
    """The quarantined messages of a record, each with its reason."""
    from em_engine.record.sqlite import SqliteReaders

    path = data / "record.sqlite3"
    if not path.exists():
        refuse(f"{path}: there is no record; --data names the engine's data folder")
    with clean_refusals(), contextlib.closing(SqliteReaders(path)) as readers, readers.reading() as reading:
        rows = reading.quarantined(after=after, limit=limit)
    for row in rows:
        told = row._asdict() | {
            "received_at": rfc3339(row.received_at),
            "payload": row.payload.decode("utf-8", "backslashreplace"),
        }
        if as_json:
            click.echo(json.dumps(told, ensure_ascii=False))
        else:
            click.echo(f"{row.number}  {told['received_at']}  {row.topic}: {row.reason}")


@main.group()
def audit() -> None:
    """Who looked at whom, when and why."""


@audit.command("verify")
@data_option
def audit_verify(data: Path) -> None:
    """Whether any row of the audit was changed, left out or moved; 1 if so."""
    from em_engine.console.audit import Audit
    from em_engine.ingest.delivery import system_clock

    path = data / "audit.sqlite3"
    if not path.exists():
        refuse(f"{path}: there is no audit; --data names the engine's data folder")
    with contextlib.closing(Audit(path, system_clock)) as kept:
        broken, (number, _) = kept.verify(), kept.head()
    if broken is not None:
        click.echo(f"{path}: entry {broken.number}: {broken.reason}", err=True)
        raise SystemExit(1)
    click.echo(f"{path}: {number} entries, each chained to the one before")


main.add_command(device)
main.add_command(retention)
main.add_command(user)
main.add_command(webhooks)


if __name__ == "__main__":
    main()
