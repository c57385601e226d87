"""amqtt as the broker of last resort, inside our own process, with its worst faults mended.

As released (0.12.1) amqtt forgets what a persistent session has not acknowledged as soon as the client
disconnects or five seconds pass, drops what a publisher sent last before it disconnects, keeps nothing for
sessions without a password, has no window, hangs on a CONNECT of MQTT 5, and takes a session for dead when a
second connection takes it over. The subclasses here mend those; what stays is in `honest_note`.
"""

import asyncio
import contextlib
from collections import deque
from typing import Any, Final, Literal

import amqtt.broker
from amqtt.adapters import ReaderAdapter
from amqtt.broker import RetainedApplicationMessage
from amqtt.codecs_amqtt import read_or_raise
from amqtt.errors import BrokerError as AmqttBrokerError
from amqtt.errors import NoDataError
from amqtt.mqtt.constants import QOS_1
from amqtt.mqtt.protocol.broker_handler import BrokerProtocolHandler
from amqtt.mqtt.puback import PubackPacket
from amqtt.plugins.base import BaseAuthPlugin
from amqtt.session import INCOMING, OutgoingApplicationMessage

from em_engine.ingest.broker import BrokerError, free_port

_LOOPBACK: Final = "127.0.0.1"
_MQTT_5: Final = 5
_SPEAK_3_1_1: Final = b"\x20\x02\x00\x01"  # CONNACK of 3.1.1: unacceptable protocol version
_WINDOW: Final = 1_000  # messages sent to a client and not acknowledged by it


class EmbeddedBroker:
    """A broker in this process and its event loop, for MQTT 3.1.1."""

    kind: Literal["mosquitto", "embedded"] = "embedded"
    honest_note = (
        "The embedded broker (amqtt): no Mosquitto was found. It speaks MQTT 3.1.1 alone, holds sessions in"
        " memory only, so that everything not acknowledged is gone when this process ends, and carries one to"
        " two thousand messages a second. Good for a demo, not for people."
    )

    def __init__(self, *, port: int = 0) -> None:
        self.port = port
        self._broker: amqtt.broker.Broker | None = None

    @property
    def url(self) -> str:
        return f"mqtt://{_LOOPBACK}:{self.port}"

    async def start(self) -> None:
        self.port = self.port or free_port()
        self._broker = _KeepingBroker(
            {
                "listeners": {"default": {"type": "tcp", "bind": f"{_LOOPBACK}:{self.port}"}},
                "plugins": {f"{__name__}.{OpenToAll.__name__}": {}},
            }
        )
        try:
            await self._broker.start()
        except AmqttBrokerError as error:
            raise BrokerError(f"the embedded broker does not start: {error}") from error

    async def stop(self) -> None:
        broker, self._broker = self._broker, None
        if broker is not None:
            await broker.shutdown()


class OpenToAll(BaseAuthPlugin):  # type: ignore[misc]  # amqtt is untyped
    """Lets everyone in, as loopback does. amqtt's own such plugin makes every session a forgetful one."""

    async def authenticate(self, *, session: Any) -> bool:
        """Whoever asks may."""
        return True


class _KeepingBroker(amqtt.broker.Broker):  # type: ignore[misc]
    """amqtt with handlers that keep, and with sessions that survive being taken over."""

    async def _client_connected(self, listener_name: str, reader: Any, writer: Any) -> None:
        with contextlib.suppress(OSError, NoDataError):  # a client that hangs up first is no error
            head, level = await _connect_head(reader)
            if level == _MQTT_5:
                writer.write(_SPEAK_3_1_1)
                await writer.close()
                return
            await super()._client_connected(listener_name, _Rewound(head, reader), writer)

    async def _handle_client_session(
        self, reader: Any, writer: Any, client_session: Any, _handler: Any, server: Any, listener_name: str
    ) -> None:
        # The handler given has read the CONNECT and holds nothing yet; ours takes its place.
        keeping = _KeepingHandler(self, self.plugins_manager)
        await super()._handle_client_session(reader, writer, client_session, keeping, server, listener_name)

    async def _handle_disconnect(self, client_session: Any, handler: Any, disconnect_waiter: Any) -> None:
        if self._get_handler(client_session) is handler:
            await super()._handle_disconnect(client_session, handler, disconnect_waiter)
        else:
            await self._stop_handler(handler)  # taken over: the session lives on elsewhere

    async def deliver(self, session: Any, handler: Any, message: Any) -> bool:
        """Passes a publisher's message on; False where its topic may not be published to."""
        told: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        told.set_result(message)
        return bool(await self._handle_message_delivery(session, handler, told))


