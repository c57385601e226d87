"""What operators do with an alert. Every command names the version of the alert that it was decided on."""

from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Header, Path
from starlette.responses import Response

from em_engine.alerts import actions
from em_engine.alerts.actions import Action
from em_engine.alerts.alert import Alert
from em_engine.alerts.answers import ActionRefused, HeldByAnother
from em_engine.alerts.queue import StaleVersion, UnknownAlert
from em_engine.console.access import Session
from em_engine.console.api.alerts import alert_answer, known
from em_engine.console.api.answers import etag, version_in
from em_engine.console.api.guards import AlertAnswerer, Console, Here
from em_engine.console.api.models import AlertView
from em_engine.console.api.sent import (
    Checking,
    Claiming,
    Closing,
    Commanding,
    Comment,
    Escalation,
    HandingOver,
    Noted,
    Seeing,
    Shelving,
)
from em_engine.console.problems import Problem
from em_engine.console.views import alert_view
from em_engine.rulebook.models import CommandName
from em_engine.vocabulary import micros, rfc3339

router = APIRouter(prefix="/api/alerts/{id}", tags=["alerts"])
IfMatch = Annotated[str | None, Header(description="The version you saw, in quotes.")]
Step = Annotated[int, Path(ge=0, lt=1000)]


@router.post("/acknowledge", response_model=AlertView)
def acknowledge(
    id: str, session: AlertAnswerer, console: Here, sent: Seeing | None = None, if_match: IfMatch = None
) -> Response:
    """Say that the alert has been seen, and why it is, where its protocol asks (`seen_reasons`)."""
    sent = sent or Seeing()
    action = actions.Acknowledge(reason=sent.reason, note=sent.note)
    return act(console, id, action, session=session, if_match=if_match)


@router.post("/claim", response_model=AlertView)
def claim(
    id: str, session: AlertAnswerer, console: Here, sent: Claiming | None = None, if_match: IfMatch = None
) -> Response:
    """Take the alert in hand. One person holds it; 409 tells who, and `take_over` takes it from them."""
    sent = sent or Claiming()
    made: type[actions.Claim | actions.TakeOver] = actions.TakeOver if sent.take_over else actions.Claim
    return act(console, id, made(note=sent.note), session=session, if_match=if_match)


@router.post("/release", response_model=AlertView)
def release(
    id: str, session: AlertAnswerer, console: Here, sent: Noted | None = None, if_match: IfMatch = None
) -> Response:
    """Give the alert back: it calls again."""
    action = actions.Release(note=sent.note if sent else None)
    return act(console, id, action, session=session, if_match=if_match)


