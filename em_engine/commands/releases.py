"""`em rules propose|approve|reject|log`: a change of a rulebook, from draft to in force."""

import json
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from em_engine.commands.options import Folder, InstantType, as_json_option, clean_refusals, now, refuse
from em_engine.vocabulary import Micros

if TYPE_CHECKING:
    from em_engine.rulebook.releases import Entry, Releases

_into = click.option("--releases", "folder", type=Folder, required=True, help="The folder of releases.")


def _signed(command: Callable[..., Any]) -> Callable[..., Any]:
    command = click.option("--why", required=True, help="The reason; it stands in the log.")(command)
    return click.option("--who", required=True, help="Who does it; it stands in the log.")(command)


@click.command("propose")
@click.argument("source", required=False, type=Folder)
@click.option("--again", metavar="REVISION", help="Go back to this revision in place of a folder.")
@_into
@_signed
def rules_propose(source: Path | None, again: str | None, folder: Path, who: str, why: str) -> None:
    """Keep a rulebook as a revision that waits for a second person."""
    if (source is None) == (again is None):
        refuse("name either a rulebook's folder or a revision with --again")
    with clean_refusals():
        releases = _of(folder)
        if again is not None:
            entry = releases.propose_again(again, who=who, why=why, at=now())
        else:
            assert source is not None
            entry = releases.propose(source, who=who, why=why, at=now())
        click.echo(
            f"{entry.revision} is proposed; next: em rules approve {entry.revision} --releases {folder}"
        )


@click.command("approve")
@click.argument("revision")
@_into
@_signed
@click.option("--from", "start", type=InstantType(), help="When it takes effect; now if not given.")
def rules_approve(revision: str, folder: Path, who: str, why: str, start: Micros | None) -> None:
    """Let a proposed revision judge, from now or a later time on. Not by who proposed it."""
    with clean_refusals():
        entry = _of(folder).approve(revision, who=who, why=why, at=now(), effective_from=start)
        click.echo(f"{revision} is approved and judges from {entry.effective_from}")


@click.command("reject")
@click.argument("revision")
@_into
@_signed
def rules_reject(revision: str, folder: Path, who: str, why: str) -> None:
    """Turn a proposed revision down."""
    with clean_refusals():
        _of(folder).reject(revision, who=who, why=why, at=now())
        click.echo(f"{revision} is rejected")


@click.command("log")
@click.argument("folder", type=Folder)
@as_json_option
def rules_log(folder: Path, as_json: bool) -> None:
    """Who proposed and approved which revision, when and why; what judges now is marked."""
    with clean_refusals():
        releases = _of(folder)
        in_force = releases.in_force(now())
        for entry in releases.entries():
            click.echo(json.dumps(asdict(entry), ensure_ascii=False) if as_json else _line(entry, in_force))


def _line(entry: "Entry", in_force: str | None) -> str:
    start = f", from {entry.effective_from}" if entry.effective_from else ""
    mark = "*" if entry.revision == in_force else " "
    return f"{mark} {entry.at}  {entry.revision}  {entry.deed} by {entry.who}{start}: {entry.why}"


def _of(folder: Path) -> "Releases":
    from em_engine.rulebook.releases import Releases

    return Releases(folder)
