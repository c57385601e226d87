"""Up to when everything the broker had for us has come: what round trips through it prove, and no more.

A connection that says nothing may be quiet or dead, and the machine's clock cannot tell which. So the broker
is asked several times a second whether it is there. Its answer comes behind every message it had for us when
it was asked: up to that instant everything is heard, and only so far may a silence be held against anybody.
"""

from typing import Final

from em_engine.vocabulary import BEFORE_ALL, SECOND, Micros

ASKED_EVERY_S: Final = 0.25
"""How long the broker is left alone after an answer: by so much, at most, a true silence is told later."""
PROMPT: Final[Micros] = SECOND
"""An answer that took longer says that the broker stood still, and perhaps has not read the others yet."""
STALLED_AFTER: Final[Micros] = 2 * SECOND
"""So long unproven, the broker stands still: what comes behind it may come late by its fault."""
DEAF_AFTER: Final[Micros] = 10 * SECOND
"""So long unproven, the broker counts as away, as if the connection had broken."""


class Liveness:
    """What is proven of one connection. Times are passed in; they do not fall."""

    def __init__(self, *, clock_speed: float = 1.0) -> None:
        self._clock_speed = clock_speed  # of a clock set by hand: the broker is asked in true time
        self.heard_until: Micros = BEFORE_ALL
        self.stalls = 0  # times it was unproven for too long and then proven again
        self._late: Micros = BEFORE_ALL  # when what was last answered too late had been asked

    def begins(self, at: Micros) -> None:
        """A new connection, which the broker has accepted since; no stall lies before it."""
        self._late = BEFORE_ALL
        self.heard_until = max(self.heard_until, at)

    def answered(self, *, asked_at: Micros, now: Micros) -> None:
        """The broker has answered. Where that took long, only what was asked before it is proven.

        A broker that wakes may answer us before it reads what the devices told it meanwhile. One that is
        always slow is believed one answer later, each time.
        """
        is_prompt = now - asked_at <= PROMPT * self._clock_speed
        proven, self._late = (asked_at, BEFORE_ALL) if is_prompt else (self._late, asked_at)
        if proven > self.heard_until:
            self.stalls += now - self.heard_until > STALLED_AFTER * self._clock_speed
            self.heard_until = proven
