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
from dataclasses import replace
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
from em_engine.ingest.liveness import Liveness


class MemoryBroker:
    """Keeps, for every session, what was published to it and not yet acknowledged."""

    def __init__(self) -> None:
        self.is_up = True
        self.delivers = self.answers = True  # or its connections stand, and nothing comes over them
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
        self.delivers = self.answers = True
        for session in self._sessions.values():
            session.disconnect()

    def come_up(self) -> None:
        """Every transport that is open connects again."""
        self.is_up = True
        for session in self._sessions.values():
            if session.transport is not None:
                session.connect(session.transport)

    def stall(self) -> None:
        """Every connection stands and nothing comes over it: a machine halted, a wire cut far off."""
        for session in self._sessions.values():
            if session.transport is not None:
                session.transport.prove()
        self.delivers = self.answers = False

    def go_on(self) -> None:
        """What was kept back comes; only then is anybody answered."""
        self.delivers = True
        for session in self._sessions.values():
            session.send()
            if session.transport is not None:
                session.transport.answered()
        self.answers = True

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
        self.send()

    def connect(self, transport: "MemoryTransport") -> None:
        self._unsent = deque(self._kept)
        self._sent.clear()
        transport.connected()
        self.send()

    def disconnect(self) -> None:
        self._sent.clear()
        if self.transport is not None:
            self.transport.disconnected()

    def acknowledge(self, number: int) -> None:
        self._kept.pop(number, None)
        self._sent.discard(number)
        self.send()

    def send(self) -> None:
        """What it has for its transport, as far as the window and the wire let it."""
        transport = self.transport
        if transport is None or not transport.is_reached:
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
        self._liveness = Liveness()
        self._inbox = Inbox(self.flow, clock)
        self._session: _Session | None = None
        self._connection = 0
        self._link = Link(connected=False, since=clock(), protocol="memory")

    @property
    def link(self) -> Link:
        self.prove()
        proven = self._liveness
        return replace(
            self._link,
            heard_until=proven.heard_until,
            waiting_since=self._inbox.waiting_since,
            stalls=proven.stalls,
        )

    @property
    def is_reached(self) -> bool:
        """Whether what the broker sends comes."""
        return self._link.connected and self._broker.delivers

    def prove(self) -> None:
        """A broker in memory that does not stand still answers all the time."""
        if self._link.connected and self._broker.answers:
            self._liveness.begins(self._clock())

    def answered(self) -> None:
        """The broker goes on, and answers for the first time."""
        if self._link.connected:
            self._liveness.answered(asked_at=self._clock(), now=self._clock())

    def batches(self) -> AsyncIterator[Sequence[Delivery]]:
        return self._inbox.batches()

    async def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        for receipt in self._inbox.settle(deliveries):
            if self._session is not None and receipt.connection == self._connection:
                self._session.acknowledge(receipt.number)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        if self.is_reached:
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
        self._liveness.begins(self._clock())
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
        self.prove()
        self._inbox.arrive(topic, payload, Receipt(self._connection, number))
