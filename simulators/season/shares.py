"""Shares of a season: what some of its cases came to, each kept in a small file as soon as it is judged.

    kept = Shares(folder, Which(seed=1, days=30, law=law_identity()), tags=1_000)
    kept.found, kept.left_aside

A case is the same whoever else is in its season, so shares may be cut anyhow and still make up the whole.
"""

import os
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

import msgspec

from simulators.season.report import Quality

CASES_MAX: Final = 100
"""A share of fewer cases makes narrow rounds in the heart, one of more is long in hand when all is ended."""
_ENDING: Final = ".share.json"


class FolderTakenError(Exception):
    """Another run is at work on the same folder."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Which:
    """A season and the law it is judged by: only shares of the same make up a whole."""

    seed: int
    days: int
    law: str

    def __str__(self) -> str:
        return f"seed {self.seed}, days {self.days}, law {self.law}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Share:
    """Some cases of a season, lived and judged to its end."""

    of: Which
    first: int
    last: int  # of the cases' numbers, itself among them
    cpu_s: float
    quality: Quality

    @property
    def numbers(self) -> range:
        """The cases."""
        return range(self.first, self.last + 1)

    @property
    def device_days(self) -> int:
        """Wearers' tags, days."""
        return len(self.numbers) * self.of.days

    @property
    def name(self) -> str:
        """Of its file: another season's or another law's has another."""
        season = f"seed-{self.of.seed}-days-{self.of.days}-law-{self.of.law}"
        return f"{season}-cases-{self.first:05d}-{self.last:05d}{_ENDING}"


class Shares:
    """What is kept of one season in a folder, in the order of its cases; the rest there is left aside."""

    def __init__(self, folder: Path, of: Which, *, tags: int) -> None:
        self._folder = folder
        self.found: list[Share] = []
        self.left_aside: list[str] = []
        why: Counter[str] = Counter()
        for share in sorted(self._readable(), key=lambda share: share.first):
            if reason := self._why_not(share, of, tags):
                why[reason] += 1
            else:
                self.found.append(share)
        self.left_aside += [f"shares of {reason}: {count}" for reason, count in sorted(why.items())]

    def keep(self, share: Share) -> None:
        """Writes a share that is finished: all of it, or nothing. Raises OSError."""
        written = self._folder / f".{share.name}.unfinished"
        with written.open("wb") as file:
            file.write(msgspec.json.format(msgspec.json.encode(share), indent=1))
            file.flush()
            os.fsync(file.fileno())
        written.replace(self._folder / share.name)
        self.found = sorted([*self.found, share], key=lambda one: one.first)

    def _readable(self) -> Iterator[Share]:
        for path in sorted(self._folder.glob(f"*{_ENDING}")):
            try:
                yield msgspec.json.decode(path.read_bytes(), type=Share)
            except msgspec.DecodeError as error:
                self.left_aside.append(f"{path.name} is no share ({error})")

    def _why_not(self, share: Share, of: Which, tags: int) -> str:
        """Why a share does not belong here; nothing where it does."""
        if share.of.law != of.law and replace(share.of, law=of.law) == of:
            return f"another law ({share.of.law})"
        if share.of != of:
            return f"another season ({share.of})"
        if share.last >= tags:
            return f"more cases than the {tags} that were asked for"
        if self.found and share.first <= self.found[-1].last:
            return "cases that another share has judged"
        return ""


@contextmanager
def held(folder: Path) -> Iterator[None]:
    """Makes the folder, and keeps others out of it while this run writes there. Raises FolderTakenError and
    OSError; a run that is killed lets go of it."""
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / ".at-work").open("w") as lock:
        try:
            flock(lock, LOCK_EX | LOCK_NB)
        except BlockingIOError:
            raise FolderTakenError(f"{folder}: another run is at work there") from None
        yield


def cuts(kept: Sequence[Share], *, tags: int, workers: int) -> list[range]:
    """The cases that nobody has judged yet, in shares about alike, as many for each worker."""
    judged = {number for share in kept for number in share.numbers}
    if not (left := [number for number in range(tags) if number not in judged]):
        return []
    rounds = -(-len(left) // (CASES_MAX * workers))
    size = -(-len(left) // (rounds * workers))
    return [cut for stretch in _stretches(left) for cut in _cut(stretch, size)]


def _stretches(numbers: Sequence[int]) -> Iterator[range]:
    """Numbers in a row, as ranges."""
    starts = [place for place, one in enumerate(numbers) if place == 0 or one != numbers[place - 1] + 1]
    for start, end in zip(starts, [*starts[1:], len(numbers)], strict=True):
        yield range(numbers[start], numbers[end - 1] + 1)


def _cut(stretch: range, size: int) -> Iterator[range]:
    """The stretch in parts about alike, none above the size."""
    count = -(-len(stretch) // size)
    for one in range(count):
        yield stretch[len(stretch) * one // count : len(stretch) * (one + 1) // count]
