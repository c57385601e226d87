"""The heart and its record: recovered, stepped, committed. Synchronous; whoever drives it brings the clock.

State is a pure function of the journal. A step whose commit fails leaves the heart ahead of the record, so
that heart is thrown away and made again from what is committed: the same road as after a crash, taken every
time.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from em_engine.alerts.queue import AlertQueue, Committed
from em_engine.metrics import Metrics
from em_engine.monitoring import sequence
from em_engine.monitoring.columns import PROTECTED
from em_engine.monitoring.heart import Heart
from em_engine.monitoring.step import Kept, Step
from em_engine.record import journal
from em_engine.record.interface import Record
from em_engine.record.rows import AlertQuery, Hole, KeptPosition, Role, RulebookRow, Unreadable
from em_engine.rulebook import Rulebook
from em_engine.runners import recovery
from em_engine.runners.attention import Attention
from em_engine.runners.recovery import Recovered, Revisions
from em_engine.runners.synthetic import CASE, DEVICE, with_synthetic
from em_engine.vocabulary import Batch, Change, Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Judged:
    """What one commit made of its inputs."""

    step: Step
    committed: Committed


SNAPSHOTS_KEPT = 2
"""How many the record keeps, with the journal that the older of them needs."""

Answer = Callable[[Sequence[Change], int | None], None]
"""Takes what was committed of the synthetic wearer, and the journal's position that holds it."""


