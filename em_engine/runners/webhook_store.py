"""How far each webhook has been told, and the letters nobody took."""

import sqlite3
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any, Final, NamedTuple

from em_engine.vocabulary import Micros

_SCHEMA: Final = """
-- Each hook: the last history number that was told or buried, and how the next one fares.
CREATE TABLE IF NOT EXISTS progress (
    hook TEXT PRIMARY KEY,
    told INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    due_at INTEGER NOT NULL,
    failing_since INTEGER,
    reason TEXT
) STRICT, WITHOUT ROWID;
-- What was given up, until somebody has it told again.
CREATE TABLE IF NOT EXISTS dead_letter (
    hook TEXT NOT NULL,
    number INTEGER NOT NULL,
    at INTEGER NOT NULL,
    attempts INTEGER NOT NULL,
    reason TEXT NOT NULL,
    PRIMARY KEY (hook, number)
) STRICT, WITHOUT ROWID;
"""


class Progress(NamedTuple):
    """How far a hook has been told, and how the next event fares."""

    told: int
    attempts: int = 0
    due_at: Micros = 0
    failing_since: Micros | None = None
    reason: str | None = None


class DeadLetter(NamedTuple):
    """A history entry that a receiver did not take."""

    hook: str
    number: int
    at: Micros
    attempts: int
    reason: str


class WebhookStore:
    """The hooks of one installation. Safe to use from several threads and processes."""

    def __init__(self, path: Path) -> None:
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.executescript(_SCHEMA)
        path.chmod(0o600)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def progress(self, hook: str, *, begin: Callable[[], int]) -> Progress:
        """How far the hook has been told; a new one begins at what `begin` says, and remembers it."""
        rows = self._run(
            "SELECT told, attempts, due_at, failing_since, reason FROM progress WHERE hook = ?", hook
        )
        if rows:
            return Progress(*rows[0])
        fresh = Progress(told=begin())
        self.keep(hook, fresh)
        return fresh

    def keep(self, hook: str, progress: Progress) -> None:
        """Puts it in the place of what stood there."""
        self._run("INSERT OR REPLACE INTO progress VALUES (?, ?, ?, ?, ?, ?)", hook, *progress)

    def told(self, hook: str, number: int) -> None:
        """The hook has been told so far."""
        self.keep(hook, Progress(told=number))

    def bury(self, hook: str, number: int, *, at: Micros, attempts: int, reason: str) -> None:
        """Nobody took it: it is kept as a dead letter, and the next one goes out."""
        row = (hook, number, at, attempts, reason)
        self._run("INSERT OR REPLACE INTO dead_letter VALUES (?, ?, ?, ?, ?)", *row)
        self.told(hook, number)

    def dead_letters(self, *, limit: int = 1_000) -> list[DeadLetter]:
        """What was given up, oldest first."""
        rows = self._run("SELECT * FROM dead_letter ORDER BY number, hook LIMIT ?", limit)
        return [DeadLetter(*row) for row in rows]

    def hooks(self) -> dict[str, Progress]:
        """Every hook that was ever told, and how it fares."""
        rows = self._run(
            "SELECT hook, told, attempts, due_at, failing_since, reason FROM progress ORDER BY hook"
        )
        return {row[0]: Progress(*row[1:]) for row in rows}

    def tell_again(self, hook: str) -> int:
        """Has the hook begin again at its oldest dead letter; how many there were. What was taken after it
        comes again too: receivers know an event again by its id.
        """
        ended = self._run("DELETE FROM dead_letter WHERE hook = ? RETURNING number", hook)
        if ended:
            self.told(hook, min(number for (number,) in ended) - 1)
        return len(ended)

    def _run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()
