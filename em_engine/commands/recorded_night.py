"""What an engine recorded, as a track file: `em replay --recorded DATA --scenario night.yaml`."""

from pathlib import Path
from typing import Any

import click

from em_engine.commands.options import refuse
from em_engine.commands.recorded import Recorded, recorded
from em_engine.record.interface import RecordError
from em_engine.runners.synthetic import DEVICE
from em_engine.vocabulary import Batch
from simulators.season.csv_rows import csv_lines
from simulators.tracks.merge import arrivals


def tracks_of_record(data: Path, wish: dict[str, Any]) -> Path:
    """The record from `start` to `until`, written beside the scenario as a track file; `start` is used up."""
    if wish["scenario"] is None:
        refuse("--recorded goes with --scenario: the reports are written beside it, as a track file")
    tracks: Path = wish["scenario"].with_suffix(".csv")
    try:
        held = recorded(data, since=wish.pop("start", None), until=wish["until"])
        tracks.write_text("".join(_lines(held, data)), encoding="utf-8")
    except (RecordError, OSError) as error:
        refuse(error)
    for told in (*held.notices, f"{tracks}: what was recorded"):
        click.echo(told, err=True)
    return tracks


def _lines(held: Recorded, data: Path) -> list[str]:
    rows, devices = arrivals(held.tracks)
    if DEVICE in devices:  # the synthetic wearer is nobody's night
        rows = rows[rows["device"] != devices.index(DEVICE)]
    if not len(rows):
        refuse(f"{data}: nothing was recorded then")
    return list(csv_lines(devices, [Batch(devices=devices, rows=rows)]))
