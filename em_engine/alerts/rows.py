"""An alert as a row of the record, and the queue's order."""

from typing import Any, Final, NamedTuple

import msgspec
import numpy as np

from em_engine.alerts.alert import SEVERITIES, Alert, BreachState, State
from em_engine.record.rows import AlertRow
from em_engine.vocabulary import Severity

_CLEARED: Final = 1
_ANSWERED: Final = 2
_SEVERITY: Final = 4
_SHELVED: Final = 16


class Standing(NamedTuple):
    """What an urgency was made of; a latched breach counts as open."""

    severity: Severity
    calls: bool
    breach: BreachState
    is_shelved: bool


def urgency(alert: Alert) -> int:
    """Where an alert that is not closed stands in the queue, lowest first.

    By severity, for a critical alert in hand must not sink below unread battery notices; then those that
    call; then the open breaches, latched ones among them. Within these the longest waiting comes first:
    nobody waits for ever, and newcomers join at the end of their group instead of moving the rows under the
    operator's hand. What is shelved comes after all of it.
    """
    is_over = alert.breach is BreachState.CLEARED and not alert.is_latched
    is_shelved = alert.state is State.SHELVED
    return (
        _SHELVED * is_shelved
        + _SEVERITY * SEVERITIES.index(alert.severity)
        + _ANSWERED * (not alert.calls)
        + _CLEARED * is_over
    )


def parts_of(urgency: int) -> Standing:
    """What an urgency was made of."""
    return Standing(
        severity=SEVERITIES[urgency % _SHELVED // _SEVERITY],
        calls=not urgency & _ANSWERED,
        breach=BreachState.CLEARED if urgency & _CLEARED else BreachState.OPEN,
        is_shelved=bool(urgency & _SHELVED),
    )


def row_of(alert: Alert) -> AlertRow:
    """The alert as the record keeps it. The closed ones come last, the last closed first among them."""
    is_closed = alert.closed_at is not None
    return AlertRow(
        id=alert.id,
        is_closed=is_closed,
        urgency=0 if is_closed else urgency(alert),
        waiting=alert.raised_at if alert.closed_at is None else -alert.closed_at,
        case=alert.case,
        order=alert.order,
        condition=alert.condition,
        type=alert.type.value,
        wearer=alert.wearer,
        device=alert.device,
        body=as_json(alert),
    )


def alert_of(row: AlertRow) -> Alert:
    """The alert in the row."""
    return _ALERT.decode(row.body)


def as_json(value: Any) -> bytes:
    """The value as JSON. Numbers out of columns become plain ones; NaN and infinities become null."""
    return _ENCODER.encode(value)


def _plain(value: Any) -> Any:
    # Evidence is taken from columns. A number that was forgotten there must not stop the lane.
    if isinstance(value, np.generic | np.ndarray):
        return value.tolist()
    raise TypeError(f"{type(value).__name__} is no JSON value")


_ENCODER: Final = msgspec.json.Encoder(enc_hook=_plain)
_ALERT: Final = msgspec.json.Decoder(Alert)
