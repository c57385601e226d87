"""`em rules backtest`: what a rulebook would have raised on recorded or simulated history."""

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import click

from em_engine.alerts.alert import Alert
from em_engine.alerts.life import tell
from em_engine.commands.history import History, Past, read_history, worn_in
from em_engine.commands.shares import Work, devices_of, told
from em_engine.rulebook import Order, Rulebook, load
from em_engine.vocabulary import MINUTE, NEVER, Micros, rfc3339
from simulators.score import Score, score
from simulators.spans import Span

BRIEF: Final[Micros] = 5 * MINUTE
"""Alerts over sooner than this find the operator too late to see anything: programmes call most of them
nuisance. They are counted and never filtered: people died after such alerts had been filtered away."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a rulebook raised on a history."""

    alerts: Mapping[str, Alert]  # by id, in the order in which they were told
    orders: tuple[Order, ...]  # those of which any device is in the history
    device_days: float
    score: Score | None = None  # against the truth, where that is known

    def of(self, alerts: Iterable[Alert], device_days: float) -> dict[str, Any]:
        """The figures of some of its alerts."""
        told = list(alerts)
        return {
            "alerts": len(told),
            "brief": sum(map(is_brief, told)),
            "device_days": round(device_days, 4),
            "per_device_day": per_day(len(told), device_days),
            "types": dict(sorted(Counter(alert.type.value for alert in told).items())),
        }

    def total(self) -> dict[str, Any]:
        """The figures of all of them, with the nuisance where the truth is known."""
        total = self.of(self.alerts.values(), self.device_days)
        if self.score is None:
            return total
        whole = self.score.total
        return total | {
            "nuisance": whole.nuisance,
            "nuisance_per_device_day": per_day(whole.nuisance, self.device_days),
            "missed": whole.missed,
        }

    def by_order(self, history: History) -> dict[str, dict[str, Any]]:
        """The figures of each order, those without alerts too."""
        return {
            order.id: self.of(
                (alert for alert in self.alerts.values() if alert.order == order.id),
                history.device_days(devices_of(order)),
            )
            for order in self.orders
        }


def backtest_command(rules: Path, past: Past, *, as_json: bool) -> int:
    """What the rulebook would have raised, by order and type; 0."""
    rulebook = load(rules)
    history = read_history(past, [rulebook])
    outcome = judged(rulebook, history)
    if as_json:
        told: dict[str, Any] = {
            "rulebook": rulebook.revision,
            "history": history.as_json(),
            "total": outcome.total(),
        }
        worn = worn_in(outcome.orders)
        found = history.places_of(outcome.alerts.values(), worn)
        alerts = [{**alert_json(alert), "at": found.get(id)} for id, alert in outcome.alerts.items()]
        told |= {"orders": outcome.by_order(history), "alerts": alerts}
        click.echo(json.dumps(told, ensure_ascii=False, indent=2))
    else:
        click.echo(f"{rules}: revision {rulebook.revision}")
        click.echo(history.told())
        click.echo(table(_rows(outcome, history)))
        click.echo(summary(outcome))
    return 0


# Judging --------------------------------------------------------------------------------------


def judged(rulebook: Rulebook, history: History, part: str = "judging") -> Outcome:
    """What the rulebook raises on the history.

    Orders whose devices the history does not know are left out: nothing of theirs was recorded, and their
    silence would be told as if it had happened.
    """
    orders = heard_of(rulebook, history)
    return outcome_of(alerts_of(rulebook, orders, history, part), orders, history)


def heard_of(rulebook: Rulebook, history: History) -> tuple[Order, ...]:
    """The orders of which any device is in the history."""
    return tuple(order for order in rulebook.orders if devices_of(order) & history.days.keys())


