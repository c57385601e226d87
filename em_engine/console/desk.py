"""The desk: everything the console needs of the engine, gathered in one place and handed in."""

from collections.abc import Callable
from dataclasses import dataclass, field

from em_engine.alerts.queue import AlertQueue
from em_engine.console.directory import Directory
from em_engine.metrics import Metrics
from em_engine.record.interface import Record
from em_engine.rulebook.models import Rulebook
from em_engine.vocabulary import Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Link:
    """Whether the engine hears its broker, and since when that has been so."""

    connected: bool
    since: Micros


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How the engine is, at this instant. Nothing in it is about a person."""

    link: Link
    last_report_at: Micros | None = None
    devices_heard: int = 0
    devices_expected: int = 0
    quarantined: int = 0
    holes: int = 0
    journal_position: int = 0
    proved_at: Micros | None = None  # when the synthetic wearer last proved the whole road
    proof_due_at: Micros | None = None  # when he must have done so again; None where he does not walk
    proof_failing_since: Micros | None = None
    record_refusal: str | None = None  # why the record cannot be written; None while it can


@dataclass(slots=True, kw_only=True)
class Desk:
    """What stands behind the console. `status` is cheap and may be called from any thread."""

    queue: AlertQueue
    record: Record
    rulebook: Callable[[], Rulebook]  # the revision that judges now
    status: Callable[[], Status]
    clock: Callable[[], Micros]
    metrics: Metrics = field(default_factory=Metrics)
    version: str = ""
    staged_speed: float | None = None  # of a clock set by hand; None where the time is true
    _directory: Directory | None = field(default=None, init=False)

    def directory(self) -> Directory:
        """The rulebook that judges now, indexed."""
        rulebook = self.rulebook()
        if self._directory is None or self._directory.rulebook is not rulebook:
            self._directory = Directory(rulebook)
        return self._directory
