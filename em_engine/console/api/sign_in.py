"""Signing in with the identity provider of the deployment, and which ways in there are."""

import logging
from typing import Final

from fastapi import APIRouter, Request
from starlette.responses import RedirectResponse, Response

from em_engine.console.access import AccessRefused, Session
from em_engine.console.api.answers import json_answer
from em_engine.console.api.guards import Address, Here, is_secure, set_session_cookie
from em_engine.console.api.models import WaysIn
from em_engine.console.problems import Problem
from em_engine.console.provider import Identity, Provider, ProviderRefused, Ticket
from em_engine.vocabulary import MINUTE, SECOND

log = logging.getLogger(__name__)
router = APIRouter(prefix="/api/session", tags=["session"])
COOKIE: Final = "em_door"
WORD: Final = "em_word"
"""Holds the provider's word for who signed in, for the day's end: its identity token."""
WORD_MAX: Final = 3_800
"""Browsers drop a cookie of more than 4,096 bytes."""
LASTS_S: Final = 10 * MINUTE // SECOND
_ELSEWHERE: Final[dict[int | str, dict[str, object]]] = {303: {"description": "Go there"}}


@router.get("/ways-in", response_model=WaysIn)
def ways_in(console: Here) -> Response:
    """How people may sign in here. Anybody may ask: the log-in page does."""
    settings = console.settings.sign_in
    provider = None if settings is None else settings.title
    return json_answer({"password": settings is None or settings.passwords, "provider": provider})


@router.get("/provider", response_class=RedirectResponse, status_code=303, responses=_ELSEWHERE)
def begin(request: Request, console: Here) -> Response:
    """On to the identity provider."""
    ticket = Ticket.new()
    try:
        answer = _to(_provider(console).address(ticket))
    except ProviderRefused as refused:
        return _turned_away(console, refused, "")
    # Lax, for the way back comes from the provider's page; it opens nothing but this one sign-in.
    answer.set_cookie(
        COOKIE,
        ticket.written(),
        max_age=LASTS_S,
        path="/api/session/provider",
        httponly=True,
        samesite="lax",
        secure=is_secure(request, console),
    )
    return answer


@router.get("/provider/back", response_class=RedirectResponse, status_code=303, responses=_ELSEWHERE)
def finish(request: Request, console: Here, address: Address) -> Response:
    """Back from the identity provider, to the desk or to the log-in page."""
    provider = _provider(console)
    ticket = Ticket.read(request.cookies.get(COOKIE, ""))
    try:
        if ticket is None:
            raise ProviderRefused("stale", "the browser did not begin this sign-in, or long ago")
        vouched = provider.vouched(ticket, dict(request.query_params))
        session = _entered(console, vouched.identity)
    except ProviderRefused as refused:
        return _turned_away(console, refused, address)
    console.note_sign_in("signed in", session.name, address, why=vouched.identity.issuer)
    answer = _to("/")
    answer.delete_cookie(COOKIE, path="/api/session/provider", httponly=True, samesite="lax")
    set_session_cookie(answer, session, is_secure=is_secure(request, console))
    if len(vouched.id_token) <= WORD_MAX:
        _keep(answer, vouched.id_token, is_secure=is_secure(request, console))
    return answer


def _keep(answer: Response, id_token: str, *, is_secure: bool) -> None:
    """With the browser, for as long as it is open: nothing of it is held here."""
    answer.set_cookie(WORD, id_token, path="/api/session", httponly=True, samesite="strict", secure=is_secure)


def farewell(request: Request, console: Here, name: str) -> str | None:
    """Where whoever has just signed out here ends the provider's session too; None where there is none.

    A provider that does not answer keeps nobody signed in here.
    """
    if console.provider is None or not console.provided.has(name):
        return None
    try:
        return console.provider.farewell(request.cookies.get(WORD))
    except ProviderRefused as refused:
        log.warning("%s signed out here, but not at the identity provider: %s", name, refused)
        return None


def _entered(console: Here, identity: Identity) -> Session:
    try:
        return console.provided.session(identity)
    except AccessRefused as refused:
        raise ProviderRefused("taken", str(refused)) from None


def _provider(console: Here) -> Provider:
    if console.provider is None:
        raise Problem(404, "this console has no identity provider; `[sign_in]` in its settings names one")
    return console.provider


def _turned_away(console: Here, refused: ProviderRefused, address: str) -> Response:
    """To the log-in page, which says why in the person's language; the particulars stay in the audit."""
    log.warning("a sign-in with the identity provider failed: %s", refused)
    # What anybody can send, without having been at the provider, does not fill the audit.
    if refused.code not in ("stale", "away"):
        console.note_sign_in("failed to sign in", "", address, why=f"{refused.code}: {refused}"[:500])
    return _to(f"/#/refused/{refused.code}")


def _to(address: str) -> RedirectResponse:
    return RedirectResponse(address, status_code=303, headers={"Cache-Control": "no-store"})