def alerts_of(
    rulebook: Rulebook, orders: Sequence[Order], history: History, part: str = "judging"
) -> dict[str, Alert]:
    """What these orders raise on the history, by id, in the order in which it is told."""
    work = Work(
        rulebook=rulebook,
        orders=tuple(orders),
        tracks=history.tracks,
        begin=history.begin,
        end=history.end,
        reports=history.counts,
    )
    alerts: dict[str, Alert] = {}
    with history.progress.counting(part=part, total=work.of(orders)) as judged_so_many:
        for change in told(work, judged_so_many) if orders else ():
            alerts[change.alert] = tell(alerts.get(change.alert), change)
    return {id: alert for id, alert in alerts.items() if history.tells(alert)}


def outcome_of(alerts: Mapping[str, Alert], orders: tuple[Order, ...], history: History) -> Outcome:
    """The alerts of these orders, held against the truth where that is known."""
    device_days = sum(history.days.values())
    truth = history.breaches
    spans = [span_of(alert) for alert in alerts.values()]
    return Outcome(
        alerts=alerts,
        orders=orders,
        device_days=device_days,
        score=None if truth is None else score(spans, truth, device_days=device_days),
    )


def span_of(alert: Alert) -> Span:
    """The alert as what is held against the truth."""
    return Span(
        key=(alert.case, alert.condition, alert.type.value),
        start=alert.opened_at,
        end=NEVER if alert.cleared_at is None else alert.cleared_at,
        detected_at=alert.detected_at,
    )


def is_brief(alert: Alert) -> bool:
    """Whether it was over before an operator could have seen anything of it."""
    return alert.cleared_at is not None and alert.cleared_at - alert.opened_at < BRIEF


def per_day(count: int, device_days: float) -> float | None:
    """So many a device-day; None where no time passed."""
    return round(count / device_days, 4) if device_days > 0 else None


# What is shown --------------------------------------------------------------------------------


def alert_json(alert: Alert) -> dict[str, Any]:
    """An alert as a row of a list."""
    return {
        "alert": alert.id,
        "type": alert.type.value,
        "severity": alert.severity.value,
        "case": alert.case,
        "order": alert.order,
        "condition": alert.condition,
        "wearer": alert.wearer,
        "device": alert.device,
        "opened_at": rfc3339(alert.opened_at),
        "detected_at": rfc3339(alert.detected_at),
        "cleared_at": None if alert.cleared_at is None else rfc3339(alert.cleared_at),
        "confidence": round(alert.confidence, 4),
        "late": alert.late,
        "repeats": alert.repeats,
        "brief": is_brief(alert),
    }


def table(rows: Sequence[Sequence[str]]) -> str:
    """Rows of cells as aligned text: the first and the last column to the left, numbers to the right."""
    widths = [max(len(row[place]) for row in rows) for place in range(len(rows[0]))]
    last = len(widths) - 1

    def cell(row: Sequence[str], place: int) -> str:
        text, width = row[place], widths[place]
        return text.ljust(width) if place in (0, last) else text.rjust(width)

    return "\n".join("  ".join(cell(row, place) for place in range(len(row))).rstrip() for row in rows)


def rate(value: float | None) -> str:
    """So many a device-day, in words."""
    return "-" if value is None else f"{value:.2f}"


def summary(outcome: Outcome) -> str:
    """All alerts in a line."""
    total = outcome.total()
    truth = ""
    if outcome.score is not None:
        truth = f"; by the truth {total['nuisance']} nuisance, {total['missed']} missed"
    return (
        f"alerts: {total['alerts']} in {outcome.device_days:.2f} device-days, "
        f"{rate(total['per_device_day'])} a device-day; over in five minutes: {total['brief']}{truth}"
    )


def _rows(outcome: Outcome, history: History) -> list[Sequence[str]]:
    rows: list[Sequence[str]] = [("order", "alerts", "brief", "a device-day", "types")]
    for order, figures in outcome.by_order(history).items():
        types = ", ".join(f"{name} {count}" for name, count in figures["types"].items())
        counts = (str(figures["alerts"]), str(figures["brief"]), rate(figures["per_device_day"]))
        rows.append((order, *counts, types))
    return rows
