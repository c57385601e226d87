"""A console server without an engine: the same interface and headers, seeded alerts, and faults on demand.

The page is tested against it; `python tests/browser/fake_console.py` serves it for work on the page by hand.
"""

import asyncio
import contextlib
import json
import socket
import sys
import threading
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import JSONResponse, Response, StreamingResponse
from starlette.routing import Mount, Route
from starlette.staticfiles import StaticFiles
from starlette.types import ASGIApp, Message, Receive, Scope, Send

sys.path.insert(0, str(Path(__file__).parent))
import fake_alerts as world
import fake_reports as reports
import fake_work as work

STATIC = Path(__file__).parents[2] / "em_engine" / "console" / "static"
CSP = (
    "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; worker-src 'self'; "
    "img-src 'self' data: blob:; font-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
)
ENGINE = "engine"
Json = dict[str, Any]


class FakeConsole:
    """The state of the fake, and the levers a test pulls; all of it lives in the server's own loop."""

    def __init__(self, alerts: list[Json]) -> None:
        self.alerts = {alert["id"]: alert for alert in alerts}
        self.history: list[Json] = []
        self.number = 100
        self.is_frozen = False
        self.keeps_queue = False
        self.told_at = 0.0
        self.broker_up = True
        self.session: str | None = None
        self.first: dict[str, Json] = {}
        self.looks: list[tuple[str, str]] = []
        self.steps: dict[str, list[Json]] = defaultdict(work.unticked)
        self.desk = work.Desk(self)
        self.reports = reports.Reports(self)
        self.flood = {"active": False, "count": 0, "span_s": 600, "limit": 10}
        self.keys: dict[str, str] = {}
        self.said: list[Json] = []
        self.presence: list[Json] | None = None
        self.devices = 40
        self.proof: Json | None = None
        self.country = b""
        self.streams = 0
        self.changed: asyncio.Event | None = None
        self.loop: asyncio.AbstractEventLoop | None = None

    # What tests do, from their own thread.

    def raise_alert(self, number: int, severity: str) -> Json:
        """A new alert, told to every stream."""
        alert = world.make_alert(number, severity=severity, age=world.timedelta(seconds=25))
        self._in_loop(lambda: self._tell(alert, "opened", ENGINE))
        return alert

    def change(self, alert_id: str, what: str, by: str, **fields: Any) -> None:
        """Change an alert as the engine or another operator would."""
        self._in_loop(lambda: self._tell({**self.alerts[alert_id], **fields}, what, by))

    def change_unheard(self, alert_id: str, first: Json, **fields: Any) -> None:
        """Change an alert behind the page's back: it learns of it, and who did it, when it acts."""
        self.first[alert_id] = first
        newer = {"version": self.alerts[alert_id]["version"] + 1}
        self._in_loop(lambda: self.alerts.update({alert_id: {**self.alerts[alert_id], **fields, **newer}}))

    def meet(self, *present: Json) -> None:
        """Tell every stream who is before which alert."""
        self._in_loop(lambda: self._meet(list(present)))

    def _meet(self, present: list[Json]) -> None:
        self.presence = present
        assert self.changed is not None
        self.changed.set()
        self.changed = asyncio.Event()

    def freeze(self, frozen: bool) -> None:
        """Keep every stream open and say nothing on it, as a dead network does."""
        self.is_frozen = frozen

    def _in_loop(self, act: Any) -> None:
        assert self.loop is not None
        done = threading.Event()
        self.loop.call_soon_threadsafe(lambda: (act(), done.set()))
        assert done.wait(5)

    def _tell(self, alert: Json, what: str, by: str, note: str | None = None) -> Json:
        self.number += 1
        known = self.alerts.get(alert["id"])
        at = world.rfc3339(world.now())
        alert = {**alert, "version": known["version"] + 1 if known else 1, "changed_at": at}
        self.alerts[alert["id"]] = alert
        self.history.append(
            {"number": self.number, "at": at, "what": what, "by": by, "note": note, "alert": alert}
        )
        assert self.changed is not None
        self.changed.set()
        self.changed = asyncio.Event()
        return alert

    # The interface.

    async def log_in(self, request: Request) -> Response:
        told = await request.json()
        if told.get("password") != "correct horse":
            return problem(401, "Name or password is wrong")
        self.session = told["name"]
        reply = await self.who(request)
        reply.set_cookie("em_session", "fake", httponly=True, samesite="strict")
        return reply

    async def who(self, request: Request) -> Response:
        if self.session is None:
            return problem(401, "No session")
        return JSONResponse({"name": self.session, "roles": ["operator"], "csrf": "token"})

    async def log_out(self, request: Request) -> Response:
        self.session = None
        return Response(status_code=204)

    async def queue(self, request: Request) -> Response:
        while self.keeps_queue:
            await asyncio.sleep(0.02)
        alerts = [alert for alert in self.alerts.values() if alert["state"] != "closed"]
        return JSONResponse({"history": self.number, "at": world.rfc3339(world.now()), "alerts": alerts})

    async def stream(self, request: Request) -> Response:
        after = int(request.headers.get("last-event-id") or self.number)
        return StreamingResponse(self._events(after), media_type="text/event-stream")

    async def _events(self, after: int) -> AsyncIterator[str]:
        self.streams += 1
        try:
            while True:
                if self.is_frozen:
                    await asyncio.sleep(0.05)
                    continue
                assert self.changed is not None
                news = self.changed
                for entry in [entry for entry in self.history if entry["number"] > after]:
                    after = entry["number"]
                    data = {key: entry[key] for key in ("number", "what", "by", "alert")}
                    yield f"id: {after}\nevent: alert\ndata: {json.dumps(data)}\n\n"
                if self.presence is not None:
                    yield f"event: presence\ndata: {json.dumps(self.presence)}\n\n"
                self.told_at = time.time()
                yield f"event: beat\ndata: {json.dumps(self._beat())}\n\n"
                with contextlib.suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), 2)
        finally:
            self.streams -= 1

    def _beat(self) -> Json:
        now = world.rfc3339(world.now())
        return {
            "at": now,
            "history": self.number,
            "link": {"connected": self.broker_up, "since": now},
            "last_report_at": now,
            "devices": {"heard": 41, "expected": 43},
            "quarantined": 2,
            "holes": 1,
            "proof": self.proof,
            "flood": self.flood,
        }

    async def act(self, request: Request) -> Response:
        alert = self.alerts[request.path_params["id"]]
        if request.headers.get("x-csrf-token") != "token":
            return problem(403, "No CSRF token")
        if request.headers.get("if-match") is None:
            return problem(428, "If-Match is missing")
        if request.headers["if-match"] != f'"{alert["version"]}"':
            return problem(412, "The alert has changed", current=alert, first=self.first[alert["id"]])
        body = await request.body()
        told = {"by": self.session or "", "at": world.rfc3339(world.now()), **(json.loads(body or b"{}"))}
        asked = request.path_params["action"]
        done = work.step(self.steps[alert["id"]], asked, told) if "/" in asked else None
        what, changes = done or work.COMMANDS[asked](alert, told)
        if what == work.REFUSED:
            return problem(409, "Held by another", held_by=alert["claimed_by"], current=alert)
        return JSONResponse(self._tell({**alert, **changes}, what, told["by"], told.get("note")))

    async def own_keys(self, request: Request) -> Response:
        if request.method == "PUT":
            self.keys = (await request.json())["keys"]
        return JSONResponse({"keys": self.keys})

    async def present(self, request: Request) -> Response:
        said = await request.json()
        self.said.append(said)
        return Response(status_code=204)

    async def one(self, request: Request) -> Response:
        return JSONResponse(self.alerts[request.path_params["id"]])

    async def protocol(self, request: Request) -> Response:
        alert = self.alerts[request.path_params["id"]]
        return JSONResponse(work.protocol_of(alert, self.steps[alert["id"]]))

    async def alert_history(self, request: Request) -> Response:
        alert = self.alerts[request.path_params["id"]]
        opened = {"number": 1, "at": alert["opened_at"], "what": "opened", "by": ENGINE, "note": None}
        later = [entry for entry in self.history if entry["alert"]["id"] == alert["id"]]
        entries = [opened, *({key: entry[key] for key in opened} for entry in later)]
        return JSONResponse({"entries": entries})

    async def positions(self, request: Request) -> Response:
        """Where everybody is; a country's worth is made once, for making it takes a second."""
        if self.devices < 1000:
            return JSONResponse(world.positions(self.devices))
        self.country = self.country or json.dumps(world.positions(self.devices)).encode()
        return Response(self.country, media_type="application/json")

    async def alert_map(self, request: Request) -> Response:
        self.looks.append((request.path_params["id"], request.headers.get("x-reason", "")))
        return JSONResponse(world.map_of(self.alerts[request.path_params["id"]]))

    def app(self) -> Starlette:
        """The server, with the headers of the real one."""
        routes = [
            Route("/api/session", self.log_in, methods=["POST"]),
            Route("/api/session", self.who),
            Route("/api/session", self.log_out, methods=["DELETE"]),
            Route("/api/alerts", self.queue),
            Route("/api/alerts/stream", self.stream),
            Route("/api/alerts/{id}/history", self.alert_history),
            Route("/api/alerts/{id}/map", self.alert_map),
            Route("/api/alerts/{id}/protocol", self.protocol),
            Route("/api/alerts/{id}/{action:path}", self.act, methods=["POST"]),
            Route("/api/alerts/{id}", self.one),
            *self.desk.routes(),
            *self.reports.routes(),
            Route("/api/outcomes", told(list(world.OUTCOMES))),
            Route("/api/places", told(world.PLACES)),
            Route("/api/positions", self.positions),
            Route(
                "/api/quarantine",
                told({"messages": [{"received_at": "2026-11-22T20:00:00.000Z", "reason": "latitude 91"}]}),
            ),
            Route("/api/holes", told({"holes": []})),
            Route("/api/session/ways-in", told({"password": True, "provider": None})),
            Route("/api/map-source", told({"url": None, "attribution": "", "zoom_max": 0})),
            Route("/api/keys", self.own_keys, methods=["GET", "PUT"]),
            Route("/api/presence", self.present, methods=["POST"]),
            Mount("/", StaticFiles(directory=STATIC, html=True)),
        ]
        return Starlette(routes=routes, middleware=[Middleware(Guarded)], lifespan=self._live)

    @contextlib.asynccontextmanager
    async def _live(self, app: Starlette) -> AsyncIterator[None]:
        self.loop, self.changed = asyncio.get_running_loop(), asyncio.Event()
        yield


