"""What every answer carries: the browser's orders to run nothing that is not ours; and one count of each."""

from collections.abc import Sequence
from typing import Final

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from em_engine.metrics import Metrics

_POLICY: Final = (
    "default-src 'none'",
    "script-src 'self'",
    "style-src 'self'",
    "connect-src 'self'",
    "worker-src 'self'",
    "font-src 'self'",
    "manifest-src 'self'",
    "base-uri 'none'",
    "form-action 'self'",
    "frame-ancestors 'none'",
)


def content_security_policy(images_from: Sequence[str] = ()) -> str:
    """The policy; pictures may come from those servers too: a map's tiles, if an installation has such."""
    return "; ".join((*_POLICY, " ".join(("img-src 'self' data: blob:", *images_from))))


SECURITY: Final = {
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_TLS_ONLY: Final = "max-age=31536000"


class Hardened:
    """An application whose every answer, errors and streams included, carries the security headers.

    Plain ASGI: the usual middleware class would put a queue between a stream and its slow reader.
    """

    def __init__(
        self, app: ASGIApp, *, metrics: Metrics, is_behind_tls: bool, images_from: Sequence[str] = ()
    ) -> None:
        self._app, self._metrics, self._is_behind_tls = app, metrics, is_behind_tls
        self._headers = {**SECURITY, "Content-Security-Policy": content_security_policy(images_from)}

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Pass the request on; add to the answer's head what every answer has."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_hardened(message: Message) -> None:
            if message["type"] == "http.response.start":
                self._harden(scope, message)
            await send(message)

        await self._app(scope, receive, send_hardened)

    def _harden(self, scope: Scope, message: Message) -> None:
        headers = MutableHeaders(scope=message)
        headers.update(self._headers)
        if self._is_behind_tls or scope["scheme"] == "https":
            headers["Strict-Transport-Security"] = _TLS_ONLY
        # The route's pattern, never the path: a path may name an alert, and a scanner names thousands.
        route = getattr(scope.get("route"), "path", "other")
        self._metrics.requests.labels(scope["method"], route, message["status"]).inc()
