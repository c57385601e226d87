"""Track files in, columns out: one reader a file, one `read` for all of them."""

from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from types import MappingProxyType
from typing import Final, TypeVar

from em_engine.rulebook.coded import Said
from simulators.tracks import csv, geojson, gpx, nmea, owntracks_rec, parquet
from simulators.tracks.merge import BATCH_ROWS, merge
from simulators.tracks.track import Collector, Fault, Recording, Track, TrackRefused

__all__ = [
    "BATCH_ROWS",
    "READERS",
    "Fault",
    "Recording",
    "Track",
    "TrackRefused",
    "merge",
    "opened",
    "read",
]

Held = TypeVar("Held", Track, parquet.Stored)
READERS: Final[Mapping[str, Callable[[Path], Track]]] = MappingProxyType(
    {
        ".csv": csv.read,
        ".gpx": gpx.read,
        ".nmea": nmea.read,
        ".log": nmea.read,
        ".rec": owntracks_rec.read,
        ".geojson": geojson.read,
        ".json": geojson.read,
        ".parquet": parquet.read,
    }
)
"""The reader for each ending of a file's name."""


def read(path: Path, device: str | None = None) -> Track:
    """The track in `path`, by the ending of its name; `device` renames the one device it holds.

    Raises TrackRefused where the ending is unknown, the file's form is wrong, nothing in it can be read, or
    it holds several devices and a name for one is given.
    """
    reader = READERS.get(path.suffix.lower())
    if reader is None:
        endings = " ".join(READERS)
        told = Said("track.ending", "no track file: its name ends in none of {}", endings)
        raise Collector(path).refuse(1, 1, told)
    track = reader(path)
    return track if device is None else _renamed(track, device)


def opened(path: Path, device: str | None = None) -> Track | parquet.Stored:
    """The same, where reports may be read a part at a time: a Parquet file is never held whole."""
    if path.suffix.lower() != ".parquet":
        return read(path, device)
    stored = parquet.opened(path)
    return stored if device is None else _renamed(stored, device)


def _renamed(track: Held, device: str) -> Held:
    if len(track.devices) > 1:
        told = "{} devices are in it; --device can only rename a single one"
        why = Said("track.renamed", told, len(track.devices))
        raise TrackRefused(Fault(file=track.name, line=1, column=1, message=why))
    return replace(track, devices=(device,) if track.devices else ())
