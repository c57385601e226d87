"""`em audit verify`: what a court's expert runs on a copy of the file."""

import sqlite3
from contextlib import closing
from pathlib import Path

from click.testing import CliRunner

from em_engine.__main__ import main
from em_engine.console.audit import Audit


def kept(folder: Path) -> Path:
    audit = Audit(folder / "audit.sqlite3", lambda: 1_000_000)
    for number in range(3):
        audit.append(who="anna", what="look", why=f"call {number}")
    audit.close()
    return folder / "audit.sqlite3"


def verify(folder: Path) -> tuple[int, str]:
    result = CliRunner().invoke(main, ["audit", "verify", "--data", str(folder)])
    return result.exit_code, result.output


def test_an_untouched_audit_holds(tmp_path: Path) -> None:
    kept(tmp_path)
    assert verify(tmp_path)[0] == 0


def tampered(path: Path, sql: str) -> None:
    """Changed by someone who is past the triggers that keep honest people out."""
    with closing(sqlite3.connect(path)) as db, db:
        for trigger in ("audit_keeps_entries", "audit_drops_nothing"):
            db.execute(f"DROP TRIGGER {trigger}")
        db.execute(sql)


def test_a_changed_row_is_found(tmp_path: Path) -> None:
    tampered(kept(tmp_path), "UPDATE audit SET entry = replace(entry, 'anna', 'berit') WHERE number = 2")
    code, told = verify(tmp_path)
    assert code == 1
    assert "entry 2" in told


def test_a_missing_row_is_found(tmp_path: Path) -> None:
    tampered(kept(tmp_path), "DELETE FROM audit WHERE number = 2")
    assert verify(tmp_path)[0] == 1


def test_no_audit_is_bad_input(tmp_path: Path) -> None:
    assert verify(tmp_path)[0] == 2
