"""How far a season is: shares finished, the part of all cases that is done, and how long it will take yet."""

import time
from collections.abc import Callable, Sequence
from typing import Final, TextIO

from simulators.season.shares import Share

_STEP_AT_A_TERMINAL: Final = 0.001
_STEP_IN_A_FILE: Final = 0.05


class Progress:
    """Tells over and over on a terminal; at every twentieth and every share in a file."""

    def __init__(
        self,
        stream: TextIO,
        *,
        kept: Sequence[Share],
        missing: Sequence[range],
        begun: float = 0.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._stream, self._clock = stream, clock
        self._finished, self._shares = len(kept), len(kept) + len(missing)
        whole = sum(len(share.numbers) for share in kept)
        self._cases = whole + sum(map(len, missing))
        self._before = whole + begun
        self._done, self._told, self._began_s = self._before, -1.0, clock()

    def tell(self, cases: float) -> None:
        """So many cases more are done, or parts of one."""
        self._done += cases
        step = _STEP_AT_A_TERMINAL if self._stream.isatty() else _STEP_IN_A_FILE
        if self._done / self._cases - self._told >= step:
            self._write()

    def finish(self) -> None:
        """Another share is finished."""
        self._finished += 1
        if self._finished == self._shares:
            self._done = float(self._cases)
        self._write()

    def _write(self) -> None:
        self._told = min(1.0, self._done / self._cases)
        line = f"share {self._finished} of {self._shares}, {self._told:.1%}{self._left()}"
        if not self._stream.isatty():
            self._stream.write(f"{line}\n")
        else:
            ending = "\n" if self._finished == self._shares else ""
            self._stream.write(f"\r{line:<60}{ending}")
        self._stream.flush()

    def _left(self) -> str:
        """At the pace of this run, which knows nothing of how long former ones took."""
        done = self._done - self._before
        if done <= 0.0 or self._finished == self._shares:
            return ""
        passed_s = self._clock() - self._began_s
        return f", {span_told(passed_s * (self._cases - self._done) / done)} left"


def span_told(seconds: float) -> str:
    """A span as people say it: `2 h 05 min`, `7 min`, `40 s`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    minutes = round(whole / 60)
    hours, rest = divmod(minutes, 60)
    return f"{hours} h {rest:02d} min" if hours else f"{minutes} min"
