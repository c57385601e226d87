"""Several tracks as one stream of reports, as they would have arrived at one engine."""

from collections.abc import Iterator, Sequence
from typing import Final

import numpy as np

from em_engine.vocabulary import Batch, Micros, Rows, blank_reports
from simulators.tracks.track import Track

BATCH_ROWS: Final = 10_000


def merge(tracks: Sequence[Track], *, rows: int = BATCH_ROWS, until: Micros | None = None) -> Iterator[Batch]:
    """Batches of at most `rows` reports in order of arrival; none that arrives after `until`.

    A file's row order is its order of arrival, and a row arrives at the latest time its file has told so far.
    Files are merged by these times; where they tie, by the names of their devices, so that the order in which
    files are given does not matter.
    """
    assert rows >= 1, "a batch holds at least one row"
    arrived, devices = arrivals(tracks)
    end = len(arrived) if until is None else int(np.searchsorted(arrived["received_at"], until, side="right"))
    for start in range(0, end, rows):
        yield Batch(devices=devices, rows=arrived[start : min(start + rows, end)])


def arrivals(tracks: Sequence[Track]) -> tuple[Rows, tuple[str, ...]]:
    """Every row of every track in order of arrival, and the devices they index."""
    tracks = sorted(tracks, key=lambda track: (track.devices, track.name))
    devices = tuple(sorted({device for track in tracks for device in track.devices}))
    place = {device: index for index, device in enumerate(devices)}
    parts = [_renumbered(track, place) for track in tracks if len(track)]
    arrived = np.concatenate([blank_reports(0), *parts])
    return arrived[np.argsort(arrived["received_at"], kind="stable")], devices


def _renumbered(track: Track, place: dict[str, int]) -> Rows:
    rows = track.rows.copy()
    rows["device"] = np.array([place[device] for device in track.devices])[rows["device"]]
    return rows
