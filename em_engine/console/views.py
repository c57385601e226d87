"""What leaves the server about alerts: JSON values, built in one place for the API and the live feed."""

import re
from collections.abc import Mapping
from typing import Any, Final

from em_engine.alerts.alert import Alert
from em_engine.alerts.deadlines import Deadlines, deadlines
from em_engine.alerts.queue import HistoryEntry
from em_engine.alerts.rows import row_of
from em_engine.console.directory import Directory, protected_person, title
from em_engine.console.sentences import Told, reason
from em_engine.vocabulary import Micros, rfc3339

_WHEREABOUTS: Final = frozenset(
    {"lon", "lat", "longitude", "latitude", "x", "y", "ecef", "coordinates", "geometry", "bearing", "heading"}
)
"""Words of names under which evidence could hold where somebody is. That is the map's to show, not ours."""
_WHEREABOUTS_LISTED: Final = frozenset(
    {"position", "positions", "fix", "fixes", "point", "points", "place", "places", "trail", "way", "bbox"}
)
"""Words of names that tell the same where their value is a list: `last_fix_at` is a time, `fix` a pair."""


def alert_view(alert: Alert, directory: Directory) -> dict[str, Any]:
    """The alert as every screen gets it."""
    order = directory.order(alert.order)
    return {
        "id": alert.id,
        "type": alert.type.value,
        "severity": alert.severity.value,
        "case": alert.case,
        "order": alert.order,
        "condition": alert.condition,
        "wearer": alert.wearer,
        "wearer_name": order.wearer.name if order else "",
        "device": alert.device,
        "programme": order.programme.value if order else None,
        "time_zone": str(directory.time_zone(alert.order)),
        "opened_at": rfc3339(alert.opened_at),
        "detected_at": rfc3339(alert.detected_at),
        "raised_at": rfc3339(alert.raised_at),
        "cleared_at": _time(alert.cleared_at),
        "confidence": round(alert.confidence, 4),
        "late": alert.late,
        "repeats": alert.repeats,
        "worsenings": alert.worsenings,
        "raised_again": alert.raised_again,
        **_answered(alert),
        **_in_hand(alert, directory),
        "version": alert.version,
        "evidence": without_whereabouts(alert.evidence),
        "rulebook": alert.rulebook,
        "changed_at": rfc3339(alert.changed_at),
        "reason": reason(told(alert, directory)),
    }


def _answered(alert: Alert) -> dict[str, Any]:
    """What operators have done about it, and what is still open."""
    return {
        "state": alert.state.value,
        "breach": alert.breach.value,
        "latched": alert.is_latched,
        "acknowledged_at": _time(alert.acknowledged_at),
        "acknowledged_by": alert.acknowledged_by,
        "seen_reason": alert.seen_reason,
        "closed_at": _time(alert.closed_at),
        "closed_by": alert.closed_by,
        "outcome": alert.outcome,
        "note": alert.note,
        "comments": alert.comments,
    }


def _in_hand(alert: Alert, directory: Directory) -> dict[str, Any]:
    """Who works on it, until when it rests, how far it was told on, what makes it doubtful."""
    protocol = directory.protocol(alert.type)
    return {
        "desk": directory.desk(alert),
        "claimed_at": _time(alert.claimed_at),
        "claimed_by": alert.claimed_by,
        "shelved_at": _time(alert.shelved_at),
        "shelved_until": _time(alert.shelved_until),
        "shelved_by": alert.shelved_by,
        "shelved_reason": alert.shelf_reason,
        "level": alert.level,
        "escalated_at": _time(alert.escalated_at),
        "escalated_to": alert.escalated_to,
        "inhibited_by": [{"alert": cause.alert, "type": cause.type.value} for cause in alert.inhibited_by],
        "asks_reason": bool(protocol.seen_reasons),
        "steps": len(protocol.steps),
        "steps_done": len(alert.checked),
        "due": due_view(deadlines(alert, protocol), alert),
    }


def due_view(due: Deadlines, alert: Alert) -> dict[str, Any]:
    """By when what is due."""
    escalate = None
    if due.escalate is not None:
        escalate = {"at": rfc3339(due.escalate), "to": due.escalate_to, "level": alert.level + 1}
    return {
        "acknowledge": _time(due.acknowledge),
        "close": _time(due.close),
        "escalate": escalate,
        "lapse": _time(due.lapse),
    }


def place_in_queue(alert: Alert) -> tuple[bool, int, int, str]:
    """What the queue is ordered by, rising."""
    row = row_of(alert)
    return row.is_closed, row.urgency, row.waiting, row.id


def entry_view(entry: HistoryEntry) -> dict[str, Any]:
    """One thing that happened to an alert."""
    told = without_whereabouts(entry.payload)
    if "until" in told:
        told["until"] = _time(told["until"])
    return {**told, "number": entry.number, "at": rfc3339(entry.at), "what": entry.what, "by": entry.by}


def told(alert: Alert, directory: Directory) -> Told:
    """What the reason is made from."""
    order, condition = directory.order(alert.order), directory.condition(alert.order, alert.condition)
    zone, terms = directory.zone_of(condition), condition.terms if condition else None
    other = protected_person(order, condition) if order else None
    alert_m = getattr(terms, "alert_m", None)
    return Told(
        type=alert.type,
        device=alert.device,
        opened_at=alert.opened_at,
        cleared_at=alert.cleared_at,
        evidence=alert.evidence,
        zone=title(zone) if zone else None,
        other=other.id if other else None,
        buffer_m=getattr(terms, "buffer_m", None),
        alert_m=alert_m,
        warn_m=getattr(terms, "warn_m", None) or (2 * alert_m if alert_m else None),
        time_zone=directory.time_zone(alert.order),
    )


def without_whereabouts(told: Mapping[str, Any]) -> dict[str, Any]:
    """The values without anything that says where a person is, however deep it lies."""
    return {name: _cleaned(value) for name, value in told.items() if not _tells_where(name, value)}


def _cleaned(value: Any) -> Any:
    match value:
        case Mapping():
            return without_whereabouts(value)
        case list() | tuple():
            return [_cleaned(one) for one in value]
        case _:
            return value


def _tells_where(name: str, value: Any) -> bool:
    # `other_lon`, `lat_deg`, `wearer.latitude`: whatever the words before and behind.
    words = re.split(r"[^a-z]+", name.lower())
    is_list = isinstance(value, list | tuple)
    return not _WHEREABOUTS.isdisjoint(words) or (is_list and not _WHEREABOUTS_LISTED.isdisjoint(words))


def _time(at: Micros | None) -> str | None:
    return None if at is None else rfc3339(at)
