"""What an engine's own record holds of the past, as tracks: the journal's reports, and kept positions before.

The journal is short on purpose and holds everything; before it there is only what the orders let us keep. So
of that time only breaches of place are told: silences, returns and the signs of devices were not recorded.
"""

import contextlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from em_engine.record import journal
from em_engine.record.interface import Reading, RecordCorrupt
from em_engine.record.rows import KeptPosition
from em_engine.record.sqlite import SqliteReaders
from em_engine.rulebook.coded import Said
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros, ReportKind, blank_reports, rfc3339
from simulators.tracks import Track

KEPT_MAX: Final = 5_000_000
"""So many kept positions are read at most, the newest of each case."""
OF_A_CASE_MAX: Final = 500_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """What the record holds; before `whole_since`, when the journal begins, only positions are kept."""

    tracks: tuple[Track, ...]
    whole_since: Micros
    notices: tuple[str, ...]


def recorded(data: Path, *, since: Micros | None, until: Micros | None) -> Recorded:
    """The past from then to then. Raises RecordError, and FileNotFoundError where there is no record."""
    path = data / "record.sqlite3"
    if not path.exists():
        raise FileNotFoundError(f"{path}: there is no record; name the engine's data folder")
    low, high = BEFORE_ALL if since is None else since, NEVER if until is None else until
    with contextlib.closing(SqliteReaders(path)) as readers, readers.reading() as reading:
        begins, journalled = _journal(reading, low, high)
        kept = _kept(reading, low, min(begins, high))
    return Recorded(
        tracks=tuple(one for one in (kept, journalled) if one is not None),
        whole_since=begins,
        notices=tuple(_notices(begins, kept)),
    )


def _notices(begins: Micros, kept: Track | None) -> Iterator[str]:
    if kept is not None:
        until = "" if begins == NEVER else Said("kept.before", " before {}", rfc3339(begins))
        told = (
            "{} positions{} are those the orders let us keep, mostly of breaches: "
            "what a wider rule would have found elsewhere is not in them, nor silences and device signs"
        )
        yield Said("kept", told, len(kept), until)


def _journal(reading: Reading, since: Micros, until: Micros) -> tuple[Micros, Track | None]:
    """When the journal begins, and the reports in it from then to then."""
    begins, devices, parts = NEVER, dict[str, int](), []
    for _, entry in journal.entries_after(reading, _first(reading)):
        if not isinstance(entry, journal.Inputs):
            continue
        batch = entry.batch
        places = np.array([devices.setdefault(one, len(devices)) for one in batch.devices], dtype=np.int32)
        rows = batch.rows.copy()
        begins = min(begins, int(rows["received_at"][0]))
        rows["device"] = places[rows["device"]]
        parts.append(rows[(rows["received_at"] >= since) & (rows["received_at"] < until)])
    if not parts or not sum(map(len, parts)):
        return begins, None
    return begins, Track(name="journal", devices=tuple(devices), rows=np.concatenate(parts))


def _first(reading: Reading) -> int:
    """Where the journal can be read from: its beginning, or the newest snapshot where that is dropped."""
    try:
        next(journal.entries_after(reading, 0), None)
    except RecordCorrupt:
        kept = reading.newest_snapshot()
        return 0 if kept is None else kept[0]
    return 0


def _kept(reading: Reading, since: Micros, until: Micros) -> Track | None:
    """The kept positions from then to then, each once though several cases may hold it."""
    found: dict[tuple[str, Micros], KeptPosition] = {}
    for case in reading.cases():
        left = min(OF_A_CASE_MAX, KEPT_MAX - len(found))
        for one in reading.positions(case, since=since, until=until, limit=left):
            found.setdefault((one.device, one.fixed_at), one)
    if not found:
        return None
    fixes = sorted(found.values(), key=lambda one: (one.fixed_at, one.device))
    devices = {name: place for place, name in enumerate(sorted({one.device for one in fixes}))}
    rows = blank_reports(len(fixes))
    rows["kind"] = ReportKind.FIX
    rows["device"] = [devices[one.device] for one in fixes]
    for name in ("at", "sent_at", "received_at"):
        rows[name] = [one.fixed_at for one in fixes]
    for name in ("lon", "lat", "accuracy_m", "source"):
        rows[name] = [getattr(one, name) for one in fixes]
    return Track(name="kept positions", devices=tuple(devices), rows=rows)
