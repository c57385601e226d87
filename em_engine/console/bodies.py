"""How much may be sent to the console at once: more is refused before it is held anywhere.

What is sent is read whole into memory before anybody asks who sends it; so every route has a limit.
"""

from typing import Final

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

BODY_BYTES_MAX: Final = 4_000_000
"""Everything but files: some words about an alert, a filter, a log-in."""
FILES: Final[tuple[tuple[str, int], ...]] = (
    ("/api/rules/histories", 200_000_000),
    ("/api/rules/drafts/archive", 200_000_000),
    ("/api/rules/", 60_000_000),
)
"""Of the authors' routes, the first that fits. A rulebook's file has at most 50 MB, more as JSON."""
_LEFT_UNREAD_MAX: Final = 1_000_000_000


class Bounded:
    """An application that is never sent more than a route takes. Plain ASGI: nothing is queued."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on, and count what it brings."""
        if scope["type"] == "http":
            receive = _counted(receive, limit_of(scope["path"]), Headers(scope=scope))
        await self._app(scope, receive, send)


def limit_of(path: str) -> int:
    """How many bytes may be sent to that path."""
    return next((most for start, most in FILES if path.startswith(start)), BODY_BYTES_MAX)


def _counted(receive: Receive, most: int, headers: Headers) -> Receive:
    told = headers.get("content-length", "")
    left = most - (int(told) if told.isdecimal() and int(told) > most else 0)

    async def received() -> Message:
        nonlocal left
        message = await receive()
        left -= len(message.get("body", b""))
        if left < 0:
            await _let_go(receive, message)
            raise HTTPException(413, f"more than the {most / 1e6:g} MB that are taken here at once")
        return message

    return received


async def _let_go(receive: Receive, message: Message) -> None:
    """Read on and keep nothing: a browser cut off amid sending never sees the answer."""
    unread = 0
    while message.get("more_body", False) and unread < _LEFT_UNREAD_MAX:
        message = await receive()
        unread += len(message.get("body", b""))
