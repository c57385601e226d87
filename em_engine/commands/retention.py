"""`em retention`: what may no longer be kept is deleted, and the deletion proves itself; holds stop it."""

import contextlib
import json
import struct
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

import click
import msgspec

from em_engine.commands.options import Folder, InstantType, as_json_option, clean_refusals, refuse
from em_engine.ingest.delivery import system_clock
from em_engine.law.retention import Period, period_of
from em_engine.record.interface import Reading
from em_engine.record.rows import KeptPosition
from em_engine.record.sqlite import SqliteReaders, beside_the_engine
from em_engine.rulebook import Rulebook, RulebookRefused, load_files
from em_engine.vocabulary import Micros, rfc3339

_HOLD: Final = "retention.hold:"
SOUGHT_MAX: Final = 100
"""So many of the deleted positions of a case are looked for in the files, the newest."""
COUNTED_MAX: Final = 100_000

data_option = click.option(
    "--data", type=Folder, default=Path("var"), show_default=True, help="The engine's data folder."
)
at_option = click.option("--at", type=InstantType(), help="As of then; now if not given.")


@dataclass(frozen=True, slots=True, kw_only=True)
class Deleted:
    """What was deleted of one case, and what was found of it afterwards."""

    case: str
    programme: str | None
    held: str | None  # why nothing was
    positions: int = 0
    alerts: int = 0
    sought: int = 0  # deleted positions looked for in every file of the data folder
    found: int = 0


@click.group()
def retention() -> None:
    """Delete what may no longer be kept, prove it, and hold what must be."""


@retention.command("run")
@data_option
@at_option
@as_json_option
def retention_run(data: Path, at: Micros | None, as_json: bool) -> None:
    """Delete what is older than programme.yaml allows; 1 if anything of it is still found afterwards.

    An engine may be running. Looks for every deleted position in every file of the data folder.
    """
    with clean_refusals(RulebookRefused):
        deleted = run(_record(data), at or system_clock())
    for one in deleted:
        click.echo(json.dumps(asdict(one), ensure_ascii=False) if as_json else _sentence(one))
    raise SystemExit(1 if any(one.found for one in deleted) else 0)


@retention.command("prove")
@data_option
@at_option
@as_json_option
def retention_prove(data: Path, at: Micros | None, as_json: bool) -> None:
    """Whether anything is kept that may not be; 1 if so. Deletes nothing."""
    with clean_refusals(RulebookRefused):
        left = prove(_record(data), at or system_clock())
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
    if not reason.strip():
        refuse("--reason is empty: write why, and by whose decision")
    with clean_refusals(), beside_the_engine(_record(data)) as writing:
        told = {"reason": reason.strip(), "since": rfc3339(system_clock())}
        writing.put_setting(_HOLD + case, json.dumps(told, ensure_ascii=False))
    click.echo(f"{case} is held: {reason.strip()}")


@retention.command("release")
@click.argument("case")
@data_option
def retention_release(case: str, data: Path) -> None:
    """End the hold of a case."""
    with clean_refusals(), beside_the_engine(_record(data)) as writing:
        if writing.setting(_HOLD + case) is None:
            refuse(f"{case} is not held")
        writing.drop_setting(_HOLD + case)
    click.echo(f"{case} is no longer held")


def _record(data: Path) -> Path:
    path = data / "record.sqlite3"
    if not path.exists():
        refuse(f"{path}: there is no record; --data names the engine's data folder")
    return path


def _sentence(one: Deleted, *, still: bool = False) -> str:
    if one.held is not None:
        return f"{one.case}: held, {one.held}"
    verb = "still kept" if still else "deleted"
    of = one.programme or "programme unknown"
    told = f"{one.case} ({of}): {verb} {one.positions} positions, {one.alerts} alerts"
    return told if still else f"{told}; {one.sought} of them looked for in the files, {one.found} found"


# The work ---------------------------------------------------------------------------------------


