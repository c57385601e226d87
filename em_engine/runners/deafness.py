"""Our own deafness, from when to when: what the loop knows of it, and when it is to be told.

Nobody is accused while we are deaf; so somebody must say that nobody is watched.
"""

from collections.abc import Collection
from typing import Final

from em_engine.runners.judging import Judging
from em_engine.vocabulary import BEFORE_ALL, MINUTE, NEVER, SECOND, Micros

NOTED_EVERY: Final[Micros] = MINUTE
"""How often the record is told that everything is heard: what an engine that was killed knows of its end."""
STEADY: Final[Micros] = 10 * SECOND
"""Who hears for less long and is deaf again was deaf all along: a link that comes and goes is told of."""
_DOWN: Final = "the engine was down"
_DEAF: Final = "the broker was not heard"


class Deafness:
    """Since when nothing is heard, if nothing is; and the devices on whose messages the engine fails."""

    def __init__(self, judging: Judging) -> None:
        self._judging = judging
        self._since: Micros | None = None
        self._because = _DEAF
        self._due: Micros = NEVER
        self._noted_at: Micros = 0
        self._began_at: Micros = BEFORE_ALL  # of the last one that ended, where nothing was told of it
        self._ended_at: Micros = BEFORE_ALL
        self._failing: dict[str, Micros] = {}

    def begin(self, now: Micros) -> None:
        """The process has begun: what it could not hear since the last one ended is a gap as well."""
        self._because = _DOWN
        self._go_deaf(self._judging.heard_until() or now)

    def notice(self, since: Micros) -> None:
        """Nothing is heard since then."""
        if self._since is None:
            self._judging.note_heard(since)
            self._go_deaf(self._began_at if since - self._ended_at < STEADY else since)

    @property
    def is_noticed(self) -> bool:
        """Whether nothing is heard."""
        return self._since is not None

    def _go_deaf(self, since: Micros) -> None:
        self._since = since
        due = self._judging.attention.gap_due(since)
        self._due = NEVER if due is None else due

    def end(self, now: Micros) -> None:
        """Everything is heard again: told what was not told yet, and that it is over."""
        if self._since is not None:
            self._tell_deafness(now)
            self._judging.tell(self._judging.attention.judged_again(now), now)
            is_told = self._due <= now
            self._began_at, self._ended_at = (BEFORE_ALL, BEFORE_ALL) if is_told else (self._since, now)
        self._since, self._due, self._because = None, NEVER, _DEAF
        self._noted_at = now
        self._judging.note_heard(now)

    def due(self, now: Micros) -> bool:
        """Whether there is anything to be told or noted now."""
        if self._since is not None:
            return self._due <= now
        return now - self._noted_at >= NOTED_EVERY

    def tell(self, now: Micros) -> None:
        """Tell or note it."""
        if self._since is None:
            self._judging.note_heard(now)
            self._noted_at = now
            for device, since in self._failing.items():
                self._judging.tell(self._judging.attention.failing(device, since, now), now)
            return
        self._tell_deafness(now)
        # Orders become due one after the other; each minute those that have.
        self._due = now + NOTED_EVERY

    def _tell_deafness(self, now: Micros) -> None:
        assert self._since is not None
        changes = self._judging.attention.unjudged(self._since, now, self._because)
        self._judging.tell(changes, now)

    # A case that cannot be judged -----------------------------------------------------------------

    def fails_on(self, device: str, since: Micros) -> None:
        """The engine fails on a message of this device."""
        self._failing.setdefault(device, since)

    def is_failing(self, devices: Collection[str]) -> bool:
        """Whether it failed on a message of one of these."""
        return bool(self._failing) and any(device in self._failing for device in devices)

    def judged(self, devices: Collection[str], now: Micros) -> None:
        """Messages of these were judged."""
        again = [device for device in devices if self._failing.pop(device, None) is not None]
        if again:
            self._judging.tell(self._judging.attention.judged_again(now, again), now)
