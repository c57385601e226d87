"""A broker on loopback for the demo and for tests: Mosquitto where it is found, an embedded one otherwise.

    async with start_broker() as broker:
        print(broker.url, broker.honest_note)

It is not for production, where a broker has its own machine, TLS, and a credential for every device.
"""

import asyncio
import contextlib
import ctypes
import getpass
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Final, Literal, Protocol

_LOOPBACK: Final = "127.0.0.1"
_PORTS_TRIED: Final = 5  # a free port may be taken between our asking and the broker's binding
_START_S: Final = 10.0
_STOP_S: Final = 10.0
_PR_SET_PDEATHSIG: Final = 1  # linux/prctl.h


class Broker(Protocol):
    """A broker of ours that runs."""

    port: int
    kind: Literal["mosquitto", "embedded"]
    honest_note: str
    """What it is, and what it does not promise: shown to whoever starts it."""

    @property
    def url(self) -> str:
        """Where clients on this machine find it."""
        ...

    async def start(self) -> None:
        """Listens when this returns. Raises BrokerError."""
        ...

    async def stop(self) -> None:
        """Stops as a broker does that is told to; one that keeps anything has kept it when this returns."""
        ...


class BrokerError(Exception):
    """The broker does not start; the text says why."""


@contextlib.asynccontextmanager
async def start_broker(
    *,
    port: int = 0,
    prefer: Literal["mosquitto", "embedded"] = "mosquitto",
    folder: Path | None = None,
) -> AsyncIterator[Broker]:
    """A running broker; `port` 0 takes a free one. Without `folder` nothing outlives the context."""
    with contextlib.ExitStack() as stack:
        binary = find_mosquitto() if prefer == "mosquitto" else None
        broker: Broker
        if binary is None:
            from em_engine.ingest.embedded import EmbeddedBroker  # amqtt takes half a second to import

            broker = EmbeddedBroker(port=port)
        else:
            if folder is None:
                folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="em-broker-")))
            broker = MosquittoBroker(binary, folder, port=port)
        await broker.start()
        try:
            yield broker
        finally:
            await broker.stop()


def find_mosquitto() -> Path | None:
    """Debian keeps it where only root's PATH looks."""
    path = os.pathsep.join([os.environ.get("PATH", os.defpath), "/usr/sbin", "/usr/local/sbin"])
    found = shutil.which("mosquitto", path=path)
    return Path(found) if found else None


def free_port() -> int:
    """A port nobody listens on at this moment."""
    with socket.socket() as probe:
        probe.bind((_LOOPBACK, 0))
        port: int = probe.getsockname()[1]
        return port


def _refuse_taken(port: int) -> None:
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)  # as Mosquitto does
        try:
            probe.bind((_LOOPBACK, port))
        except OSError as error:
            raise BrokerError(f"mosquitto does not start: port {port}: {error.strerror}") from error


class MosquittoBroker:
    """Debian's Mosquitto as a child process, with a configuration of its own, that dies with us."""

    kind: Literal["mosquitto", "embedded"] = "mosquitto"
    honest_note = (
        "Mosquitto, on this machine only and without credentials. It keeps sessions on disk every thousand"
        " changes and when it is stopped; killed outright it forgets up to a thousand messages, which the"
        " engine notices by their numbers and asks the tags for again."
    )

    def __init__(self, binary: Path, folder: Path, *, port: int = 0) -> None:
        self.port = port
        self._binary = binary
        self.folder = folder
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def url(self) -> str:
        return f"mqtt://{_LOOPBACK}:{self.port}"

    @property
    def pid(self) -> int:
        """The process, for those who want to kill it."""
        assert self._process is not None
        return self._process.pid

    async def start(self) -> None:
        """On the port it had before, if it had one."""
        for _ in range(1 if self.port else _PORTS_TRIED):
            port = self.port or free_port()
            _refuse_taken(port)  # or whoever holds it would answer for the broker
            self._process = self._launch(port)
            if await self._listens(port):
                self.port = port
                return
        raise BrokerError(f"mosquitto does not start: {self._last_words()}")

    async def stop(self) -> None:
        """Asks it to end, which makes it write down what it holds; insists after ten seconds."""
        await self._end(signal.SIGTERM)

    async def kill(self) -> None:
        """Ends it as a crash would."""
        await self._end(signal.SIGKILL)

    @property
    def _log(self) -> Path:
        return self.folder / "mosquitto.log"

    def configuration(self, port: int) -> str:
        """What Mosquitto is told."""
        return _CONFIG.format(port=port, folder=self.folder, user=getpass.getuser())

    def _last_words(self) -> str:
        return self._log.read_text(errors="replace")[-500:].strip()

    def _launch(self, port: int) -> subprocess.Popen[bytes]:
        config = self.folder / "mosquitto.conf"
        config.write_text(self.configuration(port))
        with self._log.open("ab") as log:
            return subprocess.Popen(
                [self._binary, "-c", config],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,  # Ctrl-C is for us: the broker must outlive our last acknowledgement
                preexec_fn=_die_with(os.getpid()) if sys.platform == "linux" else None,
            )

    async def _listens(self, port: int) -> bool:
        assert self._process is not None
        loop = asyncio.get_running_loop()
        deadline = loop.time() + _START_S
        while self._process.poll() is None and loop.time() < deadline:
            with contextlib.suppress(OSError):
                _, writer = await asyncio.open_connection(_LOOPBACK, port)
                writer.close()
                await writer.wait_closed()
                return self._process.poll() is None  # it may have been someone else who answered
            await asyncio.sleep(0.02)
        await self._end(signal.SIGKILL)
        return False

    async def _end(self, how: signal.Signals) -> None:
        process, self._process = self._process, None
        if process is None:
            return
        process.send_signal(how)
        try:
            await asyncio.to_thread(process.wait, _STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            await asyncio.to_thread(process.wait)


# Autosave every thousand changes is the strictest we measured to be affordable: at every change Mosquitto
# manages 850 messages a second, and with its default of half an hour it lost all 20,000 when killed.
# The user is ours: started by root, Mosquitto would become its own and could not write into our folder.
_CONFIG: Final = """\
listener {port} 127.0.0.1
allow_anonymous true
user {user}
persistence true
persistence_location {folder}/
autosave_on_changes true
autosave_interval 1000
max_inflight_messages 0
max_queued_messages 0
message_size_limit 33554432
set_tcp_nodelay true
log_dest stderr
log_type error
log_type warning
"""


def _die_with(parent: int) -> Callable[[], None]:
    """Runs in the child before Mosquitto does: the kernel ends it when we end, however we end."""
    libc = ctypes.CDLL(None, use_errno=True)

    def ask_kernel() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM, 0, 0, 0)
        if os.getppid() != parent:  # we ended before the kernel was asked
            os._exit(1)

    return ask_kernel
