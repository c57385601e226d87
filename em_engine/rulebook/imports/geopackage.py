"""What a GeoPackage may hold: tables. One that reckons its features as it is read may reckon for ever."""

import contextlib
import sqlite3
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from em_engine.rulebook.coded import Reason
from em_engine.rulebook.imports.refusal import ImportRefused

_GENERATED: Final = (2, 3)
"""How SQLite marks columns that are reckoned from others, in `PRAGMA table_xinfo`."""


def refuse_reckoned(source: Path, path: Path) -> None:
    """Raise ImportRefused where the file holds a view, a generated column or a table of a foreign module.

    A few hundred bytes of SQL can ask for rows without an end, or for a gigabyte in each of them. What is no
    database is left to the reader of GeoPackages to say.
    """
    try:
        with contextlib.closing(sqlite3.connect(f"{path.as_uri()}?mode=ro&immutable=1", uri=True)) as held:
            reckoned = next(_reckoned(held), None)
    except (sqlite3.Error, ValueError):
        return
    if reckoned is not None:
        text = f"{reckoned!r} is reckoned as it is read, and not stored: export it as a table"
        raise ImportRefused(source, Reason("import.reckoned", text, reckoned))


def _reckoned(held: sqlite3.Connection) -> Iterator[str]:
    for kind, name, sql in held.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name"):
        words = str(sql or "").lower().split()
        if kind == "view" or (kind == "table" and _is_reckoned(held, str(name), words)):
            yield str(name)


def _is_reckoned(held: sqlite3.Connection, table: str, words: list[str]) -> bool:
    if words[1:2] == ["virtual"]:
        return not _is_index(words)
    return _has_generated(held, table)


def _is_index(words: list[str]) -> bool:
    """Whether a virtual table is the index of places that every GeoPackage has."""
    using = words.index("using") if "using" in words else len(words)
    return "".join(words[using + 1 : using + 2]).startswith("rtree")


def _has_generated(held: sqlite3.Connection, table: str) -> bool:
    columns = held.execute("SELECT hidden FROM pragma_table_xinfo(?)", (table,))
    return any(hidden in _GENERATED for (hidden,) in columns)
