"""Refusals and failures as RFC 9457 problem details, whatever went wrong and wherever."""

import logging
import sqlite3
from collections.abc import Mapping
from http import HTTPStatus
from typing import Any, Final

import msgspec
from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel, ConfigDict
from starlette.exceptions import HTTPException
from starlette.responses import Response

from em_engine.console.audit import AuditUnavailable
from em_engine.record.interface import RecordCorrupt, RecordError
from em_engine.rulebook.coded import Reason, in_code

MEDIA_TYPE: Final = "application/problem+json"
log = logging.getLogger(__name__)


class Problem(Exception):
    """An answer that is a refusal. `more` are the members a client can act on.

    A detail that is a `Reason` leaves with its code, for a page that says it in its reader's language.
    """

    def __init__(
        self, status: int, detail: str, *, headers: Mapping[str, str] | None = None, **more: Any
    ) -> None:
        self.status = HTTPStatus(status)
        self.detail = detail
        self.headers = dict(headers or {})
        self.more = {**(in_code(detail) or {}), **more}
        super().__init__(detail)

    def response(self) -> Response:
        """The problem as it leaves the server."""
        body = {
            "type": "about:blank",
            "title": self.status.phrase,
            "status": self.status.value,
            "detail": str(self.detail),
            **self.more,
        }
        return Response(
            msgspec.json.encode(body),
            status_code=self.status,
            headers={**self.headers, "Cache-Control": "no-store"},
            media_type=MEDIA_TYPE,
        )


def no_session() -> Problem:
    """Nobody is signed in, or not any more."""
    return Problem(401, Reason("request.no_session", "sign in first: there is no session, or it has ended"))


def may_not(why: str) -> Problem:
    """Who is signed in may not do this."""
    return Problem(403, Reason("request.may_not", why))


class ProblemDetails(BaseModel):
    """RFC 9457. `type` is always `about:blank`: the status and `detail` say it all."""

    model_config = ConfigDict(extra="allow")

    type: str
    title: str
    status: int
    detail: str


DOCUMENTED: Final[dict[int | str, dict[str, Any]]] = {
    "4XX": {
        "description": "Refused",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    },
    "5XX": {
        "description": "Failed",
        "content": {MEDIA_TYPE: {"schema": {"$ref": "#/components/schemas/ProblemDetails"}}},
    },
}


def speak_problems(app: FastAPI) -> None:
    """Have every error of the application leave it as problem details."""
    app.add_exception_handler(Problem, _told)
    app.add_exception_handler(HTTPException, _http)
    app.add_exception_handler(RequestValidationError, _unreadable)
    for error in (AuditUnavailable, RecordError, sqlite3.OperationalError):
        app.add_exception_handler(error, _not_now)
    app.add_exception_handler(Exception, _unforeseen)


def describe(app: FastAPI) -> dict[str, Any]:
    """The application's OpenAPI description, with problems told as what they are."""
    described = app.openapi_schema
    if described is None:
        described = get_openapi(
            title=app.title,
            version=app.version,
            summary=app.summary,
            routes=app.routes,
            tags=app.openapi_tags,
        )
        schema = ProblemDetails.model_json_schema()
        described.setdefault("components", {}).setdefault("schemas", {})["ProblemDetails"] = schema
        for operation in _operations(described):
            operation["responses"].pop("422", None)  # the framework's own form of it, which nobody gets
        app.openapi_schema = described
    return described


def _operations(described: dict[str, Any]) -> list[dict[str, Any]]:
    return [operation for path in described.get("paths", {}).values() for operation in path.values()]


async def _told(_request: Request, error: Exception) -> Response:
    assert isinstance(error, Problem)
    return error.response()


async def _http(request: Request, error: Exception) -> Response:
    assert isinstance(error, HTTPException)
    detail = f"there is nothing at {request.url.path}" if error.status_code == 404 else str(error.detail)
    return Problem(error.status_code, detail, headers=error.headers).response()


async def _unreadable(_request: Request, error: Exception) -> Response:
    assert isinstance(error, RequestValidationError)
    # The input itself is not sent back: it may hold a password.
    errors = [{"pointer": _pointer(one["loc"]), "detail": one["msg"]} for one in error.errors()]
    first, *others = [_wrong(one) for one in error.errors()]
    more: dict[str, Any] = {"code": first.code, "values": list(first.values), "errors": errors}
    more |= {"reasons": list(map(str, others)), "reason_codes": list(map(in_code, others))}
    return Problem(422, "; ".join(map(str, (first, *others))), **more).response()


def _wrong(one: Mapping[str, Any]) -> Reason:
    """What is wrong with a value that was sent, in code: by its own name where it has one."""
    text, field = f"{_pointer(one['loc'])}: {one['msg']}", str(one["loc"][-1])
    limit = next((held for held in one.get("ctx", {}).values() if isinstance(held, int | float)), 0)
    match one["type"]:
        case "missing":
            return Reason("request.missing", text, field)
        case "string_too_short" | "too_short":
            return Reason("request.short", text, field, limit)
        case "string_too_long" | "too_long":
            return Reason("request.long", text, field, limit)
        case "greater_than" | "greater_than_equal":
            return Reason("request.least", text, field, limit)
        case "less_than" | "less_than_equal":
            return Reason("request.most", text, field, limit)
        case _:
            return Reason("request.wrong", text, field)


def _pointer(location: tuple[str | int, ...]) -> str:
    """Where in the request: `#/password` in a body, `?limit` in a query, a header by its name."""
    place, *path = location
    match place:
        case "body":
            return "#/" + "/".join(map(str, path))
        case "query":
            return "?" + ".".join(map(str, path))
        case _:
            return ".".join(map(str, path))


async def _not_now(request: Request, error: Exception) -> Response:
    log.error("%s %s failed: %s", request.method, request.url.path, error)
    status = 500 if isinstance(error, RecordCorrupt) else 503
    told = Reason("request.not_now", f"nothing was done: {error}")
    return Problem(status, told, headers={"Retry-After": "5"}).response()


async def _unforeseen(request: Request, error: Exception) -> Response:
    log.error("%s %s failed", request.method, request.url.path, exc_info=error)
    told = Reason("request.failed", "the server failed at this; the cause is in its log")
    return Problem(500, told).response()
