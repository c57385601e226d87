"""The live feed over server-sent events."""

import asyncio
import logging
from collections.abc import AsyncGenerator
from contextlib import aclosing, suppress
from typing import Annotated

from fastapi import APIRouter, Header, Query
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from em_engine.console.access import Session
from em_engine.console.api.guards import AlertReader, Console, Here
from em_engine.console.feed import BEAT
from em_engine.console.problems import Problem

log = logging.getLogger(__name__)
router = APIRouter(prefix="/api", tags=["alerts"])
Number = Annotated[int | None, Query(ge=0, lt=2**63, description="Start past this history number.")]
LastEventId = Annotated[int | None, Header(alias="Last-Event-ID", ge=0, lt=2**63)]


class EventStream(Response):
    """A stream of events to one screen. One that does not take an event in time is dropped; it can resume."""

    media_type = "text/event-stream"

    def __init__(self, chunks: AsyncGenerator[bytes, None], console: Console, status_code: int = 200) -> None:
        self._chunks, self._console = chunks, console
        # A proxy that collects the stream before passing it on would hide alerts.
        super().__init__(
            status_code=status_code, headers={"Cache-Control": "no-store", "X-Accel-Buffering": "no"}
        )
        del self.headers["content-length"]

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send until the feed ends, the screen leaves, or it is dropped."""
        sending = asyncio.create_task(self._send(send))
        leaving = asyncio.create_task(_left(receive))
        try:
            await asyncio.wait({sending, leaving}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            leaving.cancel()
            sending.cancel()
            await asyncio.wait({sending, leaving})
        if not sending.cancelled() and (error := sending.exception()) is not None:
            raise error

    async def _send(self, send: Send) -> None:
        head = {"type": "http.response.start", "status": 200, "headers": self.raw_headers}
        await send(head)
        async with aclosing(self._chunks) as chunks:
            with suppress(_TooSlow):
                async for chunk in chunks:
                    await self._send_in_time(send, chunk)
                await send({"type": "http.response.body", "body": b"", "more_body": False})

    async def _send_in_time(self, send: Send, chunk: bytes) -> None:
        try:
            async with asyncio.timeout(self._console.settings.slow_after.total_seconds()):
                await send({"type": "http.response.body", "body": chunk, "more_body": True})
        except TimeoutError:
            self._console.desk.metrics.dropped.inc()
            log.warning("a screen read too slowly and was dropped; it will resume")
            raise _TooSlow from None


class _TooSlow(Exception):
    pass


async def _left(receive: Receive) -> None:
    while (await receive())["type"] != "http.disconnect":
        pass


@router.get("/alerts/stream", response_class=EventStream)
async def stream(
    session: AlertReader, console: Here, after: Number = None, last_event_id: LastEventId = None
) -> Response:
    """Alert events past Last-Event-ID (or `after`), or from now on, and a beat every two seconds.

    `event: alert` with `id:` the history number and data {number, what, by, alert}; `event: beat` as
    /api/status tells it; `event: reset` where the number asked for lies in a future the record does not know.
    """
    if console.feed.is_full():
        raise Problem(503, "as many screens follow as may; close one", headers={"Retry-After": "10"})
    start = last_event_id if last_event_id is not None else after
    return EventStream(_while_signed_in(console, session, start), console)


async def _while_signed_in(
    console: Console, session: Session, after: int | None
) -> AsyncGenerator[bytes, None]:
    """The feed, until the session ends. Watching is no activity: an empty chair must not stay signed in."""
    metrics = console.desk.metrics
    yield b"retry: 1000\n\n"
    async with aclosing(console.feed.follow(after, sees=session.sees)) as chunks:
        async for chunk in chunks:
            metrics.screens.set(console.feed.screens)
            if chunk.startswith(BEAT) and not await asyncio.to_thread(_lives, console, session):
                return
            yield chunk


def _lives(console: Console, session: Session) -> bool:
    if session.scopes is not None:
        return console.tokens.session(session.token) is not None
    return console.access.session(session.token, is_activity=False) is not None
