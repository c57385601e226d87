"""One life of the engine after another over one record: what runs in a life, and how it ends."""

import asyncio
import contextlib
from collections.abc import Callable, Coroutine, Mapping
from pathlib import Path
from typing import Any, Final
from zoneinfo import ZoneInfo

from numpy.random import Generator

from em_engine.alerts.actions import Acknowledge, Action, Claim, Close, Comment, Shelve, done
from em_engine.alerts.alert import Outcome, ShelfReason
from em_engine.alerts.answers import ActionRefused
from em_engine.alerts.deadlines import ANY_TYPE
from em_engine.alerts.queue import AlertQueue, StaleVersion
from em_engine.alerts.timekeeper import Timekeeper
from em_engine.console.audit import Audit, audit_of
from em_engine.ingest.delivery import Clock, never_falling
from em_engine.ingest.memory import MemoryBroker, MemoryTransport
from em_engine.metrics import Metrics
from em_engine.record.interface import RecordError
from em_engine.record.rows import AlertQuery
from em_engine.record.sqlite import SqliteRecord
from em_engine.rulebook import Rulebook
from em_engine.runners.following import Following
from em_engine.runners.judging import Judging
from em_engine.runners.local import LocalEngine
from em_engine.runners.outbox import MqttOutbox
from em_engine.runners.retention import Retention
from em_engine.runners.threads import in_thread
from em_engine.vocabulary import MINUTE, SECOND, Micros, instant
from simulators.chaos.lived import Acted, Lived
from simulators.chaos.plan import Plan
from simulators.chaos.record import ChaoticRecord, Killed, Trouble
from simulators.chaos.transport import WatchedTransport

_REFUSES: Final = 0.5  # share of transactions, while the record is bad
_DIES_IN_COMMIT: Final = 0.4  # share of deaths that come in the middle of one
_TURNS_MAX: Final = 60
_TURN_S: Final = 0.004
"""Who dies elsewhere dies so many steps of such a length at most after a message came: at whatever it then
waits for."""
_OPERATORS: Final = ("olsen", "berg")
_OSLO: Final = ZoneInfo("Europe/Oslo")
_ANSWERS: Final = ("acknowledge", "comment", "claim", "shelve", "close")