async def _connect_head(reader: Any) -> tuple[bytes, int]:
    """The first bytes of a CONNECT, up to the version it asks for, and that version."""
    head = bytearray(await read_or_raise(reader, 2))
    while head[-1] & 0x80:  # the length of the packet goes on
        head += await read_or_raise(reader, 1)
    head += await read_or_raise(reader, 7)
    return bytes(head), head[-1]


class _Rewound(ReaderAdapter):  # type: ignore[misc]
    """A reader that gives again what was read from it."""

    def __init__(self, head: bytes, reader: Any) -> None:
        self._head = head
        self._reader = reader

    async def read(self, n: int = -1) -> Any:
        if not self._head:
            return await self._reader.read(n)
        given, self._head = self._head[:n], self._head[n:]
        return given if len(given) == n else given + await self._reader.read(n - len(given))

    def feed_eof(self) -> None:
        self._reader.feed_eof()


class _KeepingHandler(BrokerProtocolHandler):  # type: ignore[misc]
    """One client: keeps each message until the client acknowledges it, and sends a window of them at most."""

    def __init__(self, broker: _KeepingBroker, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._broker = broker
        self._unsent: deque[RetainedApplicationMessage] = deque()
        self._flows: set[asyncio.Task[Any]] = set()
        self._delivering = asyncio.Lock()
        self._stopped = False

    def attach(self, session: Any, reader: Any, writer: Any) -> None:
        super().attach(session, reader, writer)
        if session.transitions.state == "disconnected":  # the one it was taken from has just said so
            session.transitions.connect()

    async def mqtt_publish(
        self, topic: str, data: bytes, qos: int, retain: bool, ack_timeout: int | None = None
    ) -> Any:
        """Takes a message for this client; returns at once where it will be acknowledged."""
        if qos != QOS_1:
            return await super().mqtt_publish(topic, data, qos, retain, ack_timeout)
        message = RetainedApplicationMessage(None, topic, data, qos)
        if self._stopped:
            self.session.retained_messages.put_nowait(message)
        else:
            self._unsent.append(message)
            self._fill_window()
        return message

    def _fill_window(self) -> None:
        while self._unsent and len(self._flows) < _WINDOW and not self._stopped:
            message = self._unsent.popleft()
            number = self.session.next_packet_id
            outgoing = OutgoingApplicationMessage(number, message.topic, QOS_1, message.data, False)
            self.session.inflight_out[number] = outgoing
            self._start_flow(outgoing)

    def _start_flow(self, message: Any) -> None:
        flow = asyncio.create_task(self._handle_message_flow(message))
        self._flows.add(flow)
        flow.add_done_callback(self._flow_done)

    def _flow_done(self, flow: "asyncio.Task[Any]") -> None:
        self._flows.discard(flow)
        if not flow.cancelled():
            flow.exception()  # a broken connection; what it carried stays in the session
        self._fill_window()

    async def _handle_qos1_message_flow(self, app_message: Any) -> None:
        if app_message.direction == INCOMING:
            await self._pass_on(app_message)
            await self._send_packet(PubackPacket.build(app_message.packet_id))
            return
        number = app_message.packet_id
        acknowledged: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._puback_waiters[number] = acknowledged
        packet = app_message.build_publish_packet(dup=app_message.publish_packet is not None)
        app_message.publish_packet = packet
        try:
            await self._send_packet(packet)
            app_message.puback_packet = await acknowledged
        finally:
            self._puback_waiters.pop(number, None)
        self.session.inflight_out.pop(number, None)

    async def handle_puback(self, puback: Any) -> None:
        """Even where the connection broke before its flow was told: acknowledged, it does not come back."""
        self.session.inflight_out.pop(puback.packet_id, None)
        waiter = self._puback_waiters.get(puback.packet_id)
        if waiter is not None and not waiter.done():
            waiter.set_result(puback)

    async def _handle_qos0_message_flow(self, app_message: Any) -> None:
        if app_message.direction == INCOMING:
            await self._pass_on(app_message)
        else:
            await super()._handle_qos0_message_flow(app_message)

    async def _pass_on(self, message: Any) -> None:
        """Before it is acknowledged, so that a publisher who leaves at once has been heard."""
        async with self._delivering:
            allowed = await self._broker.deliver(self.session, self, message)
        if not allowed:
            await self.handle_connection_closed()

    async def _retry_deliveries(self) -> None:
        """Without waiting for the answers, which amqtt does for ten seconds before it hears anything else."""
        for message in list(self.session.inflight_out.values()):
            self._start_flow(message)

    async def stop(self) -> None:
        self._stopped = True
        while self._unsent:
            self.session.retained_messages.put_nowait(self._unsent.popleft())
        await super().stop()
