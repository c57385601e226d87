"""A broker in memory, with the manners of a real one: persistent sessions, redelivery, order, windows.

For tests and small tools; nothing survives the process. A session is known by its client id: a second
`MemoryTransport` of the same id takes the session over, like a restarted process would.

    broker = MemoryBroker()
    async with MemoryTransport(broker, "engine", clock=clock) as transport:
        broker.publish("em/1/tag-1/fix", payload)
        async for batch in transport.batches(): ...
"""

from collections import deque
from collections.abc import AsyncIterator, Iterable, Sequence
from types import TracebackType
from typing import Self

from em_engine.ingest.delivery import (
    Clock,
    Delivery,
    Link,
    NotPublishedError,
    in_topic,
    system_clock,
    wanted_topics,
)
from em_engine.ingest.inbox import Flow, Inbox, Receipt


class MemoryBroker:
    """Keeps, for every session, what was published to it and not yet acknowledged."""

    def __init__(self) -> None:
        self.is_up = True
        self.published: list[tuple[str, bytes]] = []
        self._sessions: dict[str, _Session] = {}
        self._retained: dict[str, bytes] = {}

    def publish(self, topic: str, payload: bytes, *, retain: bool = False) -> None:
        """A device, or we, publish a message; every session that wants it gets it once."""
        self.published.append((topic, payload))
        if retain:
            self._retained[topic] = payload
        for session in self._sessions.values():
            if session.wants(topic):
                session.keep(topic, payload)

    def go_down(self) -> None:
        """Every connection breaks; sessions stay."""
        self.is_up = False
        for session in self._sessions.values():
            session.disconnect()

    def come_up(self) -> None:
        """Every transport that is open connects again."""
        self.is_up = True
        for session in self._sessions.values():
            if session.transport is not None:
                session.connect(session.transport)

    def restart(self) -> None:
        """Down and up again."""
        self.go_down()
        self.come_up()

    def attach(self, transport: "MemoryTransport") -> "_Session":
        """The session of this client id, connected to this transport."""
        new = transport.client_id not in self._sessions
        session = self._sessions.setdefault(transport.client_id, _Session())
        session.topics |= set(transport.topics)
        if new:
            for topic, payload in self._retained.items():
                if session.wants(topic):
                    session.keep(topic, payload)
        session.transport = transport
        if self.is_up:
            session.connect(transport)
        return session


class _Session:
    """One client's subscriptions and the messages it has not acknowledged, oldest first."""

    def __init__(self) -> None:
        self.topics: set[str] = set()
        self.transport: MemoryTransport | None = None
        self._kept: dict[int, tuple[str, bytes]] = {}  # by number; insertion is the order
        self._unsent: deque[int] = deque()
        self._sent: set[int] = set()
        self._numbers = 0

    def wants(self, topic: str) -> bool:
        return any(in_topic(topic, pattern) for pattern in self.topics)

    def keep(self, topic: str, payload: bytes) -> None:
        self._numbers += 1
        self._kept[self._numbers] = (topic, payload)
        self._unsent.append(self._numbers)
        self._send()

    def connect(self, transport: "MemoryTransport") -> None:
        self._unsent = deque(self._kept)
        self._sent.clear()
        transport.connected()
        self._send()

    def disconnect(self) -> None:
        self._sent.clear()
        if self.transport is not None:
            self.transport.disconnected()

    def acknowledge(self, number: int) -> None:
        self._kept.pop(number, None)
        self._sent.discard(number)
        self._send()

    def _send(self) -> None:
        transport = self.transport
        if transport is None or not transport.link.connected:
            return
        while self._unsent and len(self._sent) < transport.flow.in_flight_max:
            number = self._unsent.popleft()
            self._sent.add(number)
            transport.receive(number, *self._kept[number])


class MemoryTransport:
    """A transport to a broker in memory."""

    def __init__(
        self,
        broker: MemoryBroker,
        client_id: str = "engine",
        *,
        root: str = "em/1",
        topics: Sequence[str] | None = None,
        flow: Flow | None = None,
        clock: Clock = system_clock,
    ) -> None:
        self.client_id = client_id
        self.topics = tuple(wanted_topics(root) if topics is None else topics)
        self.flow = flow or Flow()
        self._broker = broker
        self._clock = clock
        self._inbox = Inbox(self.flow, clock)
        self._session: _Session | None = None
        self._connection = 0
        self._link = Link(connected=False, since=clock(), protocol="memory")

    @property
    def link(self) -> Link:
        return self._link

    def batches(self) -> AsyncIterator[Sequence[Delivery]]:
        return self._inbox.batches()

    async def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        for receipt in self._inbox.settle(deliveries):
            if self._session is not None and receipt.connection == self._connection:
                self._session.acknowledge(receipt.number)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        if self._link.connected:
            self._broker.publish(topic, payload, retain=retain)
        elif qos:
            raise NotPublishedError("the broker in memory is down")

    async def __aenter__(self) -> Self:
        self._session = self._broker.attach(self)
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._inbox.close()
        if self._session is not None and self._session.transport is self:
            self._session.disconnect()
            self._session.transport = None

    def connected(self) -> None:
        """The broker has accepted us."""
        self._connection += 1
        self._link = Link(
            connected=True, since=self._clock(), reconnects=self._connection - 1, protocol="memory"
        )

    def disconnected(self) -> None:
        """The broker is gone."""
        self._inbox.connection_lost()
        self._link = Link(
            connected=False,
            since=self._clock(),
            reconnects=self._link.reconnects,
            protocol="memory",
            trouble="the broker in memory is down",
        )

    def receive(self, number: int, topic: str, payload: bytes) -> None:
        """The broker sends a message."""
        self._inbox.arrive(topic, payload, Receipt(self._connection, number))
