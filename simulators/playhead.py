"""A replay that can be paused, hurried and sought while it plays: where it stands, and when the next is due.

    head = Playhead(first, last, speed=10.0)
    for batch in played(whole, head, keys=keys): ...

`Playhead` is arithmetic: the real time is passed in, in seconds of any clock that only rises.
"""

import select
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

import numpy as np

from em_engine.vocabulary import BEFORE_ALL, MINUTE, SECOND, Batch, Micros, rfc3339

LOOKS_EVERY_S: Final = 0.25
"""How long at most nobody looks at the keys."""
STEP: Final[Micros] = MINUTE
_FASTER: Final = 2.0
KEYS: Final = "space pauses, f and b seek a minute forth and back, + and - change the speed, q ends"


@dataclass(slots=True)
class Playhead:
    """Where a recording stands. Times of the recording are `Micros`, real times seconds."""

    first: Micros
    last: Micros
    speed: float
    is_paused: bool = False
    is_over: bool = False
    turn: int = 1  # which time round
    _position: Micros = 0
    _since_s: float = 0.0

    def start(self, at: Micros, now_s: float) -> None:
        """Play from there."""
        self._position, self._since_s = min(max(at, self.first), self.last), now_s

    def position(self, now_s: float) -> Micros:
        """How far it has come."""
        if self.is_paused:
            return self._position
        return self._position + round((now_s - self._since_s) * self.speed * SECOND)

    def wait_s(self, at: Micros, now_s: float) -> float:
        """How long until a report of that time is due; infinite while paused."""
        if self.is_paused:
            return np.inf
        return (at - self.position(now_s)) / SECOND / self.speed

    def pause(self, now_s: float) -> None:
        """Stand still, or go on."""
        position = self.position(now_s)
        self.is_paused = not self.is_paused
        self.start(position, now_s)

    def seek(self, span: Micros, now_s: float) -> None:
        """That much forth, or back."""
        self.start(self.position(now_s) + span, now_s)

    def hurry(self, factor: float, now_s: float) -> None:
        """So many times as fast as before."""
        self.start(self.position(now_s), now_s)
        self.speed *= factor

    def press(self, key: str, now_s: float) -> None:
        """What a key does; others do nothing."""
        match key:
            case " ":
                self.pause(now_s)
            case "f":
                self.seek(STEP, now_s)
            case "b":
                self.seek(-STEP, now_s)
            case "+":
                self.hurry(_FASTER, now_s)
            case "-":
                self.hurry(1.0 / _FASTER, now_s)
            case "q":
                self.is_over = True

    def told(self, now_s: float) -> str:
        """How far it is, in a line."""
        at = min(self.position(now_s), self.last)
        share = (at - self.first) / max(1, self.last - self.first)
        state = " paused" if self.is_paused else ""
        turn = f" turn {self.turn}" if self.turn > 1 else ""
        # Tracks that play as if they began now begin at 0: what they tell is how long they have played.
        when = rfc3339(at) if self.first else str(timedelta(seconds=at // SECOND))
        return f"{share:4.0%} {when} x{self.speed:g}{state}{turn}"


class Keys(Protocol):
    """Somebody who may press a key while the replay waits."""

    def wait(self, span_s: float) -> str:
        """The key pressed within the span, at once when it is; empty where none was."""
        ...


class NoKeys:
    """Nobody presses anything."""

    def wait(self, span_s: float) -> str:
        """Waits."""
        time.sleep(span_s)
        return ""


class Terminal:
    """The keys of the terminal we were started from."""

    def wait(self, span_s: float) -> str:
        """Waits, less long if a key is pressed."""
        ready, _, _ = select.select([sys.stdin], [], [], span_s)
        return sys.stdin.read(1) if ready else ""


@contextmanager
def keys_of_terminal() -> Iterator[Keys]:
    """Single keys, without Enter, where standard input is a terminal; nobody's elsewhere."""
    if not sys.stdin.isatty():
        yield NoKeys()
        return
    import termios
    import tty

    before = termios.tcgetattr(sys.stdin)
    try:
        tty.setcbreak(sys.stdin)
        yield Terminal()
    finally:
        termios.tcsetattr(sys.stdin, termios.TCSADRAIN, before)


Keyboard = AbstractContextManager[Keys]
Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True, kw_only=True)
class Manner:
    """How a recording is played: from where, how often, and whether as if it happened now."""

    start: Micros = BEFORE_ALL
    turns: int = 1  # 0 is for ever
    as_now: Callable[[], Micros] | None = None  # answers what time it is; None keeps the recorded times
    skips: bool = True  # what is sought past is left out; where it is judged here, it must not be


def played(
    whole: Batch,
    head: Playhead,
    manner: Manner,
    *,
    keys: Keys,
    now: Callable[[], float] = time.monotonic,
    tell: Tell = lambda _: None,
) -> Iterator[Batch]:
    """Every report by itself, when it is due. Ends after the last turn, or when the playhead is over."""
    times = whole.rows["received_at"]
    head.start(manner.start, now())
    while not head.is_over:
        row = int(np.searchsorted(times, head.position(now()))) if manner.skips else 0
        while row < len(times) and not head.is_over:
            if head.wait_s(int(times[row]), now()) <= 0.0:
                yield _one(whole, row, manner)
                row += 1
                continue
            row = _waited(whole, head, row, manner=manner, keys=keys, now=now)
            tell(head.told(now()))
        if head.is_over or head.turn == manner.turns:
            return
        head.turn += 1
        head.start(head.first, now())


def _waited(
    whole: Batch, head: Playhead, row: int, *, manner: Manner, keys: Keys, now: Callable[[], float]
) -> int:
    """Which report is next, after waiting a little for it or for a key."""
    wait_s = head.wait_s(int(whole.rows["received_at"][row]), now())
    key = keys.wait(min(max(0.0, wait_s), LOOKS_EVERY_S))
    if not key:
        return row
    head.press(key, now())
    if key not in "fb" or not manner.skips:
        return row
    return int(np.searchsorted(whole.rows["received_at"], head.position(now())))


def _one(whole: Batch, row: int, manner: Manner) -> Batch:
    """One report; as if it happened now, its times are moved and it has no count: it may come again."""
    rows = whole.rows[row : row + 1].copy()
    if manner.as_now is not None:
        shift = manner.as_now() - rows["received_at"]
        for name in ("at", "received_at"):
            rows[name] += shift
        rows["sent_at"] = np.where(rows["sent_at"] == BEFORE_ALL, BEFORE_ALL, rows["sent_at"] + shift)
        rows["seq"] = -1
    return Batch(devices=whole.devices, rows=rows)
