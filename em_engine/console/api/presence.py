"""Who has which alert before them: said by their page, told live to everybody else's."""

import asyncio
from typing import Annotated

from fastapi import APIRouter
from pydantic import StringConstraints
from starlette.responses import Response

from em_engine.console.access import Session
from em_engine.console.api.alerts import known
from em_engine.console.api.guards import AlertReader, Console, Here
from em_engine.console.api.models import Strict

router = APIRouter(prefix="/api", tags=["alerts"])


class Presenting(Strict):
    """What a screen has before it; `writes`: words about it are being written."""

    screen: Annotated[str, StringConstraints(pattern=r"^[\w-]{1,64}$")]
    alert: Annotated[str, StringConstraints(max_length=64)] | None = None
    writes: bool = False


@router.post("/presence", status_code=204)
async def present(sent: Presenting, session: AlertReader, console: Here) -> Response:
    """Say which alert you have before you. It is told on the stream as `event: presence`, and forgotten
    after twenty seconds unless it is said again.
    """
    programme = await asyncio.to_thread(_programme, console, sent.alert, session)
    # In the loop of the feed, where presence lives.
    is_news = console.presence.say(
        session.name, screen=sent.screen, alert=sent.alert, writes=sent.writes, programme=programme
    )
    if is_news:
        console.feed.tell_presence()
    return Response(status_code=204)


def _programme(console: Console, alert: str | None, session: Session) -> str | None:
    if alert is None:
        return None
    return console.desk.directory().programme(known(console, alert, session).order)
