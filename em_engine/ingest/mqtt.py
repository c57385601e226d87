"""The MQTT transport: aiomqtt, with what it gets wrong for us set right.

Left alone, aiomqtt 2.5 acknowledges a message when it arrives, so that a killed engine loses what it had not
yet committed, and wipes the session when a process starts. Here the paho client beneath is put into manual
acknowledgement and the session is persistent, on MQTT 5 and on 3.1.1.
"""

import asyncio
import ssl
from collections.abc import AsyncIterator, Iterable, Sequence
from dataclasses import dataclass, field, replace
from types import TracebackType
from typing import Any, Final, Literal, Self
from urllib.parse import urlsplit

import aiomqtt
from aiomqtt.exceptions import MqttConnectError
from paho.mqtt.client import MQTTMessage
from paho.mqtt.packettypes import PacketTypes
from paho.mqtt.properties import Properties
from paho.mqtt.subscribeoptions import SubscribeOptions

from em_engine.ingest.delivery import (
    Clock,
    Delivery,
    Link,
    NotPublishedError,
    system_clock,
    wanted_topics,
)
from em_engine.ingest.inbox import Flow, Inbox, Receipt
from em_engine.ingest.liveness import ASKED_EVERY_S, Liveness
from em_engine.vocabulary import Micros

Protocol = Literal["5", "3.1.1"]

_SESSION_KEPT_S: Final = 0xFFFF_FFFF  # MQTT 5, 3.1.2.11.2: the session does not expire
_RETAINED_ONLY_WHEN_NEW: Final = 1  # MQTT 5, 3.8.3.1: not again at every reconnection
_REFUSED_FROM: Final = 0x80  # a SUBACK code from here on is a refusal, in both protocols
_UNSUPPORTED_PROTOCOL: Final = 0x84


@dataclass(frozen=True, slots=True, kw_only=True)
class MqttSettings:
    """Where the broker is, who we are there, and how patient we are."""

    url: str = "mqtt://127.0.0.1:1883"  # or mqtts://
    client_id: str = "em-engine"  # names the persistent session: one process at a time may use it
    username: str | None = None
    password: str | None = field(default=None, repr=False)
    ca_file: str | None = None  # None trusts the system's authorities
    cert_file: str | None = None
    key_file: str | None = None
    protocol: Protocol | Literal["auto"] = "auto"  # auto: 5, and 3.1.1 where the broker refuses 5
    keepalive_s: int = 30
    timeout_s: float = 10.0  # for the broker's answer to anything
    retry_first_s: float = 0.2
    retry_max_s: float = 30.0

    @property
    def address(self) -> tuple[str, int]:
        """Host and port."""
        parts = urlsplit(self.url)
        assert parts.scheme in ("mqtt", "mqtts"), f"{self.url} must begin with mqtt:// or mqtts://"
        return parts.hostname or "127.0.0.1", parts.port or (8883 if self.is_encrypted else 1883)

    @property
    def is_encrypted(self) -> bool:
        """Whether the broker is spoken to over TLS."""
        return self.url.startswith("mqtts:")


