"""A shift's report: what is open, what rests, what happened, who holds what."""

from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from em_engine.alerts.alert import Alert, State
from em_engine.alerts.queue import HistoryEntry
from em_engine.console.directory import Directory
from em_engine.console.papers import Handover
from em_engine.console.views import alert_view
from em_engine.vocabulary import Micros, rfc3339

CLOSED_MAX: Final = 500
"""How many closed alerts a report names; the counts count all."""


def report(
    alerts: Sequence[Alert],
    entries: Iterable[HistoryEntry],
    directory: Directory,
    *,
    since: Micros,
    until: Micros,
) -> dict[str, Any]:
    """What the next shift must know. `alerts` are those not closed, `entries` what happened meanwhile."""
    happened = list(entries)
    shelved = [alert for alert in alerts if alert.state is State.SHELVED]
    return {
        "since": rfc3339(since),
        "until": rfc3339(until),
        "open": [alert_view(alert, directory) for alert in alerts if alert.state is not State.SHELVED],
        "shelved": [alert_view(alert, directory) for alert in shelved],
        "escalated": [alert.id for alert in alerts if alert.level],
        "inhibited": [alert.id for alert in alerts if alert.inhibited_by],
        "closed": [_closed(entry) for entry in happened if entry.what == "closed"][-CLOSED_MAX:],
        "happened": dict(sorted(Counter(entry.what for entry in happened).items())),
        "holders": _holders(alerts),
    }


def _closed(entry: HistoryEntry) -> dict[str, Any]:
    return {
        "alert": entry.alert,
        "at": rfc3339(entry.at),
        "by": entry.by,
        "outcome": entry.payload["outcome"],
        "note": entry.payload["note"],
    }


def _holders(alerts: Iterable[Alert]) -> list[dict[str, Any]]:
    held: dict[str, list[str]] = {}
    for alert in alerts:
        if alert.claimed_by is not None:
            held.setdefault(alert.claimed_by, []).append(alert.id)
    return [{"name": name, "alerts": ids} for name, ids in sorted(held.items())]


def handover_view(handover: Handover) -> dict[str, Any]:
    """The report as it was signed, and by whom."""
    signed = [{"by": handover.outgoing, "at": rfc3339(handover.written_at), "as": "outgoing", "note": None}]
    if handover.incoming is not None:
        assert handover.signed_at is not None, "a signature has its time"
        signed.append(
            {
                "by": handover.incoming,
                "at": rfc3339(handover.signed_at),
                "as": "incoming",
                "note": handover.signed_note,
            }
        )
    return {**handover.report, "id": handover.id, "to": handover.meant_for, "signed": signed}
