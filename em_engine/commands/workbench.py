"""Commands for looking closer: what a change of a rulebook would do, and why an alert was raised."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import click

from em_engine.commands.options import File, Folder, InstantType, as_json_option, clean_refusals
from em_engine.vocabulary import Micros

Command = Callable[..., Any]


def history_options(command: Command) -> Command:
    """The options that name a history: `--history A B C`, and what belongs to it."""
    options = (
        click.argument("more_history", type=File, nargs=-1),
        click.option(
            "--history",
            "history",
            type=File,
            multiple=True,
            metavar="TRACKS…",
            help="Recorded or simulated tracks: CSV, GPX, NMEA, .rec, GeoJSON, Parquet.",
        ),
        click.option("--device", help="The device of a single track, whatever its file says."),
        click.option("--recorded", "data", type=Folder, help="What an engine has recorded: its data folder."),
        click.option(
            "--simulated",
            "simulated_days",
            type=click.IntRange(1, 14),
            metavar="DAYS",
            help="Where nothing was recorded: days in the lives of imagined wearers.",
        ),
        click.option("--seed", type=click.IntRange(0), default=1, help="Of --simulated: other lives."),
        click.option(
            "--since", type=InstantType(), help="Of what was recorded or is simulated, from then on."
        ),
        click.option("--until", type=InstantType(), help="Let the clock run on to then."),
        click.option("--truth", type=File, help="TRUTH.json: what really happened; nuisance is counted."),
        click.option("--progress", type=File, help="A file to tell how far it has come, as JSON."),
    )
    for option in reversed(options):
        command = option(command)
    return command


@click.command("diff")
@click.argument("old", type=Folder)
@click.argument("new", type=Folder)
@history_options
@click.option("--fail-on-difference", is_flag=True, help="Exit with 1 if any alert differs.")
@click.option("--html", type=File, metavar="REPORT.html", help="Write the same as a page with maps.")
@as_json_option
def rules_diff(
    old: Path, new: Path, as_json: bool, fail_on_difference: bool, html: Path | None, **wish: Any
) -> None:
    """What changed between two rulebooks, and with a history, which alerts that changes."""
    from em_engine.commands.diff import diff_command

    with _refusals(wish["progress"]):
        past = _past(**wish)
        told = diff_command(old, new, past, as_json=as_json, fail_on_difference=fail_on_difference, html=html)
        raise SystemExit(told)


@click.command("backtest")
@click.argument("folder", type=Folder)
@history_options
@as_json_option
def rules_backtest(folder: Path, as_json: bool, **wish: Any) -> None:
    """What a rulebook would have raised on a history, by order and type."""
    from em_engine.commands.backtest import backtest_command

    with _refusals(wish["progress"]):
        raise SystemExit(backtest_command(folder, _past(**wish), as_json=as_json))


@click.command("why")
@click.argument("folder", type=Folder)
@click.option("--wearer", required=True, help="Whose conditions.")
@click.option("--at", type=InstantType(), required=True, help="The moment asked about.")
@history_options
@as_json_option
def rules_why(folder: Path, wearer: str, at: Micros, as_json: bool, **wish: Any) -> None:
    """For one wearer and one time of a history, why each condition raised something or did not."""
    from em_engine.commands.why import why_command

    with _refusals(wish["progress"]):
        raise SystemExit(why_command(folder, _past(**wish), wearer=wearer, at=at, as_json=as_json))


@click.command("explain")
@click.argument("alert")
@click.option("--data", type=Folder, default=Path("var"), show_default=True, help="The engine's data folder.")
@click.option(
    "--language", type=click.Choice(["nb", "nn", "en"]), default="en", show_default=True, help="Of the story."
)
@click.option("--image", type=File, help="Draw the map too: an .svg or a .png.")
@as_json_option
def explain(alert: str, data: Path, language: str, image: Path | None, as_json: bool) -> None:
    """One alert's story from the record alone, judged again to see that it comes out the same.

    The map shows the zone, the way with its error circles, and the fixes the alert rests on; a protected
    person never. The look is written into the audit.
    """
    from em_engine.commands.explain import explain_command
    from em_engine.commands.explained import ExplainRefused
    from em_engine.console.audit import AuditUnavailable

    with clean_refusals(ExplainRefused, AuditUnavailable):
        raise SystemExit(explain_command(alert, data, language=language, image=image, as_json=as_json))


def _past(
    history: tuple[Path, ...],
    more_history: tuple[Path, ...],
    progress: Path | None,
    simulated_days: int | None,
    seed: int,
    **named: Any,
) -> Any:
    from em_engine.commands.history import HistoryRefused, Past
    from em_engine.commands.imagining import Imagining
    from em_engine.commands.progress import Progress

    if more_history and not history:
        raise HistoryRefused(f"{more_history[0]}: name the history with --history")
    imagining = None if simulated_days is None else Imagining(days=simulated_days, seed=seed)
    tracks = (*history, *more_history)
    return Past(tracks=tracks, imagining=imagining, progress=Progress(file=progress), **named)


@contextmanager
def _refusals(progress: Path | None) -> Iterator[None]:
    """What a user can mend in these commands besides what every command can meet; who watches the progress
    is told, too."""
    from em_engine.commands.history import HistoryRefused
    from em_engine.commands.progress import Progress
    from simulators.spans import ScoreRefused
    from simulators.tracks import TrackRefused

    with clean_refusals(HistoryRefused, ScoreRefused, TrackRefused):
        try:
            yield
        except HistoryRefused as refusal:
            Progress(file=progress).refused(refusal.why)
            raise
        except (ScoreRefused, TrackRefused) as refusal:
            Progress(file=progress).refused(*(fault.told for fault in refusal.faults))
            raise