class MqttTransport:
    """Deliveries from an MQTT broker, through a session that outlives connections and processes."""

    def __init__(
        self,
        settings: MqttSettings | None = None,
        *,
        root: str = "em/1",
        topics: Sequence[str] | None = None,
        flow: Flow | None = None,
        clock: Clock = system_clock,
        clock_speed: float = 1.0,
    ) -> None:
        self._settings = settings or MqttSettings()
        self._topics = tuple(wanted_topics(root) if topics is None else topics)
        self._flow = flow or Flow()
        self._clock = clock
        self._liveness = Liveness(clock_speed=clock_speed)
        self._clock_speed = clock_speed
        self._inbox = Inbox(self._flow, clock)
        self._link = Link(connected=False, since=clock(), trouble="not connected yet")
        self._connections = 0
        self._connection: _Connection | None = None
        self._up = asyncio.Event()
        self._keeping_up: asyncio.Task[None] | None = None
        self._leaving = False

    @property
    def link(self) -> Link:
        proven = self._liveness
        return replace(
            self._link,
            heard_until=proven.heard_until,
            waiting_since=self._inbox.waiting_since,
            stalls=proven.stalls,
            clock_speed=self._clock_speed,
        )

    def batches(self) -> AsyncIterator[Sequence[Delivery]]:
        return self._inbox.batches()

    async def acknowledge(self, deliveries: Iterable[Delivery]) -> None:
        for receipt in self._inbox.settle(deliveries):
            if self._connection is not None and receipt.connection == self._connection.number:
                self._connection.acknowledge(receipt)

    async def publish(self, topic: str, payload: bytes, *, qos: int = 1, retain: bool = False) -> None:
        try:
            await asyncio.wait_for(self._up.wait(), self._settings.timeout_s)
            assert self._connection is not None
            await self._connection.client.publish(topic, payload, qos=qos, retain=retain)
        except (aiomqtt.MqttError, TimeoutError) as error:
            raise NotPublishedError(f"{topic}: {error or 'no broker'}") from error

    async def __aenter__(self) -> Self:
        self._keeping_up = asyncio.create_task(self._keep_up())
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        assert self._keeping_up is not None
        self._leaving = True
        while not self._keeping_up.done():
            # One cancellation may be swallowed: Python 3.11's wait_for, inside aiomqtt, prefers an answer of
            # the broker that comes in the same moment.
            self._keeping_up.cancel()
            await asyncio.wait([self._keeping_up], timeout=1)
        self._inbox.close()

    async def _keep_up(self) -> None:
        """Connects, for ever: an engine without its broker waits, it does not fall over."""
        protocol: Protocol = "5" if self._settings.protocol == "auto" else self._settings.protocol
        wait_s = self._settings.retry_first_s
        while not self._leaving:
            trouble = await self._live_once(protocol)
            if trouble.refuses_protocol and self._settings.protocol == "auto":
                protocol = "3.1.1" if protocol == "5" else "5"
            self._link = replace(self._link, trouble=trouble.reason)
            wait_s = self._settings.retry_first_s if trouble.was_up else wait_s
            await asyncio.sleep(wait_s)
            wait_s = min(wait_s * 2, self._settings.retry_max_s)

    async def _live_once(self, protocol: Protocol) -> "_Trouble":
        """One connection from its beginning to its end, and why it ended."""
        was_up = False
        self._connections += 1
        connection = _Connection(self._connections, self._settings, self._flow, self._inbox, protocol)
        try:
            async with connection.client:
                self._connection = connection
                asked_at = self._clock()
                await connection.subscribe(self._topics)
                was_up = True
                self._went_up(protocol, asked_at)
                if not self._leaving:
                    await self._live_on(connection)
                reason = "the connection ended"
        except MqttConnectError as error:
            refused = _code(error.rc) == _UNSUPPORTED_PROTOCOL
            return _Trouble(f"the broker refuses us: {error}", was_up=was_up, refuses_protocol=refused)
        except (aiomqtt.MqttError, OSError, ValueError) as error:
            reason = f"{error}" or type(error).__name__
        finally:
            self._went_down()
            connection.close()
        return _Trouble(reason, was_up=was_up)

    async def _live_on(self, connection: "_Connection") -> None:
        """Until the connection ends; the broker is asked all the while whether it is still there."""
        while not await connection.ended(within_s=ASKED_EVERY_S):
            asked_at = self._clock()
            if await connection.answers():
                self._liveness.answered(asked_at=asked_at, now=self._clock())

    def _went_up(self, protocol: Protocol, asked_at: Micros) -> None:
        self._liveness.begins(asked_at)
        first = self._link.protocol == ""
        self._link = Link(
            connected=True,
            since=self._clock(),
            reconnects=0 if first else self._link.reconnects + 1,
            protocol=f"MQTT {protocol}",
        )
        self._up.set()

    def _went_down(self) -> None:
        self._connection = None
        self._up.clear()
        self._inbox.connection_lost()
        if self._link.connected:
            self._link = replace(self._link, connected=False, since=self._clock())


@dataclass(frozen=True, slots=True)
class _Trouble:
    reason: str
    was_up: bool = False
    refuses_protocol: bool = False


