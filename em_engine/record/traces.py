"""What a kept position looks like in a file, and whether any of them stands in a folder.

Every file is read, of whatever kind it is, a piece at a time: a deletion is proved by looking where the bytes
would be, not by asking the store whether it deleted them.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from em_engine.record.rows import KeptPosition

PIECE: Final = 1 << 20
"""Read at once: enough to be quick, and little enough for an engine that judges beside it."""
_PAIR_BYTES: Final = 16
_TEXT_MAX: Final = 64
_IN_WORDS: Final = re.compile(rb'"lon":(-?\d+(?:\.\d+)?),"lat":(-?\d+(?:\.\d+)?)')
_ORDERS: Final = (">f8", "<f8")
"""SQLite writes numbers with the highest byte first, columns of a snapshot with the lowest."""


def traces(fix: KeptPosition) -> tuple[bytes, ...]:
    """What the position looks like in a file: as numbers in either byte order, and as text."""
    pair = np.array([fix.lon, fix.lat])
    in_words = f'"lon":{round(fix.lon, 7)!r},"lat":{round(fix.lat, 7)!r}'.encode()
    return (*(pair.astype(order).tobytes() for order in _ORDERS), in_words)


def found_in(folder: Path, fixes: Iterable[KeptPosition]) -> set[KeptPosition]:
    """Which of the positions stand in any file of the folder. A file that goes meanwhile holds nothing."""
    sought = _Sought(fixes)
    found: set[bytes] = set()
    for file in sorted(folder.rglob("*")) if sought.by_trace else ():
        for piece in _pieces(file):
            found |= sought.in_piece(piece)
    return {sought.by_trace[trace] for trace in found}


def _pieces(file: Path) -> Iterator[bytes]:
    """The file's bytes, each piece with the end of the one before: nothing is cut in two."""
    if not file.is_file():
        return
    try:
        with file.open("rb") as stream:
            before = b""
            while piece := stream.read(PIECE):
                yield before + piece
                before = piece[-_TEXT_MAX:]
    except FileNotFoundError:
        return


class _Sought:
    """Positions as they would stand in a file, laid out to be looked for all at once."""

    def __init__(self, fixes: Iterable[KeptPosition]) -> None:
        self.by_trace = {trace: fix for fix in fixes for trace in traces(fix)}
        pairs = [trace for trace in self.by_trace if len(trace) == _PAIR_BYTES]
        heads = np.frombuffer(b"".join(trace[:8] for trace in pairs), dtype=np.uint64)
        self._heads = np.unique(heads)
        self._may_begin = np.zeros(1 << 16, dtype=np.bool_)
        self._may_begin[_mixed(heads)] = True

    def in_piece(self, piece: bytes) -> set[bytes]:
        """The traces that stand in it."""
        found = {piece[at : at + _PAIR_BYTES] for offset in range(8) for at in self._begin(piece, offset)}
        found |= {match[0] for match in _IN_WORDS.finditer(piece)}
        return found & self.by_trace.keys()

    def _begin(self, piece: bytes, offset: int) -> list[int]:
        """Where a longitude that is sought stands, eight bytes a step from that offset."""
        count = (len(piece) - offset) // 8
        words = np.frombuffer(piece, dtype=np.uint64, count=count, offset=offset) if count > 0 else None
        if words is None or not len(self._heads):
            return []
        likely = np.flatnonzero(self._may_begin[_mixed(words)])
        exact: NDArray[Any] = likely[np.isin(words[likely], self._heads)]
        return [offset + 8 * int(place) for place in exact]


def _mixed(words: NDArray[np.uint64]) -> NDArray[np.uint64]:
    """Sixteen bits of each word in which words that differ somewhere most often differ."""
    return (words * np.uint64(0x9E3779B97F4A7C15)) >> np.uint64(48)
