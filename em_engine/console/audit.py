"""Who looked at whom, when and why: append-only, every entry holding the hash of the one before.

Reading a person's data without leaving a trace is not possible: the entry is on disk before the answer
leaves. An entry that is changed, removed or put between others breaks the chain, and `verify` says where.
Cutting entries off the end does not: write the newest hash down elsewhere from time to time (`Audit.head`).
"""

import contextlib
import hashlib
import json
import sqlite3
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from em_engine.vocabulary import Micros, rfc3339

_SCHEMA: Final = """
-- What was done by whom; `entry` is canonical JSON, `hash` is SHA-256 over the hash before it and `entry`.
CREATE TABLE IF NOT EXISTS audit (
    number INTEGER PRIMARY KEY,
    entry TEXT NOT NULL,
    hash BLOB NOT NULL
) STRICT;
-- Append only: this is for honest mistakes; against the rest there is the chain.
CREATE TRIGGER IF NOT EXISTS audit_keeps_entries BEFORE UPDATE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
CREATE TRIGGER IF NOT EXISTS audit_drops_nothing BEFORE DELETE ON audit
BEGIN SELECT RAISE(ABORT, 'the audit is append-only'); END;
-- What auditors ask by.
CREATE INDEX IF NOT EXISTS audit_by_who ON audit (json_extract(entry, '$.who'), number);
CREATE INDEX IF NOT EXISTS audit_by_subject ON audit (json_extract(entry, '$.subject'), number);
"""
_BEGINNING: Final = bytes(32)
LOOKS_REMEMBERED_MAX: Final = 10_000


class AuditUnavailable(Exception):
    """The entry could not be written; what it was about must not happen."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One thing someone did at the console."""

    at: str  # RFC 3339
    who: str
    what: str
    subject: str
    why: str
    address: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asked:
    """Which entries are asked for; what is None does not narrow. Times are RFC 3339, `until` excluded."""

    who: str | None = None
    subjects: tuple[str, ...] | None = None
    since: str | None = None
    until: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Broken:
    """Where the chain does not hold."""

    number: int
    reason: str


@contextlib.contextmanager
def audit_of(folder: Path, clock: Callable[[], Micros]) -> "Iterator[Audit]":
    """The audit of a data folder, for a command beside the engine. Raises AuditUnavailable."""
    try:
        audit = Audit(folder / "audit.sqlite3", clock)
    except sqlite3.Error as error:
        raise AuditUnavailable(f"{folder}: the audit cannot be written: {error}") from error
    with contextlib.closing(audit):
        yield audit


class Audit:
    """The audit of one installation. Safe to use from several threads and processes."""

    def __init__(self, path: Path, clock: Callable[[], Micros]) -> None:
        self._clock = clock
        self._path = path
        self._lock = threading.Lock()
        self._last_look: dict[tuple[str, ...], Micros] = {}
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        path.chmod(0o600)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    def append(self, *, who: str, what: str, subject: str = "", why: str = "", address: str = "") -> int:
        """Write that `who` did `what`. Returns the entry's number. Raises AuditUnavailable."""
        entry = Entry(
            at=rfc3339(self._clock()), who=who, what=what, subject=subject, why=why, address=address
        )
        with self._lock:
            try:
                return self._append(_canonical(entry))
            except sqlite3.Error as error:
                raise AuditUnavailable(f"the audit cannot be written: {error}") from error

    def look(self, *, who: str, what: str, subject: str = "", why: str, address: str, every: Micros) -> None:
        """Write that `who` keeps looking at `what`: the first look, and one in every stretch of `every`.

        A look for another reason, at another subject or from elsewhere is another look. Raises
        AuditUnavailable.
        """
        key, now = (who, what, subject, why, address), self._clock()
        if now - self._last_look.get(key, -every) < every:
            return
        self.append(who=who, what=what, subject=subject, why=why, address=address)
        if len(self._last_look) >= LOOKS_REMEMBERED_MAX:
            self._last_look.clear()  # at worst a look is written twice
        self._last_look[key] = now

    def entries(self, *, after: int = 0, limit: int = 100) -> list[dict[str, Any]]:
        """Entries numbered past `after`, oldest first."""
        with self._lock:
            rows = self._db.execute(
                "SELECT number, entry, hash FROM audit WHERE number > ? ORDER BY number LIMIT ?",
                (after, limit),
            ).fetchall()
        return [_told(row) for row in rows]

    def search(self, asked: Asked, *, before: int, limit: int) -> list[dict[str, Any]]:
        """Entries asked for, numbered below `before`, newest first."""
        given = {"number < ?": before, _WHO: asked.who, _SINCE: asked.since, _UNTIL: asked.until}
        if asked.subjects is not None:
            given[_SUBJECTS] = json.dumps(asked.subjects)
        narrowing = {sql: value for sql, value in given.items() if value is not None}
        sql = f"SELECT number, entry, hash FROM audit WHERE {' AND '.join(narrowing)}"
        with self._apart() as db:
            rows = db.execute(f"{sql} ORDER BY number DESC LIMIT ?", (*narrowing.values(), limit)).fetchall()
        return [_told(row) for row in rows]

    def head(self) -> tuple[int, str]:
        """The number and hash of the newest entry; with these kept elsewhere, a cut end shows."""
        with self._lock:
            number, hash = self._newest()
        return number, hash.hex()

    def verify(self) -> Broken | None:
        """The first place at which the chain does not hold, or None."""
        with self._apart() as db:
            return _first_broken(db.execute("SELECT number, entry, hash FROM audit ORDER BY number"))

    @contextmanager
    def _apart(self) -> Iterator[sqlite3.Connection]:
        """A connection for long looks: whoever answers alerts must not wait for an auditor's question."""
        db = sqlite3.connect(self._path, timeout=10)
        try:
            yield db
        finally:
            db.close()

    def _append(self, entry: str) -> int:
        self._db.execute("BEGIN IMMEDIATE")
        try:
            number, before = self._newest()
            row = (number + 1, entry, _chained(before, entry))
            self._db.execute("INSERT INTO audit VALUES (?, ?, ?)", row)
            self._db.execute("COMMIT")
        except sqlite3.Error:
            if self._db.in_transaction:
                self._db.execute("ROLLBACK")
            raise
        return number + 1

    def _newest(self) -> tuple[int, bytes]:
        row = self._db.execute("SELECT number, hash FROM audit ORDER BY number DESC LIMIT 1").fetchone()
        return row or (0, _BEGINNING)


_WHO: Final = "json_extract(entry, '$.who') = ?"
_SUBJECTS: Final = "json_extract(entry, '$.subject') IN (SELECT value FROM json_each(?))"
_SINCE: Final = "json_extract(entry, '$.at') >= ?"
_UNTIL: Final = "json_extract(entry, '$.at') < ?"


def _told(row: tuple[int, str, bytes]) -> dict[str, Any]:
    number, entry, hash = row
    return {"number": number, **json.loads(entry), "hash": hash.hex()}


def _first_broken(rows: Iterator[tuple[int, str, bytes]]) -> Broken | None:
    expected, before = 1, _BEGINNING
    for number, entry, hash in rows:
        if number != expected:
            return Broken(number=expected, reason=f"entry {expected} is missing")
        if hash != _chained(before, entry):
            return Broken(number=number, reason=f"entry {number} is not what was written")
        expected, before = number + 1, hash
    return None


def _chained(before: bytes, entry: str) -> bytes:
    return hashlib.sha256(before + entry.encode()).digest()


def _canonical(entry: Entry) -> str:
    return json.dumps(asdict(entry), ensure_ascii=False, sort_keys=True, separators=(",", ":"))