class _Connection:
    """One connection. The only place that reaches beneath aiomqtt, to paho and to aiomqtt's own futures."""

    def __init__(
        self, number: int, settings: MqttSettings, flow: Flow, inbox: Inbox, protocol: Protocol
    ) -> None:
        self.number = number
        self._inbox = inbox
        self._protocol = protocol
        self.client = _client(settings, flow, protocol)
        self.client.pending_calls_threshold = flow.in_flight_max  # many publishing at once is no trouble
        self._paho = self.client._client
        self._paho.manual_ack_set(True)
        self._paho.on_message = self._receive
        self._paho.on_disconnect = self._broken
        self._answer: asyncio.Future[None] | None = None
        # PINGREQ is the one question every broker answers anybody. paho tells nobody of the answer.
        self._hear_pong = self._paho._handle_pingresp
        self._paho._handle_pingresp = self._pong  # type: ignore[method-assign]

    async def subscribe(self, topics: Sequence[str]) -> None:
        """Asks for the topics. Raises MqttError where the broker refuses one."""
        if not topics:
            return
        options = SubscribeOptions(qos=1, retainHandling=_RETAINED_ONLY_WHEN_NEW)
        wanted: Any = [(topic, options if self._protocol == "5" else 1) for topic in topics]
        answers = await self.client.subscribe(wanted)
        for topic, answer in zip(topics, answers, strict=True):
            if _code(answer) >= _REFUSED_FROM:
                raise aiomqtt.MqttError(f"the broker refuses the subscription to {topic}: {answer}")

    async def ended(self, *, within_s: float) -> bool:
        """Whether the connection ends within that time. Raises MqttError where it was not ours."""
        over = self.client._disconnected
        await asyncio.wait([over], timeout=within_s)
        if over.done() and (error := over.exception()) is not None:
            raise aiomqtt.MqttError(str(error) or type(error).__name__)
        return over.done()

    async def answers(self) -> bool:
        """Asks the broker whether it is there, and waits: True when it says so, False when all is over."""
        self._answer = asyncio.get_running_loop().create_future()
        self._paho._send_pingreq()
        await asyncio.wait([self._answer, self.client._disconnected], return_when=asyncio.FIRST_COMPLETED)
        return self._answer.done()

    def _pong(self) -> Any:
        if self._answer is not None and not self._answer.done():
            self._answer.set_result(None)
        return self._hear_pong()

    def acknowledge(self, receipt: Receipt) -> None:
        """Tells the broker; on a broken connection it learns nothing and sends the message again."""
        if receipt.qos:
            self._paho.ack(receipt.number, receipt.qos)

    def close(self) -> None:
        """Where the broker refused us, aiomqtt leaves the socket open."""
        self._paho._sock_close()

    def _broken(self, *told: Any) -> None:
        self.client._on_disconnect(*told)
        if not self.client._connected.done():
            # aiomqtt would wait for the broker's answer until its time is up.
            self.client._connected.set_exception(aiomqtt.MqttError("broken before the broker answered"))

    def _receive(self, _paho: Any, _userdata: Any, message: MQTTMessage) -> None:
        # Straight into the inbox: aiomqtt's own queue costs a task a message, and its topics raise on
        # bytes that are no text, which would break the connection at every redelivery.
        topic = message._topic.decode(errors="replace")
        self._inbox.arrive(topic, bytes(message.payload), Receipt(self.number, message.mid, message.qos))


def _code(answer: Any) -> int:
    """A broker's answer as its number, in either protocol."""
    return int(getattr(answer, "value", answer))


def _client(settings: MqttSettings, flow: Flow, protocol: Protocol) -> aiomqtt.Client:
    host, port = settings.address
    common: dict[str, Any] = {
        "username": settings.username,
        "password": settings.password,
        "identifier": settings.client_id,
        "timeout": settings.timeout_s,
        "keepalive": settings.keepalive_s,
        "tls_context": _tls(settings) if settings.is_encrypted else None,
    }
    if protocol == "3.1.1":
        return aiomqtt.Client(
            host, port, protocol=aiomqtt.ProtocolVersion.V311, clean_session=False, **common
        )
    properties = Properties(PacketTypes.CONNECT)  # type: ignore[no-untyped-call]
    properties.SessionExpiryInterval = _SESSION_KEPT_S
    properties.ReceiveMaximum = flow.in_flight_max
    return aiomqtt.Client(
        host,
        port,
        protocol=aiomqtt.ProtocolVersion.V5,
        clean_start=False,
        properties=properties,
        **common,
    )


def _tls(settings: MqttSettings) -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=settings.ca_file)
    if settings.cert_file is not None:
        context.load_cert_chain(settings.cert_file, settings.key_file)
    return context
