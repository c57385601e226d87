"""The queue, and what operators do with an alert."""

from collections.abc import Mapping
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Header, Query
from starlette.responses import Response

from em_engine.alerts.actions import Acknowledge, Action, Close
from em_engine.alerts.actions import Comment as Remark
from em_engine.alerts.alert import Alert
from em_engine.alerts.life import ActionRefused
from em_engine.alerts.queue import StaleVersion, UnknownAlert
from em_engine.console.access import Session
from em_engine.console.api.answers import etag, json_answer, version_in
from em_engine.console.api.guards import Address, AlertAnswerer, AlertReader, Console, Here, note_if_possible
from em_engine.console.api.models import (
    Acknowledgement,
    AlertList,
    AlertView,
    Closing,
    Comment,
    EntryList,
    OutcomeView,
)
from em_engine.console.phrases import OUTCOMES
from em_engine.console.problems import Problem
from em_engine.console.views import alert_view, entry_view, place_in_queue
from em_engine.record.rows import AlertQuery
from em_engine.vocabulary import MINUTE, rfc3339

router = APIRouter(prefix="/api", tags=["alerts"])
IfMatch = Annotated[str | None, Header(description="The version you saw, in quotes.")]
Which = Literal["open", "closed", "all"]
QUEUE_LOOK_EVERY = 10 * MINUTE
"""A screen that shows the queue asks for it again and again; the audit notes one look in so long."""


@router.get("/outcomes", response_model=list[OutcomeView])
def outcomes(_session: AlertReader) -> Response:
    """What an alert can come to."""
    return json_answer([{"id": id, **phrase._asdict()} for id, phrase in OUTCOMES.items()])


@router.get("/alerts", response_model=AlertList)
def queue(
    session: AlertReader,
    address: Address,
    console: Here,
    state: Which = "open",
    limit: Annotated[int, Query(ge=1, le=5_000)] = 1_000,
    q: Annotated[str | None, Query(max_length=100)] = None,
) -> Response:
    """The queue, most urgent first."""
    look = partial(console.audit.look, who=session.name, what="looked at the queue", why="alert handling")
    note_if_possible(partial(look, address=address, every=QUEUE_LOOK_EVERY))
    desk = console.desk
    # The number first: the stream from there repeats a change rather than misses it.
    history, directory = desk.queue.latest(), desk.directory()
    alerts = _asked_for(console, state=state, text=q or None, limit=limit)
    views = [alert_view(alert, directory) for alert in alerts]
    return json_answer({"history": history, "at": rfc3339(desk.clock()), "alerts": views})


@router.get("/alerts/{id}", response_model=AlertView)
def one(id: str, session: AlertReader, address: Address, console: Here) -> Response:
    """One alert; its ETag is its version."""
    alert = known(console, id)
    look = partial(console.audit.append, who=session.name, what="looked at the alert", why="alert handling")
    note_if_possible(partial(look, subject=id, address=address))
    return _answer(console, alert)


@router.get("/alerts/{id}/history", response_model=EntryList)
def history(id: str, _session: AlertReader, console: Here) -> Response:
    """What happened to the alert, oldest first."""
    known(console, id)
    entries = console.desk.queue.alert_history(id)
    return json_answer({"entries": [entry_view(entry) for entry in entries]})


@router.post("/alerts/{id}/acknowledge", response_model=AlertView)
def acknowledge(
    id: str,
    session: AlertAnswerer,
    console: Here,
    sent: Acknowledgement | None = None,
    if_match: IfMatch = None,
) -> Response:
    """Say that the alert has been seen, and is yours."""
    note = sent.note if sent else None
    return _act(console, id, Acknowledge(note=note), session=session, if_match=if_match)


@router.post("/alerts/{id}/comment", response_model=AlertView)
def comment(
    id: str, sent: Comment, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """Add something to remember."""
    return _act(console, id, Remark(note=sent.note), session=session, if_match=if_match)


@router.post("/alerts/{id}/close", response_model=AlertView)
def close(
    id: str, sent: Closing, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """End the alert with what it came to."""
    return _act(console, id, Close(outcome=sent.outcome, note=sent.note), session=session, if_match=if_match)


def known(console: Console, id: str) -> Alert:
    """The alert of that id. Raises Problem 404."""
    try:
        return console.desk.queue.alert(id)
    except UnknownAlert:
        raise Problem(404, f"there is no alert {id!r}") from None


def _act(console: Console, id: str, action: Action, *, session: Session, if_match: str | None) -> Response:
    desk, version = console.desk, version_in(if_match)
    try:
        alert = desk.queue.act(id, action, by=session.name, at=desk.clock(), version=version)
    except UnknownAlert:
        raise Problem(404, f"there is no alert {id!r}") from None
    except StaleVersion as stale:
        raise _came_second(console, stale.current) from None
    except ActionRefused as refused:
        raise Problem(409, str(refused)) from None
    desk.metrics.answers.labels(type(action).__name__.lower()).inc()
    return _answer(console, alert)


def _came_second(console: Console, current: Alert) -> Problem:
    """Somebody, or the engine, was first: who, when and what, and how the alert stands now."""
    newest = console.desk.queue.alert_history(current.id)[-1]
    first: dict[str, Any] = {"by": newest.by, "at": rfc3339(newest.at), "what": newest.what}
    detail = f"the alert has changed since you saw it: {newest.what} by {newest.by} at {first['at']}"
    view = alert_view(current, console.desk.directory())
    return Problem(412, detail, headers={"ETag": etag(current.version)}, current=view, first=first)


def _answer(console: Console, alert: Alert) -> Response:
    return json_answer(alert_view(alert, console.desk.directory()), tag=etag(alert.version))


_IS_CLOSED: Final[Mapping[Which, bool | None]] = {"open": False, "closed": True, "all": None}


def _asked_for(console: Console, *, state: Which, text: str | None, limit: int) -> list[Alert]:
    queue, asked = console.desk.queue, AlertQuery(is_closed=_IS_CLOSED[state], limit=limit)
    if text is None:
        return queue.open(asked)
    # The record knows ids; what people are called stands in the rulebook.
    found = queue.open(asked._replace(text=text))
    for wearer in console.desk.directory().wearers_called(text):
        found += queue.open(asked._replace(wearer=wearer))
    return sorted({alert.id: alert for alert in found}.values(), key=place_in_queue)[:limit]