@router.post("/shelve", response_model=AlertView)
def shelve(
    id: str, sent: Shelving, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """Put the alert off until a time; then it calls again by itself, and before if it worsens."""
    action = actions.Shelve(until=_instant(sent.until), reason=sent.reason, note=sent.note)
    return act(console, id, action, session=session, if_match=if_match)


@router.post("/unshelve", response_model=AlertView)
def unshelve(
    id: str, session: AlertAnswerer, console: Here, sent: Noted | None = None, if_match: IfMatch = None
) -> Response:
    """Take the alert from the shelf: it is as it was before."""
    action = actions.Unshelve(note=sent.note if sent else None)
    return act(console, id, action, session=session, if_match=if_match)


@router.post("/escalate", response_model=AlertView)
def escalate(
    id: str, sent: Escalation, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """Tell it further."""
    action = actions.Escalate(to=sent.to, note=sent.note)
    return act(console, id, action, session=session, if_match=if_match)


@router.post("/hand-over", response_model=AlertView)
def hand_over(
    id: str, sent: HandingOver, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """Give the alert to another desk: it calls there."""
    desks = console.desk.directory().desks
    if sent.desk not in desks:
        raise Problem(422, f"there is no desk {sent.desk!r}; the desks are {', '.join(desks)}")
    action = actions.HandOver(desk=sent.desk, note=sent.note)
    return act(console, id, action, session=session, if_match=if_match)


@router.post("/steps/{index}", response_model=AlertView)
def check_off(
    id: str, index: Step, sent: Checking, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """Say that a step of the protocol is done, or is not after all."""
    steps = console.desk.directory().protocol(known(console, id, session).type).steps
    if index >= len(steps):
        raise Problem(404, f"the protocol has {len(steps)} steps, counted from 0")
    action: Action = actions.CheckOff(step=index, words=steps[index])
    if not sent.done:
        action = actions.Uncheck(step=index)
    return act(console, id, action, session=session, if_match=if_match)


@router.post("/command", response_model=AlertView)
def command(
    id: str, sent: Commanding, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """Ask something of the wearer's tag."""
    if sent.command is CommandName.MESSAGE and sent.text is None:
        raise Problem(422, "a message has a text", errors=[{"pointer": "#/text", "detail": "missing"}])
    action = actions.Command(
        command=sent.command.value,
        text=sent.text,
        fix_every_s=sent.fix_every_s or 15,
        for_s=sent.for_s or 1800,
        note=sent.note,
    )
    return act(console, id, action, session=session, if_match=if_match)


@router.post("/comment", response_model=AlertView)
def comment(
    id: str, sent: Comment, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """Add something to remember."""
    return act(console, id, actions.Comment(note=sent.note), session=session, if_match=if_match)


@router.post("/close", response_model=AlertView)
def close(
    id: str, sent: Closing, session: AlertAnswerer, console: Here, if_match: IfMatch = None
) -> Response:
    """End the alert with what it came to."""
    action = actions.Close(outcome=sent.outcome, note=sent.note)
    return act(console, id, action, session=session, if_match=if_match)


def act(console: Console, id: str, action: Action, *, session: Session, if_match: str | None) -> Response:
    """Do it, as far as the person's desk, the alert's state and its protocol allow. Raises Problem."""
    desk, version = console.desk, version_in(if_match)
    seen = known(console, id, session)
    _check_desk(console, seen, action, session)
    try:
        alert = desk.queue.act(
            id,
            action,
            by=session.name,
            at=desk.clock(),
            version=version,
            protocol=desk.directory().protocol(seen.type),
        )
    except UnknownAlert:
        raise Problem(404, f"there is no alert {id!r}") from None
    except StaleVersion as stale:
        raise _came_second(console, stale.current) from None
    except ActionRefused as refused:
        raise _refused(console, id, refused) from None
    desk.metrics.answers.labels(type(action).__name__.lower()).inc()
    return alert_answer(console, alert)


_ANYBODY_S = (actions.Comment, actions.Escalate)
"""What may be done about another desk's alert: to add what one knows, and to tell it further."""


def _check_desk(console: Console, alert: Alert, action: Action, session: Session) -> None:
    desk = console.desk.directory().desk(alert)
    if not session.works_at(desk) and not isinstance(action, _ANYBODY_S):
        raise Problem(403, f"this is the desk {desk!r}'s alert; comment on it, or tell it further")


def _came_second(console: Console, current: Alert) -> Problem:
    """Somebody, or the engine, was first: who, when and what, and how the alert stands now."""
    newest = console.desk.queue.alert_history(current.id)[-1]
    first: dict[str, Any] = {"by": newest.by, "at": rfc3339(newest.at), "what": newest.what}
    detail = f"the alert has changed since you saw it: {newest.what} by {newest.by} at {first['at']}"
    view = alert_view(current, console.desk.directory())
    return Problem(
        412,
        detail,
        headers={"ETag": etag(current.version)},
        current=view,
        first=first,
        held_by=current.claimed_by,
    )


def _refused(console: Console, id: str, refused: ActionRefused) -> Problem:
    holder = refused.holder if isinstance(refused, HeldByAnother) else None
    current = alert_view(console.desk.queue.alert(id), console.desk.directory())
    return Problem(409, str(refused), held_by=holder, current=current)


def _instant(until: datetime) -> int:
    # Years beyond what a clock holds are no times of ours.
    try:
        return micros(until)
    except OverflowError:
        raise Problem(422, "#/until: no such time", errors=[{"pointer": "#/until", "detail": "?"}]) from None
