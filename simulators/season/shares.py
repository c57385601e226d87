"""Shares of a season: what some of its cases came to, each kept in a small file as soon as it is judged.

    kept = Shares(folder, Which(seed=1, days=30, law=law_identity()), tags=1_000)
    kept.found, kept.left_aside

A case is the same whoever else is in its season, so shares may be cut anyhow and still make up the whole. A
share in hand is kept at each midnight of the season, and goes on from there.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from typing import Final

import msgspec

from simulators.season.in_hand import IN_HAND, InHand, Which, read_in_hand, write_whole
from simulators.season.report import Quality

CASES_MAX: Final = 500
"""A share of fewer cases makes narrow rounds in the heart, of more it is long before anything is told."""
_ENDING: Final = ".share.json"


class FolderTakenError(Exception):
    """Another run is at work on the same folder."""


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
        """Of its file."""
        return f"{self.of.file_of(self.first, self.last)}{_ENDING}"


class Shares:
    """What is kept of one season in a folder, in the order of its cases; the rest there is left aside."""

    def __init__(self, folder: Path, of: Which, *, tags: int) -> None:
        self._folder = folder
        self.found: list[Share] = []
        self.in_hand: list[InHand] = []
        self.left_aside: list[str] = []
        why: Counter[str] = Counter()
        for share in sorted(self._readable(), key=lambda share: share.first):
            if reason := self._why_not(share, of, tags):
                why[reason] += 1
            else:
                self.found.append(share)
        taken = {number for share in self.found for number in share.numbers}
        for hand in self._in_hand(of):
            if taken.isdisjoint(hand.numbers) and hand.last < tags:
                taken |= {*hand.numbers}
                self.in_hand.append(hand)
        self.left_aside += [f"shares of {reason}: {count}" for reason, count in sorted(why.items())]

    def keep(self, share: Share) -> None:
        """Writes a share that is finished: all of it, or nothing. Raises OSError."""
        write_whole(self._folder / share.name, msgspec.json.format(msgspec.json.encode(share), indent=1))
        (self._folder / f"{share.of.file_of(share.first, share.last)}{IN_HAND}").unlink(missing_ok=True)
        self.found = sorted([*self.found, share], key=lambda one: one.first)

    def _readable(self) -> Iterator[Share]:
        for path in sorted(self._folder.glob(f"*{_ENDING}")):
            try:
                yield msgspec.json.decode(path.read_bytes(), type=Share)
            except msgspec.DecodeError as error:
                self.left_aside.append(f"{path.name} is no share ({error})")

    def _in_hand(self, of: Which) -> Iterator[InHand]:
        """Those that can be gone on with; the others are begun anew."""
        for path in sorted(self._folder.glob(f"*{IN_HAND}")):
            hand = read_in_hand(path)
            if hand is not None and hand.of == of:
                yield hand

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


def cuts(kept: Sequence[Share], in_hand: Sequence[InHand] = (), *, tags: int, workers: int) -> list[range]:
    """The cases that nobody has judged yet: shares in hand as they are, the rest in shares about alike, as
    many for each worker."""
    begun = [hand.numbers for hand in in_hand]
    taken = {number for numbers in (*begun, *(share.numbers for share in kept)) for number in numbers}
    if not (left := [number for number in range(tags) if number not in taken]):
        return begun
    rounds = -(-len(left) // (CASES_MAX * workers))
    size = -(-len(left) // (rounds * workers))
    return [*begun, *(cut for stretch in _stretches(left) for cut in _cut(stretch, size))]


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
