"""The SQLite store's tables and statements, read from the .sql files beside this one."""

import sqlite3
from collections.abc import Iterator, Mapping
from functools import cache
from importlib import resources
from types import MappingProxyType
from typing import Final

from em_engine.record.interface import RecordCorrupt, RecordUnavailable

APPLICATION_ID: Final = 0x454D5245
"""`EMRE` in the header of the file: this database is a record of this engine."""

_SQL: Final = resources.files("em_engine.record") / "sql"


def migrate(connection: sqlite3.Connection) -> None:
    """Brings the tables to the newest schema, each step all or nothing.

    Raises RecordCorrupt on a database that is not ours, RecordUnavailable on one of a newer engine.
    """
    _claim(connection)
    connection.execute(
        "CREATE TABLE IF NOT EXISTS migrations ("
        " version INTEGER PRIMARY KEY, name TEXT NOT NULL,"
        " applied_at INTEGER NOT NULL DEFAULT (unixepoch() * 1000000)"
        ") STRICT"
    )
    done = schema_version(connection)
    steps = _migrations()
    if done > len(steps):
        raise RecordUnavailable(
            f"the record has schema {done}, this engine knows {len(steps)}: it was written by a newer engine"
        )
    for version, (name, script) in enumerate(steps[done:], start=done + 1):
        _apply(connection, version=version, name=name, script=script)


def schema_version(connection: sqlite3.Connection) -> int:
    """The number of the last migration applied."""
    (version,) = connection.execute("SELECT coalesce(max(version), 0) FROM migrations").fetchone()
    return int(version)


@cache
def statements() -> Mapping[str, str]:
    """The statements of sqlite.sql by name."""
    named = (_SQL / "sqlite.sql").read_text(encoding="utf-8").split("-- name: ")[1:]
    return MappingProxyType({name: sql for name, _, sql in (part.partition("\n") for part in named)})


def _claim(connection: sqlite3.Connection) -> None:
    (application,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application == 0 and tables == 0:
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
    elif application != APPLICATION_ID:
        raise RecordCorrupt("the file is an SQLite database, but no record of this engine")


def _migrations() -> list[tuple[str, str]]:
    files = sorted((_SQL / "migrations").iterdir(), key=lambda file: file.name)
    return [(file.name, file.read_text(encoding="utf-8")) for file in files if file.name.endswith(".sql")]


def _apply(connection: sqlite3.Connection, *, version: int, name: str, script: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    try:
        for statement in _split(script):
            connection.execute(statement)
        connection.execute("INSERT INTO migrations (version, name) VALUES (?, ?)", (version, name))
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def _split(script: str) -> Iterator[str]:
    # `executescript` would commit before it begins: a migration would no longer be all or nothing.
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
    assert not statement.strip(), "a migration ends in the middle of a statement"
