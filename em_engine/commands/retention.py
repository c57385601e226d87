"""`em retention`: what may no longer be kept is deleted, and the deletion proves itself; holds stop it."""

import contextlib
import json
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING

import click

from em_engine.commands.options import Folder, InstantType, as_json_option, clean_refusals, now, refuse
from em_engine.vocabulary import Micros

if TYPE_CHECKING:
    from em_engine.record.sqlite import SqliteBeside
    from em_engine.runners.deletion import Deleted

data_option = click.option(
    "--data", type=Folder, default=Path("var"), show_default=True, help="The engine's data folder."
)
at_option = click.option("--at", type=InstantType(), help="As of then; now if not given.")


@click.group()
def retention() -> None:
    """Delete what may no longer be kept, prove it, and hold what must be. A running engine does so daily."""


@retention.command("run")
@data_option
@at_option
@as_json_option
def retention_run(data: Path, at: Micros | None, as_json: bool) -> None:
    """Delete what is older than programme.yaml allows; 1 if anything of it is still found afterwards.

    An engine may be running. Looks for every deleted position in every file of the data folder, and writes
    into the audit what was deleted.
    """
    from em_engine.runners.deletion import delete
    from em_engine.runners.retention import audited

    with _kept(data) as kept, audited(data, who="em retention", clock=now) as note:
        deleted = delete(kept, data, at or now(), note=note)
    for one in deleted:
        click.echo(json.dumps(asdict(one), ensure_ascii=False) if as_json else _sentence(one))
    raise SystemExit(1 if any(one.found for one in deleted) else 0)


@retention.command("prove")
@data_option
@at_option
@as_json_option
def retention_prove(data: Path, at: Micros | None, as_json: bool) -> None:
    """Whether anything is kept that may not be; 1 if so. Deletes nothing."""
    from em_engine.runners.deletion import left_over

    with _kept(data) as kept:
        left = left_over(kept, at or now())
    for one in left:
        click.echo(json.dumps(asdict(one), ensure_ascii=False) if as_json else _sentence(one, still=True))
    if not left and not as_json:
        click.echo("nothing is kept for longer than programme.yaml allows")
    raise SystemExit(1 if left else 0)


@retention.command("hold")
@click.argument("case")
@click.option("--reason", required=True, help="Why, and by whose decision.")
@data_option
def retention_hold(case: str, reason: str, data: Path) -> None:
    """Keep everything of a case until it is released."""
    from em_engine.runners.deletion import hold

    if not reason.strip():
        refuse("--reason is empty: write why, and by whose decision")
    with _kept(data) as kept:
        hold(kept, case, reason=reason.strip(), at=now())
    click.echo(f"{case} is held: {reason.strip()}")


@retention.command("release")
@click.argument("case")
@data_option
def retention_release(case: str, data: Path) -> None:
    """End the hold of a case."""
    from em_engine.runners.deletion import release

    with _kept(data) as kept:
        if not release(kept, case):
            refuse(f"{case} is not held")
    click.echo(f"{case} is no longer held")


@contextlib.contextmanager
def _kept(data: Path) -> "Iterator[SqliteBeside]":
    from em_engine.console.audit import AuditUnavailable
    from em_engine.record.sqlite import SqliteBeside

    path = data / "record.sqlite3"
    if not path.exists():
        refuse(f"{path}: there is no record; --data names the engine's data folder")
    with clean_refusals(AuditUnavailable), contextlib.closing(SqliteBeside(path)) as kept:
        yield kept


def _sentence(one: "Deleted", *, still: bool = False) -> str:
    if one.held is not None:
        return f"{one.case}: held, {one.held}"
    verb = "still kept" if still else "deleted"
    of = one.programme or "programme unknown"
    told = f"{one.case} ({of}): {verb} {one.positions} positions, {one.alerts} alerts"
    return told if still else f"{told}; {one.sought} of them looked for in the files, {one.found} found"
