"""By when something must be done about an alert, and what the protocol does where it was not. Pure.

Every deadline follows from the alert's own times and its type's protocol. Nothing runs that a restart could
stop: whoever asks again later is told what has come due meanwhile.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from functools import cache
from typing import Final, NamedTuple

from em_engine.alerts.actions import ClimbRung, EndShelf, Lapse, Timed
from em_engine.alerts.alert import Alert, State
from em_engine.rulebook.models import Escalation, Protocol
from em_engine.vocabulary import HOUR, NEVER, Micros, Severity

ANY_TYPE: Final = Protocol(severity=Severity.HIGH)
"""The protocol of alerts nobody wrote one for: no steps, no ladder, every outcome."""
SHELF_MAX: Final[Mapping[Severity, Micros]] = {
    Severity.CRITICAL: 0,
    Severity.HIGH: HOUR,
    Severity.MEDIUM: 8 * HOUR,
    Severity.LOW: 24 * HOUR,
}
"""How long an alert may be put off where its protocol does not say. A critical one may not."""
RUNGS_MAX: Final = 100
"""More rungs than this no ladder has, whatever its repeats."""


class Rung(NamedTuple):
    """So long after an unanswered call, this function is told."""

    after: Micros
    to: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Deadlines:
    """By when what is due; None where nothing is."""

    acknowledge: Micros | None = None
    close: Micros | None = None
    escalate: Micros | None = None
    escalate_to: str | None = None
    lapse: Micros | None = None
    unshelve: Micros | None = None

    @property
    def next_act(self) -> Micros:
        """When the protocol next does something by itself; NEVER where it does not."""
        return min((at for at in (self.escalate, self.lapse, self.unshelve) if at is not None), default=NEVER)


def deadlines(alert: Alert, protocol: Protocol = ANY_TYPE) -> Deadlines:
    """What is due on the alert as it stands."""
    if alert.state is State.CLOSED:
        return Deadlines()
    close = _after(alert.raised_at, protocol.close_within)
    if alert.state is State.SHELVED:
        return Deadlines(close=close, unshelve=alert.shelved_until)
    if alert.state is State.CLAIMED:
        return Deadlines(close=close, lapse=_after(_last_touched(alert), protocol.lapse_after))
    if not alert.calls:
        return Deadlines(close=close)
    rung = _next_rung(alert, protocol)
    return Deadlines(
        acknowledge=_after(alert.raised_at, protocol.acknowledge_within),
        close=close,
        escalate=None if rung is None else alert.raised_at + rung.after,
        escalate_to=None if rung is None else rung.to,
    )


def due(alert: Alert, protocol: Protocol, at: Micros) -> Timed | None:
    """What the protocol does about the alert now; None where nothing is due. Ask again after it is done."""
    found = deadlines(alert, protocol)
    if found.unshelve is not None and found.unshelve <= at:
        return EndShelf()
    if found.lapse is not None and found.lapse <= at:
        return Lapse()
    if found.escalate is not None and found.escalate <= at:
        assert found.escalate_to is not None
        return ClimbRung(to=found.escalate_to)
    return None


def ladder(protocol: Protocol) -> tuple[Rung, ...]:
    """Everyone who is told while nobody answers, in the order of time, repeats written out."""
    return _ladder(protocol.escalation)


@cache
def _ladder(escalation: tuple[Escalation, ...]) -> tuple[Rung, ...]:
    rungs = sorted(rung for one in escalation for rung in _repeated(one))
    return tuple(rungs[:RUNGS_MAX])


def _repeated(escalation: Escalation) -> Iterator[Rung]:
    yield Rung(_micros(escalation.after), escalation.to)
    if escalation.repeat is None:
        return
    for time in range(1, escalation.times + 1):
        yield Rung(_micros(escalation.after + time * escalation.repeat), escalation.to)


def shelf_max(protocol: Protocol, severity: Severity) -> Micros:
    """How long an alert of that urgency may be put off at most; 0 where it may not."""
    longest = protocol.shelve_max
    return SHELF_MAX[severity] if longest is None else _micros(longest)


def _next_rung(alert: Alert, protocol: Protocol) -> Rung | None:
    rungs = ladder(protocol)
    return rungs[alert.rungs] if alert.rungs < len(rungs) else None


def _last_touched(alert: Alert) -> Micros:
    assert alert.claimed_at is not None, "a claim has its time"
    return max(alert.claimed_at, alert.acted_at or alert.claimed_at)


def _after(at: Micros, span: timedelta | None) -> Micros | None:
    return None if span is None else at + _micros(span)


def _micros(span: timedelta) -> Micros:
    return span // timedelta(microseconds=1)
