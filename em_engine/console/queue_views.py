"""What leaves the server about the queue as a whole: its groups, its noise, and an alert's protocol."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from em_engine.alerts.alert import Alert, Checked, Outcome, SeenReason, State
from em_engine.alerts.deadlines import shelf_max
from em_engine.alerts.noise import CHATTER_SPAN, FLOOD_OVER, FLOOD_SPAN, Chatter, chattering, standing
from em_engine.console.chronicle import Chronicle, FloodNow
from em_engine.console.directory import Directory
from em_engine.console.phrases import OUTCOMES
from em_engine.console.words import SEEN_REASONS, SHELF_REASONS
from em_engine.rulebook.models import LANGUAGES, CommandName, Escalation, Protocol
from em_engine.vocabulary import SECOND, Micros, rfc3339


def group_views(alerts: Sequence[Alert], directory: Directory) -> list[dict[str, Any]]:
    """The alerts by case, each group where its most urgent alert stands; `alerts` come in that order."""
    cases: dict[str, list[Alert]] = {}
    for alert in alerts:
        cases.setdefault(alert.case, []).append(alert)
    return [_group(case, held, directory) for case, held in cases.items()]


def _group(case: str, alerts: Sequence[Alert], directory: Directory) -> dict[str, Any]:
    order = directory.order(alerts[0].order)
    return {
        "case": case,
        "wearer": alerts[0].wearer,
        "wearer_name": order.wearer.name if order else "",
        "top": alerts[0].id,
        "alerts": [alert.id for alert in alerts],
        "open": sum(alert.state is not State.CLOSED for alert in alerts),
        "unacknowledged": sum(alert.calls for alert in alerts),
        "repeats": sum(alert.repeats for alert in alerts),
    }


def noise_view(chronicle: Chronicle, alerts: Iterable[Alert], *, at: Micros) -> dict[str, Any]:
    """How much the queue asks at once, of the cases of these alerts; the flood is everybody's."""
    kept = list(alerts)
    cases = {alert.case for alert in kept}
    found = chattering(chronicle.calls(at - CHATTER_SPAN, until=at + 1), at)
    return {
        "flood": flood_view(chronicle.flood(at)),
        "chattering": [_chatter(one) for one in found if one.case in cases],
        "standing": [alert.id for alert in standing(kept, at)],
    }


def flood_view(flood: FloodNow) -> dict[str, Any]:
    """Whether more comes than people can take in."""
    return {
        "active": flood.since is not None,
        "since": None if flood.since is None else rfc3339(flood.since),
        "ends_at": None if flood.ends_at is None else rfc3339(flood.ends_at),
        "count": flood.count,
        "limit": FLOOD_OVER,
        "span_s": FLOOD_SPAN // SECOND,
    }


def _chatter(one: Chatter) -> dict[str, Any]:
    return {**asdict(one), "type": one.type.value, "since": rfc3339(one.since), "alerts": list(one.alerts)}


def protocol_view(alert: Alert, directory: Directory) -> dict[str, Any]:
    """What is to be done about the alert, and what of it is done."""
    protocol = directory.protocol(alert.type)
    return {
        "type": alert.type.value,
        "title": {language: protocol.title.get(language, alert.type.value) for language in LANGUAGES},
        "desk": directory.desk(alert),
        "steps": _steps(protocol, alert.checked),
        "acknowledge_within_s": _seconds(protocol.acknowledge_within),
        "close_within_s": _seconds(protocol.close_within),
        "lapse_after_s": _seconds(protocol.lapse_after),
        "shelve_max_s": shelf_max(protocol, alert.severity) // SECOND,
        "shelve_reasons": [{"id": id.value, **words._asdict()} for id, words in SHELF_REASONS.items()],
        "escalation": [_escalation(one) for one in protocol.escalation],
        "seen_reasons": [
            {"id": id, **SEEN_REASONS[SeenReason(id)]._asdict()} for id in protocol.seen_reasons
        ],
        "outcomes": [_outcome(id, protocol) for id in protocol.outcomes or OUTCOMES],
        "commands": [name.value for name in CommandName],
    }


def _steps(protocol: Protocol, checked: Iterable[Checked]) -> list[dict[str, Any]]:
    done = {one.step: one for one in checked}
    return [
        {
            "index": index,
            **_in_languages(protocol.steps_by_language, index, words),
            "done_at": rfc3339(done[index].at) if index in done else None,
            "done_by": done[index].by if index in done else None,
        }
        for index, words in enumerate(protocol.steps)
    ]


def _in_languages(steps: Mapping[str, tuple[str, ...]], index: int, words: str) -> dict[str, str]:
    """The step in every language; in the programme's own where another has not as many."""
    return {
        language: held[index] if len(held := steps.get(language, ())) > index else words
        for language in LANGUAGES
    }


def _escalation(one: Escalation) -> dict[str, Any]:
    return {
        "after_s": _seconds(one.after),
        "to": one.to,
        "repeat_s": _seconds(one.repeat),
        "times": one.times,
    }


def _outcome(id: str, protocol: Protocol) -> dict[str, Any]:
    is_asked = id in protocol.note_for or id == Outcome.OTHER.value
    return {"id": id, **OUTCOMES[id]._asdict(), "note_required": is_asked}


def _seconds(span: Any) -> int | None:
    return None if span is None else round(span.total_seconds())
