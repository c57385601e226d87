"""The tags of a whole country, as one small process over a few connections."""

import asyncio
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from em_engine.bench.country import homes, tag
from em_engine.bench.line import Line
from em_engine.ingest.delivery import system_clock
from em_engine.ingest.encode import encode_fix, topic_of
from em_engine.vocabulary import ReportKind

_TURN_S: Final = 0.005


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """Fixes a second for so long, everyone in turn, over some connections."""

    port: int
    tags: int
    rate: float
    seconds: float
    connections: int
    first_seq: int  # everyone's count goes on from here

    @property
    def messages(self) -> int:
        """How many in all: everyone equally often, so that no count has a hole."""
        return self.rounds * self.tags

    @property
    def rounds(self) -> int:
        """How many of everyone."""
        return max(1, round(self.rate * self.seconds / self.tags))


def send(load: Load) -> float:
    """Publishes everything; the seconds until the broker had acknowledged the last."""
    return asyncio.run(_send(load))


async def _send(load: Load) -> float:
    lines = [await Line.opened("127.0.0.1", load.port, f"em-bench-{n}") for n in range(load.connections)]
    reports, start, sent = _reports(load), time.monotonic(), 0
    while sent < load.messages:
        due = min(load.messages, int((time.monotonic() - start) * load.rate) + 1)
        for number in range(sent, due):
            await lines[number % len(lines)].publish(*next(reports))
        sent = due
        await asyncio.sleep(_TURN_S)
    for line in lines:
        await line.close()
    return time.monotonic() - start


def _reports(load: Load) -> Iterator[tuple[str, bytes]]:
    """Everyone at home, again and again: topic and payload, stamped when they are taken."""
    places, seq = homes(load.tags).tolist(), load.first_seq
    while True:
        for number, (lon, lat) in enumerate(places):
            now = system_clock()
            payload = encode_fix(
                seq=seq, fixed_at=now, sent_at=now, lon=round(lon, 6), lat=round(lat, 6), accuracy_m=9.0
            )
            yield topic_of(tag(number), ReportKind.FIX), payload
        seq += 1
