"""The tags of a whole country, as one small process: bare MQTT 3.1.1 over a few connections.

A client library would be the slowest part of the road it is to measure.
"""

import asyncio
import struct
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from em_engine.bench.country import homes, tag
from em_engine.ingest.delivery import system_clock
from em_engine.ingest.encode import encode_fix, topic_of
from em_engine.vocabulary import ReportKind

IN_FLIGHT_MAX: Final = 2_000
"""Messages a connection has on their way at most: then it waits for the broker."""
_TURN_S: Final = 0.005
_CONNECT, _PUBLISH_QOS1 = 0x10, 0x32
_CONNACK = bytes((0x20, 2, 0, 0))
_PUBACK_BYTES: Final = 4
_READ_BYTES: Final = 1 << 16


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
    lines = [await _Line.opened(load.port, f"em-bench-{n}") for n in range(load.connections)]
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


class _Line:
    """One connection to the broker that only publishes."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._reader, self._writer = reader, writer
        self._sent = self._bytes = 0

    @classmethod
    async def opened(cls, port: int, client_id: str) -> "_Line":
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        clean_session, keepalive_s = 2, 0
        hello = _text("MQTT") + struct.pack(">BBH", 4, clean_session, keepalive_s) + _text(client_id)
        writer.write(_packet(_CONNECT, hello))
        answer = await reader.readexactly(len(_CONNACK))
        assert answer == _CONNACK, f"the broker refuses the load: {answer!r}"
        return cls(reader, writer)

    @property
    def _acknowledged(self) -> int:
        return self._bytes // _PUBACK_BYTES

    async def publish(self, topic: str, payload: bytes) -> None:
        while self._sent - self._acknowledged >= IN_FLIGHT_MAX:
            await self._read_receipts()
        self._sent += 1
        receipt = struct.pack(">H", self._sent % 0xFFFF + 1)
        self._writer.write(_packet(_PUBLISH_QOS1, _text(topic) + receipt + payload))

    async def close(self) -> None:
        """Ends when the broker has everything."""
        while self._acknowledged < self._sent:
            await self._read_receipts()
        self._writer.close()
        await self._writer.wait_closed()

    async def _read_receipts(self) -> None:
        """Everything the broker sends here is receipts of four bytes, some cut in two by the socket."""
        received = await self._reader.read(_READ_BYTES)
        assert received, "the broker ended the connection"
        self._bytes += len(received)


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
