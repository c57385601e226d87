"""Reports of many devices on disk, in a file for each day of their arrival, so that memory holds one day.

The files have no names: whoever ends, however he ends, leaves nothing behind.
"""

from collections.abc import Iterator, Sequence
from contextlib import ExitStack
from tempfile import TemporaryFile
from types import TracebackType
from typing import Final, Self

import numpy as np

from em_engine.vocabulary import REPORT, SECOND, Batch, Micros, Rows
from simulators.season.duties import DAY_S

BATCH_ROWS: Final = 1_000_000
"""More than a day of a share: who waits for late fixes keeps few others waiting within one batch, so the
more of a day it holds, the fewer and the wider are the heart's rounds."""


class Spool:
    """Takes the reports of one case after the other, gives back those of all, day by day."""

    def __init__(self, *, start: Micros, days: int) -> None:
        self._start, self.days = start, days
        self._devices: list[str] = []
        with ExitStack() as stack:
            self._files = [stack.enter_context(TemporaryFile(prefix="em-season-")) for _ in range(days)]
            self._open = stack.pop_all()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._open.close()

    def add(self, devices: Sequence[str], rows: Rows) -> None:
        """Reports in order of arrival; their `device` numbers these devices."""
        kept = rows.copy()
        kept["device"] += len(self._devices)
        self._devices += devices
        day = (kept["received_at"] - self._start) // (DAY_S * SECOND)
        for number, file in enumerate(self._files):
            first, last = np.searchsorted(day, [number, number + 1])
            file.write(kept[first:last].tobytes())

    def batches(self, day: int) -> Iterator[Batch]:
        """The reports of a day in order of arrival."""
        devices, file = tuple(self._devices), self._files[day]
        file.seek(0)
        rows = np.frombuffer(file.read(), dtype=REPORT)
        rows = rows[np.argsort(rows["received_at"], kind="stable")]
        for first in range(0, len(rows), BATCH_ROWS):
            yield Batch(devices=devices, rows=rows[first : first + BATCH_ROWS])
