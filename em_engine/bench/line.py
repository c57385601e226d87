"""One connection that only publishes: bare MQTT 3.1.1, for loads of a whole country.

A client library would be the slowest part of the road that is to be measured.
"""

import asyncio
import ssl
import struct
from collections.abc import Callable
from typing import Final

IN_FLIGHT_MAX: Final = 2_000
"""Messages a connection has on their way at most: then it waits for the broker."""
_CONNECT, _CONNACK, _PUBLISH_QOS1 = 0x10, 0x20, 0x32
_CONNACK_BYTES = _PUBACK_BYTES = 4
_CLEAN_SESSION, _HAS_PASSWORD, _HAS_NAME = 0x02, 0x40, 0x80
_READ_BYTES: Final = 1 << 16


class BrokerRefusedError(Exception):
    """The broker did not let the load in, or put it out; the text says why, as far as it told."""


class Line:
    """Publishes in order; what the broker has acknowledged is counted."""

    def __init__(
        self,
        reader: asyncio.StreamReader,
        writer: asyncio.StreamWriter,
        acknowledged: Callable[[int], None] | None = None,
    ) -> None:
        self._reader, self._writer, self._tell = reader, writer, acknowledged
        self._sent = self._bytes = 0

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
        reader, writer = await asyncio.open_connection(host, port, ssl=tls)
        keepalive_s = 0
        given = [word for word in (username, password) if word is not None]
        flags = _CLEAN_SESSION
        flags |= _HAS_NAME if username is not None else 0
        flags |= _HAS_PASSWORD if password is not None else 0
        hello = _text("MQTT") + struct.pack(">BBH", 4, flags, keepalive_s) + _text(client_id)
        writer.write(_packet(_CONNECT, hello + b"".join(map(_text, given))))
        try:
            answer = await reader.readexactly(_CONNACK_BYTES)
        except asyncio.IncompleteReadError:
            raise BrokerRefusedError("the broker ended the connection without a word") from None
        if answer[0] != _CONNACK or answer[3] != 0:
            raise BrokerRefusedError(
                f"the broker refused the connection: {_WHY.get(answer[3], answer.hex())}"
            )
        return cls(reader, writer, acknowledged)

    @property
    def waiting(self) -> int:
        """Messages on their way."""
        return self._sent - self._bytes // _PUBACK_BYTES

    @property
    def is_full(self) -> bool:
        """Whether nothing more may be on its way."""
        return self.waiting >= IN_FLIGHT_MAX

    async def publish(self, topic: str, payload: bytes) -> None:
        """Sends a message; waits where too many are on their way. Raises BrokerRefusedError."""
        while self.is_full:
            await self.read_receipts()
        self._sent += 1
        receipt = struct.pack(">H", self._sent % 0xFFFF + 1)
        self._writer.write(_packet(_PUBLISH_QOS1, _text(topic) + receipt + payload))

    async def close(self) -> None:
        """Ends when the broker has everything."""
        while self.waiting:
            await self.read_receipts()
        self._writer.close()
        await self._writer.wait_closed()

    async def read_receipts(self) -> None:
        """Everything the broker sends here is receipts of four bytes, some cut in two by the socket."""
        received = await self._reader.read(_READ_BYTES)
        if not received:
            raise BrokerRefusedError(
                f"the broker ended the connection with {self.waiting} messages on their way"
            )
        before = self._bytes // _PUBACK_BYTES
        self._bytes += len(received)
        if self._tell is not None:
            self._tell(self._bytes // _PUBACK_BYTES - before)


_WHY: Final = {
    1: "it speaks no MQTT 3.1.1",
    2: "it does not accept the client id",
    3: "it is not available",
    4: "wrong user name or password",
    5: "not authorised",
}


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
