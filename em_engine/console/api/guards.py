"""What stands before every route: who asks, whether they may, and whether their page sent it."""

import hmac
import logging
from collections.abc import Callable
from dataclasses import dataclass
from typing import Annotated, Final

from fastapi import Depends, Header, Request
from starlette.responses import Response

from em_engine.console.access import Access, Session
from em_engine.console.audit import Audit, AuditUnavailable
from em_engine.console.chronicle import Chronicle
from em_engine.console.desk import Desk
from em_engine.console.feed import Feed
from em_engine.console.papers import Papers
from em_engine.console.presence import Presence
from em_engine.console.problems import Problem, may_not, no_session
from em_engine.console.provided import Provided
from em_engine.console.provider import Provider
from em_engine.console.roles import Permission
from em_engine.console.settings import ConsoleSettings
from em_engine.console.tokens import Tokens

log = logging.getLogger(__name__)
COOKIE: Final = "em_session"
SAFE_METHODS: Final = frozenset({"GET", "HEAD", "OPTIONS"})
# What a screen asks again and again by itself is no sign of a person in front of it.
_BY_ITSELF: Final = frozenset({"/api/alerts/stream", "/api/status", "/api/positions", "/api/presence"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """Everything the routes need; one an application."""

    desk: Desk
    access: Access
    audit: Audit
    feed: Feed
    settings: ConsoleSettings
    tokens: Tokens
    papers: Papers
    chronicle: Chronicle
    presence: Presence
    provided: Provided
    provider: Provider | None = None  # None: only accounts with passwords

    def note_sign_in(self, what: str, name: str, address: str, *, why: str = "") -> None:
        """Count it, and write it down."""
        self.desk.metrics.sign_ins.labels(what).inc()
        self.audit.append(who=name.strip().lower(), what=what, why=why, address=address)


async def console_of(request: Request) -> Console:
    """The console this application serves."""
    console: Console = request.app.state.console
    return console


Here = Annotated[Console, Depends(console_of)]


async def own_page_only(request: Request) -> None:
    """Refuse what another site's page sent. Browsers say so; whatever is no browser says nothing."""
    if request.method in SAFE_METHODS:
        return
    if request.headers.get("sec-fetch-site", "same-origin") not in ("same-origin", "none"):
        raise Problem(403, "this was sent by the page of another site")


def signed_in(request: Request, console: Here) -> Session:
    """The session the request belongs to. Raises Problem 401, or 403 without the session's own token.

    A program sends `Authorization: Bearer`; no browser does that by itself, so it needs no token beside it.
    """
    scheme, _, secret = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "bearer":
        return _of_token(console, secret.strip())
    token = request.cookies.get(COOKIE, "")
    session = console.access.session(token, is_activity=request.url.path not in _BY_ITSELF)
    if session is None:
        raise no_session()
    if request.method not in SAFE_METHODS:
        _check_csrf(request, session)
    return session


def _of_token(console: Console, secret: str) -> Session:
    session = console.tokens.session(secret)
    if session is None:
        raise Problem(401, "that token is none of ours, or has ended", headers={"WWW-Authenticate": "Bearer"})
    return session


def _check_csrf(request: Request, session: Session) -> None:
    sent = request.headers.get("x-csrf-token", "")
    if not hmac.compare_digest(sent.encode(), session.csrf.encode()):
        raise Problem(403, "send the session's `csrf` value in the header X-CSRF-Token")


def is_secure(request: Request, console: Console) -> bool:
    """Whether the browser speaks TLS, as far as we see or are told."""
    return console.settings.is_behind_tls or request.url.scheme == "https"


def set_session_cookie(answer: Response, session: Session, *, is_secure: bool) -> None:
    """Give the browser its session, where no script and no other site's page can use it."""
    answer.set_cookie(COOKIE, session.token, path="/", httponly=True, samesite="strict", secure=is_secure)


SignedIn = Annotated[Session, Depends(signed_in)]


def allowed(permission: Permission) -> Callable[[Session], Session]:
    """A guard that lets through who has a role with that permission."""

    def guard(session: SignedIn) -> Session:
        if not session.may(permission):
            raise may_not(f"{_whose(session)} may {permission}")
        return session

    return guard


def _whose(session: Session) -> str:
    roles = ", ".join(session.roles)
    return f"none of your roles ({roles})" if session.scopes is None else f"neither this token nor {roles}"


AlertReader = Annotated[Session, Depends(allowed(Permission.READ_ALERTS))]
AlertAnswerer = Annotated[Session, Depends(allowed(Permission.ANSWER_ALERTS))]
WearerSeer = Annotated[Session, Depends(allowed(Permission.SEE_WEARERS))]
PlaceSeer = Annotated[Session, Depends(allowed(Permission.SEE_PLACES))]
HealthReader = Annotated[Session, Depends(allowed(Permission.READ_HEALTH))]
AuditReader = Annotated[Session, Depends(allowed(Permission.READ_AUDIT))]
FigureReader = Annotated[Session, Depends(allowed(Permission.READ_FIGURES))]
CaseExporter = Annotated[Session, Depends(allowed(Permission.EXPORT_CASES))]


def client_address(request: Request) -> str:
    """Where the request came from, as far as the server in front can be trusted to say."""
    return request.client.host if request.client else "unknown"


def note_if_possible(note: Callable[[], object]) -> None:
    """Write to the audit; where that cannot be, say so and go on.

    For the queue alone: an operator who is blind to alerts because the audit has no room is the greater harm.
    """
    try:
        note()
    except AuditUnavailable as error:
        log.error("a look at the queue is not in the audit: %s", error)


Address = Annotated[str, Depends(client_address)]
Reason = Annotated[str, Header(alias="X-Reason", max_length=200)]
