"""The alert queue: durable, numbered, told by the engine and worked off by operators.

The engine's changes and the operators' actions enter one history, whose numbers rise by one and never end.
Whoever has seen number n misses nothing by asking for what came after n.
"""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Final

import msgspec

from em_engine.alerts.actions import Action, Timed, done
from em_engine.alerts.alert import Alert, State
from em_engine.alerts.answers import act, when_due
from em_engine.alerts.bell import Bell
from em_engine.alerts.deadlines import ANY_TYPE
from em_engine.alerts.life import tell
from em_engine.alerts.rows import alert_of, as_json, parts_of, row_of
from em_engine.record.interface import Reading, Record, Writing
from em_engine.record.rows import AlertQuery, HistoryRow, Hole, KeptPosition, QuarantineRow, Unreadable
from em_engine.rulebook.models import Protocol
from em_engine.vocabulary import Change, Micros, Severity

ENGINE: Final = "engine"
"""Who the history names where the engine spoke."""
PROTOCOL: Final = "protocol"
"""Who the history names where the centre's protocol acted by itself, because a time had come."""


class UnknownAlert(LookupError):
    """No alert has that id."""


class StaleVersion(Exception):
    """The alert has changed since the version that was acted on; `current` is what it is now."""

    def __init__(self, current: Alert) -> None:
        self.current = current
        super().__init__(f"alert {current.id} has changed since: it is now version {current.version}")


@dataclass(frozen=True, slots=True, kw_only=True)
class HistoryEntry:
    """One thing that happened to an alert."""

    number: int
    at: Micros
    alert: str
    what: str  # a ChangeKind, or what `actions.done` calls it
    by: str  # ENGINE, PROTOCOL, or the person's name
    payload: Mapping[str, Any]  # the change's line of ALERTS.jsonl, or the action's words


