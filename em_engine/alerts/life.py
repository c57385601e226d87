"""One alert's life: what the engine's changes and the operators' actions make of an alert. Pure.

Nothing leaves the queue but by a person's closing it: an alert whose breach cleared before anyone looked
stays, and a breach that repeats or worsens after it was acknowledged or closed calls again. The two tables
below are all of it.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from em_engine.alerts.alert import (
    ACCUSING,
    SEVERITIES,
    Acknowledge,
    Action,
    Alert,
    BreachState,
    Close,
    Comment,
    Outcome,
    State,
    Told,
)
from em_engine.vocabulary import Change, ChangeKind, Micros, rfc3339

__all__ = [
    "Acknowledge",
    "Action",
    "ActionRefused",
    "Alert",
    "BreachState",
    "Close",
    "Comment",
    "Outcome",
    "State",
    "act",
    "tell",
]

TOLD_MAX: Final = 32
"""How many changes an alert remembers to know them again. A change older than all of these counts as told."""
NOTE_CHARACTERS_MAX: Final = 4000


class ActionRefused(Exception):
    """What was asked cannot be done to this alert now; the message says why, and what can."""


def tell(alert: Alert | None, change: Change) -> Alert:
    """The alert after the engine's change; the same object where this change was told before.

    Changes may come in any order: what is last known is taken from the newest of them, and what is counted
    counts each once.
    """
    told = Told.of(change)
    if alert is None:
        return _heard(_begun(change), change, told)
    assert change.alert == alert.id, "a change of another alert"
    if _knows(alert, told):
        return alert
    heard = _heard(_raised_again(alert, change), change, told)
    return replace(heard, version=alert.version + 1)


def act(alert: Alert, action: Action, *, by: str, at: Micros) -> Alert:
    """The alert after the action of `by`. Raises ActionRefused."""
    _check_words(action, by)
    acted = _ACTS[type(action), alert.state](alert, action, by, at)
    return replace(acted, version=alert.version + 1)


def _acknowledge(alert: Alert, _: Any, by: str, at: Micros) -> Alert:
    return replace(alert, acknowledged_at=at, acknowledged_by=by)


def _comment(alert: Alert, _: Any, __: str, ___: Micros) -> Alert:
    return replace(alert, comments=alert.comments + 1)


def _close(alert: Alert, close: Close, by: str, at: Micros) -> Alert:
    if close.note is None and close.outcome is Outcome.OTHER:
        raise ActionRefused("the outcome 'other' says nothing by itself: add a note that says what it was")
    if close.note is None and alert.breach is BreachState.OPEN:
        raise ActionRefused(
            "the breach is still open: add a note that says why the alert may be closed all the same"
        )
    return replace(alert, closed_at=at, closed_by=by, outcome=close.outcome, note=close.note)


def _seen_already(alert: Alert, _: Any, __: str, ___: Micros) -> Alert:
    assert alert.acknowledged_at is not None
    raise ActionRefused(
        f"{alert.acknowledged_by} acknowledged it at {rfc3339(alert.acknowledged_at)};"
        " comment on it or close it"
    )


def _closed_already(alert: Alert, _: Any, __: str, ___: Micros) -> Alert:
    assert alert.closed_at is not None
    raise ActionRefused(
        f"{alert.closed_by} closed it at {rfc3339(alert.closed_at)} as {alert.outcome};"
        " it can be commented on, and it calls again by itself if the breach repeats or worsens"
    )


_ACTS: Final[Mapping[tuple[type[Action], State], Callable[[Alert, Any, str, Micros], Alert]]] = (
    MappingProxyType(
        {
            (Acknowledge, State.UNACKNOWLEDGED): _acknowledge,
            (Acknowledge, State.ACKNOWLEDGED): _seen_already,
            (Acknowledge, State.CLOSED): _closed_already,
            (Comment, State.UNACKNOWLEDGED): _comment,
            (Comment, State.ACKNOWLEDGED): _comment,
            (Comment, State.CLOSED): _comment,
            (Close, State.UNACKNOWLEDGED): _close,
            (Close, State.ACKNOWLEDGED): _close,
            (Close, State.CLOSED): _closed_already,
        }
    )
)
"""What a person can do to an alert in each state."""

_CALLS_AGAIN: Final = frozenset(
    {
        (State.ACKNOWLEDGED, ChangeKind.REPEATED),
        (State.ACKNOWLEDGED, ChangeKind.WORSENED),
        (State.CLOSED, ChangeKind.REPEATED),
        (State.CLOSED, ChangeKind.WORSENED),
    }
)
"""The changes that make an alert unacknowledged again. All others leave what people did as it is."""


def _check_words(action: Action, by: str) -> None:
    assert by, "an action without its author"
    if action.note is None:
        return
    if not action.note.strip():
        raise ActionRefused("the note is empty: write something, or leave it out")
    if len(action.note) > NOTE_CHARACTERS_MAX:
        raise ActionRefused(f"the note has {len(action.note)} characters; {NOTE_CHARACTERS_MAX} is the most")


def _begun(change: Change) -> Alert:
    return Alert(
        id=change.alert,
        type=change.type,
        severity=change.severity,
        case=change.case,
        order=change.order,
        condition=change.condition,
        wearer=change.wearer,
        opened_at=change.opened_at,
        detected_at=change.detected_at,
        device=change.device,
        confidence=change.confidence,
        evidence=dict(change.evidence),
        rulebook=change.rulebook,
        changed_at=change.at,
        raised_at=change.at,
    )


def _knows(alert: Alert, told: Told) -> bool:
    return told in alert.told or (len(alert.told) >= TOLD_MAX and told < alert.told[0])


def _raised_again(alert: Alert, change: Change) -> Alert:
    """Unanswered again, where someone had answered and this change calls again."""
    if (alert.state, change.change) not in _CALLS_AGAIN:
        return alert
    return replace(
        alert,
        raised_at=change.at,
        raised_again_at=change.at,
        raised_again=alert.raised_again + 1,
        acknowledged_at=None,
        acknowledged_by=None,
        closed_at=None,
        closed_by=None,
        outcome=None,
        note=None,
    )


def _heard(alert: Alert, change: Change, told: Told) -> Alert:
    counted = replace(
        alert,
        severity=min(alert.severity, change.severity, key=SEVERITIES.index),
        detected_at=min(alert.detected_at, change.detected_at),
        raised_at=alert.raised_at if alert.raised_again else min(alert.raised_at, change.at),
        late=alert.late or change.late,
        repeats=alert.repeats + (change.change is ChangeKind.REPEATED),
        worsenings=alert.worsenings + (change.change is ChangeKind.WORSENED),
        told=tuple(sorted((*alert.told, told))[-TOLD_MAX:]),
    )
    accused = _accused(counted, change) if _speaks_last(alert, told) else counted
    return _last_known(accused, change) if told > max(alert.told, default=_BEFORE) else accused


_BEFORE: Final = Told(at=-(1 << 63), detected_at=-(1 << 63), kind=-1, severity=-1)


def _speaks_last(alert: Alert, told: Told) -> bool:
    """Whether nothing told before says better why the alert is there: accusations do, newest first."""
    return (told.accuses, told) > max(((old.accuses, old) for old in alert.told), default=(False, _BEFORE))


def _accused(alert: Alert, change: Change) -> Alert:
    return replace(
        alert,
        device=change.device,
        confidence=change.confidence,
        evidence=dict(change.evidence),
        rulebook=change.rulebook,
    )


def _last_known(alert: Alert, change: Change) -> Alert:
    is_over = change.change not in ACCUSING
    cleared_at = change.cleared_at
    if cleared_at is None and change.change is ChangeKind.CLEARED:
        cleared_at = change.detected_at
    return replace(
        alert,
        changed_at=change.at,
        cleared_at=cleared_at,
        withdrawn_at=change.at if change.change is ChangeKind.WITHDRAWN else None,
        cleared_evidence=dict(change.evidence) if is_over else None,
    )
