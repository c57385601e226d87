"""Signing in and out."""

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from em_engine.console.access import Session, SlowDown, WrongNameOrPassword
from em_engine.console.api.answers import json_answer
from em_engine.console.api.guards import COOKIE, Address, Here, SignedIn, own_page_only
from em_engine.console.api.models import Credentials, SessionView
from em_engine.console.problems import Problem
from em_engine.vocabulary import SECOND, rfc3339

router = APIRouter(prefix="/api/session", tags=["session"])


@router.post("", response_model=SessionView, dependencies=[Depends(own_page_only)])
def sign_in(sent: Credentials, request: Request, address: Address, console: Here) -> Response:
    """Sign in. The session is in a cookie that scripts cannot read."""
    try:
        session = console.access.sign_in(sent.name, sent.password, address=address)
    except WrongNameOrPassword as error:
        _note(console, "failed to sign in", sent.name, address)
        raise Problem(401, str(error)) from None
    except SlowDown as error:
        console.desk.metrics.sign_ins.labels("slowed").inc()
        wait_s = -(-error.wait // SECOND)
        raise Problem(429, str(error), headers={"Retry-After": str(wait_s)}, retry_after_s=wait_s) from None
    _note(console, "signed in", session.name, address)
    answer = _view(session)
    _set_cookie(answer, session, is_secure=console.settings.is_behind_tls or request.url.scheme == "https")
    return answer


@router.get("", response_model=SessionView)
def who(session: SignedIn) -> Response:
    """Who is signed in."""
    return _view(session)


@router.delete("", status_code=204)
def sign_out(session: SignedIn, address: Address, console: Here) -> Response:
    """Sign out."""
    console.access.sign_out(session.token)
    _note(console, "signed out", session.name, address)
    answer = Response(status_code=204)
    answer.delete_cookie(COOKIE, path="/", httponly=True, samesite="strict")
    return answer


def _note(console: Here, what: str, name: str, address: str) -> None:
    console.desk.metrics.sign_ins.labels(what).inc()
    console.audit.append(who=name.strip().lower(), what=what, address=address)


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


def _set_cookie(answer: Response, session: Session, *, is_secure: bool) -> None:
    answer.set_cookie(COOKIE, session.token, path="/", httponly=True, samesite="strict", secure=is_secure)
