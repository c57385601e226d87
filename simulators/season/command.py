"""`em simulate` and `em bench quality`: a season written or sent, and our engine scored over one."""

import asyncio
import json
import os
import sys
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TextIO

import click

from em_engine.ingest.delivery import NotPublishedError
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from simulators.publish import publish
from simulators.replay_command import whole_or_not_at_all
from simulators.season.contest import judge
from simulators.season.csv_rows import csv_lines
from simulators.season.halves import quality_on_all_cores
from simulators.season.recorded import missing_in, recordings
from simulators.season.report import Quality
from simulators.season.rules import write_rules
from simulators.season.world import DAYS_MAX, Season, make

TAGS_MAX: Final = 10_000
"""Of one run: its reports are held in memory, 2,000 a tag and day of 83 bytes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """What a simulation was asked to do."""

    tags: int
    days: int
    seed: int
    out: Path | None = None
    truth: Path | None = None
    rules: Path | None = None
    mqtt: str | None = None


def simulate_command(wish: Wish) -> int:
    """Makes the season and writes what was asked for, or sends it; 2 where that cannot be done."""
    if not 1 <= wish.days <= DAYS_MAX or not 1 <= wish.tags <= TAGS_MAX:
        click.echo(f"a run has 1 to {TAGS_MAX} tags and 1 to {DAYS_MAX} days", err=True)
        return 2
    if not any((wish.out, wish.truth, wish.rules, wish.mqtt)):
        click.echo("nothing to write: give --out, --truth, --rules or --mqtt", err=True)
        return 2
    season = make(seed=wish.seed, numbers=range(wish.tags), days=wish.days)
    try:
        _write(season, wish)
        if wish.mqtt is not None:
            sent = asyncio.run(_send(season, wish.mqtt))
            click.echo(f"{sent} reports published to {wish.mqtt}", err=True)
    except NotPublishedError as error:
        click.echo(f"{wish.mqtt}: the broker did not take {error}", err=True)
        return 2
    except OSError as error:
        click.echo(str(error), err=True)
        return 2
    told = f"{len(season.cases)} wearers, {len(season.rows)} reports, {len(season.breaches)} breaches"
    click.echo(told, err=True)
    return 0


def _write(season: Season, wish: Wish) -> None:
    if wish.rules is not None:
        write_rules(season.rulebook_files(), wish.rules)
    if wish.truth is not None:
        wish.truth.write_text(season.truth_text(), encoding="utf-8")
    if wish.out is not None:
        with whole_or_not_at_all(wish.out) as file:
            file.writelines(csv_lines(season.devices, season.batches()))


async def _send(season: Season, url: str) -> int:
    settings = MqttSettings(url=url, client_id=f"em-simulate-{os.getpid()}")
    async with MqttTransport(settings, topics=()) as transport:
        return await publish(season.batches(), transport.publish)


@dataclass(frozen=True, slots=True, kw_only=True)
class QualityWish:
    """How large a contest was asked for: the standard season unless told otherwise."""

    tags: int = 1_000
    days: int = 30
    seed: int = 1
    curve: Path | None = None
    tracks: Path | None = None
    workers: int | None = None  # every core of the machine

    @classmethod
    def of(
        cls,
        *,
        tags: int | None,
        days: int | None,
        small: bool,
        seed: int,
        curve: Path | None,
        tracks: Path | None,
    ) -> "QualityWish":
        """What is not given is the standard season's, or the small one's."""
        usual = cls(tags=60, days=2) if small else cls()
        return cls(tags=tags or usual.tags, days=days or usual.days, seed=seed, curve=curve, tracks=tracks)


def quality_command(wish: QualityWish, *, as_json: bool) -> int:
    """Prints the contestants side by side and what is reached, and draws their curve; 1 where something to be
    reached is not."""
    if wish.days > DAYS_MAX:
        click.echo(f"a season has at most {DAYS_MAX} days", err=True)
        return 2
    began = time.monotonic()
    tell = _progress(sys.stderr)
    result = quality_on_all_cores(
        seed=wish.seed, tags=wish.tags, days=wish.days, workers=wish.workers, tell=tell
    )
    told = f"{wish.tags} wearers, {wish.days} days, seed {wish.seed}"
    click.echo(f"{told}: {time.monotonic() - began:.0f} s", err=True)
    taken, why_not = _recordings(wish.tracks)
    if as_json:
        recorded = None if taken is None else taken.as_json()
        click.echo(json.dumps(result.as_json() | {"recordings": recorded}, indent=2))
    else:
        recorded_told = f"skipped: {why_not}" if taken is None else f"\n{taken.contestants()}"
        click.echo(f"{result.table()}\n\nrecordings: {recorded_told}")
    if wish.curve is not None:
        wish.curve.write_text(result.curve(f"Missed against nuisance: {told}"), encoding="utf-8")
    return int(not all(reach.is_reached for reach in result.reaches()))


def _recordings(folder: Path | None) -> tuple[Quality | None, str]:
    """The contest over real tracks, or why there is none."""
    if folder is None:
        return None, "--tracks names the folder that holds them"
    if missing := missing_in(folder):
        return None, f"{folder} lacks {', '.join(missing)}"
    return judge(recordings(folder)), ""


def _progress(stream: TextIO) -> Callable[[float], None]:
    """Tells how far it is: over and over on a terminal, every twentieth in a file."""
    shown = [-1.0]

    def tell(share: float) -> None:
        step = 0.001 if stream.isatty() else 0.05
        if share - shown[0] >= step:
            shown[0] = share
            stream.write(f"\r{share:6.1%}" if stream.isatty() else f"{share:.0%}\n")
            stream.flush()

    return tell
