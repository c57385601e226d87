"""Holes in a device's count, and asking the tag for what is missing: again and again, ever less often.

Beside the lane, never in it: a broker that takes ten seconds to confirm a question delays no judgement.
"""

import asyncio
import contextlib
import logging
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from em_engine.ingest.delivery import Clock, NotPublishedError, Transport
from em_engine.ingest.encode import command_topic, encode_command
from em_engine.monitoring.sequence import Hole
from em_engine.runners.publishing import publish
from em_engine.vocabulary import HOUR, MINUTE, Micros

_log = logging.getLogger(__name__)

RESEND_MAX: Final = 10_000
"""Messages asked for in one command at most: a tag's memory of a day at a fix every nine seconds."""
AGAIN_FIRST: Final[Micros] = MINUTE
"""How long a tag may take to answer before it is asked again; doubled each time."""
AGAIN_MAX: Final[Micros] = HOUR


@dataclass(slots=True)
class _Missing:
    """One hole: where it ends, when it is asked for next, and how long after that again."""

    to_seq: int
    due: Micros
    wait: Micros = AGAIN_FIRST


class Asking:
    """What is missing of every device, and the questions about it."""

    def __init__(self, transport: Transport, clock: Clock, *, root: str, waits_max_s: float) -> None:
        self._transport = transport
        self._clock = clock
        self._root = root
        self._waits_max_s = waits_max_s
        self._missing: dict[tuple[str, int], _Missing] = {}
        self._stirred = asyncio.Event()

    def renew(self, holes: Iterable[Hole]) -> None:
        """These are all there are, and all of them are asked for now."""
        now = self._clock()
        self._missing = {(hole.device, hole.from_seq): _Missing(hole.to_seq, now) for hole in holes}
        self._stirred.set()

    def note(self, holes: Iterable[Hole]) -> None:
        """Holes torn and filled, in the order in which that happened."""
        now = self._clock()
        for hole in holes:
            if hole.is_filled:
                self._missing.pop((hole.device, hole.from_seq), None)
            elif hole.is_torn:
                self._missing[hole.device, hole.from_seq] = _Missing(hole.to_seq, now)
            else:  # the tag is answering: what is left is on its way
                self._missing[hole.device, hole.from_seq] = _Missing(hole.to_seq, now + AGAIN_FIRST)
        self._stirred.set()

    async def run(self) -> None:
        """Ask for ever."""
        while True:
            for device, from_seq in self._due():
                await self._ask(device, from_seq)
            self._stirred.clear()
            if not self._due():
                await self._wait()

    def _due(self) -> list[tuple[str, int]]:
        if not self._transport.link.connected:
            return []
        now = self._clock()
        return [key for key, missing in self._missing.items() if missing.due <= now]

    async def _wait(self) -> None:
        """Until something is torn or filled; while anything is missing, no longer than the clock may wait."""
        wait_s = self._waits_max_s if self._missing else None
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(wait_s):
                await self._stirred.wait()

    async def _ask(self, device: str, from_seq: int) -> None:
        missing = self._missing.get((device, from_seq))
        if missing is None:  # filled while another was asked for
            return
        missing.due, missing.wait = self._clock() + missing.wait, min(2 * missing.wait, AGAIN_MAX)
        last = min(missing.to_seq, from_seq + RESEND_MAX - 1)
        topic = command_topic(device, root=self._root)
        try:
            await publish(self._transport, topic, encode_command(resend=(from_seq, last)))
        except NotPublishedError as error:
            _log.warning("a hole could not be asked for: %s", error)
