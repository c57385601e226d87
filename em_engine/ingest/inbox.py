"""Where a transport puts what arrives, and its consumer takes it out in batches: the bounds are kept here."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass

from em_engine.ingest.delivery import Clock, Delivery, never_falling
from em_engine.vocabulary import NEVER, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """How deliveries are bundled and how many may be out."""

    batch_max: int = 1_000
    linger_ms: float = 4.0  # waited for company once something is there; a full batch does not wait
    in_flight_max: int = 10_000  # handed over and not acknowledged; at most 65,535, MQTT's packet ids

    def __post_init__(self) -> None:
        assert 1 <= self.in_flight_max <= 65_535
        assert self.batch_max >= 1
        assert self.linger_ms >= 0


@dataclass(frozen=True, slots=True, eq=False)
class Receipt:
    """What acknowledges one delivery: the connection it came over and its number there.

    Receipts are told apart by identity: numbers are used again once acknowledged.
    """

    connection: int
    number: int
    qos: int = 1


class Inbox:
    """Deliveries that wait, and the receipts of those that are out."""

    def __init__(self, flow: Flow, clock: Clock) -> None:
        self._flow = flow
        self._clock = never_falling(clock)
        self._waiting: deque[Delivery] = deque()
        self._out: set[object] = set()
        self._stirred = asyncio.Event()
        self._closed = False

    def arrive(self, topic: str, payload: bytes, receipt: Receipt) -> None:
        """A message has come; it is stamped now."""
        self._waiting.append(Delivery(topic, payload, self._clock(), receipt))
        self._stirred.set()

    async def batches(self) -> AsyncIterator[Sequence[Delivery]]:
        """What has arrived, bundled, within the bound on deliveries out; ends when the inbox is closed."""
        while not self._closed:
            if not self._ready():
                self._stirred.clear()
                await self._stirred.wait()
                continue
            if self._ready() < self._flow.batch_max and self._flow.linger_ms:
                await asyncio.sleep(self._flow.linger_ms / 1000)
            batch = [self._waiting.popleft() for _ in range(self._ready())]
            self._out.update(delivery.token for delivery in batch)
            yield batch

    @property
    def waiting_since(self) -> Micros:
        """When the oldest message came that waits; NEVER where none does."""
        return self._waiting[0].received_at if self._waiting else NEVER

    def _ready(self) -> int:
        """How many deliveries may be handed over now."""
        free = self._flow.in_flight_max - len(self._out)
        return max(0, min(len(self._waiting), free, self._flow.batch_max))

    def settle(self, deliveries: Iterable[Delivery]) -> list[Receipt]:
        """The receipts of those deliveries that were out and are now dealt with."""
        settled = []
        for delivery in deliveries:
            if isinstance(delivery.token, Receipt) and delivery.token in self._out:
                self._out.remove(delivery.token)
                settled.append(delivery.token)
        self._stirred.set()
        return settled

    def connection_lost(self) -> None:
        """What is out will come again, so it no longer counts against the bound.

        What waits stays, as far as the bound allows: brokers do forget, and then ours is the only copy.
        """
        self._out.clear()
        while len(self._waiting) > self._flow.in_flight_max:
            self._waiting.pop()
        self._stirred.set()

    def close(self) -> None:
        """Ends `batches`."""
        self._closed = True
        self._stirred.set()
