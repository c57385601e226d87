"""The shift: its report, its figures, the filters each keeps, and who is there."""

from datetime import datetime
from functools import partial
from typing import Annotated, Any

from fastapi import APIRouter, Path, Query
from pydantic import AwareDatetime
from starlette.responses import Response

from em_engine.alerts.timekeeper import ALL_OPEN
from em_engine.console.access import Session
from em_engine.console.api.alerts import seen_by
from em_engine.console.api.answers import json_answer
from em_engine.console.api.guards import Address, AlertAnswerer, AlertReader, Console, FigureReader, Here
from em_engine.console.api.shift_models import (
    Countersigning,
    Draft,
    FilterBody,
    FilterList,
    Found,
    HandoverList,
    HandoverView,
    HandoverWriting,
    Kpi,
    PersonView,
)
from em_engine.console.figures import kpi
from em_engine.console.papers import Handover, PaperRefused
from em_engine.console.problems import Problem
from em_engine.console.roles import Permission, permissions
from em_engine.console.shift import handover_view, report
from em_engine.console.views import alert_view
from em_engine.record.rows import AlertQuery
from em_engine.rulebook.models import Order
from em_engine.vocabulary import HOUR, MINUTE, Micros, micros

router = APIRouter(prefix="/api", tags=["shift"])
SHIFT_MAX = 48 * HOUR
Number = Annotated[int, Path(ge=1, lt=2**63)]
FilterName = Annotated[str, Path(min_length=1, max_length=64)]
Hours = Annotated[int, Query(ge=1, le=48, description="How far back.")]


@router.get("/handovers/draft", response_model=Draft)
def draft(session: AlertReader, console: Here, since: AwareDatetime | None = None) -> Response:
    """What the next shift must know, as of now; a shift of eight hours where no beginning is named."""
    return json_answer(_report(console, session, since))


@router.post("/handovers", response_model=HandoverView, status_code=201)
def write(sent: HandoverWriting, session: AlertAnswerer, address: Address, console: Here) -> Response:
    """Sign the outgoing shift's report: it is kept as it stands now."""
    told = {**_report(console, session, sent.since), "note": sent.note, "from": session.name}
    written = console.papers.write(told, outgoing=session.name, meant_for=sent.to)
    console.audit.append(
        who=session.name,
        what="wrote a handover",
        subject=str(written.id),
        why="shift change",
        address=address,
    )
    answer = json_answer(handover_view(written))
    answer.status_code = 201
    return answer


@router.get("/handovers", response_model=HandoverList)
def handovers(_session: AlertReader, console: Here) -> Response:
    """The newest reports, without what they say."""
    heads = [_head(one) for one in console.papers.handovers()]
    return json_answer({"handovers": heads})


@router.get("/handovers/{number}", response_model=HandoverView)
def handover(number: Number, session: AlertReader, console: Here) -> Response:
    """One report as it was signed."""
    return json_answer(_only_seen(_known(console, number), session))


@router.post("/handovers/{number}/sign", response_model=HandoverView)
def sign(
    number: Number,
    session: AlertAnswerer,
    address: Address,
    console: Here,
    sent: Countersigning | None = None,
) -> Response:
    """The incoming shift has read it."""
    _known(console, number)
    try:
        signed = console.papers.sign(number, incoming=session.name, note=sent.note if sent else None)
    except PaperRefused as refused:
        raise Problem(409, str(refused)) from None
    console.audit.append(
        who=session.name, what="took a handover", subject=str(number), why="shift change", address=address
    )
    return json_answer(_only_seen(signed, session))


@router.get("/kpi", response_model=Kpi)
def figures(_session: FigureReader, console: Here, hours: Hours = 8) -> Response:
    """How the desk does now. No figure names a person; the top ten name cases."""
    now = console.desk.clock()
    entries = console.chronicle.since(now - hours * HOUR, until=now + 1)
    return json_answer(kpi(entries, since=now - hours * HOUR, until=now))


@router.get("/filters", response_model=FilterList)
def filters(session: AlertReader, console: Here) -> Response:
    """The filters you keep."""
    kept = console.papers.filters(session.name)
    return json_answer({"filters": [{"name": name, "query": query} for name, query in kept.items()]})


