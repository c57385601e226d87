"""The live feed: one numbered stream of alert events that any number of screens follow, each at its own pace.

A screen is nothing but the number it has come to. Events are encoded once and kept in one window that all
screens read from; who is further behind than the window reaches reads the record. So no screen costs memory,
none can slow another, and none loses or doubles an event: it is told every number past its own, once, in
order.
"""

import asyncio
import logging
from bisect import bisect_right
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import Final, NamedTuple, Protocol

import msgspec

from em_engine.console.presence import Presence
from em_engine.record.interface import RecordError

log = logging.getLogger(__name__)
READ_MAX: Final = 256
BEAT: Final = b"event: beat\n"
WINDOW: Final = 1024


class Event(NamedTuple):
    """One event of the stream, as bytes; `number` is its place in the alert history.

    `programme` is whose case it is about, for screens that may not see all.
    """

    number: int
    chunk: bytes
    programme: str | None = None


class Source(Protocol):
    """Where the feed gets what it tells. `read` and `beat` are called from worker threads."""

    def latest(self) -> int:
        """The newest number there is."""

    def read(self, after: int, limit: int) -> Sequence[Event]:
        """The events past `after`, in order, at most `limit`."""

    def beat(self) -> bytes:
        """The engine's state now, as an event without a number."""

    async def past(self, number: int) -> int:
        """Waits until there are numbers past that one; how far they reach."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Pace:
    """How often the feed shows that it lives, and how many screens it serves, in seconds and screens."""

    beat_every: float = 2.0
    screens_max: int = 500


class FeedFull(Exception):
    """As many screens follow as may."""


class Feed:
    """The feed of one engine. All of it runs in one event loop, but for reading the source."""

    def __init__(self, source: Source, pace: Pace | None = None, presence: Presence | None = None) -> None:
        self._source = source
        self._presence = presence
        self._pace = pace or Pace()
        self._window: list[Event] = []
        self._newest = 0
        self._beat, self._beats = b"", 0
        self._changed = asyncio.Event()
        self._pump: asyncio.Task[None] | None = None
        self._closed = False
        self.screens = 0

    def close(self) -> None:
        """End every stream; screens that still want to follow come back to whoever is there then."""
        self._closed = True
        self._announce()

    async def follow(
        self, after: int | None = None, *, sees: Callable[[str | None], bool] = lambda _: True
    ) -> AsyncGenerator[bytes, None]:
        """Every event past `after`, or from now on, and the beats between; until the feed is closed.

        `sees` says of a programme whether the screen may see its cases.
        """
        async with self._pumped() as pump:
            present = self._source.latest()
            seen, beats, told = present if after is None else after, 0, 0
            if seen > present:
                # The screen knows a future we do not: the record was put back to an earlier day.
                yield _encode_reset(present)
                seen = present
            while not self._closed and not pump.done():
                changed = self._changed
                events = await self._past(seen)
                for event in events:
                    if sees(event.programme):
                        yield event.chunk
                    seen = event.number
                if beats != self._beats:
                    beats = self._beats
                    yield self._beat
                if self._presence is not None and told != self._presence.version:
                    told = self._presence.version
                    yield _encode_presence(self._presence.seen_by(sees))
                elif not events:
                    await changed.wait()

    def tell_presence(self) -> None:
        """Who is before which alert has changed: to be called in the feed's own loop."""
        self._announce()

    def is_full(self) -> bool:
        """Whether no further screen can follow."""
        return self.screens >= self._pace.screens_max

    async def _past(self, seen: int) -> Sequence[Event]:
        if seen >= self._newest:
            return ()
        if self._window and seen >= self._window[0].number - 1:
            return self._window[bisect_right(self._window, seen, key=lambda event: event.number) :]
        return await asyncio.to_thread(self._source.read, seen, READ_MAX)

    @asynccontextmanager
    async def _pumped(self) -> AsyncIterator["asyncio.Task[None]"]:
        """The task that reads the source, alive while anyone follows."""
        if self._pump is None or self._pump.done():
            self._pump = asyncio.create_task(self._run())
        self.screens += 1
        try:
            yield self._pump
        finally:
            self.screens -= 1
            if self.screens == 0:
                await self._stop()

    async def _stop(self) -> None:
        pump, self._pump = self._pump, None
        if pump is not None:
            pump.cancel()
            with suppress(asyncio.CancelledError):
                await pump

    async def _run(self) -> None:
        """Read what is new as it comes; beat in between."""
        loop = asyncio.get_running_loop()
        self._newest, self._window = self._source.latest(), []
        next_beat = loop.time()
        try:
            while True:
                is_due = loop.time() >= next_beat
                if is_due:
                    next_beat = loop.time() + self._pace.beat_every
                await self._refresh(with_beat=is_due)
                with suppress(TimeoutError):
                    async with asyncio.timeout_at(next_beat):
                        await self._source.past(self._newest)
        finally:
            self._announce()

    async def _refresh(self, *, with_beat: bool) -> None:
        try:
            await self._read_new()
            if with_beat:
                self._beat, self._beats = await asyncio.to_thread(self._source.beat), self._beats + 1
                if self._presence is not None:
                    self._presence.expire()
        except RecordError as error:
            # No beat leaves: within seconds every screen shows that it is blind.
            log.warning("the live feed cannot read the record: %s", error)
        self._announce()

    async def _read_new(self) -> None:
        while events := await asyncio.to_thread(self._source.read, self._newest, READ_MAX):
            self._window = [*self._window, *events][-WINDOW:]
            self._newest = events[-1].number

    def _announce(self) -> None:
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()


def encode_event(number: int, data: bytes, programme: str | None = None) -> Event:
    """An alert event: `data` is JSON on one line."""
    return Event(number, b"event: alert\nid: %d\ndata: %b\n\n" % (number, data), programme)


def encode_beat(data: bytes) -> bytes:
    """A beat: it carries no id, so that a screen resumes from its last alert event."""
    return BEAT + b"data: %b\n\n" % data


def _encode_presence(told: Sequence[Mapping[str, object]]) -> bytes:
    """Everybody who is before an alert, anew each time: no number, for nothing of it is kept."""
    return b"event: presence\ndata: %b\n\n" % msgspec.json.encode(told)


def _encode_reset(present: int) -> bytes:
    return b'event: reset\nid: %d\ndata: {"history":%d}\n\n' % (present, present)
