"""How the desk does, in figures, from what its history tells: a shift's, and a month's by programme.

Nothing here looks at a clock or a record; entries, alerts and orders are handed in.
"""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from statistics import quantiles
from typing import Any, Final, NamedTuple

from em_engine.alerts.alert import Outcome
from em_engine.alerts.noise import FLOOD_SPAN, floods
from em_engine.alerts.queue import ENGINE, PROTOCOL, HistoryEntry
from em_engine.console.chronicle import call_of, is_call
from em_engine.rulebook.models import Order
from em_engine.vocabulary import HOUR, SECOND, ChangeKind, Micros, rfc3339

ANSWERS: Final = frozenset({"acknowledged", "claimed", "taken-over", "shelved", "closed"})
"""What ends an alert's call."""
CALLS_AGAIN: Final = frozenset({"released", "handed-over", "lapsed", "unshelved", "uninhibited"})
NUISANCE: Final = frozenset({Outcome.EQUIPMENT.value, Outcome.POSITION_ERROR.value})
"""Outcomes that say that nobody had done anything wrong and something of ours had."""
TOP: Final = 10
DAY: Final[Micros] = 24 * HOUR


class Source(NamedTuple):
    """What calls: one duty of one wearer."""

    case: str
    wearer: str
    condition: str
    type: str


def kpi(entries: Sequence[HistoryEntry], *, since: Micros, until: Micros) -> dict[str, Any]:
    """The figures of a stretch whose entries these are."""
    calls = [call_of(entry) for entry in entries if is_call(entry)]
    people = {entry.by for entry in entries} - {ENGINE, PROTOCOL}
    outcomes = Counter(entry.payload["outcome"] for entry in entries if entry.what == "closed")
    sources = Counter(Source(call.case, call.wearer, call.condition, call.type.value) for call in calls)
    tens = max(1.0, (until - since) / FLOOD_SPAN)
    return {
        "since": rfc3339(since),
        "until": rfc3339(until),
        "operators": len(people),
        "alerts": len(calls),
        "per_operator_10min": round(len(calls) / tens / max(1, len(people)), 3),
        "acknowledge_s": _spread(times_to_answer(entries)),
        "flood_share": round(_in_flood([call.at for call in calls], since, until), 4),
        "top": [{**source._asdict(), "count": count} for source, count in sources.most_common(TOP)],
        "by_hour": _by_hour([call.at for call in calls], since, until),
        "outcomes": {outcome.value: outcomes[outcome.value] for outcome in Outcome},
        "nuisance_share": nuisance_share(outcomes),
    }


def times_to_answer(entries: Iterable[HistoryEntry]) -> list[Micros]:
    """How long each call waited for its first answer, for the calls and answers within the entries."""
    called: dict[str, Micros] = {}
    waited = []
    for entry in entries:
        if entry.what in ANSWERS and entry.alert in called:
            waited.append(entry.at - called.pop(entry.alert))
        elif entry.what == ChangeKind.OPENED or entry.what in CALLS_AGAIN or _raised_again(entry):
            called[entry.alert] = entry.at
    return waited


def nuisance_share(outcomes: Mapping[str, int]) -> float | None:
    """The share of closed alerts that were our fault; tests do not count. None where none was closed."""
    real = sum(count for outcome, count in outcomes.items() if outcome != Outcome.TEST.value)
    return round(sum(outcomes.get(one, 0) for one in NUISANCE) / real, 4) if real else None


def _raised_again(entry: HistoryEntry) -> bool:
    return entry.by == ENGINE and entry.payload.get("raised_again") is True


def _spread(waited: Sequence[Micros]) -> dict[str, Any]:
    """Median and 95th percentile, in seconds."""
    if not waited:
        return {"count": 0, "p50": None, "p95": None}
    cuts = quantiles(waited, n=100, method="inclusive") if len(waited) > 1 else [waited[0]] * 99
    return {
        "count": len(waited),
        "p50": round(cuts[49] / SECOND, 1),
        "p95": round(cuts[94] / SECOND, 1),
    }


def _in_flood(arrivals: Sequence[Micros], since: Micros, until: Micros) -> float:
    stretches = (
        (one.since, until if one.until is None else one.until) for one in floods(arrivals, until=until)
    )
    return sum(end - begin for begin, end in stretches) / max(1, until - since)


def _by_hour(arrivals: Iterable[Micros], since: Micros, until: Micros) -> list[dict[str, Any]]:
    first, last = since // HOUR, (until - 1) // HOUR
    counts = Counter(at // HOUR for at in arrivals)
    return [{"at": rfc3339(hour * HOUR), "alerts": counts[hour]} for hour in range(first, last + 1)]


# Months ------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, kw_only=True)
class Month:
    """A civil month: its name, and the instants between which it lies."""

    name: str
    since: Micros
    until: Micros


class Figure(NamedTuple):
    """One number of one month's statistics; empty texts do not narrow."""

    month: str
    programme: str
    measure: str
    type: str
    outcome: str
    value: float


UNKNOWN: Final = "unknown"
"""The programme of an alert whose order the rulebook has no longer."""


def of_month(
    month: Month, entries: Iterable[HistoryEntry], orders: Sequence[Order], *, types: Mapping[str, str]
) -> list[Figure]:
    """The month by programme, as directorates publish it. `types` are the alerts' types, by id."""
    programme_of = {order.id: order.programme.value for order in orders}
    opened: Counter[tuple[str, str]] = Counter()
    closed: Counter[tuple[str, str, str]] = Counter()
    programmes: dict[str, str] = {}
    for entry in entries:
        if entry.what == ChangeKind.OPENED:
            programmes[entry.alert] = programme_of.get(entry.payload["order"], UNKNOWN)
            opened[programmes[entry.alert], entry.payload["type"]] += 1
        elif entry.what == "closed":
            order, _, type = types.get(entry.alert, "").partition("\n")
            closed[programme_of.get(order, UNKNOWN), type, entry.payload["outcome"]] += 1
    return [*_orders(month, orders, opened), *_alerts(month, opened, closed)]


def _orders(month: Month, orders: Sequence[Order], opened: Counter[tuple[str, str]]) -> Iterator[Figure]:
    for programme in sorted({order.programme.value for order in orders}):
        own = [order for order in orders if order.programme.value == programme]
        active = [order for order in own if order.valid_from < month.until and order.valid_to > month.since]
        days = sum(_device_days(order, month) for order in active)
        alerts = sum(count for (name, _), count in opened.items() if name == programme)
        for measure, value in (
            ("orders-active", float(len(active))),
            ("orders-imposed", float(sum(month.since <= order.valid_from < month.until for order in own))),
            ("orders-ended", float(sum(month.since <= order.valid_to < month.until for order in own))),
            ("device-days", round(days, 2)),
            ("alerts-per-device-day", round(alerts / days, 4) if days else 0.0),
        ):
            yield Figure(month.name, programme, measure, "", "", value)


def _device_days(order: Order, month: Month) -> float:
    begin, end = max(order.valid_from, month.since), min(order.valid_to, month.until)
    return max(0, end - begin) / DAY * len(order.wearer.devices)


def _alerts(
    month: Month, opened: Counter[tuple[str, str]], closed: Counter[tuple[str, str, str]]
) -> Iterator[Figure]:
    for (programme, type), count in sorted(opened.items()):
        yield Figure(month.name, programme, "alerts-opened", type, "", float(count))
    for (programme, type, outcome), count in sorted(closed.items()):
        yield Figure(month.name, programme, "alerts-closed", type, outcome, float(count))
