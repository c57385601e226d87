"""Signing in and out."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from em_engine.console.access import Session, SlowDown, WrongNameOrPassword
from em_engine.console.api.answers import json_answer
from em_engine.console.api.guards import (
    COOKIE,
    Address,
    Here,
    SignedIn,
    is_secure,
    own_page_only,
    set_session_cookie,
)
from em_engine.console.api.models import Credentials, SessionView, SignedOut
from em_engine.console.api.sign_in import WORD, farewell
from em_engine.console.problems import Problem
from em_engine.vocabulary import SECOND, rfc3339

router = APIRouter(prefix="/api/session", tags=["session"])


@router.post("", response_model=SessionView, dependencies=[Depends(own_page_only)])
def sign_in(sent: Credentials, request: Request, address: Address, console: Here) -> Response:
    """Sign in. The session is in a cookie that scripts cannot read."""
    if console.settings.sign_in is not None and not console.settings.sign_in.passwords:
        raise Problem(403, "nobody signs in with a password here; go by the identity provider")
    try:
        session = console.access.sign_in(sent.name, sent.password, address=address)
    except WrongNameOrPassword as error:
        console.note_sign_in("failed to sign in", sent.name, address)
        raise Problem(401, str(error)) from None
    except SlowDown as error:
        console.desk.metrics.sign_ins.labels("slowed").inc()
        wait_s = -(-error.wait // SECOND)
        raise Problem(429, str(error), headers={"Retry-After": str(wait_s)}, retry_after_s=wait_s) from None
    console.note_sign_in("signed in", session.name, address)
    answer = _view(session)
    set_session_cookie(answer, session, is_secure=is_secure(request, console))
    return answer


@router.get("", response_model=SessionView)
def who(session: SignedIn) -> Response:
    """Who is signed in."""
    return _view(session)


@router.delete("", status_code=204, responses={200: {"model": SignedOut, "description": "Go there"}})
def sign_out(session: SignedIn, request: Request, address: Address, console: Here) -> Response:
    """Sign out. Who came by an identity provider that has a place for it is told where to sign out there."""
    console.access.sign_out(session.token)
    console.note_sign_in("signed out", session.name, address)
    next = farewell(request, console, session.name)
    answer = Response(status_code=204) if next is None else json_answer({"next": next})
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    answer.delete_cookie(WORD, path="/api/session", httponly=True, samesite="strict")
    return answer


def _view(session: Session) -> Response:
    told = SessionView(
        name=session.name,
        roles=list(session.roles),
        csrf=session.csrf,
        ends_at=rfc3339(session.ends_at),
        desks=None if session.desks is None else list(session.desks),
        programmes=None if session.programmes is None else list(session.programmes),
    )
    return json_answer(told.model_dump(mode="json"))
