"""What a person has set for themselves, and keeps from desk to desk: the keys of the page."""

from typing import Annotated

from fastapi import APIRouter
from pydantic import Field, StringConstraints
from starlette.responses import Response

from em_engine.console.api.answers import json_answer
from em_engine.console.api.guards import Here, SignedIn
from em_engine.console.api.models import Strict

router = APIRouter(prefix="/api", tags=["session"])
KEYS: str = "keys"
Command = Annotated[str, StringConstraints(pattern=r"^[a-z][a-zA-Z-]{0,31}$")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=1, pattern=r"^[^\s\x00-\x1f\x7f]$")]


class Keys(Strict):
    """Commands of the page and the single key each has; what is left out has the page's own."""

    keys: Annotated[dict[Command, Key], Field(max_length=60)]


@router.get("/keys", response_model=Keys)
def keys(session: SignedIn, console: Here) -> Response:
    """The keys you have chosen."""
    return json_answer({"keys": console.papers.preference(session.name, KEYS) or {}})


@router.put("/keys", response_model=Keys)
def keep_keys(sent: Keys, session: SignedIn, console: Here) -> Response:
    """Choose these keys, and no others."""
    console.papers.keep_preference(session.name, KEYS, sent.keys)
    return json_answer({"keys": sent.keys})
