"""The heart and its record: recovered, stepped, committed. Synchronous; whoever drives it brings the clock.

State is a pure function of the journal. A step whose commit fails leaves the heart ahead of the record, so that heart
is thrown away and made again from what is committed: the same road as after a crash, taken every time.
"""

import logging
import zlib
from collections.abc import Sequence
from dataclasses import dataclass

import msgspec
import numpy as np

from em_engine.alerts.queue import AlertQueue, Committed
from em_engine.monitoring import sequence, snapshot
from em_engine.monitoring.columns import PROTECTED, Rules, compile_rules
from em_engine.monitoring.heart import Heart, Kept, Step
from em_engine.record import journal
from em_engine.record.interface import Record
from em_engine.record.rows import Hole, KeptPosition, Role, RulebookRow, Unreadable
from em_engine.rulebook import load_files
from em_engine.rulebook.models import Rulebook
from em_engine.vocabulary import Batch, Change, Micros

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one commit made of its inputs."""

    step: Step
    committed: Committed


class Judging:
    """One heart over one record. Not safe for two threads at once."""

    def __init__(self, record: Record, queue: AlertQueue, rulebook: Rulebook) -> None:
        self.record = record
        self.queue = queue
        self.rulebook = rulebook
        self.rules = compile_rules(rulebook)
        self.heart = Heart(self.rules)
        self.now: Micros = 0  # of the newest entry
        self.position = 0

    @property
    def next_wake(self) -> Micros:
        """When the heart next wants to be asked."""
        return self.heart.next_wake

    # Beginning -----------------------------------------------------------------------------------

    def recover(self) -> None:
        """Make the heart what the record says it is."""
        with self.record.reading() as reading:
            kept = reading.newest_snapshot()
            self.position, self.now = 0, 0
            self.heart = Heart(self.rules)
            if kept is not None:
                self.position = kept[0]
                self.heart, self.now = self._restored(kept[1])
            for position, entry in reading.journal_after(self.position):
                self._relive(journal.decode(entry))
                self.position = position

    def _restored(self, blob: bytes) -> tuple[Heart, Micros]:
        revision, now, dumped = msgspec.msgpack.decode(blob)
        heart, _ = snapshot.load(dumped, self._rules_of(revision))
        return heart, now

    def _relive(self, entry: journal.Entry) -> None:
        """One entry again; what it told is in the record already."""
        match entry:
            case journal.Inputs(batch=batch):
                self.now = int(batch.rows["received_at"][-1])
                self.heart.step(batch, self.now)
            case journal.Wake(at=at):
                self.now = at
                self.heart.step(None, at)
            case journal.Rules(revision=revision, at=at):
                self.now = at
                self._take_up(self._rules_of(revision), at)

    def _take_up(self, rules: Rules, at: Micros) -> tuple[Change, ...]:
        """Judge by these rules from `at` on; our own silence until then is held against nobody."""
        told: tuple[Change, ...] = ()
        if rules.revision != self.heart.rules.revision:
            self.heart, told = snapshot.load(snapshot.dump(self.heart), rules, at)
        self.heart.resume(at)
        return told

    def _rules_of(self, revision: str) -> Rules:
        if revision == self.rules.revision:
            return compile_rules(self.rulebook)
        with self.record.reading() as reading:
            row = reading.rulebook(revision)
        assert row is not None, f"the journal names revision {revision}, which the record does not hold"
        return compile_rules(load_files(msgspec.msgpack.decode(zlib.decompress(row.files))))

    def begin(self, at: Micros) -> None:
        """The current rulebook judges from `at` on: written down before anything is judged by it."""
        files = zlib.compress(msgspec.msgpack.encode(dict(self.rulebook.files)))
        row = RulebookRow(revision=self.rulebook.revision, files=files, first_used_at=at)
        with self.record.transaction() as writing:
            writing.keep_rulebook(row)
        self.resume(at)

    def resume(self, at: Micros) -> None:
        """Hear again after having been deaf. Raises what the record raises."""
        at = max(at, self.now)
        told = self._take_up(
            self.rules if self.rules.revision != self.heart.rules.revision else self.heart.rules, at
        )
        entry = journal.Rules(revision=self.rules.revision, at=at)
        self._commit(journal.encode(entry), Step(changes=told), at=at)

    # Going on ------------------------------------------------------------------------------------

    def judge(self, batch: Batch, quarantined: Sequence[Unreadable]) -> Judged:
        """A batch judged and committed. After any exception of the record: `recover` before going on."""
        if not len(batch):
            return Judged(
                step=Step(), committed=self._commit(None, Step(), at=self.now, quarantined=quarantined)
            )
        batch.rows["received_at"] = np.maximum(batch.rows["received_at"], self.now)
        at = int(batch.rows["received_at"][-1])
        entry = journal.encode(journal.Inputs(batch=batch))
        step = self.heart.step(batch, at)
        return Judged(step=step, committed=self._commit(entry, step, at=at, quarantined=quarantined))

    def elapse(self, at: Micros) -> Judged:
        """Time passed as far as `at`."""
        at = max(at, self.now)
        step = self.heart.step(None, at)
        return Judged(step=step, committed=self._commit(journal.encode(journal.Wake(at=at)), step, at=at))

    def _commit(
        self, entry: bytes | None, step: Step, *, at: Micros, quarantined: Sequence[Unreadable] = ()
    ) -> Committed:
        committed = self.queue.commit(
            entry=entry,
            changes=step.changes,
            quarantined=quarantined,
            positions=[row for kept in step.kept for row in self._positions(kept)],
            holes=[_hole(hole, at) for hole in step.holes],
            at=at,
        )
        self.now = at
        if committed.position is not None:
            self.position = committed.position
        return committed

    def _positions(self, kept: Kept) -> list[KeptPosition]:
        columns = (kept.seat, kept.fixed_at, kept.lonlat, kept.radius_m, kept.source, kept.is_in_breach)
        return [self._position(*row) for row in zip(*(column.tolist() for column in columns), strict=True)]

    def _position(
        self, number: int, fixed_at: int, lonlat: list[float], radius_m: float, source: int, in_breach: bool
    ) -> KeptPosition:
        seat = self.heart.rules.seats[number]
        return KeptPosition(
            case=self.heart.rules.orders[seat.case].id,
            person=seat.person,
            role=Role.PROTECTED if seat.role == PROTECTED else Role.WEARER,
            device=seat.device,
            fixed_at=fixed_at,
            lon=lonlat[0],
            lat=lonlat[1],
            accuracy_m=radius_m,
            source=source,
            in_breach=in_breach,
        )

    # Resting -------------------------------------------------------------------------------------

    def snapshot(self) -> None:
        """Keep the state, and drop the journal that it makes needless."""
        blob = msgspec.msgpack.encode((self.heart.rules.revision, self.now, snapshot.dump(self.heart)))
        with self.record.transaction() as writing:
            writing.save_snapshot(self.position, blob, at=self.now)
        while True:
            with self.record.transaction() as writing:
                if not writing.trim_journal(self.position):
                    return


def _hole(hole: sequence.Hole, at: Micros) -> Hole:
    return Hole(
        device=hole.device,
        from_seq=hole.from_seq,
        to_seq=hole.to_seq,
        seen_at=at,
        asked_at=at,
        filled_at=at if hole.is_filled else None,
    )
