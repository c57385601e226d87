"""Reports of many devices on disk, in a file for each day of their arrival, so that memory holds one day."""

from collections.abc import Iterator, Sequence
from pathlib import Path

import numpy as np

from em_engine.vocabulary import REPORT, SECOND, Batch, Micros, Rows
from simulators.season.duties import DAY_S

BATCH_ROWS = 10_000


class Spool:
    """Takes the reports of one case after the other, gives back those of all, day by day."""

    def __init__(self, folder: Path, *, start: Micros, days: int) -> None:
        self._folder, self._start, self._days = folder, start, days
        self._devices: list[str] = []

    def add(self, devices: Sequence[str], rows: Rows) -> None:
        """Reports in order of arrival; their `device` numbers these devices."""
        kept = rows.copy()
        kept["device"] += len(self._devices)
        self._devices += devices
        day = (kept["received_at"] - self._start) // (DAY_S * SECOND)
        for number in range(self._days):
            first, last = np.searchsorted(day, [number, number + 1])
            with self._path(number).open("ab") as file:
                file.write(kept[first:last].tobytes())

    def batches(self) -> Iterator[Batch]:
        """All reports in order of arrival."""
        devices = tuple(self._devices)
        for number in range(self._days):
            rows = np.fromfile(self._path(number), dtype=REPORT)
            rows = rows[np.argsort(rows["received_at"], kind="stable")]
            for first in range(0, len(rows), BATCH_ROWS):
                yield Batch(devices=devices, rows=rows[first : first + BATCH_ROWS])

    def _path(self, day: int) -> Path:
        return self._folder / f"{day:03d}.reports"
