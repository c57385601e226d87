"""Orders that nobody judges: the engine was down, or deaf, or fails on a case. Pure."""

from collections.abc import Sequence
from datetime import timedelta
from typing import Any, Final

from em_engine.law.device_health import DeviceHealthTerms
from em_engine.monitoring.outages import MEMBERS_MIN
from em_engine.rulebook.models import Order
from em_engine.vocabulary import MINUTE, AlertType, Change, ChangeKind, Micros, Severity, alert_id, rfc3339

CONDITION: Final = "monitoring"
"""What a gap breaks: no condition of the order, but that it is judged."""
INTERVAL: Final[Micros] = 15 * MINUTE
"""How long an order may go without being judged that demands no signs of life."""
_MICROSECOND: Final = timedelta(microseconds=1)


def interval_of(order: Order) -> Micros:
    """The order's interval: the shortest silence it forbids its devices is the longest it allows us."""
    spans = [
        span // _MICROSECOND
        for condition in order.conditions
        if isinstance(condition.terms, DeviceHealthTerms)
        for span in (condition.terms.heartbeat_every, condition.terms.fix_every)
        if span is not None
    ]
    return min(spans, default=INTERVAL)


def gap_times(orders: Sequence[Order], since: Micros) -> dict[str, Micros]:
    """When each order in force has not been judged for too long, by its id, if nothing is from `since` on.

    Where they are many, one outage is told first, and each has twice its interval before it is its own alert.
    """
    told = {order.id: since + interval_of(order) for order in orders}
    told = {order.id: told[order.id] for order in orders if _is_in_force(order, told[order.id])}
    if len(told) < MEMBERS_MIN:
        return told
    return {id: 2 * at - since for id, at in told.items()}


def outage_time(orders: Sequence[Order], since: Micros) -> Micros | None:
    """When so many orders are not judged that it is one outage; None where they are few."""
    at = [since + interval_of(order) for order in orders]
    many = [one for one, order in zip(at, orders, strict=True) if _is_in_force(order, one)]
    return min(many) if len(many) >= MEMBERS_MIN else None


def _is_in_force(order: Order, at: Micros) -> bool:
    return order.valid_from <= at < order.valid_to


def gap_change(
    order: Order,
    kind: ChangeKind,
    *,
    opened_at: Micros,
    at: Micros,
    evidence: dict[str, Any],
    severity: Severity,
    revision: str,
) -> Change:
    """An order that is not judged, or is again."""
    return Change(
        alert=alert_id(order.id, CONDITION, AlertType.MONITORING_GAP, opened_at),
        change=kind,
        at=at,
        type=AlertType.MONITORING_GAP,
        severity=severity,
        case=order.id,
        order=order.id,
        condition=CONDITION,
        wearer=order.wearer.id,
        device=None,
        opened_at=opened_at,
        detected_at=at,
        cleared_at=max(at, opened_at) if kind is ChangeKind.CLEARED else None,
        confidence=1.0,
        late=False,
        evidence=evidence,
        rulebook=revision,
    )


def describe_gap(order: Order, since: Micros, because: str) -> dict[str, Any]:
    """Why an order counts as not judged, as evidence."""
    return {
        "judged_until": rfc3339(since),
        "allowed_s": interval_of(order) // 1_000_000,
        "because": because,
    }
