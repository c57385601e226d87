"""The heart made again from the record: the newest snapshot, then the journal after it.

A snapshot that another version of the engine wrote is of no use. Then the whole journal is told again, if the
record still holds it from its beginning; else the heart begins anew and says what it has forgotten.
"""

import logging
import zlib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Final

import msgspec

from em_engine.alerts.alert import Alert
from em_engine.law.geodesy import Zone
from em_engine.monitoring import snapshot
from em_engine.monitoring.columns import Rules, compile_orders
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.snapshot import SnapshotUnreadable
from em_engine.record import journal
from em_engine.record.interface import Reading, Record, RecordCorrupt
from em_engine.rulebook import Rulebook, RulebookRefused, load_files
from em_engine.vocabulary import Change, ChangeKind, Micros

_log = logging.getLogger(__name__)

_FORGOTTEN: Final = (SnapshotUnreadable, RulebookRefused)


@dataclass(slots=True, kw_only=True)
class Recovered:
    """The heart as the record tells it, and how far the record goes."""

    heart: Heart
    now: Micros = 0  # of the newest entry
    position: int = 0
    forgotten: str | None = None  # why nothing is known of what was open; None where everything is


class Revisions:
    """The rulebooks that judge or have judged."""

    def __init__(
        self, record: Record, current: Rulebook, also: Callable[[Rulebook], Rulebook] | None = None
    ) -> None:
        self._record = record
        self._also = also  # orders that stand in no rulebook: the synthetic wearer's
        self._known = {current.revision: current}
        self._prepared: dict[str, dict[str, Zone]] = {}

    def add(self, rulebook: Rulebook) -> None:
        """A revision that is to judge from now on."""
        self._known[rulebook.revision] = rulebook

    def compiled(self, revision: str) -> Rules:
        """The rules of a revision. Always compiled anew: compiled rules carry the state of one heart."""
        rulebook = self._known.get(revision)
        if rulebook is None:
            rulebook = self._known[revision] = self._read(revision)
        rulebook = rulebook if self._also is None else self._also(rulebook)
        return compile_orders(rulebook, rulebook.orders, self._prepared.setdefault(revision, {}))

    def _read(self, revision: str) -> Rulebook:
        with self._record.reading() as reading:
            row = reading.rulebook(revision)
        assert row is not None, f"the journal names revision {revision}, which the record does not hold"
        return load_files(msgspec.msgpack.decode(zlib.decompress(row.files)), name=revision)


def files_of(rulebook: Rulebook) -> bytes:
    """The rulebook's files as the record keeps them."""
    return zlib.compress(msgspec.msgpack.encode(dict(rulebook.files)))


def resting(found: Recovered) -> bytes:
    """The snapshot of what was recovered and lived on."""
    return msgspec.msgpack.encode((found.heart.rules.revision, found.now, snapshot.dump(found.heart)))


def recover(record: Record, revisions: Revisions, current: str) -> Recovered:
    """The heart under the rules it last judged by; under those of revision `current` if it never judged.

    Raises RecordError; of it RecordCorrupt where a human must look first.
    """
    with record.reading() as reading:
        try:
            return _from_snapshot(reading, revisions, current)
        except _FORGOTTEN as why:
            return _without_snapshot(reading, revisions, current, why=str(why))


def _from_snapshot(reading: Reading, revisions: Revisions, current: str) -> Recovered:
    kept = reading.newest_snapshot()
    if kept is None:
        return _told_again(reading, revisions, Recovered(heart=Heart(revisions.compiled(current))))
    position, blob = kept
    revision, now, dumped = _opened(blob)
    heart, _ = snapshot.load(dumped, revisions.compiled(revision))
    return _told_again(reading, revisions, Recovered(heart=heart, now=now, position=position))


def _opened(blob: bytes) -> tuple[str, Micros, bytes]:
    try:
        return msgspec.msgpack.decode(blob, type=tuple[str, int, bytes])
    except msgspec.DecodeError as error:
        raise SnapshotUnreadable(f"the snapshot cannot be decoded: {error}") from error


def _without_snapshot(reading: Reading, revisions: Revisions, current: str, *, why: str) -> Recovered:
    if _is_whole(reading):
        _log.warning("%s; the journal is told again from its beginning instead", why)
        try:
            return _told_again(reading, revisions, Recovered(heart=Heart(revisions.compiled(current))))
        except RulebookRefused as refusal:
            why = str(refusal)
    _log.error("%s; every case is judged anew from now on", why)
    heart = Heart(revisions.compiled(current))
    return Recovered(heart=heart, now=_newest_at(reading), position=reading.newest_position(), forgotten=why)


def _is_whole(reading: Reading) -> bool:
    """Whether the journal still begins with its first entry."""
    try:
        next(reading.journal_after(0), None)
    except RecordCorrupt:
        return False
    return True


def _newest_at(reading: Reading) -> Micros:
    """The time of the newest entry after the snapshot that could not be read; 0 where there is none."""
    kept = reading.newest_snapshot()
    after = 0 if kept is None else kept[0]
    return max((_at(entry) for _, entry in journal.entries_after(reading, after)), default=0)


def _told_again(reading: Reading, revisions: Revisions, found: Recovered) -> Recovered:
    """Every entry after the position, lived through again; what they told is in the record already."""
    for position, entry in journal.entries_after(reading, found.position):
        found.now, found.position = _at(entry), position
        match entry:
            case journal.Inputs(batch=batch):
                found.heart.step(batch, found.now)
            case journal.Wake():
                found.heart.step(None, found.now)
            case journal.Excuse(devices=devices):
                found.heart.excuse(devices, found.now)
            case journal.Forget():
                found.heart.forget(found.now)
            case journal.Unheard(since=since):
                found.heart.resume(found.now, since)
            case journal.Rules(revision=revision, was_deaf=was_deaf):
                found.heart, _ = taken_up(found.heart, revision, revisions=revisions, at=found.now)
                if was_deaf:
                    found.heart.resume(found.now)
    return found


def _at(entry: journal.Entry) -> Micros:
    return int(entry.batch.rows["received_at"][-1]) if isinstance(entry, journal.Inputs) else entry.at


def taken_up(
    heart: Heart, revision: str, *, revisions: Revisions, at: Micros
) -> tuple[Heart, tuple[Change, ...]]:
    """The heart that judges by this revision from `at` on, and what that made of open breaches."""
    told: tuple[Change, ...] = ()
    if revision != heart.rules.revision:
        heart, told = snapshot.load(snapshot.dump(heart), revisions.compiled(revision), at)
    return heart, told


def withdrawn(alerts: Iterable[Alert], at: Micros, *, why: str, revision: str) -> list[Change]:
    """Breaches nobody can follow any further are taken back, and say so; what still stands opens anew."""
    because = f"the engine could not read what it knew of it ({why}); it is judged anew"
    return [
        Change(
            alert=alert.id,
            change=ChangeKind.WITHDRAWN,
            at=at,
            type=alert.type,
            severity=alert.severity,
            case=alert.case,
            order=alert.order,
            condition=alert.condition,
            wearer=alert.wearer,
            device=alert.device,
            opened_at=alert.opened_at,
            detected_at=at,
            cleared_at=at,
            confidence=alert.confidence,
            late=alert.late,
            evidence={"because": because},
            rulebook=revision,
        )
        for alert in alerts
    ]
