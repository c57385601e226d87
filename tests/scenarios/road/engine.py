"""A real engine process, to be asked, killed and stopped; and everyone's tags over one connection."""

import asyncio
import contextlib
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import msgspec
import pytest

from em_engine.alerts.alert import Alert
from em_engine.alerts.queue import HistoryEntry
from em_engine.alerts.rows import alert_of
from em_engine.app import Parts, assembled, running
from em_engine.ingest.broker import find_mosquitto
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.record.interface import RecordError
from em_engine.record.rows import AlertQuery
from em_engine.record.sqlite import SqliteReaders
from em_engine.settings import BrokerSettings, EngineSettings, HttpSettings, RecordSettings
from tests.scenarios.road.bench import until

NEEDS_MOSQUITTO = [
    pytest.mark.mosquitto,
    pytest.mark.skipif(
        find_mosquitto() is None, reason="Mosquitto is not installed (Debian package mosquitto)"
    ),
]
CHECKOUT = Path(__file__).parents[3]
CONFIG = """\
rules = "rules"
data = "data"
[broker]
url = "{url}"
[http]
port = 0
[record]
snapshot_every = "PT{snapshot_s}S"
"""


class EngineProcess:
    """`em engine --config`, as an operating system runs it: started, killed, started again."""

    def __init__(self, folder: Path, url: str, *, snapshot_s: int = 2) -> None:
        self.folder = folder
        self.config = folder / "engine.toml"
        self.config.write_text(CONFIG.format(url=url, snapshot_s=snapshot_s))
        self._log = (folder / "engine.log").open("ab")
        self.process: subprocess.Popen[bytes]
        self.command: Sequence[str] = ("engine", "--config", str(self.config))

    @property
    def record(self) -> Path:
        return self.folder / "data" / "record.sqlite3"

    def start(self) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "em_engine", *self.command],
            stdout=subprocess.PIPE,
            stderr=self._log,
            cwd=self.folder,
            env={**os.environ, "PYTHONPATH": str(CHECKOUT), "PYTHONUNBUFFERED": "1"},
        )

    async def address(self) -> str:
        """Where its console answers."""
        assert self.process.stdout is not None
        while line := (await asyncio.to_thread(self.process.stdout.readline)).decode():
            if "console" in line and "http" in line:
                return line.split()[-1]
        raise AssertionError(f"the engine ended: {self.last_words()}")

    async def kill(self) -> None:
        """As a power cut ends it."""
        await self._end(signal.SIGKILL)

    async def stop(self) -> int:
        """As an operating system asks it to; its exit code."""
        return await self._end(signal.SIGTERM)

    async def _end(self, how: signal.Signals) -> int:
        self.process.send_signal(how)
        code = await asyncio.to_thread(self.process.wait, 20)
        assert self.process.stdout is not None
        self.process.stdout.close()
        return code

    def close(self) -> None:
        if self.process.poll() is None:
            self.process.kill()
            self.process.wait()
        if self.process.stdout is not None:
            self.process.stdout.close()
        self._log.close()

    def last_words(self) -> str:
        return (self.folder / "engine.log").read_text()[-2000:]


class Look:
    """The record of an engine in another process, looked at."""

    def __init__(self, path: Path) -> None:
        self._readers = SqliteReaders(path)

    def close(self) -> None:
        self._readers.close()

    def position(self) -> int:
        """How far the journal reaches; 0 while there is none."""
        try:
            with self._readers.reading() as reading:
                return reading.newest_position()
        except RecordError:  # the file, or its tables, are still to come
            return 0

    def snapshot_position(self) -> int:
        """Where the newest snapshot stands; 0 where there is none."""
        with self._readers.reading() as reading:
            kept = reading.newest_snapshot()
        return 0 if kept is None else kept[0]

    def quarantined(self) -> int:
        """How many messages were set aside."""
        with self._readers.reading() as reading:
            return reading.quarantined_ever()

    def history(self) -> list[HistoryEntry]:
        with self._readers.reading() as reading:
            rows = reading.history(after=0, limit=1_000_000)
        return [
            HistoryEntry(**{**row._asdict(), "payload": msgspec.json.decode(row.payload)}) for row in rows
        ]

    def alerts(self) -> list[Alert]:
        with self._readers.reading() as reading:
            return [alert_of(row) for row in reading.alerts(AlertQuery(is_closed=None, limit=1_000_000))]


def ask(url: str) -> tuple[int, str]:
    """Status and body of a page."""
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status, answer.read().decode()
    except urllib.error.HTTPError as refusal:
        with refusal:
            return refusal.code, refusal.read().decode()


def measure(text: str, name: str) -> float:
    """One measure on the page of all."""
    line = next(line for line in text.splitlines() if line.startswith((f"{name} ", f"{name}{{")))
    return float(line.split()[-1])


def devices(url: str, *, listening: bool = False) -> MqttTransport:
    """The connection of all tags; with `listening`, commands come to it."""
    settings = MqttSettings(url=url, client_id="tags", retry_first_s=0.02, retry_max_s=0.1)
    return MqttTransport(settings, topics=["em/1/+/command"] if listening else [])


async def connected(transport: MqttTransport) -> MqttTransport:
    await until(lambda: transport.link.connected)
    return transport


@contextlib.asynccontextmanager
async def application(folder: Path, url: str) -> AsyncIterator[tuple[Parts, str]]:
    """The whole application in this process, heard by its broker; and where its console answers."""
    settings = EngineSettings(
        rules=folder / "rules",
        data=folder / "data",
        broker=BrokerSettings(url=url),
        http=HttpSettings(port=0),
        record=RecordSettings(durability="normal"),
    )
    with assembled(settings) as parts:
        async with running(parts, settings) as address:
            await until(lambda: parts.transport.link.connected)
            yield parts, address
