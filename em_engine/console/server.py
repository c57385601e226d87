"""The console's application and how it is served."""

import asyncio
import contextlib
import socket
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Final

import uvicorn
from fastapi import Depends, FastAPI

from em_engine.console.access import Access
from em_engine.console.api import (
    alerts,
    commands,
    engine,
    export,
    feed,
    maps,
    own,
    session,
    shift,
    sign_in,
    statistics,
)
from em_engine.console.api import audit as auditing
from em_engine.console.api import presence as presenting
from em_engine.console.api.guards import Console, own_page_only
from em_engine.console.api.page import built_page
from em_engine.console.api.rules_routes import furnish
from em_engine.console.audit import Audit
from em_engine.console.bodies import Bounded
from em_engine.console.chronicle import Chronicle
from em_engine.console.desk import Desk
from em_engine.console.feed import Feed, Pace
from em_engine.console.headers import Hardened
from em_engine.console.health import DeskSource
from em_engine.console.papers import Papers
from em_engine.console.presence import Presence
from em_engine.console.problems import DOCUMENTED, describe, speak_problems
from em_engine.console.provided import Provided
from em_engine.console.provider import Provider
from em_engine.console.settings import ConsoleSettings
from em_engine.console.tokens import Tokens
from em_engine.console.workbench.workbench import Workbench

SHUTDOWN_S: Final = 2
# The stream first: `/api/alerts/stream` is no alert's id.
PARTS: Final = (
    *(session, sign_in, own, feed, presenting, alerts, commands),
    *(maps, shift, statistics, export, auditing, engine),
)


def create_app(
    desk: Desk,
    access: Access,
    audit: Audit,
    settings: ConsoleSettings | None = None,
    *,
    papers: Papers,
    workbench: Workbench | None = None,
) -> FastAPI:
    """The console over one desk, with the authors' side where a workbench is given.

    Nothing is shared between two applications.
    """
    settings = settings or ConsoleSettings()
    app = FastAPI(
        title="Electronic-monitoring console",
        version=desk.version or "0",
        summary="The alert queue of a control centre, its maps, and how the engine is.",
        docs_url=None,  # FastAPI's own pages load their scripts from elsewhere
        redoc_url=None,
        openapi_url="/api/openapi.json",
        dependencies=[Depends(own_page_only)],
        responses=DOCUMENTED,
    )
    pace = Pace(beat_every=settings.beat_every.total_seconds(), screens_max=settings.screens_max)
    chronicle, presence = Chronicle(desk.queue), Presence(desk.clock)
    app.state.console = Console(
        desk=desk,
        access=access,
        audit=audit,
        feed=Feed(DeskSource(desk, chronicle), pace, presence),
        settings=settings,
        tokens=Tokens(access),
        papers=papers,
        chronicle=chronicle,
        presence=presence,
        provided=Provided(access),
        provider=None if settings.sign_in is None else Provider(settings.sign_in, desk.clock),
    )
    speak_problems(app)
    app.openapi = partial(describe, app)  # type: ignore[method-assign]
    for part in PARTS:
        app.include_router(part.router)
    furnish(app, workbench)
    app.mount("/", built_page(settings.page))
    app.add_middleware(Bounded)
    images = () if settings.tiles is None else (settings.tiles.origin,)
    app.add_middleware(
        Hardened, metrics=desk.metrics, is_behind_tls=settings.is_behind_tls, images_from=images
    )
    return app


async def serve(
    app: FastAPI,
    host: str,
    port: int,
    *,
    certificate: Path | None = None,
    key: Path | None = None,
    proxies: str = "127.0.0.1",
    listening: Callable[[str], None] = lambda _address: None,
) -> None:
    """Serve until cancelled, in the running loop; `listening` is told the address once it can be reached.

    Port 0 takes any free one. Raises OSError where the address is taken. `proxies` are the addresses whose
    word on the client's own address is believed. Cancelled, it ends the streams first, then itself.
    """
    taken = socket.create_server((host, port), family=_family(host), backlog=512)
    config = uvicorn.Config(
        app,
        lifespan="off",
        log_level="warning",
        access_log=False,  # it would write down who looked at whom, beside the audit and without its care
        server_header=False,
        ssl_certfile=certificate,
        ssl_keyfile=key,
        forwarded_allow_ips=proxies,
        timeout_graceful_shutdown=SHUTDOWN_S,
    )
    server = _Server(config)
    running = asyncio.create_task(server.serve(sockets=[taken]))
    listening(_address(taken, is_tls=certificate is not None))
    try:
        await asyncio.shield(running)
    finally:
        app.state.console.feed.close()
        server.should_exit = True
        await running


class _Server(uvicorn.Server):
    """A server that leaves signals to the process it is a part of."""

    @contextlib.contextmanager
    def capture_signals(self) -> Iterator[None]:
        yield


def _family(host: str) -> socket.AddressFamily:
    return socket.AF_INET6 if ":" in host else socket.AF_INET


def _address(taken: socket.socket, *, is_tls: bool) -> str:
    host, port = taken.getsockname()[:2]
    shown = f"[{host}]" if ":" in host else host
    return f"{'https' if is_tls else 'http'}://{shown}:{port}/"
