"""The record in one SQLite file: no server, nothing to set up, and a power cut costs nothing committed.

One connection writes, in turn; readers have connections of their own and, as the journal mode is WAL, see the
last commit without waiting for the next one.
"""

import os
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, suppress
from enum import StrEnum
from fcntl import LOCK_EX, LOCK_NB, flock
from pathlib import Path
from queue import Empty, LifoQueue
from shutil import disk_usage
from typing import Final

from em_engine.record.interface import RecordCorrupt, RecordError, RecordFull, RecordUnavailable
from em_engine.record.rows import RecordSize
from em_engine.record.sqlite_schema import migrate
from em_engine.record.sqlite_views import SqliteReading, SqliteWriting

READERS_MAX: Final = 16
"""How many looks may be taken at once; the next one waits."""
WAIT_MAX_S: Final = 10.0
"""How long a reader or writer waits for its turn before the record counts as unavailable."""
WAL_BYTES_MAX: Final = 64 * 1024 * 1024
"""To what the write-ahead log is cut back after a large commit, a snapshot for instance."""
_WRITE_BACK_MS_MAX: Final = 100
"""How long commits wait at most for the log to be written back."""
NEARLY_FULL_BYTES: Final = 1024 * 1024
"""With less free than this, an input or output error is a full disk: the shared-memory file cannot say so
itself."""


class Durability(StrEnum):
    """What a commit outlives: FULL a power cut, NORMAL (a tenth of the wait) only the end of the process."""

    FULL = "full"
    NORMAL = "normal"


class SqliteRecord:
    """A store of the record in the file `path`, made where it is missing, readable by its owner alone.

    Held by one engine at a time: a second one is refused, for two would tell two stories in one journal.
    `bytes_max` bounds the file. Raises RecordUnavailable, RecordCorrupt or RecordFull.
    """

    def __init__(
        self, path: Path, *, durability: Durability = Durability.FULL, bytes_max: int | None = None
    ) -> None:
        self._path = path
        self._bytes_max = bytes_max
        self._turn = threading.Lock()
        self._writing_thread: int | None = None
        with _named_file_errors(path):
            self._lock = _hold(path)
        try:
            with named_errors(path):
                self._writer = _connect(path)
                self._set_up_writer(durability)
        except BaseException:
            os.close(self._lock)
            raise
        self._readers = SqliteReaders(path)

    @contextmanager
    def transaction(self) -> Iterator[SqliteWriting]:
        with self._my_turn(), named_errors(self._path):
            self._writer.execute("BEGIN IMMEDIATE")
            writing = SqliteWriting(self._writer)
            try:
                yield writing
                self._writer.execute("COMMIT")
            finally:
                writing.end()
                # SQLite has rolled back by itself after some errors, and not after others.
                if self._writer.in_transaction:
                    self._writer.execute("ROLLBACK")
            if writing.is_trimmed:
                self._write_back()

    def _write_back(self) -> None:
        """What was trimmed must not live on in the write-ahead log. Where a look is open, the next time."""
        self._writer.execute(f"PRAGMA busy_timeout = {_WRITE_BACK_MS_MAX}")
        try:
            with suppress(sqlite3.OperationalError):  # no room, say: what was committed stands
                self._writer.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
        finally:
            self._writer.execute(f"PRAGMA busy_timeout = {int(WAIT_MAX_S * 1000)}")

    @contextmanager
    def forgetting(self) -> Iterator[SqliteWriting]:
        """A transaction after which what it deleted is in no file of the store."""
        # On a connection of its own: it waits for looks to end, and must not hold up the one that commits.
        with beside_the_engine(self._path) as writing:
            yield writing

    @contextmanager
    def reading(self) -> Iterator[SqliteReading]:
        with self._readers.reading() as reading:
            yield reading

    def size(self) -> RecordSize:
        with _named_file_errors(self._path):
            files = (self._path, self._path.with_name(self._path.name + "-wal"))
            used = sum(file.stat().st_size for file in files if file.exists())
            free = disk_usage(self._path.parent).free
        room = free if self._bytes_max is None else min(free, max(0, self._bytes_max - used))
        return RecordSize(used=used, free=room)

    def close(self) -> None:
        with named_errors(self._path):
            self._readers.close()
            self._writer.close()
            os.close(self._lock)

    @contextmanager
    def _my_turn(self) -> Iterator[None]:
        me = threading.get_ident()
        assert self._writing_thread != me, "a transaction within a transaction"
        if not self._turn.acquire(timeout=WAIT_MAX_S):
            raise RecordUnavailable(
                f"another transaction has held {self._path.name} for over {WAIT_MAX_S:.0f} s"
            )
        self._writing_thread = me
        try:
            yield
        finally:
            self._writing_thread = None
            self._turn.release()

    def _set_up_writer(self, durability: Durability) -> None:
        execute = self._writer.execute
        execute("PRAGMA journal_mode = WAL")
        execute(f"PRAGMA synchronous = {durability.name}")
        # What the law makes us delete must not live on in the file's free pages.
        execute("PRAGMA secure_delete = ON")
        execute(f"PRAGMA journal_size_limit = {WAL_BYTES_MAX}")
        if self._bytes_max is not None:
            (page_bytes,) = execute("PRAGMA page_size").fetchone()
            execute(f"PRAGMA max_page_count = {self._bytes_max // page_bytes}")
        migrate(self._writer)


