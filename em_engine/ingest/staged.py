"""A clock set by hand, which runs as fast as it is told to: to try an engine, never to watch people by."""

import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from em_engine.vocabulary import SECOND, Micros, rfc3339

MARK: Final = "STAGED-CLOCK"
"""A file in the data folder of an engine that ran by such a clock."""
_RECORD: Final = "record.sqlite3"
TURN_S: Final = 5.0
"""Seconds of the staged time between two looks of the engine at it: more would look like an absence."""


class ClockRefused(Exception):
    """This clock and this data folder do not go together; the text says why."""


@dataclass(slots=True)
class StagedClock:
    """It begins at an instant with the process, and from then on runs `speed` times as fast as life."""

    starts_at: Micros
    speed: float = 1.0
    _began_s: float = field(default_factory=time.monotonic)

    def __call__(self) -> Micros:
        return self.starts_at + round((time.monotonic() - self._began_s) * self.speed * SECOND)

    @property
    def waits_max_s(self) -> float:
        """How long whoever follows it may sleep, in real seconds."""
        return min(1.0, TURN_S / self.speed)


def mark(data: Path, clock: StagedClock | None) -> None:
    """Keeps times apart that do not belong together: a data folder lives by one kind of clock, all its life.

    Raises ClockRefused.
    """
    marked, is_used = (data / MARK).exists(), (data / _RECORD).exists()
    if clock is None and marked:
        raise ClockRefused(
            f"{data}: a staged clock ran here, and its times are not true: take another data folder"
        )
    if clock is not None and is_used:
        raise ClockRefused(
            f"{data}: there is a record already, and a staged clock begins anew: take an empty data folder"
        )
    if clock is not None:
        data.mkdir(parents=True, exist_ok=True)
        note = f"The times in this folder are from a clock set to {rfc3339(clock.starts_at)} by hand.\n"
        (data / MARK).write_text(note, encoding="utf-8")
