"""The engine's connection in a seed: it notes what is acknowledged before it is committed."""

import asyncio
from collections.abc import Iterable

from em_engine.ingest.delivery import Delivery
from em_engine.ingest.memory import MemoryTransport
from simulators.chaos.lived import Lived


class WatchedTransport(MemoryTransport):
    """As the one in memory; `lived` and `seqs` are given to it before it is opened."""

    lived: Lived
    seqs: dict[bytes, int]  # of every message that was made, by its bytes
    _waits: "asyncio.Future[None] | None" = None

    async def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        """As the transport's own."""
        deliveries = list(deliveries)
        for one in deliveries:
            if not self._is_committed(one):
                self.lived.acknowledged_early.append(f"{one.topic} {one.payload[:80]!r}")
        await super().acknowledge(deliveries)

    def receive(self, number: int, topic: str, payload: bytes) -> None:
        """As the transport's own."""
        super().receive(number, topic, payload)
        if self._waits is not None and not self._waits.done():
            self._waits.set_result(None)

    async def next_message(self) -> None:
        """Waits until the broker sends another."""
        self._waits = asyncio.get_running_loop().create_future()
        await self._waits

    def _is_committed(self, one: Delivery) -> bool:
        if (one.topic, one.payload) in self.lived.committed.aside:
            return True
        seq = self.seqs.get(one.payload)
        return seq is not None and (one.topic.split("/")[2], seq) in self.lived.committed.messages