class SqliteReaders:
    """The connections that only read: made when first needed, at most READERS_MAX, each lent to one look at a
    time.

    Also what a command looks through while an engine in another process holds the record.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_closed = False
        self._spare: LifoQueue[sqlite3.Connection | None] = LifoQueue()
        for _ in range(READERS_MAX):
            self._spare.put(None)

    @contextmanager
    def reading(self) -> Iterator[SqliteReading]:
        """One consistent look. Raises RecordUnavailable where none of READERS_MAX looks ends in time."""
        with named_errors(self._path), self._borrowed() as connection:
            connection.execute("BEGIN")
            reading = SqliteReading(connection)
            try:
                yield reading
            finally:
                reading.end()
                connection.execute("ROLLBACK")

    def close(self) -> None:
        """Closes what is not lent; a look still open closes its own when it ends."""
        self._is_closed = True
        with suppress(Empty):
            while True:
                self._give_back(self._spare.get_nowait())

    @contextmanager
    def _borrowed(self) -> Iterator[sqlite3.Connection]:
        try:
            spare = self._spare.get(timeout=WAIT_MAX_S)
        except Empty:
            raise RecordUnavailable(
                f"{READERS_MAX} looks at {self._path.name} are open and none ends"
            ) from None
        try:
            spare = spare or _connect_to_read(self._path)
            yield spare
        finally:
            self._give_back(spare)

    def _give_back(self, connection: sqlite3.Connection | None) -> None:
        if not self._is_closed:
            self._spare.put(connection)
        elif connection is not None:
            connection.close()


class SqliteBeside:
    """The record as a command has it, while an engine in another process may hold it."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._readers = SqliteReaders(path)

    def reading(self) -> AbstractContextManager[SqliteReading]:
        """One consistent look."""
        return self._readers.reading()

    def forgetting(self) -> AbstractContextManager[SqliteWriting]:
        """A transaction after which what it deleted is in no file of the store."""
        return beside_the_engine(self._path)

    def close(self) -> None:
        """Lets go of the record."""
        self._readers.close()


@contextmanager
def beside_the_engine(path: Path) -> Iterator[SqliteWriting]:
    """One transaction of a command, while an engine may hold the record: it waits its turn, and so do we.

    Not for the journal or the alerts' lives, of which the engine has its own picture. When it ends, what was
    deleted is gone from the write-ahead log too. Raises RecordUnavailable where readers hold on to that.
    """
    with named_errors(path):
        connection = _connect(path)
        try:
            connection.execute("PRAGMA secure_delete = ON")
            connection.execute("BEGIN IMMEDIATE")
            writing = SqliteWriting(connection)
            try:
                yield writing
                connection.execute("COMMIT")
            finally:
                writing.end()
                if connection.in_transaction:
                    connection.execute("ROLLBACK")
            (is_busy, _, _) = connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            if is_busy:
                raise RecordUnavailable(f"the write-ahead log of {path.name} is in use; try again")
        finally:
            connection.close()


@contextmanager
def named_errors(path: Path) -> Iterator[None]:
    """Gives SQLite's errors the names the rest of the engine knows.

    Broken constraints and misuse pass as they are: they are mistakes of ours, not troubles of the store.
    """
    try:
        yield
    except (sqlite3.IntegrityError, sqlite3.ProgrammingError, sqlite3.DataError):
        raise
    except sqlite3.DatabaseError as error:
        raise _named(error, path) from error


@contextmanager
def _named_file_errors(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        raise RecordUnavailable(f"{path.name} cannot be used: {error}") from error


def _named(error: sqlite3.DatabaseError, path: Path) -> RecordError:
    code = (
        getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    )  # the upper bits are the finer code
    match code:
        case sqlite3.SQLITE_FULL:
            return RecordFull(f"no room left for {path.name}: {error}")
        case sqlite3.SQLITE_CORRUPT | sqlite3.SQLITE_NOTADB:
            return RecordCorrupt(f"{path.name} is damaged: {error}")
        case sqlite3.SQLITE_IOERR if disk_usage(path.parent).free < NEARLY_FULL_BYTES:
            return RecordFull(f"no room left beside {path.name}: {error}")
        case _:
            return RecordUnavailable(f"{path.name} cannot be used: {error}")


def _connect(path: Path) -> sqlite3.Connection:
    # isolation_level=None: transactions begin and end where this file says, not where the module guesses.
    # mode=rw: a file that is missing is an error here, not a new and empty record.
    return sqlite3.connect(
        f"{path.absolute().as_uri()}?mode=rw",
        uri=True,
        isolation_level=None,
        check_same_thread=False,
        timeout=WAIT_MAX_S,
        cached_statements=256,
    )


def _connect_to_read(path: Path) -> sqlite3.Connection:
    connection = _connect(path)
    connection.execute("PRAGMA query_only = ON")
    return connection


def _hold(path: Path) -> int:
    path.parent.mkdir(parents=True, exist_ok=True)
    os.close(os.open(path, os.O_RDWR | os.O_CREAT, 0o600))
    lock = os.open(path.with_name(path.name + ".lock"), os.O_RDWR | os.O_CREAT, 0o600)
    try:
        flock(lock, LOCK_EX | LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        raise RecordUnavailable(f"{path.name} is held by another engine; stop that one first") from None
    return lock
