"""One connection that only publishes: bare MQTT 3.1.1, for loads of a whole country.

A client library would be the slowest part of the road that is to be measured.
"""

import asyncio
import ssl
import struct
from collections.abc import Callable
from typing import Final, cast

IN_FLIGHT_MAX: Final = 2_000
"""Messages a connection has on their way at most: then it waits for the broker."""
RECEIPTS: Final = 0xFFFF
"""A message's number is one more than the last one's, from 1 to this, and then 1 again."""
_CONNECT, _CONNACK, _PUBLISH_QOS1, _PUBACK = 0x10, 0x20, 0x32, 0x40
_CONNACK_BYTES = _PUBACK_BYTES = 4
_CLEAN_SESSION, _HAS_PASSWORD, _HAS_NAME = 0x02, 0x40, 0x80


class BrokerRefusedError(Exception):
    """The broker did not let the load in, or put it out; the text says why, as far as it told."""


class Line(asyncio.Protocol):
    """Publishes in order; what the broker has acknowledged is counted."""

    def __init__(self, acknowledged: Callable[[int], None] | None = None) -> None:
        self._tell = acknowledged
        self._sent = self._bytes = 0
        self._greeting: bytes | None = b""  # None once we are let in
        self._lost: BrokerRefusedError | None = None
        self._is_closing = False
        self._changed = asyncio.Event()  # something was heard, or the connection is gone

    @classmethod
    async def opened(
        cls,
        host: str,
        port: int,
        client_id: str,
        *,
        username: str | None = None,
        password: str | None = None,
        tls: ssl.SSLContext | None = None,
        acknowledged: Callable[[int], None] | None = None,
    ) -> "Line":
        """Raises OSError where nobody listens, BrokerRefusedError where we are not let in."""
        loop = asyncio.get_running_loop()
        _, line = await loop.create_connection(lambda: cls(acknowledged), host, port, ssl=tls)
        keepalive_s = 0
        given = [word for word in (username, password) if word is not None]
        flags = _CLEAN_SESSION
        flags |= _HAS_NAME if username is not None else 0
        flags |= _HAS_PASSWORD if password is not None else 0
        hello = _text("MQTT") + struct.pack(">BBH", 4, flags, keepalive_s) + _text(client_id)
        line._transport.write(_packet(_CONNECT, hello + b"".join(map(_text, given))))
        while line._greeting is not None:
            await line._heard()
        return line

    @property
    def waiting(self) -> int:
        """Messages on their way."""
        return self._sent - self._bytes // _PUBACK_BYTES

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be on its way."""
        return self.waiting >= IN_FLIGHT_MAX

    @property
    def next_receipt(self) -> int:
        """The number of the message that comes next."""
        return self._sent % RECEIPTS + 1

    def send(self, packets: bytes, count: int) -> None:
        """So many messages of `publish_packet` in a row, in one write, the first with `next_receipt`. Raises
        BrokerRefusedError."""
        if self._lost is not None:
            raise self._lost
        self._sent += count
        self._transport.write(packets)

    async def publish(self, topic: str, payload: bytes) -> None:
        """Sends a message; waits where too many are on their way. Raises BrokerRefusedError."""
        while self.is_full:
            await self._heard()
        self.send(publish_packet(topic, self.next_receipt, payload), 1)

    async def close(self) -> None:
        """Ends when the broker has everything. Raises BrokerRefusedError."""
        while self.waiting:
            await self._heard()
        self._is_closing = True
        self._transport.close()

    async def _heard(self) -> None:
        if self._lost is not None:
            raise self._lost
        self._changed.clear()
        await self._changed.wait()

    # What the broker says ---------------------------------------------------------------------

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """The socket is open."""
        self._transport = cast(asyncio.Transport, transport)

    def data_received(self, data: bytes) -> None:
        """An answer to our greeting, and from then on receipts of four bytes, some cut in two."""
        if self._greeting is None:
            self._count(data)
        else:
            self._greeting += data
            self._let_in(self._greeting)
        self._changed.set()

    def _let_in(self, greeting: bytes) -> None:
        if len(greeting) < _CONNACK_BYTES:
            return
        if greeting[0] != _CONNACK or greeting[3] != 0:
            why = _WHY.get(greeting[3], greeting.hex())
            self._lose(f"the broker refused the connection: {why}")
            return
        self._greeting = None
        self._count(greeting[_CONNACK_BYTES:])

    def _count(self, receipts: bytes) -> None:
        """However many have come together, they are read in one go."""
        begun = self._bytes % _PUBACK_BYTES
        kinds = receipts[-begun % _PUBACK_BYTES :: _PUBACK_BYTES]
        if kinds.count(_PUBACK) != len(kinds):
            self._lose("the broker sent something that is no receipt")
            return
        before = self._bytes // _PUBACK_BYTES
        self._bytes += len(receipts)
        if self._tell is not None:
            self._tell(self._bytes // _PUBACK_BYTES - before)

    def connection_lost(self, exc: Exception | None) -> None:
        """The socket is closed, by us or by the broker."""
        if self._greeting is not None:
            self._lose("the broker ended the connection without a word")
        elif not self._is_closing:
            self._lose(f"the broker ended the connection with {self.waiting} messages on their way")

    def _lose(self, why: str) -> None:
        if self._lost is None:
            self._lost = BrokerRefusedError(why)
        self._changed.set()
        self._transport.close()


_WHY: Final = {
    1: "it speaks no MQTT 3.1.1",
    2: "it does not accept the client id",
    3: "it is not available",
    4: "wrong user name or password",
    5: "not authorised",
}


def publish_packet(topic: str, receipt: int, payload: bytes) -> bytes:
    """A message that the broker is to acknowledge under this number (QoS 1)."""
    return _packet(_PUBLISH_QOS1, _text(topic) + struct.pack(">H", receipt) + payload)


def _packet(kind: int, body: bytes) -> bytes:
    """MQTT 3.1.1, 2.2.3: the length goes in groups of seven bits, the lowest first."""
    length, left = bytearray(), len(body)
    while True:
        left, group = divmod(left, 128)
        length.append(group | (128 if left else 0))
        if not left:
            return bytes((kind, *length)) + body


def _text(text: str) -> bytes:
    return struct.pack(">H", len(text.encode())) + text.encode()
