"""Which open alerts make others doubtful: those of the same case, and outages of many devices. Pure.

An alert made doubtful is inhibited: it stays where everybody sees it, with the reason, but it does not call
by itself while the other does. Nothing as urgent as its cause is ever inhibited, and nothing that concerns a
protected person: there, twice is a nuisance and never is a tragedy.
"""

from collections.abc import Iterable, Mapping
from itertools import chain
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
OUTAGE_DOUBTS: Final = frozenset(
    {AlertType.DEVICE_SILENT, AlertType.DEVICE_NO_FIX, AlertType.CURFEW_UNCONFIRMED}
)
"""What an outage makes doubtful of its members, in whatever case."""


def doubted(alerts: Iterable[Alert], outages: Iterable[Alert] = ()) -> dict[str, tuple[Cause, ...]]:
    """Of the alerts of one case, by id: the open ones that make it doubtful, the oldest first."""
    kept = sorted(alerts, key=_age)
    causes = [alert for alert in kept if _speaks(alert) and alert.type in DOUBTS]
    shared = [outage for outage in sorted(outages, key=_age) if _speaks(outage)]
    return {
        alert.id: tuple(
            Cause(cause.id, cause.type)
            for cause in chain(
                (one for one in causes if _doubts(one, alert)),
                (one for one in shared if _is_member(alert, one)),
            )
        )
        for alert in kept
    }


def _age(alert: Alert) -> tuple[int, str]:
    return alert.opened_at, alert.id


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


def _is_member(alert: Alert, outage: Alert) -> bool:
    """Whether the outage tells of that silence already.

    One as urgent is inhibited too: it is the same fact, and the outage calls for all of them. Of very many
    members the outage names the first two hundred only; the others call by themselves.
    """
    return (
        alert.type in OUTAGE_DOUBTS
        and alert.state is not State.CLOSED
        and alert.device in outage.evidence.get("devices", ())
        and outage.opened_at <= alert.opened_at
        and SEVERITIES.index(outage.severity) <= SEVERITIES.index(alert.severity)
    )