@router.put("/filters/{name}", response_model=FilterList)
def keep_filter(name: FilterName, sent: FilterBody, session: AlertReader, console: Here) -> Response:
    """Keep a filter under that name."""
    try:
        console.papers.keep_filter(session.name, name, sent.query)
    except PaperRefused as refused:
        raise Problem(409, str(refused)) from None
    return filters(session, console)


@router.delete("/filters/{name}", status_code=204)
def drop_filter(name: FilterName, session: AlertReader, console: Here) -> Response:
    """Drop a filter."""
    if not console.papers.drop_filter(session.name, name):
        raise Problem(404, f"you keep no filter {name!r}")
    return Response(status_code=204)


@router.get("/search", response_model=Found)
def search(
    session: AlertReader,
    address: Address,
    console: Here,
    q: Annotated[str, Query(min_length=2, max_length=100)],
) -> Response:
    """Wearers, orders and devices by any of their names, and their newest alerts. The search is on record."""
    look = partial(console.audit.look, who=session.name, what="searched", why="alert handling")
    look(subject=q, address=address, every=10 * MINUTE)
    directory, wanted = console.desk.directory(), q.casefold()
    orders = [one for one in directory.rulebook.orders if session.sees(one.programme.value)]
    found = [order for order in orders if any(wanted in text.casefold() for text in _names(order))][:50]
    alerts = console.desk.queue.open(AlertQuery(is_closed=None, text=q, limit=200))
    seen = seen_by(console, session, alerts)[:20]
    told = {"wearers": list(map(_wearer, found)), "alerts": [alert_view(one, directory) for one in seen]}
    return json_answer(told)


@router.get("/people", response_model=list[PersonView])
def people(_session: AlertAnswerer, console: Here) -> Response:
    """Who may answer alerts: to take over from, to tell further to."""
    present = console.access.signed_in()
    told = [
        {
            "name": one.name,
            "roles": [role.value for role in one.roles],
            "desks": one.desks,
            "signed_in": one.name in present,
        }
        for one in console.access.accounts()
        if Permission.ANSWER_ALERTS in permissions(one.roles)
    ]
    return json_answer(told)


def _report(console: Console, session: Session, since: datetime | None) -> dict[str, Any]:
    now = console.desk.clock()
    begin = now - 8 * HOUR if since is None else _begin(since, now)
    alerts = seen_by(console, session, console.desk.queue.open(ALL_OPEN))
    entries = console.chronicle.since(begin, until=now + 1)
    if session.programmes is not None:
        known = console.desk.queue.alerts(entry.alert for entry in entries)
        ids = {alert.id for alert in seen_by(console, session, known.values())}
        entries = [entry for entry in entries if entry.alert in ids]
    return report(alerts, entries, console.desk.directory(), since=begin, until=now)


def _begin(since: datetime, now: Micros) -> Micros:
    begin = micros(since)
    if not now - SHIFT_MAX <= begin <= now:
        raise Problem(422, "?since: a shift began within the last 48 hours")
    return begin


def _known(console: Console, number: int) -> Handover:
    try:
        return console.papers.handover(number)
    except LookupError:
        raise Problem(404, f"there is no handover {number}") from None


def _only_seen(handover: Handover, session: Session) -> dict[str, Any]:
    """The report without cases of programmes that are not the person's to see."""
    view = handover_view(handover)
    for part in ("open", "shelved"):
        view[part] = [alert for alert in view[part] if session.sees(alert["programme"])]
    return view


def _head(handover: Handover) -> dict[str, Any]:
    view = handover_view(handover)
    return {name: view[name] for name in ("id", "since", "until", "from", "to", "signed")} | {
        "open": len(view["open"]),
        "shelved": len(view["shelved"]),
    }


def _names(order: Order) -> tuple[str, ...]:
    return (order.id, order.title, order.wearer.id, order.wearer.name, *order.wearer.devices)


def _wearer(order: Order) -> dict[str, Any]:
    wearer = order.wearer
    return {
        "id": wearer.id,
        "name": wearer.name,
        "order": order.id,
        "programme": order.programme.value,
        "devices": list(wearer.devices),
    }