@dataclass(frozen=True, slots=True, kw_only=True)
class Committed:
    """What one commit left behind: where the journal and the history now end, and the alerts it changed."""

    position: int | None
    last_number: int
    alerts: tuple[Alert, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How much is in the queue."""

    open: int
    unacknowledged: int
    by_severity: Mapping[Severity, int]
    shelved: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """Something the protocol does about the alert as it was at that version."""

    alert: str
    version: int
    timed: Timed


class AlertQueue:
    """The queue over a record. Safe to use from many threads: commits and actions take turns, looks never
    wait.
    """

    def __init__(self, record: Record) -> None:
        self._record = record
        with record.reading() as reading:
            self._bell = Bell(reading.newest_number())

    def commit(
        self,
        *,
        entry: bytes | None,
        changes: Sequence[Change] = (),
        quarantined: Sequence[Unreadable] = (),
        positions: Sequence[KeptPosition] = (),
        holes: Sequence[Hole] = (),
        at: Micros,
    ) -> Committed:
        """Everything that follows from one batch, in one transaction: all of it stands, or nothing does.

        A change told before changes nothing and is not told on. `at` is when the engine decided. Raises
        RecordFull, RecordUnavailable or RecordCorrupt.
        """
        with self._record.transaction() as writing:
            position = None if entry is None else writing.append_journal(entry)
            alerts = _tell_all(writing, changes, at=at)
            if quarantined:
                writing.quarantine(quarantined)
            if positions:
                writing.keep_positions(positions)
            if holes:
                writing.put_holes(holes)
            last_number = writing.newest_number()
        self._bell.ring(last_number)
        return Committed(position=position, last_number=last_number, alerts=alerts)

    def act(
        self,
        alert_id: str,
        action: Action,
        *,
        by: str,
        at: Micros,
        version: int,
        protocol: Protocol = ANY_TYPE,
    ) -> Alert:
        """The alert after a person's action on the version he saw, as far as its protocol allows.

        Raises UnknownAlert, StaleVersion or ActionRefused, and what the record raises; then nothing has
        happened.
        """
        with self._record.transaction() as writing:
            current = _alert(writing, alert_id)
            if current.version != version:
                raise StaleVersion(current)
            acted = act(current, action, by=by, at=at, protocol=protocol)
            acted = _written(writing, acted, action, by=by, at=at)
        self._bell.ring(acted.changed_number)
        return acted

    def elapse(self, dues: Iterable[Due], *, at: Micros) -> tuple[Alert, ...]:
        """The alerts after what the protocol does now, in one transaction. One that has changed since is
        left: what is due on it is asked anew.
        """
        with self._record.transaction() as writing:
            acted = []
            for one in dues:
                current = _alert(writing, one.alert)
                if current.version == one.version and current.state is not State.CLOSED:
                    after = when_due(current, one.timed, at=at)
                    acted.append(_written(writing, after, one.timed, by=PROTOCOL, at=at))
        for alert in acted:
            self._bell.ring(alert.changed_number)
        return tuple(acted)

    def open(self, query: AlertQuery = AlertQuery()) -> list[Alert]:  # noqa: B008 - it cannot be changed
        """The alerts asked for, by default those not closed, the most urgent first (`rows.urgency`)."""
        with self._record.reading() as reading:
            return [alert_of(row) for row in reading.alerts(query)]

    def alert(self, alert_id: str) -> Alert:
        """The alert of that id. Raises UnknownAlert."""
        with self._record.reading() as reading:
            return _alert(reading, alert_id)

    def alerts(self, alert_ids: Iterable[str]) -> dict[str, Alert]:
        """The alerts of these ids, as they were at one instant; ids without an alert are left out."""
        with self._record.reading() as reading:
            rows = [reading.alert(id) for id in dict.fromkeys(alert_ids)]
        return {row.id: alert_of(row) for row in rows if row is not None}

    def history(self, after: int, limit: int = 1000) -> list[HistoryEntry]:
        """Up to `limit` entries after that number, without a gap."""
        with self._record.reading() as reading:
            return [_entry(row) for row in reading.history(after=after, limit=limit)]

    def alert_history(self, alert_id: str) -> list[HistoryEntry]:
        """Everything that happened to one alert, in order. Raises UnknownAlert."""
        with self._record.reading() as reading:
            _alert(reading, alert_id)
            return [_entry(row) for row in reading.alert_history(alert_id)]

    def latest(self) -> int:
        """The number of the last history entry, 0 before the first."""
        return self._bell.number

    async def past(self, number: int) -> int:
        """Waits until the history reaches beyond `number`; how far it then reaches. What a live feed waits
        on.
        """
        return await self._bell.past(number)

    def on_change(self, wake: Callable[[], None]) -> Callable[[], None]:
        """Has `wake` called, from any thread, when the history has grown; what this returns ends that."""
        return self._bell.on_change(wake)

    def counts(self) -> Counts:
        """How much is in the queue now."""
        with self._record.reading() as reading:
            found = [(parts_of(urgency), count) for urgency, count in reading.open_counts().items()]
        by_severity = Counter[Severity]()
        for standing, count in found:
            by_severity[standing.severity] += count
        return Counts(
            open=by_severity.total(),
            unacknowledged=sum(count for standing, count in found if standing.calls),
            by_severity={severity: by_severity[severity] for severity in Severity},
            shelved=sum(count for standing, count in found if standing.is_shelved),
        )

    def quarantined(self, limit: int = 100, after: int = 0) -> list[QuarantineRow]:
        """Up to `limit` unreadable messages with numbers above `after`, in order."""
        with self._record.reading() as reading:
            return reading.quarantined(after=after, limit=limit)

    def quarantined_ever(self) -> int:
        """How many unreadable messages there have been."""
        with self._record.reading() as reading:
            return reading.quarantined_ever()


def _written(writing: Writing, acted: Alert, action: Action | Timed, *, by: str, at: Micros) -> Alert:
    number = writing.append_history(
        at=at, alert=acted.id, what=done(action), by=by, payload=as_json(_words(action))
    )
    acted = replace(acted, changed_number=number)
    writing.put_alert(row_of(acted))
    return acted


def _tell_all(writing: Writing, changes: Sequence[Change], *, at: Micros) -> tuple[Alert, ...]:
    told: dict[str, Alert] = {}
    for change in changes:
        before = told.get(change.alert) or _known(writing, change.alert)
        after = tell(before, change)
        if after is before:
            continue
        number = writing.append_history(
            at=at,
            alert=change.alert,
            what=change.change.value,
            by=ENGINE,
            payload=_change_json(change, before, after),
        )
        told[change.alert] = replace(
            after, opened_number=after.opened_number or number, changed_number=number
        )
    for alert in told.values():
        writing.put_alert(row_of(alert))
    return tuple(told.values())


def _change_json(change: Change, before: Alert | None, after: Alert) -> bytes:
    calls_again = before is not None and after.raised_again > before.raised_again
    return as_json({**change.as_json(), "raised_again": calls_again})


def _words(action: Action | Timed) -> dict[str, Any]:
    words = msgspec.to_builtins(action)
    assert isinstance(words, dict), "an action is a dataclass"
    return words


def _known(reading: Reading, alert_id: str) -> Alert | None:
    row = reading.alert(alert_id)
    return None if row is None else alert_of(row)


def _alert(reading: Reading, alert_id: str) -> Alert:
    found = _known(reading, alert_id)
    if found is None:
        raise UnknownAlert(alert_id)
    return found


def _entry(row: HistoryRow) -> HistoryEntry:
    return HistoryEntry(
        number=row.number,
        at=row.at,
        alert=row.alert,
        what=row.what,
        by=row.by,
        payload=msgspec.json.decode(row.payload),
    )
