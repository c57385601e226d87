"""How the engine is, in the words of beats, status and readiness; and the feed's source, which tells it."""

from collections.abc import Sequence
from typing import Any

import msgspec

from em_engine.console.chronicle import Chronicle
from em_engine.console.desk import Desk, Status
from em_engine.console.feed import Event, encode_beat, encode_event
from em_engine.console.queue_views import flood_view
from em_engine.console.views import alert_view
from em_engine.vocabulary import rfc3339


def beat_view(desk: Desk, status: Status, chronicle: Chronicle) -> dict[str, Any]:
    """What every beat of the stream carries."""
    return {
        "at": rfc3339(desk.clock()),
        "history": desk.queue.latest(),
        "link": {"connected": status.link.connected, "since": rfc3339(status.link.since)},
        "last_report_at": None if status.last_report_at is None else rfc3339(status.last_report_at),
        "devices": {"heard": status.devices_heard, "expected": status.devices_expected},
        "quarantined": status.quarantined,
        "holes": status.holes,
        "proof": _proof_view(status),
        "flood": flood_view(chronicle.flood(desk.clock())),
        "staged_speed": desk.staged_speed,
    }


def _proof_view(status: Status) -> dict[str, Any] | None:
    """What the synthetic wearer last proved; None where no proof runs."""
    if status.proof_due_at is None:
        return None
    at, failing_since = status.proved_at, status.proof_failing_since
    return {
        "at": None if at is None else rfc3339(at),
        "due": rfc3339(status.proof_due_at),
        "failing_since": None if failing_since is None else rfc3339(failing_since),
    }


def unready_because(status: Status) -> list[str]:
    """Why the engine cannot do its work now; nothing where it can."""
    reasons = []
    if not status.link.connected:
        reasons.append(f"the broker has not been heard since {rfc3339(status.link.since)}")
    if status.record_refusal is not None:
        reasons.append(f"the record cannot be written: {status.record_refusal}")
    if status.proof_failing_since is not None:
        since = rfc3339(status.proof_failing_since)
        reasons.append(f"the road from the broker to the record has not been proved since {since}")
    return reasons


class DeskSource:
    """What the live feed tells: the desk's alert history, and its beats."""

    def __init__(self, desk: Desk, chronicle: Chronicle) -> None:
        self._desk = desk
        self._chronicle = chronicle

    def latest(self) -> int:
        """The newest history number."""
        return self._desk.queue.latest()

    def read(self, after: int, limit: int) -> Sequence[Event]:
        """History entries as events, each with its alert as it stands when read."""
        entries = self._desk.queue.history(after=after, limit=limit)
        alerts = self._desk.queue.alerts(entry.alert for entry in entries)
        directory = self._desk.directory()
        views = {id: alert_view(alert, directory) for id, alert in alerts.items()}
        programmes = {id: directory.programme(alert.order) for id, alert in alerts.items()}
        return [
            encode_event(
                entry.number,
                msgspec.json.encode(
                    {
                        "number": entry.number,
                        "what": entry.what,
                        "by": entry.by,
                        "alert": views[entry.alert],
                    }
                ),
                programmes[entry.alert],
            )
            for entry in entries
        ]

    def beat(self) -> bytes:
        """The engine's state now."""
        return encode_beat(msgspec.json.encode(beat_view(self._desk, self._desk.status(), self._chronicle)))

    async def past(self, number: int) -> int:
        """Waits until the history reaches beyond that number; how far it then reaches."""
        return await self._desk.queue.past(number)
