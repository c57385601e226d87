"""A history gone through a part at a time: who was heard how often and how long, and where fixes lie."""

from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np

from em_engine.vocabulary import BEFORE_ALL, HOUR, Floats, Micros, Rows
from simulators.tracks import Recording, merge
from simulators.tracks.track import CHUNK_ROWS

DAY: Final[Micros] = 24 * HOUR
Proof = tuple[str | None, Micros]
"""A device, and when it took a fix."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Heard:
    """Who was heard, how often, and for how long each was monitored."""

    begin: Micros
    end: Micros
    counts: Mapping[str, int]
    days: Mapping[str, float]


def gone_through(
    tracks: Sequence[Recording], until: Micros | None, tell: Callable[[int], None]
) -> Heard | None:
    """Who was heard up to then, or to the end; None where nobody was. `tell` hears how many reports more.

    Of a silence at most a day counts as monitored: recordings of different years are tried together, and what
    lies between them was nobody's device-day.
    """
    begin, end, devices = BEFORE_ALL, BEFORE_ALL, tuple[str, ...]()
    sums: _Sums | None = None
    for batch in merge(tracks, rows=CHUNK_ROWS, until=until, only=("device", "received_at")):
        if sums is None:
            devices, begin = batch.devices, int(batch.rows["received_at"][0])
            sums = _Sums(len(devices))
        sums.add(batch.rows)
        end = int(batch.rows["received_at"][-1])
        tell(len(batch))
    if sums is None:
        return None
    days = sums.days(end if until is None else until)
    heard = np.flatnonzero(sums.count)
    return Heard(
        begin=begin,
        end=end if until is None else until,
        counts={devices[one]: int(sums.count[one]) for one in heard},
        days={devices[one]: float(days[one]) for one in heard},
    )


class _Sums:
    """Each device's reports, and its monitored time between them."""

    def __init__(self, devices: int) -> None:
        self.count = np.zeros(devices, dtype=np.int64)
        self._last = np.full(devices, BEFORE_ALL)
        self._monitored = np.zeros(devices, dtype=np.int64)

    def add(self, rows: Rows) -> None:
        """More reports, in order of arrival."""
        order = np.argsort(rows["device"], kind="stable")
        device, at = rows["device"][order], rows["received_at"][order]
        is_first = np.concatenate([[True], device[1:] != device[:-1]])
        before = np.where(is_first, self._last[device], np.concatenate([at[:1], at[:-1]]))
        before = np.where(before == BEFORE_ALL, at, before)
        np.add.at(self._monitored, device, np.minimum(at - before, DAY))
        self.count += np.bincount(device, minlength=len(self.count))
        is_last = np.concatenate([device[1:] != device[:-1], [True]])
        self._last[device[is_last]] = at[is_last]

    def days(self, end: Micros) -> Floats:
        """How many days each was monitored, up to the end."""
        silent = np.where(self._last == BEFORE_ALL, 0, np.minimum(end - np.maximum(self._last, 0), DAY))
        return np.asarray((self._monitored + silent) / DAY)


def places(tracks: Iterable[Recording], proofs: Collection[Proof]) -> dict[Proof, list[float]]:
    """Where the fixes of these devices and times lie; those that are not there are left out."""
    wanted = np.unique(np.array([at for _, at in proofs], dtype=np.int64))
    found: dict[Proof, list[float]] = {}
    if not len(wanted):
        return found
    for track in tracks:
        for rows in track.chunks(only=("device", "kind", "at", "lon", "lat")):
            is_wanted = np.isin(rows["at"], wanted) & ~np.isnan(rows["lon"])
            for row in rows[is_wanted]:
                proof = track.devices[row["device"]], int(row["at"])
                if proof in proofs:
                    found.setdefault(proof, [round(float(row[name]), 6) for name in ("lon", "lat")])
    return found