def run(path: Path, at: Micros) -> list[Deleted]:
    """Deletes what is too old, case by case, and looks for it afterwards. Raises RecordError."""
    done = []
    for case, programme, period, held in _cases(path):
        if held is not None:
            done.append(Deleted(case=case, programme=programme, held=held))
        elif period != Period(programme=period.programme):
            done.append(_delete(path, case, programme, period, at))
    return done


def _delete(path: Path, case: str, programme: str | None, period: Period, at: Micros) -> Deleted:
    positions = alerts = 0
    with beside_the_engine(path) as writing:
        sought = _too_old(writing, case, period, at, limit=SOUGHT_MAX)
        if period.positions is not None:
            positions = writing.forget_positions(before=at - period.positions, case=case)
        if period.alerts is not None:
            alerts = writing.forget_alerts(closed_before=at - period.alerts, case=case)
    found = _found(path.parent, sought)
    return Deleted(
        case=case,
        programme=programme,
        held=None,
        positions=positions,
        alerts=alerts,
        sought=len(sought),
        found=found,
    )


def prove(path: Path, at: Micros) -> list[Deleted]:
    """What is kept of each case for longer than allowed, holds aside."""
    left = []
    for case, programme, period, held in _cases(path):
        with contextlib.closing(SqliteReaders(path)) as readers, readers.reading() as reading:
            old = _too_old(reading, case, period, at, limit=COUNTED_MAX)
        if old and held is None:
            left.append(Deleted(case=case, programme=programme, held=None, positions=len(old)))
    return left


def _too_old(reading: Reading, case: str, period: Period, at: Micros, *, limit: int) -> list[KeptPosition]:
    if period.positions is None:
        return []
    return reading.positions(case, since=-(1 << 62), until=at - period.positions, limit=limit)


def _cases(path: Path) -> Iterator[tuple[str, str | None, Period, str | None]]:
    """Every case of which anything is kept: its programme, its period, and why it is held if it is."""
    with contextlib.closing(SqliteReaders(path)) as readers, readers.reading() as reading:
        cases, holds = reading.cases(), reading.settings(_HOLD)
        periods, programmes = _as_last_judged(reading)
    for case in cases:
        held = holds.get(_HOLD + case)
        reason = None if held is None else str(json.loads(held)["reason"])
        yield case, programmes.get(case), period_of(periods, programmes.get(case)), reason


def _as_last_judged(reading: Reading) -> tuple[tuple[Period, ...], Mapping[str, str]]:
    """The periods of the newest revision, and every order's programme: an order that is no more had one."""
    programmes: dict[str, str] = {}
    periods: tuple[Period, ...] = ()
    for revision, _ in reading.rulebooks():
        rulebook = _rulebook(reading, revision)
        periods = rulebook.programme.retention
        programmes |= {order.id: order.programme.value for order in rulebook.orders}
    return periods, programmes


def _rulebook(reading: Reading, revision: str) -> Rulebook:
    row = reading.rulebook(revision)
    assert row is not None, "a revision that is listed is kept"
    files: Any = msgspec.msgpack.decode(zlib.decompress(row.files))
    return load_files(files, name=revision)


# The proof ----------------------------------------------------------------------------------------


def traces(fix: KeptPosition) -> tuple[bytes, ...]:
    """What the position looks like in a file: as numbers in either byte order, and as text."""
    pair = (fix.lon, fix.lat)
    in_words = [f'"lon":{round(fix.lon, 7)!r},"lat":{round(fix.lat, 7)!r}'.encode()]
    return (struct.pack(">dd", *pair), struct.pack("<dd", *pair), *in_words)


def _found(folder: Path, fixes: Sequence[KeptPosition]) -> int:
    """How many of the positions stand in any file of the folder, of whatever kind it is."""
    left = list(fixes)
    for file in sorted(folder.rglob("*")):
        if file.is_file() and left:
            data = file.read_bytes()
            left = [fix for fix in left if not any(trace in data for trace in traces(fix))]
    return len(fixes) - len(left)
