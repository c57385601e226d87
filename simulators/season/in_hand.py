"""A share of a season in hand: kept at each midnight, so that who is ended loses a day of it at most."""

import os
import time
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import msgspec

from simulators.season.engine import MAKING, Reached

IN_HAND: Final = ".in-hand"
"""How its file ends."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """A season and the law it is judged by: only shares of the same make up a whole."""

    seed: int
    days: int
    law: str

    def __str__(self) -> str:
        return f"seed {self.seed}, days {self.days}, law {self.law}"

    def file_of(self, first: int, last: int) -> str:
        """What a file about these cases is called, but for its ending: another season's or another law's has
        another name."""
        return f"seed-{self.seed}-days-{self.days}-law-{self.law}-cases-{first:05d}-{last:05d}"


@dataclass(frozen=True, slots=True, kw_only=True)
class InHand:
    """Cases of which some days are judged."""

    of: Which
    first: int
    last: int
    cpu_s: float
    reached: Reached

    @property
    def numbers(self) -> range:
        """The cases."""
        return range(self.first, self.last + 1)

    @property
    def done(self) -> float:
        """How much of the work."""
        return (1.0 - MAKING) * self.reached.day / self.of.days


class Hand:
    """Where the share in hand is kept at each midnight, or nowhere."""

    def __init__(self, folder: Path | None, of: Which, numbers: range) -> None:
        self._of, self._first, self._last = of, numbers[0], numbers[-1]
        name = f"{of.file_of(self._first, self._last)}{IN_HAND}"
        self._path = None if folder is None else folder / name
        before = None if self._path is None else read_in_hand(self._path)
        self.reached = None if before is None else before.reached
        self._before_s, self._began_s = 0.0 if before is None else before.cpu_s, time.process_time()

    @property
    def cpu_s(self) -> float:
        """Spent on the share, by those before too."""
        return round(self._before_s + time.process_time() - self._began_s, 1)

    def keep(self, reached: Reached) -> None:
        """Writes where it stands. Raises OSError."""
        if self._path is not None:
            hand = InHand(of=self._of, first=self._first, last=self._last, cpu_s=self.cpu_s, reached=reached)
            write_whole(self._path, msgspec.msgpack.encode(hand))


def read_in_hand(path: Path) -> InHand | None:
    """None where there is none, or none that can be read."""
    try:
        return msgspec.msgpack.decode(path.read_bytes(), type=InHand)
    except (FileNotFoundError, msgspec.DecodeError):
        return None


def write_whole(path: Path, content: bytes) -> None:
    """All of it or nothing, whenever the power fails."""
    written = path.with_name(f".{path.name}.unfinished")
    with written.open("wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    written.replace(path)
