"""Several tracks as one stream of reports, as they would have arrived at one engine."""

from collections import deque
from collections.abc import Container, Iterable, Iterator, Sequence
from typing import Final, TypeVar

import numpy as np

from em_engine.vocabulary import NEVER, Batch, Indices, Micros, Rows, blank_reports
from simulators.tracks.track import Recording, Track

BATCH_ROWS: Final = 10_000
Kind = TypeVar("Kind", bound=Recording)


def merge(
    tracks: Sequence[Recording],
    *,
    rows: int = BATCH_ROWS,
    until: Micros | None = None,
    of: Container[str] | None = None,
    only: Sequence[str] = (),
) -> Iterator[Batch]:
    """Batches of at most `rows` reports in order of arrival; none that arrives after `until`.

    A file's row order is its order of arrival, and a row arrives at the latest time its file has told so far.
    Files are merged by these times; where they tie, by the names of their devices, so that the order in which
    files are given does not matter. Reports of other devices than those `of` are left out; where `only` some
    fields are asked for, the others may hold anything. A part of each file is held at a time.
    """
    assert rows >= 1, "a batch holds at least one row"
    tracks = _in_order(tracks)
    devices = _devices(tracks)
    reels = [_Reel(track, devices, of, only) for track in tracks]
    end = NEVER if until is None else until
    for part in _cut(_together(reels, end), rows):
        yield Batch(devices=devices, rows=part)


def arrivals(tracks: Sequence[Track]) -> tuple[Rows, tuple[str, ...]]:
    """Every row of every track in order of arrival, and the devices they index."""
    tracks = _in_order(tracks)
    devices = _devices(tracks)
    parts = [_renumbered(track.rows, _places(track, devices, None)) for track in tracks if len(track)]
    arrived = np.concatenate([blank_reports(0), *parts])
    return arrived[np.argsort(arrived["received_at"], kind="stable")], devices


def _in_order(tracks: Sequence[Kind]) -> list[Kind]:
    return sorted(tracks, key=lambda track: (track.devices, track.name))


def _devices(tracks: Sequence[Recording]) -> tuple[str, ...]:
    return tuple(sorted({device for track in tracks for device in track.devices}))


def _places(track: Recording, devices: Sequence[str], of: Container[str] | None) -> Indices:
    """The number each of the track's devices has among all; -1 for those that are left out."""
    place = {device: index for index, device in enumerate(devices)}
    wanted = (place[device] if of is None or device in of else -1 for device in track.devices)
    return np.fromiter(wanted, dtype=np.intp, count=len(track.devices))


def _renumbered(rows: Rows, places: Indices) -> Rows:
    device = places[rows["device"]]
    is_wanted = device >= 0
    rows, device = (rows.copy(), device) if is_wanted.all() else (rows[is_wanted], device[is_wanted])
    rows["device"] = device
    return rows


class _Reel:
    """One file as it is wound off: what has been read of it and not been handed on yet."""

    def __init__(
        self, track: Recording, devices: Sequence[str], of: Container[str] | None, only: Sequence[str]
    ) -> None:
        self._chunks = track.chunks(only=only)
        self._places = _places(track, devices, of)
        self._held = blank_reports(0)
        self._is_whole = False

    def surely_by(self) -> Micros:
        """Every report that arrives before then has been read."""
        while not self._is_whole and not len(self._held):
            chunk = next(self._chunks, None)
            self._is_whole = chunk is None
            if chunk is not None:
                self._held = _renumbered(chunk, self._places)
        return NEVER if self._is_whole else int(self._held["received_at"][-1])

    def take(self, until: Micros) -> Rows:
        """What arrives before then."""
        count = int(np.searchsorted(self._held["received_at"], until, side="left"))
        taken, self._held = self._held[:count], self._held[count:]
        return taken

    def read_on(self) -> None:
        """Reads another part beside what is held."""
        chunk = next(self._chunks, None)
        self._is_whole = chunk is None
        if chunk is not None:
            self._held = np.concatenate([self._held, _renumbered(chunk, self._places)])


def _together(reels: Sequence[_Reel], end: Micros) -> Iterator[Rows]:
    """The reports of all files in order of arrival, some at a time."""
    while True:
        reached = [reel.surely_by() for reel in reels]
        until = min(reached, default=NEVER)
        parts = [reel.take(min(until, end + 1) if end != NEVER else until) for reel in reels]
        rows = np.concatenate([blank_reports(0), *parts]) if len(parts) != 1 else parts[0]
        if len(rows):
            yield rows[np.argsort(rows["received_at"], kind="stable")] if len(parts) > 1 else rows
        if until > end or until == NEVER:
            return
        for reel, by in zip(reels, reached, strict=True):
            if by == until:
                reel.read_on()


def _cut(parts: Iterable[Rows], size: int) -> Iterator[Rows]:
    """The same in pieces of that size; the last is smaller."""
    held, count = deque[Rows](), 0
    for part in parts:
        held.append(part)
        count += len(part)
        while count >= size:
            yield _taken(held, size)
            count -= size
    if count:
        yield _taken(held, count)


def _taken(held: deque[Rows], size: int) -> Rows:
    parts = []
    while size:
        part = held.popleft()
        parts.append(part[:size])
        if len(part) > size:
            held.appendleft(part[size:])
        size -= len(parts[-1])
    return parts[0] if len(parts) == 1 else np.concatenate(parts)
