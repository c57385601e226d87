"""A record that refuses, and dies, when it is told to; and that remembers what was truly committed."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Any

from em_engine.record import journal
from em_engine.record.interface import Reading, RecordFull, RecordUnavailable, Writing
from em_engine.record.rows import RecordSize, Unreadable
from em_engine.record.sqlite import SqliteRecord


class Trouble(Enum):
    """What becomes of one transaction."""

    NONE = "none"
    FULL = "refused as full, at its beginning"
    HELD = "refused as held, when all of it is written"
    KILLED_BEFORE = "the process dies before the commit"
    KILLED_AFTER = "the process dies after the commit"


class Killed(Exception):
    """The process is dead: nothing it does counts any more."""


@dataclass(slots=True)
class Committed:
    """What no fault may take back: over all lives of the engine."""

    entries: list[journal.Entry] = field(default_factory=list)
    messages: set[tuple[str, int]] = field(default_factory=set)  # device and seq of what was judged
    aside: set[tuple[str, bytes]] = field(default_factory=set)  # topic and payload of what was not

    def take(self, entry: bytes | None, unreadable: Sequence[Unreadable]) -> None:
        """One transaction's."""
        self.aside |= {(one.topic, bytes(one.payload)) for one in unreadable}
        if entry is None:
            return
        decoded = journal.decode(entry)
        self.entries.append(decoded)
        if isinstance(decoded, journal.Inputs):
            names, rows = decoded.batch.devices, decoded.batch.rows
            self.messages |= {(names[row["device"]], int(row["seq"])) for row in rows}


class _Watched:
    """A transaction that notes what it was given."""

    def __init__(self, writing: Writing) -> None:
        self._writing = writing
        self.entry: bytes | None = None
        self.unreadable: list[Unreadable] = []

    def append_journal(self, entry: bytes) -> int:
        """As the record's own."""
        self.entry = entry
        return self._writing.append_journal(entry)

    def quarantine(self, messages: Sequence[Unreadable]) -> None:
        """As the record's own."""
        self.unreadable += messages
        self._writing.quarantine(messages)

    def __getattr__(self, name: str) -> Any:
        return getattr(self._writing, name)


class ChaoticRecord:
    """Another record, in one life of the engine; `trouble` says what becomes of the next transaction."""

    def __init__(self, record: SqliteRecord, committed: Committed, trouble: Callable[[], Trouble]) -> None:
        self._record = record
        self._committed = committed
        self._trouble = trouble
        self.is_dead = False

    @contextmanager
    def transaction(self) -> Iterator[Any]:
        """As the record's own, but for trouble."""
        self._alive()
        trouble = self._trouble()
        if trouble is Trouble.FULL:
            raise RecordFull("there is no room, says the seed")
        with self._record.transaction() as writing:
            watched = _Watched(writing)
            yield watched
            if trouble is Trouble.HELD:
                raise RecordUnavailable("another holds the record, says the seed")
            if trouble is Trouble.KILLED_BEFORE:
                self._die()
        self._committed.take(watched.entry, watched.unreadable)
        if trouble is Trouble.KILLED_AFTER:
            self._die()

    @contextmanager
    def forgetting(self) -> Iterator[Writing]:
        """As the record's own, but for trouble."""
        self._alive()
        trouble = self._trouble()
        if trouble is Trouble.FULL:
            raise RecordFull("there is no room, says the seed")
        with self._record.forgetting() as writing:
            yield writing
            if trouble is Trouble.HELD:
                raise RecordUnavailable("another holds the record, says the seed")
            if trouble is Trouble.KILLED_BEFORE:
                self._die()
        if trouble is Trouble.KILLED_AFTER:
            self._die()

    def reading(self) -> AbstractContextManager[Reading]:
        """As the record's own."""
        self._alive()
        return self._record.reading()

    def size(self) -> RecordSize:
        """As the record's own."""
        return self._record.size()

    def close(self) -> None:
        """The record itself lives on: another life of the engine opens it."""
        self.is_dead = True

    def _alive(self) -> None:
        if self.is_dead:
            raise Killed

    def _die(self) -> None:
        self.is_dead = True
        raise Killed
