"""The real console, without an engine behind it, on a loopback port: for what only the server can show."""

import contextlib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import uvicorn

from em_engine.console.settings import ConsoleSettings
from em_engine.ingest.delivery import system_clock
from tests.adapters.console.conftest import Bench


class RealConsole:
    """A console over a bench; `bench` is what lies behind it."""

    def __init__(self, folder: Path, port: int, settings: ConsoleSettings) -> None:
        self.bench = Bench(folder, clock=system_clock, settings=settings)  # type: ignore[arg-type]
        self.url = f"http://127.0.0.1:{port}"
        self._config = uvicorn.Config(self.bench.app, host="127.0.0.1", port=port, log_level="critical")
        self._server = uvicorn.Server(self._config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)

    def start(self) -> None:
        """Serve, and return once it answers."""
        self._thread.start()
        for _ in range(3000):
            if self._server.started:
                return
            threading.Event().wait(0.01)
        raise AssertionError("the console did not start")

    def stop(self) -> None:
        """End it, open streams and all."""
        self.bench.app.state.console.feed.close()
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        self.bench.close()


@contextlib.contextmanager
def real_console(folder: Path, port: int, **settings: Any) -> Iterator[RealConsole]:
    """The console, for as long as a test needs it."""
    made = RealConsole(folder, port, ConsoleSettings(**settings))
    made.start()
    try:
        yield made
    finally:
        made.stop()
