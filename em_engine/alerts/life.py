"""One alert's life: what the engine's changes and the operators' actions make of an alert. Pure.

Nothing leaves the queue but by a person's closing it: an alert whose breach cleared before anyone looked
stays, and a breach that repeats or worsens after it was acknowledged or closed calls again. What the engine's
changes make of an alert is here, what people and times make of it in `answers.py`.
"""

from dataclasses import replace
from typing import Final

from em_engine.alerts.actions import Acknowledge, Action, Close, Comment
from em_engine.alerts.alert import ACCUSING, SEVERITIES, Alert, BreachState, Outcome, State, Told
from em_engine.alerts.answers import NOTE_CHARACTERS_MAX, ActionRefused, act, calling_again
from em_engine.vocabulary import Change, ChangeKind

__all__ = [
    "NOTE_CHARACTERS_MAX",
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


_CALLS_AGAIN: Final = frozenset(
    {
        (State.ACKNOWLEDGED, ChangeKind.REPEATED),
        (State.ACKNOWLEDGED, ChangeKind.WORSENED),
        (State.CLAIMED, ChangeKind.WORSENED),
        (State.SHELVED, ChangeKind.WORSENED),
        (State.CLOSED, ChangeKind.REPEATED),
        (State.CLOSED, ChangeKind.WORSENED),
    }
)
"""The changes that make an alert unacknowledged again. All others leave what people did as it is: who works
on it, or has put it off, knows that it repeats."""


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
    is_graver = SEVERITIES.index(change.severity) < SEVERITIES.index(alert.severity)
    kind = ChangeKind.WORSENED if is_graver and change.change in ACCUSING else change.change
    if (alert.state, kind) not in _CALLS_AGAIN:
        return alert
    return calling_again(alert, change.at)


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