class Judging:
    """One heart over one record. Not safe for two threads at once.

    With `answer` the synthetic wearer is judged too: what is told of him goes there and into no queue.
    """

    def __init__(
        self,
        record: Record,
        queue: AlertQueue,
        rulebook: Rulebook,
        *,
        metrics: Metrics | None = None,
        answer: Answer | None = None,
    ) -> None:
        self.record = record
        self.queue = queue
        self.rulebook = rulebook
        self.metrics = metrics or Metrics()
        self.attention = Attention(queue, lambda: self.rulebook)
        self.is_settled = False  # whether the heart is what the record says
        self._answer = answer
        self._revisions = Revisions(record, rulebook, None if answer is None else with_synthetic)
        self._devices = _named(rulebook)
        self._rested_at = 0  # position of the last snapshot of ours
        self._owed = 0  # snapshots until the record has forgotten what the heart has
        self._state = Recovered(heart=Heart(self._revisions.compiled(rulebook.revision)))

    @property
    def heart(self) -> Heart:
        """The heart that judges now. After `recover` it is another one."""
        return self._state.heart

    @property
    def devices(self) -> frozenset[str]:
        """The devices that the orders name."""
        return self._devices

    def hears(self, device: str) -> bool:
        """Whether the device is one of theirs, or the synthetic wearer's."""
        return device in self._devices or (self._answer is not None and device == DEVICE)

    @property
    def now(self) -> Micros:
        """The time of the newest entry."""
        return self._state.now

    @property
    def position(self) -> int:
        """The newest entry's place in the journal."""
        return self._state.position

    @property
    def next_wake(self) -> Micros:
        """When the heart, or an open outage, next wants to be asked."""
        return min(self.heart.next_wake, self.attention.next_look)

    # Beginning -----------------------------------------------------------------------------------

    def recover(self) -> None:
        """Make the heart what the record says it is."""
        self._state = recovery.recover(self.record, self._revisions, self.rulebook.revision)
        self.attention.recover()
        self.is_settled = True

    def begin(self, at: Micros) -> None:
        """The current rulebook judges from `at` on, after we were deaf: written down before it judges."""
        self._keep_rulebook(at)
        self._take_up(at, was_deaf=True)
        if self._state.forgotten is not None:
            self.snapshot()  # or the next start would find the old one again
            self._state.forgotten = None

    def change(self, rulebook: Rulebook, at: Micros) -> None:
        """Another revision judges from `at` on, between two batches; nobody's silence begins anew with it.

        Open breaches go on unless the change makes them lawful, which is told. Raises what the record raises;
        then the change is asked for again.
        """
        self.rulebook = rulebook
        self._devices = _named(rulebook)
        self._revisions.add(rulebook)
        self._keep_rulebook(at)
        self._take_up(at, was_deaf=False)

    def _keep_rulebook(self, at: Micros) -> None:
        files = recovery.files_of(self.rulebook)
        row = RulebookRow(revision=self.rulebook.revision, files=files, first_used_at=at)
        with self.record.transaction() as writing:
            writing.keep_rulebook(row)

    def resume(self, at: Micros) -> None:
        """Hear again after having been deaf. Raises what the record raises."""
        self._take_up(at, was_deaf=True)

    def carry_on(self, at: Micros, since: Micros) -> None:
        """Hear again after a moment since `since` in which nothing came. Raises what the record raises."""
        at = max(at, self.now)
        self.is_settled = False
        self.heart.resume(at, since)
        self._commit(journal.encode(journal.Unheard(since=since, at=at)), Step(), at=at)

    def _take_up(self, at: Micros, *, was_deaf: bool) -> None:
        at = max(at, self.now)
        self.is_settled = False
        revision = self.rulebook.revision
        self._state.heart, told = recovery.taken_up(self.heart, revision, revisions=self._revisions, at=at)
        if was_deaf:
            self.heart.resume(at)
        step = Step(changes=(*self._withdrawn(at), *told))
        entry = journal.Rules(revision=revision, at=at, was_deaf=was_deaf)
        self._commit(journal.encode(entry), step, at=at)

    def _withdrawn(self, at: Micros) -> list[Change]:
        """What stands open in the queue and is forgotten by the heart."""
        if self._state.forgotten is None:
            return []
        followed = [alert for alert in self.queue.open(_ALL_OPEN) if alert.breach is alert.breach.OPEN]
        return recovery.withdrawn(followed, at, why=self._state.forgotten, revision=self.heart.rules.revision)

    # Going on ------------------------------------------------------------------------------------

    def judge(self, batch: Batch, quarantined: Sequence[Unreadable] = ()) -> Judged:
        """A batch judged and committed. After any exception: `recover` before going on."""
        if not len(batch):
            committed = self._commit(None, Step(), at=self.now, quarantined=quarantined)
            return Judged(step=Step(), committed=committed)
        batch.rows["received_at"] = np.maximum(batch.rows["received_at"], self.now)
        self._excuse(int(batch.rows["received_at"][0]))
        at = int(batch.rows["received_at"][-1])
        entry = journal.encode(journal.Inputs(batch=batch))
        step = self._stepped(batch, at)
        return Judged(step=step, committed=self._commit(entry, step, at=at, quarantined=quarantined))

    def elapse(self, at: Micros) -> Judged:
        """Time passed as far as `at`. After any exception: `recover` before going on."""
        at = max(at, self.now)
        self._excuse(at)
        step = self._stepped(None, at)
        return Judged(step=step, committed=self._commit(journal.encode(journal.Wake(at=at)), step, at=at))

    def _excuse(self, at: Micros) -> None:
        """Who falls silent together by then is told once, and has longer before he is told by himself."""
        found = self.attention.notice(self.heart, at)
        if not found.changes:
            return
        self.is_settled = False
        entry = None
        if found.excused:
            entry = journal.encode(journal.Excuse(devices=found.excused, at=at))
            self.heart.excuse(found.excused, at)
        self._commit(entry, Step(changes=found.changes), at=at)

    def tell(self, changes: Sequence[Change], at: Micros) -> None:
        """What is told beside the heart: of the engine itself. Its state and its clock stay as they are."""
        if changes:
            self.queue.commit(entry=None, changes=changes, at=at)
            self.metrics.observe_changes(changes)

    def heard_until(self) -> Micros:
        """Up to when everything was heard, as far as the record knows; 0 where nothing ever was."""
        with self.record.reading() as reading:
            return max(int(reading.setting(_HEARD_UNTIL) or 0), self.now)

    def note_heard(self, at: Micros) -> None:
        """Everything was heard up to now."""
        with self.record.transaction() as writing:
            writing.put_setting(_HEARD_UNTIL, str(at))

    def _stepped(self, batch: Batch | None, at: Micros) -> Step:
        self.is_settled = False
        with self.metrics.judging.time():
            return self.heart.step(batch, at)

    def _commit(
        self, entry: bytes | None, step: Step, *, at: Micros, quarantined: Sequence[Unreadable] = ()
    ) -> Committed:
        step, synthetic = _parted(step)
        with self.metrics.committing.time():
            committed = self.queue.commit(
                entry=entry,
                changes=step.changes,
                quarantined=quarantined,
                positions=[row for kept in step.kept for row in self._positions(kept)],
                holes=[_hole(hole, at) for hole in step.holes],
                at=at,
            )
        self.is_settled = True
        self._state.now = at
        if committed.position is not None:
            self._state.position = committed.position
        if synthetic and self._answer is not None:
            self._answer(synthetic, committed.position)
        self._observe(step, len(quarantined))
        return committed

    def _observe(self, step: Step, quarantined: int) -> None:
        self.metrics.observe_changes(step.changes)
        self.metrics.quarantined.inc(quarantined)
        torn = (hole for hole in step.holes if hole.is_torn and not hole.is_filled)
        self.metrics.missing.inc(sum(hole.to_seq - hole.from_seq + 1 for hole in torn))

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
        """Keep the state, and drop the journal that it makes needless. Nothing to do where nothing came."""
        assert self.is_settled, "a state ahead of the record must not be kept"
        self._forget()
        if self.position == self._rested_at:
            if not self._owed:
                return
            self._commit(journal.encode(journal.Wake(at=self.now)), Step(), at=self.now)
        self._owed = max(0, self._owed - 1)
        blob = recovery.resting(self._state)
        with self.record.transaction() as writing:
            writing.save_snapshot(self.position, blob, at=self.now)
        self._rested_at = self.position
        while True:
            with self.record.transaction() as writing:
                if not writing.trim_journal(self.position):
                    return

    def _forget(self) -> None:
        """What decides nothing any more and may not be kept: written down first, as every input is."""
        if self.heart.remembers_too_much(self.now):
            self._commit(journal.encode(journal.Forget(at=self.now)), Step(), at=self.now)
            self.heart.forget(self.now)
            self._owed = SNAPSHOTS_KEPT


_HEARD_UNTIL = "monitoring.heard_until"
_ALL_OPEN = AlertQuery(limit=1 << 31)


def _parted(step: Step) -> tuple[Step, tuple[Change, ...]]:
    """What is told of people, and what of the synthetic wearer."""
    synthetic = tuple(change for change in step.changes if change.case == CASE)
    if not synthetic:
        return step, ()
    return replace(step, changes=tuple(one for one in step.changes if one.case != CASE)), synthetic


def _hole(hole: sequence.Hole, at: Micros) -> Hole:
    return Hole(
        device=hole.device,
        from_seq=hole.from_seq,
        to_seq=hole.to_seq,
        seen_at=at,
        asked_at=at,
        filled_at=at if hole.is_filled else None,
    )


def _named(rulebook: Rulebook) -> frozenset[str]:
    """The devices that the orders name."""
    return frozenset(
        device
        for order in rulebook.orders
        for person in (order.wearer, *order.protected)
        for device in person.devices
    )