class Guarded:
    """Every reply carries the strict policy of the real server."""

    def __init__(self, app: ASGIApp) -> None:
        self.app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        async def send_guarded(message: Message) -> None:
            if message["type"] == "http.response.start":
                message["headers"] = [*message["headers"], (b"content-security-policy", CSP.encode())]
            await send(message)

        await self.app(scope, receive, send_guarded)


def told(document: Any) -> Any:
    """An endpoint that always tells the same."""

    async def tell(request: Request) -> Response:
        return JSONResponse(document)

    return tell


def problem(status: int, detail: str, **more: Any) -> Response:
    """A refusal as RFC 9457 has it."""
    body = {"status": status, "title": detail, "detail": detail, **more}
    return JSONResponse(body, status_code=status, media_type="application/problem+json")


class Serving:
    """The fake on a loopback port, in a thread of its own; it can be started again on the same port."""

    def __init__(self, console: FakeConsole) -> None:
        self.console = console
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self.port: int = free.getsockname()[1]
        self.url = f"http://127.0.0.1:{self.port}"
        self._server: uvicorn.Server | None = None
        self._thread: threading.Thread | None = None

    def start(self) -> None:
        """Serve, and return once it answers."""
        config = uvicorn.Config(
            self.console.app(),
            host="127.0.0.1",
            port=self.port,
            log_level="critical",
            timeout_graceful_shutdown=0,
        )
        self._server = uvicorn.Server(config)
        self._thread = threading.Thread(target=self._server.run, daemon=True)
        self._thread.start()
        for _ in range(3000):
            if self._server.started:
                return
            threading.Event().wait(0.01)
        raise AssertionError("the fake console did not start")

    def stop(self) -> None:
        """End it, open streams and all."""
        assert self._server is not None
        assert self._thread is not None
        self._server.should_exit = self._server.force_exit = True
        self._thread.join(10)
        assert not self._thread.is_alive()


@contextlib.contextmanager
def serving(alerts: list[Json]) -> Iterator[Serving]:
    """The fake, for as long as a test needs it."""
    fake = Serving(FakeConsole(alerts))
    fake.start()
    try:
        yield fake
    finally:
        fake.stop()


if __name__ == "__main__":
    with serving(world.seeded(40)) as fake:
        sys.stdout.write(f"{fake.url} (any name, password: correct horse)\n")
        sys.stdout.flush()
        threading.Event().wait()
