"""Which open alerts make others of the same case doubtful. Pure.

An alert made doubtful is inhibited: it stays where everybody sees it, with the reason, but it does not call
by itself while the other does. Nothing as urgent as its cause is ever inhibited, and nothing that concerns a
protected person: there, twice is a nuisance and never is a tragedy.
"""

from collections.abc import Iterable, Mapping
from typing import Final

from em_engine.alerts.alert import SEVERITIES, Alert, BreachState, Cause, State
from em_engine.vocabulary import AlertType

_WHERE: Final = frozenset(
    {
        AlertType.EXCLUSION_APPROACH,
        AlertType.INCLUSION_LEFT,
        AlertType.CURFEW_LATE,
        AlertType.CURFEW_LEFT,
        AlertType.CURFEW_EARLY,
        AlertType.CURFEW_UNCONFIRMED,
    }
)
"""Verdicts on where the wearer is, short of those that name a danger by themselves."""
DOUBTS: Final[Mapping[AlertType, frozenset[AlertType]]] = {
    # Where a tag is that is not on the leg says little of where the wearer is.
    AlertType.DEVICE_STRAP: _WHERE,
    # Who is not heard has no positions either: one cause, told once.
    AlertType.DEVICE_SILENT: frozenset({AlertType.DEVICE_NO_FIX, AlertType.CURFEW_UNCONFIRMED}),
    AlertType.DEVICE_JAMMING: frozenset({AlertType.DEVICE_NO_FIX, AlertType.CURFEW_UNCONFIRMED}),
    AlertType.DEVICE_SHIELDING: frozenset({AlertType.DEVICE_NO_FIX, AlertType.CURFEW_UNCONFIRMED}),
    AlertType.DEVICE_NO_FIX: frozenset({AlertType.CURFEW_UNCONFIRMED}),
    AlertType.DEVICE_BATTERY_CRITICAL: frozenset({AlertType.DEVICE_BATTERY_LOW}),
}
"""What an open alert of the type in front makes doubtful."""


def doubted(alerts: Iterable[Alert]) -> dict[str, tuple[Cause, ...]]:
    """Of the alerts of one case, by id: the open ones that make it doubtful, the oldest first."""
    kept = sorted(alerts, key=lambda alert: (alert.opened_at, alert.id))
    causes = [alert for alert in kept if _speaks(alert) and alert.type in DOUBTS]
    return {
        alert.id: tuple(Cause(cause.id, cause.type) for cause in causes if _doubts(cause, alert))
        for alert in kept
    }


def _speaks(alert: Alert) -> bool:
    """Whether somebody is, or is still to be, concerned with it: what is shelved speaks for nothing else."""
    goes_on = alert.breach is BreachState.OPEN or alert.is_latched
    return goes_on and alert.state not in (State.SHELVED, State.CLOSED)


def _doubts(cause: Alert, alert: Alert) -> bool:
    return (
        alert.type in DOUBTS[cause.type]
        and alert.state is not State.CLOSED
        and alert.device in (cause.device, None)
        and cause.opened_at <= alert.opened_at
        and SEVERITIES.index(cause.severity) < SEVERITIES.index(alert.severity)
    )
