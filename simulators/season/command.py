"""`em simulate --tags --days`: a season written or sent."""

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from em_engine.ingest.delivery import NotPublishedError
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from simulators.publish import publish
from simulators.replay_command import whole_or_not_at_all
from simulators.season.csv_rows import csv_lines
from simulators.season.rules import write_rules
from simulators.season.world import DAYS_MAX, Season, make
from simulators.tracks import TrackRefused, parquet

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
        write(season, wish)
        if wish.mqtt is not None:
            sent = asyncio.run(_send(season, wish.mqtt))
            click.echo(f"{sent} reports published to {wish.mqtt}", err=True)
    except NotPublishedError as error:
        click.echo(f"{wish.mqtt}: the broker did not take {error}", err=True)
        return 2
    except (OSError, TrackRefused) as error:
        click.echo(str(error), err=True)
        return 2
    told = f"{len(season.cases)} wearers, {len(season.rows)} reports, {len(season.breaches)} breaches"
    click.echo(told, err=True)
    return 0


def write(season: Season, wish: Wish) -> None:
    """The files asked for; what the tags sent as CSV, or in columns. Raises OSError, TrackRefused."""
    if wish.rules is not None:
        write_rules(season.rulebook_files(), wish.rules)
    if wish.truth is not None:
        wish.truth.write_text(season.truth_text(), encoding="utf-8")
    if wish.out is not None and wish.out.suffix.lower() == ".parquet":
        parquet.write(wish.out, season.batches())
    elif wish.out is not None:
        with whole_or_not_at_all(wish.out) as file:
            file.writelines(csv_lines(season.devices, season.batches()))


async def _send(season: Season, url: str) -> int:
    settings = MqttSettings(url=url, client_id=f"em-simulate-{os.getpid()}")
    async with MqttTransport(settings, topics=()) as transport:
        return await publish(season.batches(), transport.publish)
