"""The desk's own papers: shift handovers that two people sign, and the filters each person keeps.

In a file of their own beside the accounts: they are no part of what the engine decides.
"""

import json
import sqlite3
import threading
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from em_engine.vocabulary import Micros

FILTERS_MAX: Final = 100
"""How many filters one person may keep."""
_SCHEMA: Final = """
-- Shift reports: what stood when it was signed, as JSON, and who signed it.
CREATE TABLE IF NOT EXISTS handover (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    report TEXT NOT NULL,
    outgoing TEXT NOT NULL,
    written_at INTEGER NOT NULL,
    meant_for TEXT,
    incoming TEXT,
    signed_at INTEGER,
    signed_note TEXT
) STRICT;
-- What people have set for themselves, and their filters, by person and name.
CREATE TABLE IF NOT EXISTS preference (
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS filter (
    person TEXT NOT NULL,
    name TEXT NOT NULL,
    query TEXT NOT NULL,
    PRIMARY KEY (person, name)
) STRICT, WITHOUT ROWID;
"""


class PaperRefused(Exception):
    """That cannot be done with the paper; the text says why."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Handover:
    """One shift's report. `incoming` is None until the next shift has signed."""

    id: int
    report: dict[str, Any]
    outgoing: str
    written_at: Micros
    meant_for: str | None
    incoming: str | None
    signed_at: Micros | None
    signed_note: str | None


class Papers:
    """The papers of one installation. Safe to use from several threads."""

    def __init__(self, path: Path, clock: Callable[[], Micros]) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._db = sqlite3.connect(path, check_same_thread=False, isolation_level=None, timeout=10)
        self._db.execute("PRAGMA journal_mode = WAL")
        self._db.execute("PRAGMA synchronous = FULL")
        self._db.executescript(_SCHEMA)
        path.chmod(0o600)

    def close(self) -> None:
        """Let go of the file."""
        self._db.close()

    # Handovers -----------------------------------------------------------------------------------

    def write(self, report: dict[str, Any], *, outgoing: str, meant_for: str | None) -> Handover:
        """The outgoing shift's report, signed by who writes it."""
        row = (json.dumps(report, ensure_ascii=False), outgoing, self._clock(), meant_for)
        (found,) = self._run(
            "INSERT INTO handover (report, outgoing, written_at, meant_for) VALUES (?, ?, ?, ?) RETURNING id",
            *row,
        )
        return self.handover(found[0])

    def sign(self, id: int, *, incoming: str, note: str | None) -> Handover:
        """The incoming shift has read it. Raises PaperRefused, or LookupError where there is none."""
        found = self.handover(id)
        if found.outgoing == incoming:
            raise PaperRefused("who wrote it cannot take it over: the next shift signs")
        changed = self._run(
            "UPDATE handover SET incoming = ?, signed_at = ?, signed_note = ?"
            " WHERE id = ? AND incoming IS NULL RETURNING id",
            *(incoming, self._clock(), note, id),
        )
        if not changed:
            raise PaperRefused(f"{found.incoming} has signed it already")
        return self.handover(id)

    def handover(self, id: int) -> Handover:
        """The report of that number. Raises LookupError."""
        rows = self._run("SELECT * FROM handover WHERE id = ?", id)
        if not rows:
            raise LookupError(id)
        return _handover(rows[0])

    def handovers(self, *, limit: int = 100) -> list[Handover]:
        """The newest reports, newest first."""
        return [_handover(row) for row in self._run("SELECT * FROM handover ORDER BY id DESC LIMIT ?", limit)]

    # Filters -------------------------------------------------------------------------------------

    def filters(self, person: str) -> dict[str, Any]:
        """The person's filters by name."""
        rows = self._run("SELECT name, query FROM filter WHERE person = ? ORDER BY name", person)
        return {name: json.loads(query) for name, query in rows}

    def keep_filter(self, person: str, name: str, query: Any) -> None:
        """Puts the filter in the place of what stood under its name. Raises PaperRefused."""
        kept = self.filters(person)
        if name not in kept and len(kept) >= FILTERS_MAX:
            raise PaperRefused(f"{FILTERS_MAX} filters are kept already; drop one first")
        self._run(
            "INSERT INTO filter VALUES (?, ?, ?)"
            " ON CONFLICT (person, name) DO UPDATE SET query = excluded.query",
            *(person, name, json.dumps(query, ensure_ascii=False)),
        )

    def drop_filter(self, person: str, name: str) -> bool:
        """Drops the filter; whether there was one."""
        return bool(self._run("DELETE FROM filter WHERE person = ? AND name = ? RETURNING 1", person, name))

    # Preferences ---------------------------------------------------------------------------------

    def preference(self, person: str, name: str) -> Any:
        """What the person has set under that name; None where nothing is."""
        rows = self._run("SELECT value FROM preference WHERE person = ? AND name = ?", person, name)
        return json.loads(rows[0][0]) if rows else None

    def keep_preference(self, person: str, name: str, value: Any) -> None:
        """Puts it in the place of what was set before."""
        self._run(
            "INSERT INTO preference VALUES (?, ?, ?)"
            " ON CONFLICT (person, name) DO UPDATE SET value = excluded.value",
            *(person, name, json.dumps(value, ensure_ascii=False)),
        )

    def _run(self, sql: str, *values: object) -> list[tuple[Any, ...]]:
        with self._lock:
            return self._db.execute(sql, values).fetchall()


def _handover(row: tuple[Any, ...]) -> Handover:
    id, report, outgoing, written_at, meant_for, incoming, signed_at, signed_note = row
    return Handover(
        id=id,
        report=json.loads(report),
        outgoing=outgoing,
        written_at=written_at,
        meant_for=meant_for,
        incoming=incoming,
        signed_at=signed_at,
        signed_note=signed_note,
    )
