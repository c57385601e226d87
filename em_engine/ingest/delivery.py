"""Message, when it came, and its receipt: what every transport hands over, and what it owes.

A delivery is acknowledged only after what follows from it is committed; until then the broker keeps it and
brings it again. Duplicates are therefore normal and are recognised above, by the device's `seq`.
"""

import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import dataclass
from types import TracebackType
from typing import NamedTuple, Protocol, Self

from em_engine.ingest.liveness import DEAF_AFTER, STALLED_AFTER
from em_engine.vocabulary import BEFORE_ALL, NEVER, Micros

Clock = Callable[[], Micros]
"""Answers what time it is."""


class Delivery(NamedTuple):
    """One message as it came. `token` is its transport's receipt; nobody else looks into it."""

    # A NamedTuple, because one is made per message: a frozen dataclass costs four times as much.
    topic: str
    payload: bytes
    received_at: Micros
    token: object = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """How the connection to the broker stands; shown on the screen and by the health check."""

    connected: bool
    since: Micros  # when it last went up or down
    reconnects: int = 0  # connections made after the first
    protocol: str = ""  # what is spoken, in words
    trouble: str = ""  # why it is down, in words
    heard_until: Micros = BEFORE_ALL  # everything the broker had for us by then has come, provenly
    waiting_since: Micros = NEVER  # when the oldest message came that is not handed over yet
    stalls: int = 0  # times the broker stood still and went on, though the connection stood
    clock_speed: float = 1.0  # how fast the clock runs that these times are from

    def is_heard(self, now: Micros) -> bool:
        """Whether the broker is connected and has proven that it is there, if not just now then lately."""
        return self.connected and now - self.heard_until <= DEAF_AFTER * self.clock_speed

    def is_prompt(self, now: Micros) -> bool:
        """Whether it is heard and does not stand still: what comes, comes in time."""
        return self.connected and now - self.heard_until <= STALLED_AFTER * self.clock_speed


class NotPublishedError(Exception):
    """The broker has not confirmed a message of ours in time; it may or may not have gone out."""


class Transport(Protocol):
    """Brings messages in batches, at least once, and takes them off the broker when told to.

    At most a stated number of deliveries is out at once (handed over and not acknowledged): whoever does not
    acknowledge gets no more. A lost broker ends nothing: `batches` waits until it is back. Leaving the
    context ends `batches`.
    """

    @property
    def link(self) -> Link:
        """How the connection stands now."""
        ...

    def batches(self) -> AsyncIterator[Sequence[Delivery]]:
        """What has arrived, in order of arrival, never empty. One consumer at a time."""
        ...

    async def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """These are dealt with for good. Silent on deliveries of an earlier connection: those come again."""
        ...

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        """Sends, and with `qos` 1 waits until the broker has it. Raises NotPublishedError."""
        ...

    async def __aenter__(self) -> Self: ...

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None: ...


def system_clock() -> Micros:
    """The machine's time."""
    return time.time_ns() // 1000


def never_falling(clock: Clock) -> Clock:
    """The same clock, standing still where the machine's time is set back."""
    latest = BEFORE_ALL

    def read() -> Micros:
        nonlocal latest
        latest = max(latest, clock())
        return latest

    return read


def in_topic(topic: str, pattern: str) -> bool:
    """Whether a topic falls under an MQTT filter; one that begins with `$` is under no leading wildcard."""
    if topic.startswith("$") and pattern[:1] in "+#":
        return False
    levels, wanted = topic.split("/"), pattern.split("/")
    if wanted[-1] == "#":
        wanted.pop()
        levels = levels[: len(wanted)]
    return len(levels) == len(wanted) and all(
        want in ("+", level) for level, want in zip(levels, wanted, strict=True)
    )


def wanted_topics(root: str) -> tuple[str, ...]:
    """The filters under which devices report."""
    return (f"{root}/+/fix", f"{root}/+/heartbeat", f"{root}/+/event", "owntracks/+/+")
