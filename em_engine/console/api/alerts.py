"""The queue, and what operators do with an alert."""

from collections.abc import Iterable, Mapping
from functools import partial
from typing import Annotated, Any, Final, Literal

from fastapi import APIRouter, Query
from pydantic import BaseModel, ConfigDict
from starlette.responses import Response

from em_engine.alerts.alert import Alert, State
from em_engine.alerts.queue import UnknownAlert
from em_engine.console.access import Session
from em_engine.console.api.answers import etag, json_answer
from em_engine.console.api.guards import Address, AlertReader, Console, Here, note_if_possible
from em_engine.console.api.models import (
    AlertList,
    AlertView,
    DeskView,
    EntryList,
    NoiseView,
    OutcomeView,
    ProtocolView,
)
from em_engine.console.directory import Directory
from em_engine.console.phrases import OUTCOMES
from em_engine.console.problems import Problem
from em_engine.console.queue_views import group_views, noise_view, protocol_view
from em_engine.console.views import alert_view, entry_view, place_in_queue
from em_engine.console.words import desk_words
from em_engine.record.rows import AlertQuery
from em_engine.vocabulary import MINUTE, rfc3339

router = APIRouter(prefix="/api", tags=["alerts"])
Which = Literal["open", "closed", "all", "shelved"]
Narrow = Annotated[str | None, Query(max_length=128)]
QUEUE_LOOK_EVERY = 10 * MINUTE
"""A screen that shows the queue asks for it again and again; the audit notes one look in so long."""


class Narrowed(BaseModel):
    """Which alerts of the queue are asked for; what is left out does not narrow."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    state: Which = "open"
    q: Annotated[str | None, Query(max_length=100)] = None
    desk: Narrow = None
    programme: Narrow = None
    type: Narrow = None
    wearer: Narrow = None
    owner: Narrow = None
    limit: Annotated[int, Query(ge=1, le=5_000)] = 1_000


@router.get("/outcomes", response_model=list[OutcomeView])
def outcomes(_session: AlertReader) -> Response:
    """What an alert can come to."""
    return json_answer([{"id": id, **phrase._asdict()} for id, phrase in OUTCOMES.items()])


@router.get("/alerts", response_model=AlertList)
def queue(
    session: AlertReader,
    address: Address,
    console: Here,
    asked: Annotated[Narrowed, Query()],
) -> Response:
    """The queue, most urgent first."""
    look = partial(console.audit.look, who=session.name, what="looked at the queue", why="alert handling")
    note_if_possible(partial(look, address=address, every=QUEUE_LOOK_EVERY))
    desk = console.desk
    # The number first: the stream from there repeats a change rather than misses it.
    history, directory = desk.queue.latest(), desk.directory()
    alerts = seen_by(console, session, _asked_for(console, asked))
    told = {
        "history": history,
        "at": rfc3339(desk.clock()),
        "alerts": [alert_view(alert, directory) for alert in alerts],
        "groups": group_views(alerts, directory),
        "noise": _noise(console, alerts),
    }
    return json_answer(told)


@router.get("/alerts/{id}", response_model=AlertView)
def one(id: str, session: AlertReader, address: Address, console: Here) -> Response:
    """One alert; its ETag is its version."""
    alert = known(console, id, session)
    look = partial(console.audit.append, who=session.name, what="looked at the alert", why="alert handling")
    note_if_possible(partial(look, subject=id, address=address))
    return alert_answer(console, alert)


@router.get("/alerts/{id}/history", response_model=EntryList)
def history(id: str, session: AlertReader, console: Here) -> Response:
    """What happened to the alert, oldest first."""
    known(console, id, session)
    entries = console.desk.queue.alert_history(id)
    return json_answer({"entries": [entry_view(entry) for entry in entries]})


@router.get("/alerts/{id}/protocol", response_model=ProtocolView)
def protocol(id: str, session: AlertReader, console: Here) -> Response:
    """What is to be done about the alert, and what of it is done."""
    alert = known(console, id, session)
    return json_answer(protocol_view(alert, console.desk.directory()))


@router.get("/desks", response_model=list[DeskView])
def desks(session: AlertReader, console: Here) -> Response:
    """Where alerts are worked on."""
    names = console.desk.directory().desks
    views = [{"id": name, **desk_words(name)._asdict(), "mine": session.works_at(name)} for name in names]
    return json_answer(views)


@router.get("/noise", response_model=NoiseView)
def noise(session: AlertReader, console: Here) -> Response:
    """How much the queue asks at once: floods, what chatters, what stands."""
    return json_answer(_noise(console, seen_by(console, session, console.desk.queue.open())))


def _noise(console: Console, alerts: Iterable[Alert]) -> dict[str, Any]:
    return noise_view(console.chronicle, alerts, at=console.desk.clock())


def known(console: Console, id: str, session: Session | None = None) -> Alert:
    """The alert of that id, if its case is the person's to see. Raises Problem 404."""
    try:
        alert = console.desk.queue.alert(id)
    except UnknownAlert:
        raise Problem(404, f"there is no alert {id!r}") from None
    if session is not None and not seen_by(console, session, [alert]):
        raise Problem(404, f"there is no alert {id!r}")
    return alert


def seen_by(console: Console, session: Session, alerts: Iterable[Alert]) -> list[Alert]:
    """Those of cases that are the person's to see."""
    if session.programmes is None:
        return list(alerts)
    directory = console.desk.directory()
    return [alert for alert in alerts if session.sees(directory.programme(alert.order))]


def alert_answer(console: Console, alert: Alert) -> Response:
    """The alert as it stands, its version as ETag."""
    return json_answer(alert_view(alert, console.desk.directory()), tag=etag(alert.version))


_IS_CLOSED: Final[Mapping[Which, bool | None]] = {
    "open": False,
    "shelved": False,
    "closed": True,
    "all": None,
}


def _asked_for(console: Console, asked: Narrowed) -> list[Alert]:
    found = [alert for alert in _found(console, asked) if _fits(alert, asked, console.desk.directory())]
    return found[: asked.limit]


def _found(console: Console, asked: Narrowed) -> list[Alert]:
    queue = console.desk.queue
    # What the record cannot narrow by is narrowed here: then everything has to be read first.
    limit = asked.limit if asked.desk is asked.programme is asked.owner is None else 100_000
    query = AlertQuery(
        is_closed=_IS_CLOSED[asked.state],
        type=asked.type,
        wearer=asked.wearer,
        limit=100_000 if asked.state == "shelved" else limit,
    )
    if not asked.q:
        return queue.open(query)
    # The record knows ids; what people are called stands in the rulebook.
    found = queue.open(query._replace(text=asked.q))
    for wearer in console.desk.directory().wearers_called(asked.q):
        found += queue.open(query._replace(wearer=wearer)) if asked.wearer in (None, wearer) else []
    return sorted({alert.id: alert for alert in found}.values(), key=place_in_queue)


def _fits(alert: Alert, asked: Narrowed, directory: Directory) -> bool:
    return (
        (asked.state != "shelved" or alert.state is State.SHELVED)
        and asked.desk in (None, directory.desk(alert))
        and asked.programme in (None, directory.programme(alert.order))
        and asked.owner in (None, alert.claimed_by)
    )
