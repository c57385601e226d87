"""The bell: says that the history has grown, to whoever waits for it, in whatever thread or event loop."""

import asyncio
import threading
from collections.abc import Callable
from contextlib import suppress


class Bell:
    """Rung by the thread that commits. It holds no history: who hears it goes and reads."""

    def __init__(self, number: int) -> None:
        self._lock = threading.Lock()
        self._number = number
        self._wakes: dict[object, Callable[[], None]] = {}

    @property
    def number(self) -> int:
        """The highest number rung so far."""
        return self._number

    def ring(self, number: int) -> None:
        """Says that the history reaches `number`. Never fails: what it tells of is committed already."""
        with self._lock:
            if number <= self._number:
                return
            self._number = number
            wakes = tuple(self._wakes.values())
        for wake in wakes:
            # What an event loop raises once it is closed: nobody listens there any more.
            with suppress(RuntimeError):
                wake()

    def on_change(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Has `wake` called at every ring, from the ringing thread; what this returns ends that.

        `wake` returns at once and does nothing but wake, such as `loop.call_soon_threadsafe(event.set)`.
        """
        listener = object()
        with self._lock:
            self._wakes[listener] = wake

        def stop() -> None:
            with self._lock:
                self._wakes.pop(listener, None)

        return stop

    async def past(self, number: int) -> int:
        """Waits until the history reaches beyond `number`; how far it then reaches."""
        loop, rung = asyncio.get_running_loop(), asyncio.Event()
        # Listening before looking: a ring in between is not missed.
        stop = self.on_change(lambda: _wake(loop, rung))
        try:
            while self._number <= number:
                await rung.wait()
                rung.clear()
            return self._number
        finally:
            stop()


def _wake(loop: asyncio.AbstractEventLoop, rung: asyncio.Event) -> None:
    loop.call_soon_threadsafe(rung.set)
