"""An alert judged again from the journal: whether the same inputs still say the same, to the last digit."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, cast

import msgspec

from em_engine.alerts.queue import ENGINE, HistoryEntry
from em_engine.alerts.rows import as_json
from em_engine.monitoring import snapshot
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.snapshot import SnapshotUnreadable
from em_engine.record import journal
from em_engine.record.interface import Reading, Record, RecordCorrupt
from em_engine.record.sqlite import SqliteReaders
from em_engine.rulebook import Rulebook, RulebookRefused
from em_engine.runners.recovery import Revisions, taken_up
from em_engine.vocabulary import AlertType, Change, Micros, parse_rfc3339

Line = Mapping[str, Any]
"""A change as its line of ALERTS.jsonl."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Rederived:
    """What judging again gave."""

    reproduced: bool | None  # None where the journal holds no inputs of this alert any more
    changes: int = 0  # that the record holds
    judged_again: int = 0  # of them, those the journal still has the inputs of
    differing: tuple[str, ...] = ()  # what is not the same, change by change
    reaches_back_to: Micros | None = None  # None where it reaches to the beginning
    why_not: str | None = None

    @property
    def is_whole(self) -> bool:
        """Whether every change was judged again."""
        return self.judged_again == self.changes


@dataclass(slots=True, kw_only=True)
class _Beginning:
    """A heart, and how far the record it was made of goes."""

    heart: Heart
    position: int
    now: Micros | None  # None at the very beginning


OF_NO_CASE: Final = (AlertType.MONITORING_GAP.value, AlertType.OUTAGE_GROUP.value)
_NO_CASE: Final = "it is about the engine, or about many cases at once, and is not told by a case's judge"


def rederived(
    readers: SqliteReaders, alert: str, history: Sequence[HistoryEntry], *, current: Rulebook
) -> Rederived:
    """Judges the alert again, from the journal's beginning or from the newest snapshot before it.

    `history` is the alert's own; `current` a rulebook of the record. Raises RecordError where the record
    cannot be asked; a journal that cannot be read is a reason why not.
    """
    recorded = [_line(entry.payload) for entry in history if entry.by == ENGINE]
    if recorded and recorded[0]["type"] in OF_NO_CASE:
        return Rederived(reproduced=None, changes=len(recorded), why_not=_NO_CASE)
    # Revisions only looks into the record, and that is all a command may do while an engine holds it.
    revisions = Revisions(cast(Record, readers), current)
    with readers.reading() as reading:
        try:
            beginning = _beginning(reading, revisions)
        except (SnapshotUnreadable, RulebookRefused) as why:
            return Rederived(reproduced=None, changes=len(recorded), why_not=str(why))
        reach = beginning.now
        within = [line for line in recorded if reach is None or parse_rfc3339(line["at"]) > reach]
        if not within:
            return Rederived(reproduced=None, changes=len(recorded), reaches_back_to=reach)
        until = max(parse_rfc3339(line["at"]) for line in within)
        lived = _lived_again(reading, revisions, beginning, until)
        try:
            found = [_of(change) for change in lived if change.alert == alert]
        except (RecordCorrupt, RulebookRefused) as why:
            return Rederived(reproduced=None, changes=len(recorded), why_not=str(why))
    differing = tuple(_differences(within, found))
    return Rederived(
        reproduced=not differing,
        changes=len(recorded),
        judged_again=len(within),
        differing=differing,
        reaches_back_to=reach,
    )


def _beginning(reading: Reading, revisions: Revisions) -> _Beginning:
    """The very beginning where the journal still holds it, else the newest snapshot."""
    first = _first_revision(reading)
    if first is not None:
        return _Beginning(heart=Heart(revisions.compiled(first)), position=0, now=None)
    kept = reading.newest_snapshot()
    if kept is None:
        raise SnapshotUnreadable("the journal lacks its beginning, and there is no snapshot")
    position, blob = kept
    try:
        revision, now, dumped = msgspec.msgpack.decode(blob, type=tuple[str, int, bytes])
    except msgspec.DecodeError as error:
        raise SnapshotUnreadable(f"the snapshot cannot be decoded: {error}") from error
    heart, _ = snapshot.load(dumped, revisions.compiled(revision))
    return _Beginning(heart=heart, position=position, now=now)


def _first_revision(reading: Reading) -> str | None:
    """The revision the journal begins with; None where it no longer begins with its first entry."""
    try:
        _, first = next(journal.entries_after(reading, 0), (0, None))
    except RecordCorrupt:
        return None
    return first.revision if isinstance(first, journal.Rules) else None


def _lived_again(
    reading: Reading, revisions: Revisions, beginning: _Beginning, until: Micros
) -> Iterator[Change]:
    """What the entries told when they were committed, up to `until`."""
    heart = beginning.heart
    for _, entry in journal.entries_after(reading, beginning.position):
        match entry:
            case journal.Inputs(batch=batch):
                at = int(batch.rows["received_at"][-1])
                told = heart.step(batch, at).changes
            case journal.Wake(at=at):
                told = heart.step(None, at).changes
            case journal.Excuse(devices=devices, at=at):
                heart.excuse(devices, at)
                told = ()
            case journal.Forget(at=at):
                heart.forget(at)
                told = ()
            case journal.Unheard(since=since, at=at):
                heart.resume(at, since)
                told = ()
            case journal.Rules(revision=revision, at=at, was_deaf=was_deaf):
                heart, told = taken_up(heart, revision, revisions=revisions, at=at)
                if was_deaf:
                    heart.resume(at)
        yield from told
        if at > until:
            return


def _of(change: Change) -> Line:
    return _line(msgspec.json.decode(as_json(change.as_json())))


def _line(payload: Mapping[str, Any]) -> Line:
    """What the engine said; that it called an operator again is the queue's to add."""
    return {name: value for name, value in payload.items() if name != "raised_again"}


def _differences(recorded: Sequence[Line], found: Sequence[Line]) -> Iterator[str]:
    """Changes on one side only, and fields that differ where both have the change."""
    left = {_key(line): line for line in found}
    for line in recorded:
        again = left.pop(_key(line), None)
        if again is None:
            yield f"{line['change']} {line['at']}: not told again"
            continue
        for name in dict.fromkeys((*line, *again)):
            if line.get(name) != again.get(name):
                yield f"{line['change']} {line['at']}: {name} was {line.get(name)}, is {again.get(name)}"
    known = {_key(line) for line in recorded}
    last = max(str(line["at"]) for line in recorded)
    for key, line in left.items():
        if key not in known and str(line["at"]) <= last:
            yield f"{line['change']} {line['at']}: told only now"


def _key(line: Line) -> tuple[str, str, str, str]:
    """What makes a change of one alert this change and no other, as the queue has it."""
    return str(line["change"]), str(line["at"]), str(line["detected_at"]), str(line["severity"])
