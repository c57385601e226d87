"""A real engine process, to be asked, killed and stopped; and everyone's tags over one connection."""

import asyncio
import os
import signal
import subprocess
import sys
import urllib.error
import urllib.request
from collections.abc import Sequence
from pathlib import Path

import pytest

from em_engine.ingest.broker import find_mosquitto
from em_engine.ingest.mqtt import MqttSettings, MqttTransport
from em_engine.record.interface import RecordError
from em_engine.record.rows import AlertQuery, AlertRow, HistoryRow
from em_engine.record.sqlite import SqliteReaders
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

    def history(self) -> list[HistoryRow]:
        with self._readers.reading() as reading:
            return reading.history(after=0, limit=1_000_000)

    def alerts(self) -> list[AlertRow]:
        with self._readers.reading() as reading:
            return reading.alerts(AlertQuery(is_closed=None, limit=1_000_000))


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
