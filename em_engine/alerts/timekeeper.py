"""What has come due in the queue: ladders, shelves, silent owners, alerts that make others doubtful.

It holds nothing that the record does not: after a restart it looks at the open alerts and goes on. `catch_up`
takes in what the history has told since; `turn` does what is due.
"""

import asyncio
import logging
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from typing import Final

from em_engine.alerts.actions import Inhibit
from em_engine.alerts.alert import Alert, State
from em_engine.alerts.deadlines import deadlines, due
from em_engine.alerts.queue import AlertQueue, Due
from em_engine.alerts.relations import OUTAGE_DOUBTS, doubted
from em_engine.record.interface import RecordCorrupt, RecordError
from em_engine.record.rows import AlertQuery
from em_engine.rulebook.models import Protocol
from em_engine.vocabulary import BEFORE_ALL, NEVER, SECOND, AlertType, Micros

_log = logging.getLogger(__name__)
ProtocolOf = Callable[[AlertType], Protocol]
WAITS_MAX_S: Final = 1.0
"""How long it sleeps at most, so that a clock that is set back or forward does not stop it."""
RETRY_S: Final = 2.0
READ_MAX: Final = 1_000
ALL_OPEN: Final = AlertQuery(limit=1 << 31)
REFRESH_EVERY: Final[Micros] = 10 * SECOND
"""How often every deadline is reckoned anew, for the protocols of a new rulebook."""
TURNS_MAX: Final = 200
"""How often one turn asks again: a ladder that was climbed while we were away has no more rungs."""


class Timekeeper:
    """The clock of one queue. One at a time; not safe for two threads at once."""

    def __init__(self, queue: AlertQueue, protocol_of: ProtocolOf, clock: Callable[[], Micros]) -> None:
        self._queue = queue
        self._protocol_of = protocol_of
        self._clock = clock
        self._seen: int | None = None
        self._open: dict[str, Alert] = {}
        self._cases: defaultdict[str, set[str]] = defaultdict(set)
        self._next: dict[str, Micros] = {}  # when the protocol next does something about an alert
        self._stirred: set[str] = set()  # cases whose relations may have changed
        self._refreshed_at: Micros = BEFORE_ALL

    @property
    def next_turn(self) -> Micros:
        """When something next comes due; NEVER where nothing does."""
        return min(self._next.values(), default=NEVER)

    def turn(self, at: Micros) -> int:
        """Does all that is due at `at`; how many things that was."""
        count = 0
        if at - self._refreshed_at >= REFRESH_EVERY:
            self._refreshed_at = at
            self._next = {id: self._next_act(alert) for id, alert in self._open.items()}
        for _ in range(TURNS_MAX):
            self.catch_up()
            dues = [*self._relations(), *self._deadlines(at)]
            if not dues:
                return count
            count += len(self._queue.elapse(dues, at=at))
        _log.error("the protocols ask for more than %d things at once; the rest waits", TURNS_MAX)
        return count

    def catch_up(self) -> None:
        """Takes in what has happened since."""
        if self._seen is None:
            self._seen = self._queue.latest()
            self._take(self._queue.open(ALL_OPEN))
        while entries := self._queue.history(after=self._seen, limit=READ_MAX):
            self._take(self._queue.alerts(entry.alert for entry in entries).values())
            self._seen = entries[-1].number

    async def run(self) -> None:
        """For ever; a record that is away is waited for. Raises RecordCorrupt."""
        while True:
            try:
                await asyncio.to_thread(self.turn, self._clock())
                await self._wait()
            except RecordCorrupt:
                raise
            except RecordError as refusal:
                _log.error("what is due on alerts waits: %s", refusal)
                await asyncio.sleep(RETRY_S)

    async def _wait(self) -> None:
        assert self._seen is not None, "it has turned once"
        wait_s = max(0.0, min((self.next_turn - self._clock()) / SECOND, WAITS_MAX_S))
        try:
            async with asyncio.timeout(wait_s):
                await self._queue.past(self._seen)
        except TimeoutError:
            return

    def _take(self, alerts: Iterable[Alert]) -> None:
        for alert in alerts:
            self._stirred.add(alert.case)
            if alert.type is AlertType.OUTAGE_GROUP:
                self._stirred.update(one.case for one in self._open.values() if one.type in OUTAGE_DOUBTS)
            if alert.state is State.CLOSED:
                self._open.pop(alert.id, None)
                self._next.pop(alert.id, None)
                self._cases[alert.case].discard(alert.id)
            else:
                self._open[alert.id] = alert
                self._next[alert.id] = self._next_act(alert)
                self._cases[alert.case].add(alert.id)

    def _next_act(self, alert: Alert) -> Micros:
        return deadlines(alert, self._protocol_of(alert.type)).next_act

    def _relations(self) -> Iterator[Due]:
        """What the cases that something happened in make doubtful, or doubtful no longer."""
        stirred, self._stirred = self._stirred, set()
        outages = [one for one in self._open.values() if one.type is AlertType.OUTAGE_GROUP]
        for case in stirred:
            for id, causes in doubted((self._open[id] for id in self._cases[case]), outages).items():
                alert = self._open[id]
                if alert.inhibited_by != causes:
                    yield Due(alert=id, version=alert.version, timed=Inhibit(by=causes))

    def _deadlines(self, at: Micros) -> Iterator[Due]:
        for id in [id for id, next_act in self._next.items() if next_act <= at]:
            alert = self._open[id]
            timed = due(alert, self._protocol_of(alert.type), at)
            if timed is not None:
                yield Due(alert=id, version=alert.version, timed=timed)
