"""What people, and the protocol's times, make of an alert. Pure; the table at the end is all of it.

Anybody may look, comment, tell further. What one person holds, no other shelves, hands over or closes: it is
taken over first, and that is on record.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from types import MappingProxyType
from typing import Any, Final

from em_engine.alerts.actions import (
    Acknowledge,
    Action,
    CheckOff,
    Claim,
    ClimbRung,
    Close,
    Command,
    Comment,
    EndShelf,
    Escalate,
    HandOver,
    Inhibit,
    Lapse,
    Release,
    Shelve,
    TakeOver,
    Timed,
    Uncheck,
    Unshelve,
)
from em_engine.alerts.alert import Alert, BreachState, Checked, Outcome, SeenReason, ShelfReason, State
from em_engine.alerts.deadlines import ANY_TYPE, shelf_max
from em_engine.rulebook.models import Protocol
from em_engine.vocabulary import MINUTE, Micros, rfc3339

NOTE_CHARACTERS_MAX: Final = 4000


class ActionRefused(Exception):
    """What was asked cannot be done to this alert now; the message says why, and what can."""


class HeldByAnother(ActionRefused):
    """Another person works on it: `holder`."""

    def __init__(self, alert: Alert) -> None:
        assert alert.claimed_by is not None, "nobody holds it"
        assert alert.claimed_at is not None, "a claim has its time"
        self.holder = alert.claimed_by
        super().__init__(
            f"{alert.claimed_by} has held it since {rfc3339(alert.claimed_at)}; take it over if you must"
        )


def act(alert: Alert, action: Action, *, by: str, at: Micros, protocol: Protocol = ANY_TYPE) -> Alert:
    """The alert after the action of `by`, as far as the protocol of its type allows. Raises ActionRefused."""
    _check_words(action, by)
    does = _ACTS[type(action)][alert.state]
    acted = does(alert, action, by, at, protocol)
    return replace(acted, acted_at=at, version=alert.version + 1)


def when_due(alert: Alert, timed: Timed, *, at: Micros) -> Alert:
    """The alert after what the protocol does at its time."""
    assert alert.state is not State.CLOSED, "nothing is due on a closed alert"
    return replace(_TIMED[type(timed)](alert, timed, at), version=alert.version + 1)


# What people do ----------------------------------------------------------------------------------

_Act = Callable[[Alert, Any, str, Micros, Protocol], Alert]


def _acknowledge(alert: Alert, seen: Acknowledge, by: str, at: Micros, protocol: Protocol) -> Alert:
    asked = protocol.seen_reasons
    if asked and seen.reason not in asked:
        raise ActionRefused(f"the protocol wants a reason with it, one of {', '.join(asked)}")
    if seen.reason is SeenReason.OTHER and seen.note is None:
        raise ActionRefused("the reason 'other' says nothing by itself: add a note that says what it is")
    return replace(alert, acknowledged_at=at, acknowledged_by=by, seen_reason=seen.reason)


def _comment(alert: Alert, _: Any, __: str, ___: Micros, ____: Protocol) -> Alert:
    return replace(alert, comments=alert.comments + 1)


def _claim(alert: Alert, _: Any, by: str, at: Micros, __: Protocol) -> Alert:
    if alert.claimed_by not in (None, by):
        raise HeldByAnother(alert)
    return _theirs(alert, by, at)


def _take_over(alert: Alert, _: Any, by: str, at: Micros, __: Protocol) -> Alert:
    return _theirs(alert, by, at)


def _theirs(alert: Alert, by: str, at: Micros) -> Alert:
    is_new = alert.acknowledged_at is None
    return replace(
        alert,
        claimed_at=at,
        claimed_by=by,
        acknowledged_at=at if is_new else alert.acknowledged_at,
        acknowledged_by=by if is_new else alert.acknowledged_by,
    )


def _claim_held(alert: Alert, _: Any, by: str, __: Micros, ___: Protocol) -> Alert:
    if alert.claimed_by == by:
        raise ActionRefused("you hold it already")
    raise HeldByAnother(alert)


def _release(alert: Alert, _: Any, by: str, at: Micros, __: Protocol) -> Alert:
    if alert.claimed_by is None:
        raise ActionRefused("nobody holds it: there is nothing to release")
    _check_holder(alert, by)
    return calling_again(replace(alert, claimed_at=None, claimed_by=None), at)


def _shelve(alert: Alert, shelve: Shelve, by: str, at: Micros, protocol: Protocol) -> Alert:
    _check_holder(alert, by)
    longest = shelf_max(protocol, alert.severity)
    if longest == 0:
        raise ActionRefused(f"an alert as urgent as this one ({alert.severity}) is not put off: work on it")
    if not at < shelve.until <= at + longest:
        raise ActionRefused(
            f"it can be shelved until {rfc3339(at + longest)} at most ({longest // MINUTE} minutes)"
        )
    if shelve.reason is ShelfReason.OTHER and shelve.note is None:
        raise ActionRefused("the reason 'other' says nothing by itself: add a note that says what it is")
    return replace(
        alert, shelved_at=at, shelved_until=shelve.until, shelved_by=by, shelf_reason=shelve.reason
    )


def _unshelve(alert: Alert, _: Any, __: str, ___: Micros, ____: Protocol) -> Alert:
    return _off_the_shelf(alert)


def _off_the_shelf(alert: Alert) -> Alert:
    return replace(alert, shelved_at=None, shelved_until=None, shelved_by=None, shelf_reason=None)


def _escalate(alert: Alert, escalate: Escalate | ClimbRung, _: str, at: Micros, __: Protocol) -> Alert:
    return replace(alert, level=alert.level + 1, escalated_at=at, escalated_to=escalate.to)


def _hand_over(alert: Alert, hand_over: HandOver, by: str, at: Micros, protocol: Protocol) -> Alert:
    _check_holder(alert, by)
    if hand_over.desk == (alert.desk or protocol.desk):
        raise ActionRefused(f"it is at the desk {hand_over.desk!r} already")
    return calling_again(replace(alert, desk=hand_over.desk, claimed_at=None, claimed_by=None), at)


def _check_off(alert: Alert, check: CheckOff, by: str, at: Micros, __: Protocol) -> Alert:
    if any(one.step == check.step for one in alert.checked):
        raise ActionRefused("that step is done already")
    done = Checked(step=check.step, words=check.words, by=by, at=at)
    return replace(alert, checked=(*alert.checked, done))


def _uncheck(alert: Alert, uncheck: Uncheck, _: str, __: Micros, ___: Protocol) -> Alert:
    left = tuple(one for one in alert.checked if one.step != uncheck.step)
    if left == alert.checked:
        raise ActionRefused("that step is not done yet")
    return replace(alert, checked=left)


def _command(alert: Alert, _: Any, __: str, ___: Micros, ____: Protocol) -> Alert:
    return alert


def _close(alert: Alert, close: Close, by: str, at: Micros, protocol: Protocol) -> Alert:
    _check_holder(alert, by)
    if protocol.outcomes and close.outcome not in protocol.outcomes:
        raise ActionRefused(f"{close.outcome.value!r} is no outcome here: {', '.join(protocol.outcomes)} are")
    if close.note is None and close.outcome is Outcome.OTHER:
        raise ActionRefused("the outcome 'other' says nothing by itself: add a note that says what it was")
    if close.note is None and close.outcome in protocol.note_for:
        raise ActionRefused(f"the protocol wants a note with the outcome {close.outcome.value!r}")
    if close.note is None and alert.breach is BreachState.OPEN:
        raise ActionRefused(
            "the breach is still open: add a note that says why the alert may be closed all the same"
        )
    closed = replace(alert, closed_at=at, closed_by=by, outcome=close.outcome, note=close.note)
    return replace(_off_the_shelf(closed), inhibited_by=(), inhibited_at=None)


# What cannot be done, and why ----------------------------------------------------------------------


def _seen_already(alert: Alert, _: Any, __: str, ___: Micros, ____: Protocol) -> Alert:
    assert alert.acknowledged_at is not None
    raise ActionRefused(
        f"{alert.acknowledged_by} acknowledged it at {rfc3339(alert.acknowledged_at)};"
        " comment on it or close it"
    )


def _is_shelved(alert: Alert, _: Any, __: str, ___: Micros, ____: Protocol) -> Alert:
    assert alert.shelved_until is not None
    raise ActionRefused(
        f"{alert.shelved_by} shelved it until {rfc3339(alert.shelved_until)}; take it from the shelf first"
    )


def _not_shelved(_: Alert, __: Any, ___: str, ____: Micros, _____: Protocol) -> Alert:
    raise ActionRefused("it is not on the shelf")


def _is_closed(alert: Alert, _: Any, __: str, ___: Micros, ____: Protocol) -> Alert:
    assert alert.closed_at is not None
    raise ActionRefused(
        f"{alert.closed_by} closed it at {rfc3339(alert.closed_at)} as {alert.outcome};"
        " it can be commented on, and it calls again by itself if the breach repeats or worsens"
    )


def _check_holder(alert: Alert, by: str) -> None:
    if alert.claimed_by not in (None, by):
        raise HeldByAnother(alert)


def _check_words(action: Action, by: str) -> None:
    assert by, "an action without its author"
    if action.note is None:
        return
    if not action.note.strip():
        raise ActionRefused("the note is empty: write something, or leave it out")
    if len(action.note) > NOTE_CHARACTERS_MAX:
        raise ActionRefused(f"the note has {len(action.note)} characters; {NOTE_CHARACTERS_MAX} is the most")


# What the protocol does --------------------------------------------------------------------------


def calling_again(alert: Alert, at: Micros) -> Alert:
    """Unanswered again: everything people had answered is void, but for who holds it and what was checked."""
    return replace(
        _off_the_shelf(alert),
        raised_at=at,
        raised_again_at=at,
        raised_again=alert.raised_again + 1,
        rungs=0,
        acknowledged_at=None,
        acknowledged_by=None,
        seen_reason=None,
        closed_at=None,
        closed_by=None,
        outcome=None,
        note=None,
    )


def _climb(alert: Alert, rung: ClimbRung, at: Micros) -> Alert:
    return replace(alert, level=alert.level + 1, escalated_at=at, escalated_to=rung.to, rungs=alert.rungs + 1)


def _end_shelf(alert: Alert, _: Any, at: Micros) -> Alert:
    return calling_again(alert, at)


def _lapse(alert: Alert, _: Any, at: Micros) -> Alert:
    return calling_again(replace(alert, claimed_at=None, claimed_by=None), at)


def _inhibit(alert: Alert, inhibit: Inhibit, at: Micros) -> Alert:
    since = (alert.inhibited_at or at) if inhibit.by else None
    # From here on it calls by itself again: its time to be answered begins.
    raised_at = at if alert.inhibited_by and not inhibit.by else alert.raised_at
    return replace(alert, inhibited_by=inhibit.by, inhibited_at=since, raised_at=raised_at)


_TIMED: Final[Mapping[type[Timed], Callable[[Alert, Any, Micros], Alert]]] = MappingProxyType(
    {ClimbRung: _climb, EndShelf: _end_shelf, Lapse: _lapse, Inhibit: _inhibit}
)


def _row(*acts: _Act) -> Mapping[State, _Act]:
    return MappingProxyType(dict(zip(State, acts, strict=True)))


# fmt: off
_ACTS: Final[Mapping[type[Action], Mapping[State, _Act]]] = MappingProxyType({
    #                 unacknowledged  acknowledged    claimed         shelved         closed
    Acknowledge: _row(_acknowledge,   _seen_already,  _seen_already,  _is_shelved,    _is_closed),
    Comment:     _row(_comment,       _comment,       _comment,       _comment,       _comment),
    Claim:       _row(_claim,         _claim,         _claim_held,    _is_shelved,    _is_closed),
    TakeOver:    _row(_take_over,     _take_over,     _take_over,     _is_shelved,    _is_closed),
    Release:     _row(_release,       _release,       _release,       _is_shelved,    _is_closed),
    Shelve:      _row(_shelve,        _shelve,        _shelve,        _shelve,        _is_closed),
    Unshelve:    _row(_not_shelved,   _not_shelved,   _not_shelved,   _unshelve,      _is_closed),
    Escalate:    _row(_escalate,      _escalate,      _escalate,      _escalate,      _is_closed),
    HandOver:    _row(_hand_over,     _hand_over,     _hand_over,     _is_shelved,    _is_closed),
    CheckOff:    _row(_check_off,     _check_off,     _check_off,     _check_off,     _is_closed),
    Uncheck:     _row(_uncheck,       _uncheck,       _uncheck,       _uncheck,       _is_closed),
    Command:     _row(_command,       _command,       _command,       _command,       _is_closed),
    Close:       _row(_close,         _close,         _close,         _close,         _is_closed),
})
# fmt: on
"""What a person can do to an alert in each state."""