class Lives:
    """The engine of a run. The transports and the clock are the run's."""

    def __init__(
        self,
        plan: Plan,
        lived: Lived,
        chance: Generator,
        *,
        store: SqliteRecord,
        broker: MemoryBroker,
        clocks: tuple[Clock, Clock],
        folder: Path,
        seqs: dict[bytes, int],
        made: tuple[type[LocalEngine], type[Judging]],
    ) -> None:
        self.plan, self.lived, self.chance, self.folder = plan, lived, chance, folder
        self.store, self.broker = store, broker
        self.true_time, self.clock = clocks  # and what the engine's machine takes for it
        self.seqs = seqs
        self.engine, self.judging = made
        self._dies_in_commit: int | None = None  # so many commits from now

    async def live(self) -> None:
        """Each dies at its time, and the next is started."""
        for start, again in self.plan.kills:
            await self._one_life(start)
            await self._until(again)
        await self._one_life(None)

    async def _one_life(self, dies_at: Micros | None) -> None:
        self.lived.lives += 1
        record = ChaoticRecord(self.store, self.lived.committed, self._trouble)
        queue = AlertQueue(record)
        clock = never_falling(self.clock)
        transport = WatchedTransport(self.broker, "engine", clock=clock)
        transport.lived, transport.seqs = self.lived, self.seqs
        work: list[asyncio.Task[None]] = []
        async with transport, contextlib.AsyncExitStack() as stack:
            try:
                work += [
                    asyncio.create_task(one) for one in self._work(record, queue, transport, clock, stack)
                ]
                await self._until_death(dies_at, work, transport)
            finally:
                record.is_dead = True  # whatever a cancelled task still writes must not count
                for task in work:
                    task.cancel()
                await asyncio.gather(*work, return_exceptions=True)

    def _work(
        self,
        record: ChaoticRecord,
        queue: AlertQueue,
        transport: MemoryTransport,
        clock: Clock,
        stack: contextlib.AsyncExitStack,
    ) -> list[Coroutine[Any, Any, None]]:
        """What a process does at once: judge, tell, answer, keep the protocols' times, and clean at night."""
        following = Revised(self.plan, clock())
        judging = self.judging(record, queue, following.begins_with)
        every = self.plan.snapshot_every
        engine = self.engine(judging, transport, clock, snapshot_every=every, following=following)
        work = [engine.run(), MqttOutbox(record, queue, transport, root="em/1").run()]
        if self.plan.operators_act:
            keeper = Timekeeper(queue, lambda type: judging.rulebook.protocols.get(type, ANY_TYPE), clock)
            work += [keeper.run(), self._operate(queue, clock)]
        if self.plan.cleans_at is not None:
            audit = stack.enter_context(audit_of(self.folder, clock))
            work.append(self._clean(record, audit, judging, clock))
        return work

    # Death ---------------------------------------------------------------------------------------

    async def _until_death(
        self, dies_at: Micros | None, work: list["asyncio.Task[None]"], transport: WatchedTransport
    ) -> None:
        """Until the engine is killed: in the middle of a commit, or soon after a message came."""
        if dies_at is None:
            await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            self.lived.ended = "; ".join(repr(task.exception()) for task in work if task.done())
            return
        await self._until(dies_at)
        if self.chance.random() < _DIES_IN_COMMIT:
            self._dies_in_commit = int(self.chance.integers(0, 4))
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(2 * MINUTE / SECOND):
                    await asyncio.wait(work, return_when=asyncio.FIRST_COMPLETED)
            self._dies_in_commit = None
            return
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(MINUTE / SECOND):
                await transport.next_message()
        for _ in range(int(self.chance.integers(0, _TURNS_MAX))):
            await asyncio.sleep(float(self.chance.random()) * _TURN_S)

    def _trouble(self) -> Trouble:
        if self._dies_in_commit is not None:
            self._dies_in_commit -= 1
            if self._dies_in_commit < 0:
                self._dies_in_commit = None
                return Trouble.KILLED_BEFORE if self.chance.random() < 0.5 else Trouble.KILLED_AFTER
        at = self.true_time()
        is_bad = any(start <= at < end for start, end in self.plan.record_bad)
        if not is_bad or self.chance.random() >= _REFUSES:
            return Trouble.NONE
        return Trouble.FULL if self.chance.random() < 0.5 else Trouble.HELD

    async def _until(self, at: Micros) -> None:
        await asyncio.sleep(max(0.0, (at - self.true_time()) / SECOND))

    # The people at the console, and the night ----------------------------------------------------

    async def _operate(self, queue: AlertQueue, clock: Clock) -> None:
        """Somebody answers whatever stands in the queue, whenever the plan says so; then looks on."""
        for at in self.plan.operators_act:
            if at >= self.true_time():
                await self._until(at)
                with contextlib.suppress(RecordError, ActionRefused, StaleVersion):
                    await in_thread(lambda: self._answer(queue, clock()))
        await asyncio.Event().wait()

    def _answer(self, queue: AlertQueue, at: Micros) -> None:
        """One alert answered; what came of it is noted, and that nobody knows it where the engine died."""
        alerts = queue.open(AlertQuery())
        if not alerts:
            return
        alert = alerts[int(self.chance.integers(len(alerts)))]
        who = str(self.chance.choice(_OPERATORS))
        action = _ACTIONS[str(self.chance.choice(_ANSWERS))](at)
        acted: Acted = (alert.id, done(action), who)
        try:
            queue.act(alert.id, action, by=who, at=at, version=alert.version)
        except Killed:
            self.lived.may_have_acted[acted] += 1
            raise
        self.lived.acted[acted] += 1

    async def _clean(self, record: ChaoticRecord, audit: Audit, judging: Judging, clock: Clock) -> None:
        """The engine's own deletion, at an hour that falls into the run."""
        assert self.plan.cleans_at is not None, "asked for"
        hour = instant(self.plan.cleans_at).astimezone(_OSLO).time().replace(microsecond=0)
        night = Retention(
            record, self.folder, audit, lambda: judging.rulebook, hour=hour, clock=clock, metrics=Metrics()
        )
        await night.run()


_ACTIONS: Final[Mapping[str, Callable[[Micros], Action]]] = {
    "acknowledge": lambda _: Acknowledge(),
    "comment": lambda _: Comment(note="seen on the map"),
    "claim": lambda _: Claim(),
    "shelve": lambda at: Shelve(until=at + 5 * MINUTE, reason=ShelfReason.KNOWN_CAUSE),
    "close": lambda _: Close(outcome=Outcome.TEST, note="for the seed's sake"),
}


class Revised(Following):
    """Where a life looks for the rulebook in force, without a folder."""

    def __init__(self, plan: Plan, now: Micros) -> None:
        self.refusal = None
        self._plan = plan
        self._is_taken = plan.revised is None or now >= plan.revised_at
        self.begins_with = plan.revised if self._is_taken and plan.revised is not None else plan.rulebook

    def is_due(self, at: Micros) -> bool:
        """Whether it is time to look."""
        return not self._is_taken and at >= self._plan.revised_at

    def newer(self, at: Micros) -> Rulebook | None:
        """The revision, once."""
        self._is_taken = True
        return self._plan.revised
