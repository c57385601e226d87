"""Work on the record in a thread, which a cancellation does not leave behind."""

import asyncio
import contextlib
from collections.abc import Callable
from typing import TypeVar

T = TypeVar("T")


async def in_thread(work: Callable[[], T]) -> T:
    """The work's result. Cancelled, it waits for the work to end: nobody closes the record beneath it."""
    working = asyncio.ensure_future(asyncio.to_thread(work))
    try:
        return await asyncio.shield(working)
    except asyncio.CancelledError:
        while not working.done():
            with contextlib.suppress(
                asyncio.CancelledError
            ):  # told to stop again: the record is still in use
                await asyncio.wait([working])
        working.cancelled() or working.exception()
        raise
