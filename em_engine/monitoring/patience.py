"""Messages wait a moment for what a hole in their device's count hides: most often it comes at once.

Here is who waits, and until when; `waiting` has what they say.
"""

from bisect import insort
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from em_engine.law.evidence import QUIET_MAX
from em_engine.vocabulary import NEVER, SECOND, Micros

PATIENCE: Final[Micros] = 2 * SECOND
"""How long a message waits for what is missing before it. What a network shuffles comes within a second (in a
season of our world nine of ten late fixes come so; within five seconds 2 % more); no accusation, and no
acquittal, is worth more delay than that."""
BY_TIME: Final = -1
_Waiting = tuple[int, int]
"""The number a device counts a message by, and its number among all messages."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Released:
    """A message that has waited: which, since when not any more, and after which row of the batch."""

    number: int  # among all messages there ever were
    at: Micros
    is_torn: bool  # whether anything is missing before it then that may be on its way
    after: int  # BY_TIME where no message filled its hole


class Patience:
    """Who waits, by device, in the order of their count."""

    def __init__(
        self,
        newest_tear_below: Callable[[str, int], Micros],
        newest_tear_before: Callable[[str, int], Micros],
    ) -> None:
        """Both say of a device and a number when a hole was torn: the newest below it, and the newest of
        those between the fix before it and it."""
        self._newest_tear_below, self._newest_tear_before = newest_tear_below, newest_tear_before
        self._waiting: dict[str, list[_Waiting]] = {}

    @property
    def next_due(self) -> Micros:
        """When the first of them has waited long enough; NEVER if none waits."""
        untils = (self._until(name, seq) for name, waiting in self._waiting.items() for seq, _ in waiting)
        return min(untils, default=NEVER)

    def anyone_waits(self, name: str) -> bool:
        """Whether any message of that device does."""
        return name in self._waiting

    def hold(self, name: str, seq: int, number: int, received_at: Micros) -> bool:
        """Whether such a message waits."""
        waits = self._until(name, seq) > received_at
        if waits:
            insort(self._waiting.setdefault(name, []), (seq, number))
        return waits

    def is_torn(self, name: str, seq: int, at: Micros) -> bool:
        """Whether anything is missing between the fix before such a message and it, and may be on its way."""
        return at - max(self._newest_tear_before(name, seq), 0) < QUIET_MAX

    def release(self, name: str, at: Micros, *, after: int) -> Iterator[Released]:
        """Those of the device for which nothing is missing any more, in the order of its count."""
        for seq, number in self._take(name, at):
            is_torn = self.is_torn(name, seq, at)
            yield Released(number=number, at=at, is_torn=is_torn, after=after)

    def run_out(self, by: Micros, name: str | None = None) -> Iterator[Released]:
        """Those of a device, or of all, who have waited long enough by then."""
        for one in list(self._waiting) if name is None else (name,):
            while (due := self._next_due(one)) <= by:
                for seq, number in self._take(one, due):
                    is_torn = self.is_torn(one, seq, due)
                    yield Released(number=number, at=due, is_torn=is_torn, after=BY_TIME)

    def _next_due(self, name: str) -> Micros:
        return min((self._until(name, seq) for seq, _ in self._waiting.get(name, ())), default=NEVER)

    def _until(self, name: str, seq: int) -> Micros:
        return self._newest_tear_below(name, seq) + PATIENCE

    def _take(self, name: str, at: Micros) -> Sequence[_Waiting]:
        """Those who need wait no longer: of the count, it is always the first ones."""
        waiting = self._waiting.get(name)
        if not waiting:
            return ()
        ready = [one for one in waiting if self._until(name, one[0]) <= at]
        if len(ready) == len(waiting):
            self._waiting.pop(name, None)
        else:
            self._waiting[name] = [one for one in waiting if one not in ready]
        return ready

    def dump(self, name: str) -> list[_Waiting]:
        """Who waits of a device, as plain values."""
        return list(self._waiting.get(name, ()))

    def load(self, name: str, waiting: Iterable[Sequence[int]]) -> None:
        """What `dump` gave."""
        if found := [(int(seq), int(number)) for seq, number in waiting]:
            self._waiting[name] = found
